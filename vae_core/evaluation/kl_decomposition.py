"""What the KL of a whole data set is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.errors import ShapeMismatch
from vae_core.model.divergences import gaussian_kl, gaussian_log_density

CHUNK_FLOATS = 4_000_000
"""Of pairs of images in one dimension, at a time: 16 MB, whatever N and D."""


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
    joint, marginals = _log_aggregate(z, mu, logvar)  # (N,), (N,)
    own = gaussian_log_density(z, mu, logvar).double().sum(dim=1)  # (N, D) -> (N,)
    mutual_information = (own - joint).mean().item()
    total_correlation = (joint - marginals).mean().item()
    kl = gaussian_kl(mu.double(), logvar.double()).mean().item()
    return KLDecomposition(mutual_information, total_correlation, kl - mutual_information - total_correlation, kl)


def expect_posteriors(mu: Tensor, logvar: Tensor, *, at_least: int = 1) -> None:
    """Raises ShapeMismatch unless mu and logvar are posteriors (N, D) of the same images, and so many of them."""
    if mu.ndim != 2 or mu.shape != logvar.shape or len(mu) < at_least:
        raise ShapeMismatch(
            f"mu and logvar should both have shape (N, D), N at least {at_least}, and have {tuple(mu.shape)} and "
            f"{tuple(logvar.shape)}; give the posteriors of the same images"
        )


def _log_aggregate(z: Tensor, mu: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor]:
    """The logarithms of q(z) and Π_d q(z_d) for each z (N, D): 2 × (N,), float64."""
    count, dim = mu.shape
    precision, constant = (-0.5 * logvar).exp(), -0.5 * (logvar + math.log(2 * math.pi))
    columns = torch.stack([mu, precision, constant]).unbind(dim=2)  # D times (3, N)
    joints, sums = [], []
    for part in torch.split(z, max(1, CHUNK_FLOATS // count)):
        joint, marginals = z.new_zeros(len(part), count), z.new_zeros(len(part), dtype=torch.float64)
        for at, (center, rate, offset) in zip(part.unbind(dim=1), columns, strict=True):
            log_density = ((at[:, None] - center) * rate).square_().mul_(-0.5).add_(offset)  # (n, N)
            joint += log_density
            marginals += log_density.logsumexp(dim=1).double()
        joints.append(joint.logsumexp(dim=1).double() - math.log(count))
        sums.append(marginals - dim * math.log(count))
    return torch.cat(joints), torch.cat(sums)
