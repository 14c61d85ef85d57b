"""Every loss term: nats per image, shape (B,). Sums and means over images are the caller's.

Reconstruction is summed over pixels and KL over latent dimensions, so that loss = reconstruction + β · KL is the
negative ELBO at β = 1 (Kingma & Welling 2014, arXiv 1312.6114, eq. 7) and β-VAE's objective elsewhere (Higgins et
al. 2017). Averaging over pixels instead would multiply the effective β by their number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from vae_core.config import TrainConfig
from vae_core.errors import ShapeMismatch

if TYPE_CHECKING:
    from vae_core.models import VAE


def gaussian_kl_per_dim(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL divergence of N(mu, exp(logvar)) from N(0, 1), for each latent dimension.

    mu, logvar: (B, D). Returns (B, D) nats, zero at the prior. Exact near zero by expm1, where exp(logvar) - 1 would
    cancel. Value and gradient are finite for every |logvar| ≤ 60; nothing is clamped, so at about 88, where float32
    ends, the loss becomes infinite and training says so instead of going on with another loss.
    Source: Kingma & Welling 2014 (arXiv 1312.6114), appendix B.
    """
    return 0.5 * (mu.square() + (logvar.expm1() - logvar))  # (B, D)


def gaussian_kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL divergence of N(mu, diag exp(logvar)) from N(0, I), per image.

    mu, logvar: (B, D). Returns (B,) nats. Source and range as in `gaussian_kl_per_dim`.
    """
    return gaussian_kl_per_dim(mu, logvar).sum(dim=1)  # (B, D) -> (B,)


def bernoulli_nats(x_logits: Tensor, x: Tensor) -> Tensor:
    """Cross-entropy of pixels x against sigmoid(x_logits), summed over pixels.

    x_logits: (B, C, H, W), any real; x: the same shape, in [0, 1]. Returns (B,) nats, never negative: -log p(x) for
    black and white pixels; for grey ones a score, not a likelihood. Raises ShapeMismatch.
    """
    _same_shape(x_logits, x)
    nats = functional.binary_cross_entropy_with_logits(x_logits, x, reduction="none")  # from logits: exact at ±120 too
    return nats.flatten(1).sum(dim=1)  # (B, C, H, W) -> (B,)


def gaussian_nats(mean: Tensor, x: Tensor, sigma: float) -> Tensor:
    """-log N(x; mean, sigma² I), summed over pixels.

    mean, x: (B, C, H, W); sigma > 0, in units of full white. Returns (B,) nats, negative where the density exceeds 1.
    Raises ShapeMismatch.
    """
    _same_shape(mean, x)
    constant = math.log(sigma) + 0.5 * math.log(2 * math.pi)
    nats = 0.5 * ((x - mean) / sigma).square() + constant
    return nats.flatten(1).sum(dim=1)  # (B, C, H, W) -> (B,)


@dataclass(frozen=True)
class Likelihood:
    """nats: (decoder's raw output, x, config) -> (B,), minus the log-likelihood. mean: raw output -> pixels."""

    nats: Callable[[Tensor, Tensor, TrainConfig], Tensor]
    mean: Callable[[Tensor], Tensor]


LIKELIHOODS: dict[str, Likelihood] = {
    "bernoulli": Likelihood(lambda raw, x, config: bernoulli_nats(raw, x), torch.sigmoid),
    "gaussian": Likelihood(lambda raw, x, config: gaussian_nats(raw, x, config.gaussian_sigma), lambda raw: raw),
}


def reconstruction_nats(model: VAE, z: Tensor, x: Tensor) -> Tensor:
    """-log p(x|z) under the model's likelihood. z: (B, D); x: (B, C, H, W) in [0, 1]. Returns (B,) nats.

    Raises ShapeMismatch.
    """
    return LIKELIHOODS[model.config.likelihood].nats(model.decode(z), x, model.config)


@dataclass(frozen=True)
class Terms:
    """reconstruction, kl, loss = reconstruction + β · kl: each (B,) nats."""

    reconstruction: Tensor
    kl: Tensor
    loss: Tensor


def elbo_terms(model: VAE, x: Tensor, noise: Tensor, beta: float | Tensor) -> Terms:
    """The negative ELBO's terms from one sample of the posterior per image.

    x: (B, C, H, W) in [0, 1]; noise: (B, D) standard normal. Raises ShapeMismatch.
    """
    posterior = model.encode(x)
    reconstruction = reconstruction_nats(model, posterior.sample(noise), x)
    kl = posterior.kl_per_dim().sum(dim=1)  # (B, D) -> (B,)
    return Terms(reconstruction, kl, reconstruction + beta * kl)


def _same_shape(output: Tensor, x: Tensor) -> None:
    """Refuses what broadcasting would accept."""
    if output.shape != x.shape:
        raise ShapeMismatch(
            f"the decoder's output has shape {tuple(output.shape)} and the images {tuple(x.shape)}; "
            "decode as many images of the same size as there are to compare with"
        )
