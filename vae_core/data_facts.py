"""What can be said of the images before anything is trained on them: what the verdict on a run's health looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae_core.datasets import Pixels

LOOKED_AT = 5000  # images, evenly spaced: enough for shares, and a few ms
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


def data_facts(images: Pixels) -> DataFacts:
    """The facts of images uint8 (N, C, H, W), N ≥ 1, told from at most `LOOKED_AT` of them."""
    count = min(len(images), LOOKED_AT)
    x = images[np.arange(count) * len(images) // count].reshape(count, -1)  # (n, P)
    grey = x.astype(np.float32) / 255
    low, high = MIDDLE
    return DataFacts(
        images=len(images),
        mean_grey=float(grey.mean(dtype=np.float64)),
        spread_grey=float(np.sqrt(grey.var(axis=0, dtype=np.float64).mean())),
        blank_share=float((x.min(axis=1) == x.max(axis=1)).mean()),
        extreme_share=float(((x == 0) | (x == 255)).mean()),
        middle_share=float(((grey > low) & (grey < high)).mean()),
    )
