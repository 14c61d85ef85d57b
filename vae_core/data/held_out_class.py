"""A class that a run never learns from (`TrainConfig.left_out_class`), and what is left of a data set without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from vae_core.data import registry
from vae_core.data.source import DataCard, Split, SplitName
from vae_core.errors import ConfigInvalid

SPLITS: tuple[SplitName, ...] = ("train", "held-out")


def seen(split: Split, left_out_class: str) -> npt.NDArray[np.intp]:
    """Indices of the images that a run looks at, in order: all but those of the class left out, which may be "none".

    Raises ConfigInvalid if there are no others.
    """
    everything = np.arange(len(split.images))
    if left_out_class == "none" or split.labels is None:
        return everything
    rows = np.flatnonzero(split.labels != int(left_out_class))
    if not len(rows):
        raise ConfigInvalid(
            f"left_out_class: all {len(everything):,} images are of class {left_out_class}, and without it none is "
            "left; choose another, or none"
        )
    return rows


def expect_seen(card: DataCard, left_out_class: str, root: Path | None = None) -> None:
    """Raises ConfigInvalid if a split has no image but those of the class left out; else as `registry.images_of`."""
    if left_out_class != "none":
        for name in SPLITS:
            seen(registry.images_of(card, name, root), left_out_class)


def load_seen(card: DataCard, left_out_class: str, name: SplitName, root: Path | None = None) -> Split:
    """A split of the images of a card without the class left out, or "none". Raises as `seen`, `images_of`."""
    found = registry.images_of(card, name, root)
    rows = seen(found, left_out_class)
    return found if len(rows) == len(found.images) else found[rows]
