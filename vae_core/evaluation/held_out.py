"""A trained model's figures on a set of images: the same whatever the batch size, and again tomorrow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from vae_core.config import TrainConfig
from vae_core.model.families import Guesses
from vae_core.model.likelihoods import binarise
from vae_core.model.mapped_images import Images
from vae_core.model.networks import VAE, scale
from vae_core.runs import Figures

ACTIVE_VARIANCE = 0.01  # Burda et al. 2016 (arXiv 1509.00519), section 5.2
_HALF_LEVEL = 0.5 / 255  # what is nearer to 0 or 1 is shown as pure black or white
_STREAM = 1  # which pixels are white has nothing to do with the z that are drawn


@torch.no_grad()
def evaluate(
    model: VAE, images: Images, labels: Tensor | None = None, *, seed: int = 0, batch_size: int = 250
) -> Figures:
    """The ELBO's terms over images, with one sample of the posterior for each and β = 1, whatever it was trained with.

    images: uint8 (N, C, H, W), N ≥ 1, on the model's device. labels: (N,), which a conditional VAE is told; M2 infers
    them, its terms are means under q(y|x), and they are only compared with; the others look at none. The noise of
    image i is row i of one table made from seed, and so are its pixels where the config draws them black and white;
    sums are taken in float64: bitwise repeatable, and equal to a relative 1e-5 for any batch_size.
    A dimension is active if the variance of its posterior mean over the images exceeds 0.01. Raises ShapeMismatch.
    """
    noise = torch.randn(len(images), model.config.latent_dim, generator=torch.Generator().manual_seed(seed))  # (N, D)
    known = [None] * math.ceil(len(images) / batch_size) if labels is None else torch.split(labels.long(), batch_size)
    batches = zip(
        pixel_batches(model.config, images, seed, batch_size), torch.split(noise, batch_size), known, strict=True
    )
    dim = model.config.latent_dim
    total = torch.zeros(4 * dim + 4, dtype=torch.float64)  # one place: small tensors that stay would pin large ones
    for x, rows, y in batches:
        total += _sums(model, x, rows.to(x.device), y)
    kl, mu, mu_squared, logvar, numbers = torch.split(total / len(images), [dim, dim, dim, dim, 4])
    reconstruction, label_nats, right, saturated = numbers
    total_kl = (kl.sum() + label_nats).item()
    is_active = mu_squared - mu.square() > ACTIVE_VARIANCE  # (D,)
    return Figures(
        reconstruction_nats=reconstruction.item(),
        kl_nats=total_kl,
        negative_elbo_nats=reconstruction.item() + total_kl,
        kl_per_dim_nats=tuple(kl.tolist()),
        active_units=int(is_active.sum()),
        images=len(images),
        accuracy=right.item() if model.config.family.infers_labels and labels is not None else None,
        sigma_per_dim=None if model.config.is_deterministic else tuple((0.5 * logvar).exp().tolist()),
        saturated_share=saturated.item(),
        idle_kl_nats=None if model.config.is_deterministic else kl[~is_active].sum().item(),
    )


@torch.no_grad()
def image_terms(model: VAE, x: Tensor, noise: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor]:
    """Reconstruction and KL of each image x (B, C, H, W) in [0, 1], with z drawn by noise (B, D): 2 × (B,) nats.

    y: (B,) for a conditional VAE, else None; M2 infers it, and its KL has the label's as well. Raises ShapeMismatch.
    """
    terms, label_nats = _mean_terms(model, x, noise, model.family.guesses(model, x, y))
    return terms.reconstruction, terms.kl.sum(dim=1) + label_nats


def pixel_batches(config: TrainConfig, images: Images, seed: int, batch_size: int) -> Iterator[Tensor]:
    """Images uint8 (N, C, H, W) as float32 (B, C, H, W) in [0, 1], batch after batch.

    If the config draws pixels black and white, each image is drawn the same each time, in a batch of any size.
    """
    generator = np.random.default_rng((seed, _STREAM))  # its numbers come one by one, in any portions
    for batch in images.split(batch_size):
        x = scale(batch)
        if config.is_binarised:
            x = binarise(x, torch.from_numpy(generator.random(x.shape, dtype=np.float32)).to(x.device))
        yield x


@dataclass(frozen=True)
class _Terms:
    """For each image of a batch: the ELBO's terms, its posterior, and the share of its decoded pixels at an end."""

    reconstruction: Tensor  # (B,)
    kl: Tensor  # (B, D)
    mu: Tensor  # (B, D)
    logvar: Tensor  # (B, D)
    saturated: Tensor  # (B,)


def _sums(model: VAE, x: Tensor, noise: Tensor, labels: Tensor | None) -> Tensor:
    """Over one batch, (4 D + 4,) in float64 on the CPU: KL, mu, mu², log σ² (D,) each; reconstruction, the label's KL,
    hits, saturated share.
    """
    guesses = model.family.guesses(model, x, labels)
    terms, label_nats = _mean_terms(model, x, noise, guesses)
    hits = torch.zeros_like(label_nats)  # (B,)
    if guesses.log_q is not None and labels is not None:
        hits = guesses.log_q.argmax(1).eq(labels).float()  # (B, K) -> (B,)
    kl, mu, logvar = (each.cpu().double() for each in (terms.kl, terms.mu, terms.logvar))
    numbers = torch.stack([terms.reconstruction, label_nats, hits, terms.saturated]).cpu().double()  # (4, B)
    return torch.cat([kl.sum(0), mu.sum(0), mu.square().sum(0), logvar.sum(0), numbers.sum(1)])


def _terms(model: VAE, x: Tensor, noise: Tensor, y: Tensor | None) -> _Terms:
    """An autoencoder's z is its code, and its KL zero."""
    posterior = model.encode(x, y)
    raw = model.decode(posterior.sample(noise), y)
    reconstruction = model.likelihood.nats(raw, x, model.log_scale)
    return _Terms(reconstruction, posterior.kl_per_dim(), posterior.mu, posterior.logvar, _saturated(model, raw))


def _saturated(model: VAE, raw: Tensor) -> Tensor:
    """The share of each image's pixels that are shown as grey level 0 or 255: (B, C, H, W) -> (B,)"""
    return ((model.likelihood.mean(raw) - 0.5).abs() > 0.5 - _HALF_LEVEL).flatten(1).float().mean(dim=1)


def _mean_terms(model: VAE, x: Tensor, noise: Tensor, guesses: Guesses) -> tuple[_Terms, Tensor]:
    """The terms as means under q(y|x), and the KL of q(y|x) from equally likely labels, (B,): 0 for a known one."""
    if guesses.log_q is None:
        (label,) = guesses.labels
        terms = _terms(model, x, noise, label)
        return terms, torch.zeros_like(terms.reconstruction)
    probabilities = guesses.log_q.exp()  # (B, K)
    total = [torch.zeros(()).to(x)] * len(fields(_Terms))
    for label, share in zip(guesses.labels, probabilities.T, strict=True):  # (B,) each
        terms = _terms(model, x, noise, label)
        parts = [getattr(terms, field.name) for field in fields(_Terms)]
        total = [
            sum_ + (share if part.ndim == 1 else share[:, None]) * part for sum_, part in zip(total, parts, strict=True)
        ]
    return _Terms(*total), label_kl(guesses.log_q)


def label_kl(log_q: Tensor) -> Tensor:
    """The KL of q(y|x), whose logarithms are (B, K), from equally likely labels: (B,) nats."""
    return (log_q.exp() * (log_q + math.log(log_q.shape[1]))).sum(dim=1)  # (B, K) -> (B,)
