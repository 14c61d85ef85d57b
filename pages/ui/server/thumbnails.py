"""Real images by their numbers: a few of them at a time, so that a data set of any size can be shown."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pages.ui.server import resources
from vae_core import runs
from vae_core.data import registry
from vae_core.errors import ConfigInvalid

MOST_IMAGES = 1024
MOST_DIGITS = 9
SPLITS = ("held-out", "all")


def thumbnails(run: runs.Run, numbers: str, split: str) -> bytes:
    """Some images of the data set that a run was trained on, in the order asked: uint8 (n, C, H, W) as bytes.

    numbers: at most `MOST_IMAGES` whole numbers with commas between, as an embedding's `index` has them. split: of
    which images these are the numbers, "held-out" or "all", see `resources.whole_embedding`.
    Raises ConfigInvalid (numbers or split cannot be) or DatasetMissing.
    """
    wanted = _parsed(numbers)
    if split not in SPLITS:
        raise ConfigInvalid(f"split: there is no {split[:40]!r}; ask for one of {', '.join(SPLITS)}")
    resources.expect_images(run)
    if split == "all":
        return _of_both(run.config.dataset, wanted).tobytes()
    held_out = _pixels(run.config.dataset, "held-out")
    return held_out[_within(wanted, len(held_out))].tobytes()


def _of_both(dataset: str, wanted: npt.NDArray[np.int64]) -> registry.Pixels:
    """Images by their numbers among the training images and, after them, those that are held out."""
    train, held_out = _pixels(dataset, "train"), _pixels(dataset, "held-out")
    wanted = _within(wanted, len(train) + len(held_out))
    is_late = wanted >= len(train)
    found = np.empty((len(wanted), *train.shape[1:]), dtype=np.uint8)
    found[~is_late] = train[wanted[~is_late]]
    found[is_late] = held_out[wanted[is_late] - len(train)]
    return found


@lru_cache(maxsize=2)
def _pixels(dataset: str, split: registry.SplitName) -> registry.Pixels:
    """A split's images, kept: pictures are asked for as one moves over the map."""
    return registry.load(dataset, split).images


def _parsed(numbers: str) -> npt.NDArray[np.int64]:
    parts = numbers.split(",", MOST_IMAGES)
    if len(parts) > MOST_IMAGES:
        raise ConfigInvalid(f"numbers: expected at most {MOST_IMAGES:,} and got more; ask for the others separately")
    for part in parts:
        if not (part.isascii() and part.isdecimal() and len(part) <= MOST_DIGITS):
            raise ConfigInvalid(f"numbers: expected whole numbers such as 1,5,9 and got {part[:40]!r}; ask for those")
    return np.array(parts, dtype=np.int64)


def _within(wanted: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    if wanted.max() >= count:
        raise ConfigInvalid(f"numbers: there is no image {wanted.max()}; these are numbered 0 to {count - 1}")
    return wanted
