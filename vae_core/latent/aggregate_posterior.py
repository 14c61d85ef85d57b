"""All posteriors of a data set together, q(z) = mean of q(z|x): its density, its draws, and where it leaves holes.

Plain numpy, for the server: the browser shades the same holes (`pages/ui/browser/map/layers/regions.mjs`), and
`evaluation/aggregate_posterior.py` has the same density in torch; a test compares the two.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

HOLE_NATS = -math.log(20)
"""q is this many nats under p in a hole: a twentieth of the images that the prior would have there. The factor is ours;
this is the one place in Python where it stands.
"""
FINEST_SIGMA = 0.1
"""On the map, posteriors narrower than this count as this wide: else all would be a hole between points."""
NEIGHBOURS = 8
CHUNK = 32
"""Points at a time: with 10,000 posteriors their exponents, 2.5 MB, stay in a processor's cache."""


def spacing(mu: npt.NDArray[np.floating]) -> Array:
    """How far from each image's mean the eighth nearest other lies, or the farthest of fewer: (N, D) -> (N,).

    As the width of a kernel it tells a hole from the space between points however far the map reaches: an adaptive
    kernel density, Breiman, Meisel & Purcell 1977.
    """
    from sklearn.neighbors import KDTree  # noqa: PLC0415  a second and 80 MB, for whoever asks for mixtures

    distances, _ = KDTree(mu).query(mu, k=min(NEIGHBOURS + 1, len(mu)))  # itself comes first
    eighth: Array = distances[:, -1]
    return eighth


def widened(logvar: npt.NDArray[np.floating], least_sigma: float | Array) -> Array:
    """Log variances (N, D), none of a σ less than that: one for all posteriors, or one for each (N,)."""
    least = np.broadcast_to(least_sigma, len(logvar))[:, None]  # (N, 1)
    least = np.maximum(least, np.finfo(np.float64).tiny)  # images at one place are no distance apart
    wide: Array = np.maximum(logvar.astype(np.float64), 2 * np.log(least))
    return wide


def smoothed(mu: npt.NDArray[np.floating], logvar: npt.NDArray[np.floating]) -> Array:
    """Log variances (N, D) of posteriors that reach at least to their neighbours (see `spacing`): no gap between
    an autoencoder's points is a hole then, only a gap that is wide beside them.
    """
    return widened(logvar, spacing(mu))


def log_density(z: npt.NDArray[np.floating], mu: npt.NDArray[np.floating], logvar: npt.NDArray[np.floating]) -> Array:
    """The log density q(z) of the mean of N diagonal posteriors N(mu, diag exp(logvar)), each as wide as it is.

    z: (n, D); mu, logvar: (N, D). Returns (n,) nats, float64; work n · N · D in bounded memory.
    """
    rate = np.exp(-0.5 * logvar.astype(np.float64))  # (N, D)
    constant = -0.5 * (logvar.astype(np.float64) + math.log(2 * math.pi)).sum(axis=1) - math.log(len(mu))  # (N,)
    found = np.empty(len(z))
    for start in range(0, len(z), CHUNK):
        part = z[start : start + CHUNK]
        exponent = np.tile(constant, (len(part), 1))  # (n, N)
        for dim in range(z.shape[1]):
            exponent -= 0.5 * ((part[:, dim, None] - mu[:, dim]) * rate[:, dim]) ** 2
        # scipy's logsumexp, in general terms and with copies, takes 2.6 times as long as all of this.
        most = exponent.max(axis=1)
        exponent -= most[:, None]
        found[start : start + CHUNK] = most + np.log(np.exp(exponent, out=exponent).sum(axis=1))
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
    z: npt.NDArray[np.floating], log_source: Array, mu: npt.NDArray[np.floating], logvar: npt.NDArray[np.floating]
) -> float:
    """Part of the draws z (n, D), 0 to 1, that fall where q(z) is less than a twentieth of the density they came from.

    log_source: (n,), the logarithm of that density at z. Of q's own draws none do. Posteriors are as wide as logvar
    says: give `smoothed` ones for the share in smoothed holes.
    """
    return float(np.mean(log_density(z, mu, logvar) - log_source < HOLE_NATS))


def prior_share_in_holes(
    mu: npt.NDArray[np.floating], logvar: npt.NDArray[np.floating], *, count: int = 2000, seed: int = 0
) -> float:
    """Part of the prior's mass that lies in holes, 0 to 1, from so many draws of the prior.

    Its standard error is √(share · (1 − share) / count), at most 0.011. `share_in_holes` says of which holes.
    """
    z = np.random.default_rng(seed).standard_normal((count, mu.shape[1]))
    return share_in_holes(z, prior_log_density(z), mu, logvar)
