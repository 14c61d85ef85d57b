"""How near an image is to the true one: PSNR and SSIM, as scikit-image has them."""

from __future__ import annotations

import numpy as np

from vae_core.apply.repair.damage import Floats
from vae_core.errors import ShapeMismatch

MOST_DB = 100.0
"""What an image counts at most: one without any error has infinitely many decibels, and no mean would be left."""
WINDOW = 7
K1, K2 = 0.01, 0.03


def psnr(true: Floats, found: Floats) -> Floats:
    """Peak signal-to-noise ratio, 10 log₁₀(1 / mean squared error), of each image: (N, C, H, W) in [0, 1] -> (N,) dB.

    Equal to scikit-image's `peak_signal_noise_ratio` with data_range=1 up to `MOST_DB`. Raises ShapeMismatch.
    """
    _same_shape(true, found)
    error = np.square(true - found).reshape(len(true), -1).mean(axis=1)
    return np.asarray(-10 * np.log10(np.maximum(error, 10 ** (-MOST_DB / 10))))


def ssim(true: Floats, found: Floats) -> Floats:
    """Structural similarity of each image, the mean over its windows and channels: (N, C, H, W) in [0, 1] -> (N,).

    At most 1, which only equal images have. Windows are 7 × 7 (of smaller images, as large an odd square as fits),
    variances those of a sample. Equal to scikit-image's `structural_similarity` with data_range=1, and with win_size
    where it is smaller. Raises ShapeMismatch. Source: Wang et al. 2004, doi 10.1109/TIP.2003.819861, eq. 13.
    """
    _same_shape(true, found)
    smallest = min(WINDOW, *true.shape[2:])
    side = smallest - (smallest % 2 == 0)
    sample = side**2 / (side**2 - 1) if side > 1 else 1.0
    x, y = _means(true, side), _means(found, side)
    xx, yy, xy = (_means(a * b, side) for a, b in ((true, true), (found, found), (true, found)))
    variance_x, variance_y, covariance = sample * (xx - x * x), sample * (yy - y * y), sample * (xy - x * y)
    likeness = (2 * x * y + K1**2) * (2 * covariance + K2**2)
    most = (x * x + y * y + K1**2) * (variance_x + variance_y + K2**2)
    return np.asarray((likeness / most).mean(axis=(1, 2, 3)))


def _means(images: Floats, side: int) -> Floats:
    """Over each window that lies within: (N, C, H, W) -> (N, C, H − side + 1, W − side + 1)."""
    sums = images
    for axis in (2, 3):
        sums = np.lib.stride_tricks.sliding_window_view(sums, side, axis=axis).sum(axis=-1)
    return sums / side**2


def _same_shape(true: Floats, found: Floats) -> None:
    if true.shape != found.shape or true.ndim != 4:
        raise ShapeMismatch(
            f"expected two sets of images (N, C, H, W) of one shape and got {true.shape} and {found.shape}; "
            "compare each image with its own"
        )
