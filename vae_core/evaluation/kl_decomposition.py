"""What the KL of a whole data set is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.evaluation.aggregate_posterior import expect_posteriors, log_density
from vae_core.model.divergences import gaussian_kl, gaussian_log_density

MOST_PAIRS = 5e7
"""Of draws and posteriors, times dimensions: a few seconds."""
DRAWS = (100, 5_000)
"""The fewest and the most z that the parts are means over."""
NEGLIGIBLE = 1e-9
"""Of the largest weight: a posterior that counts less is left out of q(z)."""
PAIRS_AT_ONCE = 2**16
"""Half a megabyte of them, which stays in a processor core's own cache."""
SMALLEST = 1e-250
"""A sum whose parts may be too small for float64 to hold their digits."""


@dataclass(frozen=True)
class KLDecomposition:
    """The mean KL's three parts, in nats per image; they add up to kl_nats, and none is negative.

    mutual_information_nats: what z tells of which image it came from. total_correlation_nats: how far the dimensions
    are from independent, all images together. dimension_wise_kl_nats: how far each is from the prior. They are
    estimates, with the standard errors beside them, from so many draws; kl_nats is exact.
    """

    mutual_information_nats: float
    total_correlation_nats: float
    dimension_wise_kl_nats: float
    kl_nats: float
    mutual_information_error_nats: float
    total_correlation_error_nats: float
    dimension_wise_kl_error_nats: float
    draws: int


@torch.no_grad()
def kl_decomposition(mu: Tensor, logvar: Tensor, weights: Tensor | None = None, *, seed: int = 0) -> KLDecomposition:
    """The decomposition for the aggregate posterior q(z) of all N posteriors N(mu, diag exp(logvar)).

    mu, logvar: (N, D), N ≥ 1. weights: (N,), how much each counts, 1 together; None: all alike. z are drawn from q(z),
    as many as `MOST_PAIRS` allows, and q(z) and q(z_d) are means over all N posteriors, with no weights guessed from
    batches. A part is the mean of a ratio of densities, from which is taken what can be known of its noise: the means
    of log q(z|x) and log p(z) are exact, so that by how much those of the draws miss them is no chance any more
    (control variates, as in Owen, Monte Carlo theory, section 8.9). What the parts then add up to is the exact KL. A
    part that comes out negative, which none is, is 0, and the others give way in proportion.
    Work draws · N · D in bounded memory, in float64. Raises ShapeMismatch.
    Source: Chen et al. 2018 (arXiv 1802.04942), eq. 2; for a q(z) of all the data, no estimator of its section 3.1.
    """
    expect_posteriors(mu, logvar)
    mu, logvar = mu.double(), logvar.double()
    weights = mu.new_ones(len(mu)) / len(mu) if weights is None else weights.double()
    known = torch.stack([_mean_log_posterior(logvar, weights), _mean_log_prior(mu, logvar, weights)])  # (2,)
    kept = weights > NEGLIGIBLE * weights.max()
    own, joint, marginals, prior = _log_densities(mu[kept], logvar[kept], weights[kept], seed)  # (M,) each
    ratios = torch.stack([own - joint, joint - marginals, marginals - prior], dim=1)  # (M, 3)
    parts, errors = _means(ratios, torch.stack([own, prior], dim=1) - known)
    kl = (weights @ gaussian_kl(mu, logvar)).item()
    positive = parts.clamp(min=0)
    first, second, third = (positive * (kl / positive.sum().clamp(min=1e-300))).tolist()
    off_first, off_second, off_third = errors.tolist()
    return KLDecomposition(first, second, third, kl, off_first, off_second, off_third, len(own))


def _log_densities(mu: Tensor, logvar: Tensor, weights: Tensor, seed: int) -> tuple[Tensor, ...]:
    """Of draws from q(z): their logarithms under the posterior that each came from, q(z), Π_d q(z_d) and p(z), (M,)."""
    fewest, most = DRAWS
    count = int(min(most, max(fewest, MOST_PAIRS / mu.numel())))
    generator = torch.Generator().manual_seed(seed)
    rows = torch.multinomial(weights, count, replacement=True, generator=generator)  # (M,)
    noise = torch.randn(count, mu.shape[1], generator=generator, dtype=mu.dtype)
    z = mu[rows] + (0.5 * logvar[rows]).exp() * noise  # (M, D)
    joint, marginals = _log_aggregate(z, mu, logvar, weights)
    return (
        gaussian_log_density(z, mu[rows], logvar[rows]).sum(dim=1),  # (M, D) -> (M,)
        joint,
        marginals,
        gaussian_log_density(z, z.new_zeros(()), z.new_zeros(())).sum(dim=1),
    )


def _log_aggregate(z: Tensor, mu: Tensor, logvar: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The logarithms of q(z) and of Π_d q(z_d) at z (M, D), drawn from q(z): (M,) each, float64.

    Each dimension's exponentials, whose weighted sum is q(z_d), are multiplied to those of q(z), which costs none of
    its own. Their product is too small for float64 only where posteriors are very differently wide; there `log_density`
    adds up logarithms.
    """
    rate = (0.5 * torch.exp(-logvar)).sqrt()  # (z − mu)² / 2σ² is ((z − mu) · rate)²
    constant = -0.5 * (logvar + math.log(2 * math.pi))  # (N, D)
    highest = constant.sum(dim=1).max()
    of_all = weights * (constant.sum(dim=1) - highest).exp()  # (N,)
    dimensions = list(zip(rate.T.contiguous(), (-mu * rate).T.contiguous(), weights * constant.exp().T, strict=True))
    joint, marginals = [], []
    for part in torch.split(z, max(1, PAIRS_AT_ONCE // len(mu))):
        product, logarithms = part.new_ones(()), part.new_zeros(len(part))
        for values, (slope, offset, shares) in zip(part.unbind(dim=1), dimensions, strict=True):
            kernel = torch.addcmul(offset, values[:, None], slope).square_().neg_().exp_()  # (m, N)
            logarithms += (kernel @ shares).log()
            product = kernel.mul_(product)
        joint.append(product @ of_all)
        marginals.append(logarithms)
    densities, log_marginals = torch.cat(joint), torch.cat(marginals)
    is_small = densities < SMALLEST
    log_joint = densities.log() + highest
    log_joint[is_small] = log_density(z[is_small], mu, logvar, weights)
    return log_joint, log_marginals


def _mean_log_posterior(logvar: Tensor, weights: Tensor) -> Tensor:
    """The exact mean of log q(z|x) for z from q(z|x): minus its entropy, (N, D) -> ()."""
    return weights @ (gaussian_log_density(logvar * 0, logvar * 0, logvar) - 0.5).sum(dim=1)


def _mean_log_prior(mu: Tensor, logvar: Tensor, weights: Tensor) -> Tensor:
    """The exact mean of log p(z) for z from q(z|x): (N, D) -> ()."""
    at_zero = gaussian_log_density(mu * 0, mu * 0, mu * 0)
    return weights @ (at_zero - 0.5 * (mu.square() + logvar.exp())).sum(dim=1)


def _means(values: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Means of values (M, 3) and their standard errors, (3,) each, less what noise (M, 2) of mean 0 explains."""
    design = torch.cat([torch.ones_like(noise[:, :1]), noise], dim=1)  # (M, 3)
    solution = torch.linalg.lstsq(design, values, driver="gelsd").solution  # (3, 3)
    errors = (values - design @ solution).std(dim=0) / len(values) ** 0.5
    return solution[0], errors
