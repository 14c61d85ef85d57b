"""Principal components of images, by scikit-learn, exactly and in the quickest way for their size. No torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.data.source import Pixels

Array = npt.NDArray[np.float64]
MOST_FOR_COVARIANCE = 1200
"""Pixels: the covariance of so many has its eigenvectors in a second; beyond, the images themselves are decomposed."""


def flat(images: Pixels) -> Array:
    """uint8 (N, C, H, W) as float64 (N, P) in [0, 1]."""
    return images.reshape(len(images), -1).astype(np.float64) / 255


def fitted(images: Array, components: float) -> Any:
    """scikit-learn's PCA of images (N, P), fitted; components: how many, at most as many as there are, or a share of
    variance below 1. Of float64, and never by the solver that estimates them.
    """
    from sklearn.decomposition import PCA  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    solver = "covariance_eigh" if images.shape[1] <= MOST_FOR_COVARIANCE else "full"
    wanted = min(int(components), *images.shape) if components >= 1 else components
    return PCA(wanted, svd_solver=solver).fit(images)
