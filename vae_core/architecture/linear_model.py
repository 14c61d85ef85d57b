"""The best linear VAE: probabilistic PCA, which needs no training. What a run shows before its network's first step.

x = W z + mean + noise, with z ~ N(0, I) and noise ~ N(0, σ² I): maximum likelihood in closed form (Tipping & Bishop
1999, eqs. 7 and 8), and where a VAE of linear layers ends (Lucas et al. 2019, arXiv 1911.02469). No torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.data.source import DataCard
from vae_core.errors import ShapeMismatch

Floats = npt.NDArray[np.float32]
_PREFIX = "linear."
_NARROWEST = 0.5 / 255  # of σ: closer than that, pixels cannot say anything


@dataclass(frozen=True)
class LinearModel:
    """mean: float32 (P,), of images with P values from 0 to 1. weight: float32 (P, D), whose columns are orthogonal;
    of zeros where there are more dimensions than the images vary in. sigma: of the noise, in units of full white.
    """

    mean: Floats
    weight: Floats
    sigma: float

    @property
    def latent_dim(self) -> int:
        """D."""
        return int(self.weight.shape[1])

    @property
    def _precision(self) -> npt.NDArray[np.float64]:
        """The diagonal of WᵀW + σ² I, (D,); all else in it is 0. Tipping & Bishop's M."""
        squares: npt.NDArray[np.float64] = np.square(self.weight, dtype=np.float64).sum(axis=0)
        return squares + self.sigma**2

    @property
    def reading(self) -> Floats:
        """M⁻¹Wᵀ, (D, P): what of an image's difference from the mean is in each dimension."""
        return (self.weight / self._precision).T.astype(np.float32)

    @property
    def logvar(self) -> Floats:
        """The logarithm of the posterior's variance σ² M⁻¹, (D,): every image's."""
        values: npt.NDArray[np.float64] = np.log(self.sigma**2 / self._precision)
        return values.astype(np.float32)

    def encode(self, x: Floats) -> tuple[Floats, Floats]:
        """The posterior of images float32 (N, P) from 0 to 1: mu and logvar, float32 (N, D) each."""
        mu: Floats = ((x - self.mean) @ self.reading.T).astype(np.float32, copy=False)
        return mu, self.logvar + np.zeros_like(mu)

    def decode(self, z: Floats) -> Floats:
        """The pictures of points float32 (N, D): float32 (N, P), 0 black and 1 white."""
        pictures: Floats = np.clip(z @ self.weight.T + self.mean, 0, 1)
        return pictures

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """What it is stored as, by name."""
        values = {"mean": self.mean, "weight": self.weight, "sigma": np.array(self.sigma, np.float32)}
        return {f"{_PREFIX}{name}": value for name, value in values.items()}


def linear_model_in(tensors: Mapping[str, npt.NDArray[Any]], latent_dim: int, card: DataCard) -> LinearModel | None:
    """The linear model that tensors hold; None if they hold another. Raises ShapeMismatch."""
    if f"{_PREFIX}weight" not in tensors:
        return None
    pixels = int(np.prod(card.image_shape))
    shapes = {"mean": (pixels,), "weight": (pixels, latent_dim), "sigma": ()}
    for name, shape in shapes.items():
        got = tensors.get(f"{_PREFIX}{name}")
        if got is None or got.shape != shape or got.dtype != np.float32 or not np.isfinite(got).all():
            raise ShapeMismatch(
                f"tensor {_PREFIX}{name}: {shape} finite numbers (float32) belong there; copy the run again"
            )
    mean, weight, sigma = (tensors[f"{_PREFIX}{name}"] for name in shapes)
    return LinearModel(mean, weight, max(float(sigma), _NARROWEST))


def fitted(
    mean: npt.NDArray[np.float64], axes: npt.NDArray[np.float64], variances: npt.NDArray[np.float64], rest: float
) -> LinearModel:
    """The model of images with this mean (P,), whose variances (D,) along axes (P, D) are the largest, from the top.

    rest: the mean variance along all other axes, σ² (eq. 8). W = U (Λ − σ² I)^½ (eq. 7), each column with its largest
    entry positive, so that the same images give the same map.
    """
    noise = max(rest, _NARROWEST**2)
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)
    weight = axes * np.sign(largest) * np.sqrt(np.maximum(variances - noise, 0))
    return LinearModel(mean.astype(np.float32), weight.astype(np.float32), float(np.sqrt(noise)))
