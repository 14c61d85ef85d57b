"""All posteriors of a data set together, q(z) = mean of q(z|x): its density, its draws, and where it leaves holes.

Plain numpy, for the server: the browser shades the same holes (`pages/ui/browser/map/layers/regions.mjs`).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

HOLE_NATS = -math.log(20)
"""q is this many nats under p in a hole: a twentieth of the images that the prior would have there."""
FINEST_SIGMA = 0.1
"""Posteriors narrower than this count as this wide: else all would be a hole between an autoencoder's points."""
NEIGHBOURS = 8
CHUNK = 256


def spacing(mu: npt.NDArray[np.floating]) -> Array:
    """How far from each image's mean the eighth nearest other lies: (N, D) -> (N,), N > 8.

    As the width of a kernel it tells a hole from the space between points however far the map reaches: an adaptive
    kernel density, Breiman, Meisel & Purcell 1977.
    """
    from sklearn.neighbors import KDTree  # noqa: PLC0415  a second and 80 MB, for whoever asks for mixtures

    distances, _ = KDTree(mu).query(mu, k=NEIGHBOURS + 1)  # itself comes first
    eighth: Array = distances[:, -1]
    return eighth


def log_density(
    z: npt.NDArray[np.floating],
    mu: npt.NDArray[np.floating],
    logvar: npt.NDArray[np.floating],
    finest: float | Array = FINEST_SIGMA,
) -> Array:
    """The log density q(z) of N diagonal posteriors, each at least as wide as finest. z: (n, D); mu, logvar: (N, D).

    finest: one σ, or one for each posterior (N,). Returns (n,) nats; work n · N · D in bounded memory.
    """
    least = np.broadcast_to(np.square(finest), len(mu))[:, None]  # (N, 1)
    variance = np.maximum(np.exp(logvar.astype(np.float64)), least)  # (N, D)
    constant = -0.5 * np.log(2 * np.pi * variance).sum(axis=1) - math.log(len(mu))  # (N,)
    found = np.empty(len(z))
    for start in range(0, len(z), CHUNK):
        part = z[start : start + CHUNK]
        exponent = np.tile(constant, (len(part), 1))  # (n, N)
        for dim in range(z.shape[1]):
            exponent -= 0.5 * (part[:, dim, None] - mu[:, dim]) ** 2 / variance[:, dim]
        most = exponent.max(axis=1, keepdims=True)
        found[start : start + CHUNK] = most[:, 0] + np.log(np.exp(exponent - most).sum(axis=1))
    return found


def prior_log_density(z: npt.NDArray[np.floating]) -> Array:
    """The log density p(z) of N(0, I). z: (n, D). Returns (n,) nats."""
    density: Array = -0.5 * (z.astype(np.float64) ** 2 + math.log(2 * math.pi)).sum(axis=1)
    return density


def draws(mu: npt.NDArray[np.floating], logvar: npt.NDArray[np.floating], *, seed: int = 0) -> Array:
    """One z from each posterior, so that all together follow q(z): (N, D), the same for a seed."""
    noise = np.random.default_rng(seed).standard_normal(mu.shape)
    drawn: Array = mu + np.exp(0.5 * logvar.astype(np.float64)) * noise
    return drawn


def share_in_holes(
    z: npt.NDArray[np.floating],
    log_source: Array,
    mu: npt.NDArray[np.floating],
    logvar: npt.NDArray[np.floating],
    finest: float | Array = FINEST_SIGMA,
) -> float:
    """Part of the draws z (n, D), 0 to 1, that fall where q(z) is less than a twentieth of the density they came from.

    log_source: (n,), the logarithm of that density at z. Of q's own draws none do.
    """
    return float(np.mean(log_density(z, mu, logvar, finest) - log_source < HOLE_NATS))


def holes_share(
    mu: npt.NDArray[np.floating],
    logvar: npt.NDArray[np.floating],
    finest: float | Array = FINEST_SIGMA,
    *,
    count: int = 2000,
    seed: int = 0,
) -> float:
    """Part of the prior's mass that lies in holes, 0 to 1, from so many draws of the prior.

    Its standard error is √(share · (1 − share) / count), at most 0.011. `holes.prior_holes` tells the same with torch,
    of posteriors as wide as they are.
    """
    z = np.random.default_rng(seed).standard_normal((count, mu.shape[1]))
    return share_in_holes(z, prior_log_density(z), mu, logvar, finest)
