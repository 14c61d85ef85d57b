"""Repair without a network: what principal components make of a damaged image, and each pixel by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vae_core.apply.repair.damage import Damage, Floats, damaged
from vae_core.data.source import ImageShape

COUNTS = (2, 4, 8, 16, 32, 64, 128, 256)
"""Numbers of components that are tried, as far as there are images and pixels for them."""
_TRIED = 0.2  # share of the training images that the number of components is chosen by, and that nothing is fitted to
MOST_SIDE = 1024  # of a matrix of covariances; of more pixels, the images themselves are taken apart


@dataclass(frozen=True)
class LinearRepair:
    """Probabilistic PCA and a damage: x = mean + W z + noise, z ~ N(0, I). mean: (P,); axes: W, (P, K).

    residual: the variance of what the components leave over, in squared units of full white.
    """

    mean: Floats
    axes: Floats
    residual: float
    shape: ImageShape
    damage: Damage

    def __call__(self, seen: Floats) -> Floats:
        """The posterior's mean of damaged images (N, C, H, W), by the visible pixels alone: the same shape.

        Source: Tipping & Bishop 1999, doi 10.1111/1467-9868.00196, section 3.3; with a damage A, W is A W.
        """
        visible = self.damage.visible(self.shape)
        through = self._damage(self.axes.T)[:, visible].T  # (V, K): A W
        offset = seen.reshape(len(seen), -1)[:, visible] - self._damage(self.mean[None])[0, visible]  # (N, V)
        noise = self.residual + self.damage.noise_sigma**2
        precision = through.T @ through + noise * np.eye(self.axes.shape[1])
        z = np.linalg.solve(precision, through.T @ offset.T)  # (K, N)
        return np.asarray((self.mean + (self.axes @ z).T).reshape(seen.shape))

    def _damage(self, flat: Floats) -> Floats:
        """(n, P), as images blurred."""
        return self.damage.blurred(flat.reshape(-1, *self.shape)).reshape(len(flat), -1)


def principal_components(images: Floats, damage: Damage, counts: Sequence[int]) -> list[LinearRepair]:
    """Fitted once to images (N, C, H, W) by scikit-learn, and cut to each number of components in turn.

    Numbers are less than images and pixels; what a number leaves over is scikit-learn's `noise_variance_`.
    """
    from sklearn.decomposition import PCA  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    flat = images.reshape(len(images), -1)
    found = PCA(svd_solver="covariance_eigh" if flat.shape[1] <= MOST_SIDE else "full").fit(flat)
    repairs = []
    for count in counts:
        residual = float(found.explained_variance_[count:].mean())
        scales = np.sqrt(np.maximum(found.explained_variance_[:count] - residual, 0))  # Tipping & Bishop 1999, eq. 15
        axes = found.components_[:count].T * scales  # (P, K)
        repairs.append(LinearRepair(found.mean_, axes, residual, _shape(images), damage))
    return repairs


def best_components(images: Floats, damage: Damage, *, seed: int = 0) -> LinearRepair:
    """Of `COUNTS`, the number whose repair is nearest to the truth on a fifth of the images, fitted to the others.

    Expects three images or more.
    """
    kept = max(2, int(len(images) * (1 - _TRIED)))
    fitted, tried = images[:kept], images[kept:]
    most = min(kept, int(np.prod(_shape(images)))) - 1
    counts = [count for count in COUNTS if count <= most] or [most]
    seen = damaged(tried, damage, seed=seed)
    found = principal_components(fitted, damage, counts)
    errors = [float(np.square(each(seen) - tried).mean()) for each in found]
    return found[int(np.argmin(errors))]


def _shape(images: Floats) -> ImageShape:
    channels, height, width = images.shape[1:]
    return channels, height, width


@dataclass(frozen=True)
class EachPixel:
    """A straight line for each pixel, from what is seen of it to what it was; slope, mean, seen_mean: (C, H, W).

    This is what chance does: it knows how bright a pixel usually is, and of its neighbours nothing.
    """

    slope: Floats
    mean: Floats
    seen_mean: Floats

    def __call__(self, seen: Floats) -> Floats:
        """(N, C, H, W) -> (N, C, H, W)"""
        return np.asarray(self.mean + self.slope * (seen - self.seen_mean))


def each_pixel(images: Floats, damage: Damage, *, seed: int = 0) -> EachPixel:
    """By least squares, from images (N, C, H, W) and what a damage makes of them; of hidden pixels, their mean."""
    seen = damaged(images, damage, seed=seed)
    mean, seen_mean = images.mean(axis=0), seen.mean(axis=0)
    variance = np.square(seen - seen_mean).mean(axis=0)
    slope = ((images - mean) * (seen - seen_mean)).mean(axis=0) / np.maximum(variance, 1e-12)
    slope *= damage.visible(_shape(images)).reshape(mean.shape)
    return EachPixel(slope, mean, seen_mean)
