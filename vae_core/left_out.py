"""A class that a run never learns from (`TrainConfig.left_out_class`), and what is left of a data set without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from vae_core import datasets
from vae_core.config import TrainConfig
from vae_core.datasets import Split, SplitName


def seen(split: Split, config: TrainConfig) -> npt.NDArray[np.intp]:
    """The places in a split of the images that a run looks at, in order: all but those of the class left out."""
    everything = np.arange(len(split.labels))
    return everything if config.left_out_class == "none" else everything[split.labels != int(config.left_out_class)]


def load_seen(config: TrainConfig, name: SplitName, root: Path | None = None) -> Split:
    """A split of the run's data set without the class left out. Raises as `datasets.load`."""
    found = datasets.load(config.dataset, name, root)
    places = seen(found, config)
    return found if len(places) == len(found.labels) else Split(found.images[places], found.labels[places])
