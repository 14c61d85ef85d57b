"""All posteriors of a data set together in torch: the density q(z), and how much of the prior it leaves empty.

`latent/aggregate_posterior.py` has the same density in numpy, for the server; a test compares the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.errors import ShapeMismatch
from vae_core.latent.aggregate_posterior import HOLE_NATS

PAIRS = 4_000_000
"""Of a z and a posterior in one dimension, at a time: 16 MB in float32, whatever N and D."""


@torch.no_grad()
def log_density(
    z: Tensor, mu: Tensor, logvar: Tensor, weights: Tensor | None = None, *, without_own: bool = False
) -> Tensor:
    """The log density q(z) of the mean of N diagonal posteriors N(mu, diag exp(logvar)), each as wide as it is.

    z: (M, D); mu, logvar: (N, D), of one dtype, in which the densities are computed. weights: (N,), how much each
    counts, 1 together; None: all alike. without_own: z row i was drawn from posterior i, which is left out for it;
    then N ≥ 2, and no weights. Returns (M,) float64 nats; work M · N · D, bounded memory.
    """
    rate, constant = (-0.5 * logvar).exp(), -0.5 * (logvar + math.log(2 * math.pi))
    share = -math.log(len(mu) - without_own) if weights is None else weights.log()  # () or (N,)
    columns = torch.stack([mu, rate, constant]).unbind(dim=2)  # D times (3, N)
    found, start = [], 0
    for part in torch.split(z, max(1, PAIRS // len(mu))):
        exponent = z.new_zeros(len(part), len(mu)) + share  # (m, N)
        for value, (centre, per_sigma, offset) in zip(part.unbind(dim=1), columns, strict=True):
            exponent += ((value[:, None] - centre) * per_sigma).square_().mul_(-0.5).add_(offset)
        if without_own:
            rows = torch.arange(len(part))
            exponent[rows, start + rows] = -math.inf
        found.append(exponent.logsumexp(dim=1).double())  # (m, N) -> (m,)
        start += len(part)
    return torch.cat(found)


@dataclass(frozen=True)
class Holes:
    """Shares, 0 to 1, of z that lie in holes between the posteriors as wide as they are; nothing is smoothed.

    prior_share: of the prior's mass; standard_error: of it, by the number of draws. image_share: of the images' own z,
    one drawn from each posterior, in holes of all the others'. It is near 0 where the images are many enough to tell;
    where it is not, so few cannot show holes in so many dimensions.
    """

    prior_share: float
    standard_error: float
    image_share: float
    draws: int
    images: int


@torch.no_grad()
def prior_holes(mu: Tensor, logvar: Tensor, *, draws: int = 10_000, seed: int = 0) -> Holes:
    """The share of z ~ N(0, I) with q(z) < p(z) / 20, q being the mean of all N posteriors N(mu, diag exp(logvar)).

    mu, logvar: (N, D), N ≥ 2. Work draws · N · D in bounded memory, in float64. Raises ShapeMismatch.
    Source: the holes are those of Rezende & Viola 2018 (arXiv 1810.00597) and the "prior hole problem" of Aneja et al.
    2021 (arXiv 2010.02917): high density under the prior, low under the aggregate posterior. The factor is ours.
    """
    expect_posteriors(mu, logvar, at_least=2)
    mu, logvar = mu.double().cpu(), logvar.double().cpu()
    generator = torch.Generator().manual_seed(seed)
    prior = torch.randn(draws, mu.shape[1], generator=generator, dtype=torch.float64)
    own = mu + (0.5 * logvar).exp() * torch.randn(mu.shape, generator=generator, dtype=torch.float64)
    share = _share_in_holes(prior, log_density(prior, mu, logvar))
    return Holes(
        prior_share=share,
        standard_error=math.sqrt(share * (1 - share) / draws),
        image_share=_share_in_holes(own, log_density(own, mu, logvar, without_own=True)),
        draws=draws,
        images=len(mu),
    )


def _share_in_holes(z: Tensor, log_q: Tensor) -> float:
    """Where q (M,) is `HOLE_NATS` under the prior's density at z (M, D)."""
    log_prior = -0.5 * (z.square() + math.log(2 * math.pi)).sum(dim=1)  # (M, D) -> (M,)
    return (log_q - log_prior < HOLE_NATS).double().mean().item()


def expect_posteriors(mu: Tensor, logvar: Tensor, *, at_least: int = 1) -> None:
    """Raises ShapeMismatch unless mu and logvar are posteriors (N, D) of the same images, and so many of them."""
    if mu.ndim != 2 or mu.shape != logvar.shape or len(mu) < at_least:
        raise ShapeMismatch(
            f"mu and logvar should both have shape (N, D), N at least {at_least}, and have {tuple(mu.shape)} and "
            f"{tuple(logvar.shape)}; give the posteriors of the same images"
        )
