"""A class that a run never learns from (`TrainConfig.left_out_class`), and what is left of a data set without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from vae_core.data import registry
from vae_core.data.source import DataCard, Split, SplitName


def seen(split: Split, left_out_class: str) -> npt.NDArray[np.intp]:
    """Indices of the images that a run looks at, in order: all but those of the class left out, which may be "none"."""
    everything = np.arange(len(split.images))
    if left_out_class == "none" or split.labels is None:
        return everything
    return np.flatnonzero(split.labels != int(left_out_class))


def load_seen(card: DataCard, left_out_class: str, name: SplitName, root: Path | None = None) -> Split:
    """A split of the images of a card without the class left out, or "none". Raises as `registry.images_of`."""
    found = registry.images_of(card, name, root)
    rows = seen(found, left_out_class)
    return found if len(rows) == len(found.images) else found[rows]
