"""A trained model's figures on a set of images: the same whatever the batch size, and again tomorrow."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.models import VAE, scale
from vae_core.objectives import reconstruction_nats

ACTIVE_VARIANCE = 0.01  # Burda et al. 2016 (arXiv 1509.00519), section 5.2


@dataclass(frozen=True)
class Evaluation:
    """Means over images, in nats per image; active_units counts latent dimensions whose mean moves with the image."""

    reconstruction_nats: float
    kl_nats: float
    negative_elbo_nats: float
    kl_per_dim_nats: tuple[float, ...]
    active_units: int
    images: int


@torch.no_grad()
def evaluate(model: VAE, images: Tensor, *, seed: int = 0, batch_size: int = 1000) -> Evaluation:
    """The ELBO's terms over images, with one sample of the posterior for each and β = 1.

    images: uint8 (N, C, H, W), N ≥ 1, on the model's device. The noise of image i is row i of one table made from
    seed, and sums are taken in float64: bitwise repeatable, and equal to a relative 1e-5 for any batch_size.
    A dimension is active if the variance of its posterior mean over the images exceeds 0.01. Raises ShapeMismatch.
    """
    noise = torch.randn(len(images), model.config.latent_dim, generator=torch.Generator().manual_seed(seed))  # (N, D)
    sums = [
        _sums(model, pixels, rows.to(images.device))
        for pixels, rows in zip(torch.split(images, batch_size), torch.split(noise, batch_size), strict=True)
    ]
    reconstruction, kl, mu, mu_squared = (torch.stack(parts).sum(0) / len(images) for parts in zip(*sums, strict=True))
    return Evaluation(
        reconstruction_nats=reconstruction.item(),
        kl_nats=kl.sum().item(),
        negative_elbo_nats=reconstruction.item() + kl.sum().item(),
        kl_per_dim_nats=tuple(kl.tolist()),
        active_units=int((mu_squared - mu.square() > ACTIVE_VARIANCE).sum()),
        images=len(images),
    )


def _sums(model: VAE, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Over one batch, in float64 on the CPU: reconstruction (), KL (D,), mu (D,), mu² (D,)."""
    x = scale(images)
    posterior = model.encode(x)
    reconstruction = reconstruction_nats(model, posterior.sample(noise), x).cpu().double()
    mu = posterior.mu.cpu().double()
    return reconstruction.sum(), posterior.kl_per_dim().cpu().double().sum(0), mu.sum(0), mu.square().sum(0)
