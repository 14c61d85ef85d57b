"""What can be said of the images before anything is trained on them: what the verdict on a run's health looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

LOOKED_AT = 5000  # images, evenly spaced: enough for shares, and a few ms
AT_ONCE = 250  # so that looking takes less memory than training
MIDDLE = (0.1, 0.9)  # what lies between is neither nearly black nor nearly white


@dataclass(frozen=True)
class DataFacts:
    """Of a training set. Grey levels in units of full white, shares from 0 to 1.

    images: how many there are. mean_grey: over all pixels. spread_grey: how far an image's pixels are from the mean
    image's, root mean square; 0 if all images are the same. blank_share: of images without any contrast.
    extreme_share: of pixels that are pure black or white. middle_share: of pixels between 0.1 and 0.9.
    """

    images: int
    mean_grey: float
    spread_grey: float
    blank_share: float
    extreme_share: float
    middle_share: float


class Rows(Protocol):
    """Images uint8 (N, C, H, W) of which some are asked for at a time: an array, or a file of them."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
        """uint8 (n, C, H, W), of n indices."""


@dataclass(frozen=True)
class SomeRows:
    """Those of some images, by their indices."""

    images: Rows
    chosen: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
        return self.images[self.chosen[rows]]


def data_facts(images: Rows) -> DataFacts:
    """The facts of N ≥ 1 images, told from at most `LOOKED_AT` of them, a few at a time."""
    count = min(len(images), LOOKED_AT)
    rows = np.arange(count) * len(images) // count
    pixels = images[rows[:1]].size
    total, squares = np.zeros(pixels, dtype=np.int64), np.zeros(pixels, dtype=np.int64)
    blank = extreme = middle = 0
    low, high = (255 * edge for edge in MIDDLE)
    for start in range(0, count, AT_ONCE):
        x = images[rows[start : start + AT_ONCE]].reshape(-1, pixels)
        total += x.sum(axis=0, dtype=np.int64)
        squares += np.square(x, dtype=np.uint16).sum(axis=0, dtype=np.int64)  # 255² just fits
        blank += int((x.min(axis=1) == x.max(axis=1)).sum())
        extreme += int(((x == 0) | (x == 255)).sum())
        middle += int(((x > low) & (x < high)).sum())
    mean = total / count
    return DataFacts(
        images=len(images),
        mean_grey=float(mean.mean()) / 255,
        spread_grey=float(np.sqrt((squares / count - mean**2).mean())) / 255,
        blank_share=blank / count,
        extreme_share=extreme / (count * pixels),
        middle_share=middle / (count * pixels),
    )
