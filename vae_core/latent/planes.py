"""A plane through latent space, on which a map shows its points: two dimensions, or the first two principal components.

The browser has the same planes (`pages/ui/browser/model/plane.mjs`); a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.errors import ConfigInvalid
from vae_core.latent.aggregate_posterior import Array

ROUNDING = 1e-7
"""Means are float32: what they scatter below this share of their size is rounding and no variance."""
TIE = 1e-6
"""Entries of an eigenvector nearer to its largest than this share are as large, whatever the rounding says."""
ROWS_AT_ONCE = 256
"""So small a product OpenBLAS computes in one thread, up to 32 dimensions: two, which wait for each other while a
training has the cores, took 16 s for a million means.
"""


@dataclass(frozen=True)
class Plane:
    """basis: (2, D), orthonormal, but for D = 1, where the second direction is 0. origin: (D,), what lies at (0, 0).

    shares: of the variance, 0 to 1, along each direction; None where these are dimensions. All float64.
    """

    basis: Array
    origin: Array
    shares: tuple[float, float] | None = None


def dimensions_plane(latent_dim: int, dims: Sequence[int]) -> Plane:
    """The plane of two latent dimensions, counted from 0, with the prior's mean as its origin; of D = 1, the only one.

    Raises ConfigInvalid where there are no such dimensions.
    """
    wanted = min(2, latent_dim)
    if len(set(dims)) != wanted or len(dims) != wanted or not all(0 <= dim < latent_dim for dim in dims):
        expected = "0, the only one" if latent_dim == 1 else f"two different ones from 0 to {latent_dim - 1}"
        raise ConfigInvalid(f"dims: expected {expected}, and got {','.join(map(str, dims))}; ask for those")
    basis = np.zeros((2, latent_dim))
    basis[range(wanted), list(dims)] = 1
    return Plane(basis, np.zeros(latent_dim))


def principal_plane(mu: npt.NDArray[np.floating]) -> Plane:
    """The plane of the first two principal components of means (N, D), through their mean.

    Each direction's largest entry is positive, the first of several as large. Means that do not vary (fewer than two,
    or all the same, as after a collapse) have no components: the first two dimensions stand in, with shares of 0.
    Raises ConfigInvalid for D < 2, or means that are not finite.
    """
    count, latent_dim = mu.shape
    if latent_dim < 2:
        raise ConfigInvalid(f"plane: principal components need two latent dimensions, and there is {latent_dim}")
    if not np.isfinite(mu).all():
        raise ConfigInvalid("plane: principal components need finite means, and some are not; choose an earlier step")
    origin = mu.mean(axis=0, dtype=np.float64) if count else np.zeros(latent_dim)
    covariance = np.zeros((latent_dim, latent_dim))
    for rows in _blocks(count):
        centred = mu[rows] - origin  # (n, D)
        covariance += centred.T @ centred / count
    total = float(np.trace(covariance))
    if total <= ROUNDING**2 * float(origin @ origin):
        return Plane(np.eye(2, latent_dim), origin, (0.0, 0.0))
    variances, vectors = np.linalg.eigh(covariance)  # the least comes first, and vectors are columns
    first, second = (max(0.0, float(variance)) / total for variance in variances[:-3:-1])
    return Plane(np.stack([_with_positive_largest(vectors[:, -each]) for each in (1, 2)]), origin, (first, second))


def project(plane: Plane, mu: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Where means (N, D) lie on a plane: x and y, float32 (N,) each. On a plane of dimensions they are mu's own."""
    x, y = (_along(direction, plane.origin, mu) for direction in plane.basis)
    return x, y


def _along(direction: Array, origin: Array, mu: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    used = np.flatnonzero(direction)  # a dimension that plays no part may be infinite
    coordinate = np.empty(len(mu), np.float32)
    for rows in _blocks(len(mu)):
        coordinate[rows] = (mu[rows][:, used] - origin[used]) @ direction[used]
    return coordinate


def _blocks(count: int) -> Iterator[slice]:
    return (slice(start, start + ROWS_AT_ONCE) for start in range(0, count, ROWS_AT_ONCE))


def _with_positive_largest(vector: Array) -> Array:
    """An eigenvector has no sign of its own: that of its largest entry is made positive."""
    size = np.abs(vector)
    leading = vector[np.argmax(size >= (1 - TIE) * size.max())]
    return -vector if leading < 0 else vector
