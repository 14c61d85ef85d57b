"""A class that a run never learns from (`TrainConfig.left_out_class`), and what is left of a data set without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from vae_core.data import registry
from vae_core.data.registry import Split, SplitName


def seen(split: Split, left_out_class: str) -> npt.NDArray[np.intp]:
    """Indices of the images that a run looks at, in order: all but those of the class left out, which may be "none"."""
    everything = np.arange(len(split.labels))
    return everything if left_out_class == "none" else everything[split.labels != int(left_out_class)]


def load_seen(dataset: str, left_out_class: str, name: SplitName, root: Path | None = None) -> Split:
    """A split of a data set without the class left out, or "none". Raises as `registry.load`."""
    found = registry.load(dataset, name, root)
    places = seen(found, left_out_class)
    return found if len(places) == len(found.labels) else Split(found.images[places], found.labels[places])
