"""Pictures that are drawn here, kept as any others."""

from pathlib import Path

import pytest

from vae_core.data import kept
from vae_core.data.shapes import SHAPES
from vae_core.intake import adding, drawn
from vae_core.intake.pictures import Preparation


@pytest.mark.parametrize("wanted", [None, Preparation((16, 16), colour=True), Preparation((12, 20), colour=False)])
def test_drawn_pictures_are_kept_at_any_size_with_their_factors(wanted: Preparation | None, tmp_path: Path) -> None:
    adding.add(drawn.draw("shapes", 12), "Shapes", tmp_path, wanted)
    source = kept.source_of(kept.find(tmp_path, "shapes"))
    train = source.load("train", tmp_path)
    assert train.images.shape[1:] == ((3, 64, 64) if wanted is None else wanted.image_shape)
    assert train.images.max() > 100
    assert {"shape", "size", "angle", "x", "y", "hue"} <= train.columns.keys()
    assert source.card.classes is not None
    assert train.labels is not None
    shapes = [SHAPES[int(shape)] for shape in train.columns["shape"]]
    assert [source.card.classes[label] for label in train.labels] == shapes
