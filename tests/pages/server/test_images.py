"""Real images are those that a run learned from, whatever else has lain under the same name."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pages.ui.components.latent_canvas.canvas_data import _ink_share
from pages.ui.server import class_examples, images
from tests.vae_core.any_data_sets import tiny_source
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.data.source import DataCard
from vae_core.errors import DatasetMissing
from vae_core.runs import Embedding

TEN, THIRTEEN = (tiny_source("digits", "class", classes) for classes in (10, 13))


def run_of(card: DataCard) -> Any:
    """As much of a run as is asked for its images."""
    mu = np.zeros((2, 2), dtype=np.float32)
    embedding = Embedding(mu, mu, None, np.array([0, 3], dtype=np.int32), "held-out", 1)
    return SimpleNamespace(card=card, imported=None, embedding=lambda: embedding)


@pytest.mark.parametrize("split", ["held-out", "all"])
def test_images_that_come_to_lie_under_a_name_are_not_mistaken_for_those_that_did(
    split: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in (TEN, THIRTEEN, TEN):
        monkeypatch.setattr(registry, "DATASETS", {"digits": source})
        pixels = registry.load("digits", "all" if split == "all" else "held-out").images
        assert images.thumbnails(run_of(source.card), "0,3", split) == pixels[[0, 3]].tobytes()
        assert (
            images.embedded_images(run_of(source.card)) == registry.load("digits", "held-out").images[[0, 3]].tobytes()
        )
        other = THIRTEEN if source is TEN else TEN
        with pytest.raises(DatasetMissing, match="are others than this run's"):
            images.thumbnails(run_of(other.card), "0,3", split)


def test_so_are_the_examples_of_classes_and_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    config, keys, counts = parse_config({"left_out_class": "3"}), set(), []
    for source in (TEN, THIRTEEN):
        monkeypatch.setattr(registry, "DATASETS", {"digits": source})
        keys.add(class_examples._key("digits"))
        counts.append(images.train_images(config))
    assert len(keys) == 2
    assert counts == [130 - 13, 130 - 10]


def test_only_images_known_to_be_of_ink_are_centred_by_their_ink() -> None:
    known = registry.DATASETS["digits"].card
    assert _ink_share(run_of(known)) == 1
    assert _ink_share(run_of(THIRTEEN.card)) is None
    assert _ink_share(run_of(tiny_source("leaves", "none").card)) is None
