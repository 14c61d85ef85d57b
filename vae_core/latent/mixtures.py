"""A Gaussian mixture fitted to where a model's images lie in latent space, to draw new ones from instead of the prior.

Source: Ghosh et al. 2020 (arXiv 1903.12436), section 4, "ex-post density estimation".
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.errors import ConfigInvalid
from vae_core.latent import aggregate_posterior
from vae_core.latent.aggregate_posterior import Array

MOST_COMPONENTS = 40
"""Gaussians in a mixture."""
FEWEST_IMAGES = 3  # two to fit to, and one to score by
MOST_POINTS = 4000  # fitted to; a map of 10,000 would take four times as long and hold the same few numbers


@dataclass(frozen=True)
class Mixture:
    """weights: (K,), adding up to 1. means: (K, D). covariances: (K, D, D). All float64."""

    weights: Array
    means: Array
    covariances: Array

    def draws(self, count: int, *, seed: int = 0) -> Array:
        """So many z from it, (count, D), the same for a seed."""
        random = np.random.default_rng(seed)
        chosen = random.choice(len(self.weights), size=count, p=self.weights)
        factors = np.linalg.cholesky(self.covariances)  # (K, D, D)
        noise = random.standard_normal((count, self.means.shape[1]))
        drawn: Array = self.means[chosen] + np.einsum("nij,nj->ni", factors[chosen], noise)
        return drawn

    def log_density(self, z: npt.NDArray[np.floating]) -> Array:
        """Its log density at z (n, D). Returns (n,) nats."""
        from scipy.special import logsumexp  # noqa: PLC0415  scikit-learn brings it; a third of a second, for whoever asks

        parts = np.stack([self._log_part(z, each) for each in range(len(self.weights))])  # (K, n)
        density: Array = logsumexp(parts, axis=0)
        return density

    def _log_part(self, z: npt.NDArray[np.floating], component: int) -> Array:
        factor = np.linalg.cholesky(self.covariances[component])
        white = np.linalg.solve(factor, (z - self.means[component]).T)  # (D, n)
        constant = np.log(self.weights[component]) - np.log(np.diag(factor)).sum() - len(white) / 2 * np.log(2 * np.pi)
        part: Array = constant - 0.5 * (white**2).sum(axis=0)
        return part


def fit(
    mu: npt.NDArray[np.floating], logvar: npt.NDArray[np.floating], components: int, *, seed: int = 0
) -> tuple[Mixture, float]:
    """The mixture of that many full Gaussians for the aggregate posterior, by scikit-learn's EM; the same for a seed.

    mu, logvar: (N, D) of the images' diagonal posteriors, of which every other one is fitted to, `MOST_POINTS` at most.
    Returns it, and its mean log density in nats at draws from the posteriors that it has not seen.
    Raises ConfigInvalid unless components is from 1 to `MOST_COMPONENTS` and there are twice as many images, and
    `FEWEST_IMAGES`.
    """
    if len(mu) < FEWEST_IMAGES:
        raise ConfigInvalid(f"a mixture needs {FEWEST_IMAGES} images or more on the map, and there are {len(mu)}")
    if not 1 <= components <= min(MOST_COMPONENTS, len(mu) // 2):
        most = min(MOST_COMPONENTS, len(mu) // 2)
        raise ConfigInvalid(
            f"components: expected 1 to {most} for {len(mu)} images and got {components}; ask for those"
        )
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  a second and 100 MB, for whoever asks for a mixture
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415

    z = aggregate_posterior.draws(mu, logvar, seed=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # where it stops is a mixture as well, and is scored
        found = GaussianMixture(components, random_state=seed).fit(z[::2][:MOST_POINTS])
    mixture = Mixture(found.weights_, found.means_, found.covariances_)
    return mixture, float(mixture.log_density(z[1::2]).mean())
