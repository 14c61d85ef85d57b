"""What the KL of a whole data set is made of."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.evaluation.aggregate_posterior import expect_posteriors, log_density
from vae_core.model.divergences import gaussian_kl, gaussian_log_density


@dataclass(frozen=True)
class KLDecomposition:
    """The mean KL's three parts, in nats per image; they add up to kl_nats.

    mutual_information_nats: what z tells of which image it came from. total_correlation_nats: how far the dimensions
    are from independent, all images together. dimension_wise_kl_nats: how far each is from the prior.
    """

    mutual_information_nats: float
    total_correlation_nats: float
    dimension_wise_kl_nats: float
    kl_nats: float


@torch.no_grad()
def kl_decomposition(mu: Tensor, logvar: Tensor, *, seed: int = 0) -> KLDecomposition:
    """The decomposition for the aggregate posterior q(z) of all N images, of diagonal posteriors N(mu, exp(logvar)).

    mu, logvar: (N, D), N ≥ 1. One z is drawn for each image; q(z) and q(z_d) are means over all N posteriors, with no
    weights guessed from batches. The parts are estimates, but what they add up to is the exact KL: mutual information
    and total correlation are means of N ratios of densities, which vary little, and the last takes what they leave.
    Work N² · D in bounded memory; sums in float64. Raises ShapeMismatch.
    Source: Chen et al. 2018 (arXiv 1802.04942), eq. 2; for a q(z) of all the data, no estimator of its section 3.1.
    """
    expect_posteriors(mu, logvar)
    noise = torch.randn(mu.shape, generator=torch.Generator().manual_seed(seed)).to(mu.device)
    z = mu + (0.5 * logvar).exp() * noise
    joint, marginals = log_density(z, mu, logvar), _log_marginals(z, mu, logvar)  # (N,), (N,)
    own = gaussian_log_density(z, mu, logvar).double().sum(dim=1)  # (N, D) -> (N,)
    mutual_information = (own - joint).mean().item()
    total_correlation = (joint - marginals).mean().item()
    kl = gaussian_kl(mu.double(), logvar.double()).mean().item()
    return KLDecomposition(mutual_information, total_correlation, kl - mutual_information - total_correlation, kl)


def _log_marginals(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """The logarithm of Π_d q(z_d) for each z (N, D): (N,), float64."""
    columns = [slice(dim, dim + 1) for dim in range(z.shape[1])]
    found = [log_density(z[:, column], mu[:, column], logvar[:, column]) for column in columns]  # D times (N,)
    return torch.stack(found).sum(dim=0)  # (D, N) -> (N,)
