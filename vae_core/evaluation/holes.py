"""Where samples from the prior find no image: the part of the prior's mass that the aggregate posterior leaves out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.evaluation.kl_decomposition import expect_posteriors

HOLE_RATIO = 1 / 20
"""Of the density under the prior: where the aggregate posterior has less, is a hole. The map's shading has the same."""
_PAIRS = 4_000_000  # of a draw and an image at a time: 32 MB


@dataclass(frozen=True)
class Holes:
    """prior_share: of the prior's mass, 0 to 1, that lies in holes; standard_error: of it, by the number of draws.

    image_share: of the images' own z, one drawn from each posterior, how many lie in holes of all the others'. It is
    near 0 where the images are many enough to tell; where it is not, so few cannot show holes in so many dimensions.
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
    share = _is_hole(prior, mu, logvar).mean().item()
    return Holes(
        prior_share=share,
        standard_error=math.sqrt(share * (1 - share) / draws),
        image_share=_is_hole(own, mu, logvar, is_own=True).mean().item(),
        draws=draws,
        images=len(mu),
    )


def _is_hole(z: Tensor, mu: Tensor, logvar: Tensor, *, is_own: bool = False) -> Tensor:
    """Whether each z (M, D) lies in a hole, (M,) 0 or 1. is_own: z row i came from image i, which does not count."""
    precision = (-logvar).exp()
    weighted, constant = mu * precision, (mu.square() * precision + logvar).sum(dim=1)  # (N, D), (N,)
    found, at, size = [], 0, max(1, _PAIRS // len(mu))
    for part in torch.split(z, size):
        # Σ_d (z_d − mu_d)² / σ_d² + log σ_d², multiplied out: (n, D) @ (D, N) -> (n, N)
        log_density = -0.5 * (part.square() @ precision.T - 2 * part @ weighted.T + constant)
        if is_own:
            rows = torch.arange(len(part))
            log_density[rows, at + rows] = -math.inf
        log_q = log_density.logsumexp(dim=1) - math.log(len(mu) - is_own)
        found.append(log_q + 0.5 * part.square().sum(dim=1) < math.log(HOLE_RATIO))  # both without (2π)^(−D/2)
        at += len(part)
    return torch.cat(found).double()
