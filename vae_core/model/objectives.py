"""What training makes small: one function for each objective of the catalogue, in nats per image, shape (B,).

Reconstruction is summed over pixels and KL over latent dimensions, so that loss = reconstruction + β · KL is the
negative ELBO at β = 1 (Kingma & Welling 2014, arXiv 1312.6114, eq. 7) and β-VAE's objective elsewhere (Higgins et
al. 2017). Averaging over pixels instead would multiply the effective β by their number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vae_core.config import options
from vae_core.config.schedules import Pressure
from vae_core.model.divergences import log_density_ratio, mean_discrepancy
from vae_core.model.networks import VAE
from vae_core.model.posteriors import Posterior

Draw = Callable[..., Tensor]
"""draw(*shape) -> standard normal noise of that shape, from the training's own stream."""


@dataclass(frozen=True)
class Batch:
    """x: (B, C, H, W) in [0, 1]. y: labels (B,), for conditional models. labelled: M2's (x, y) of known label.

    dataset_size: how many images the batch was drawn from. place: (B,) of a model that spans β, where the log β of
    each image lies, −1 to 1 (`beta_modulation`).
    """

    x: Tensor
    y: Tensor | None = None
    labelled: tuple[Tensor, Tensor] | None = None
    dataset_size: int = 1
    labelled_size: int = 0
    place: Tensor | None = None


@dataclass(frozen=True)
class Terms:
    """reconstruction, kl, loss: each (B,) nats. kl is the plain KL of the posterior, whatever the loss makes of it."""

    reconstruction: Tensor
    kl: Tensor
    loss: Tensor


Objective = Callable[[VAE, Batch, Pressure, Draw], Terms]


def objective(name: str) -> Objective:
    """The function of an entry of `options.OBJECTIVES`."""
    function: Objective = globals()[options.OBJECTIVES[name].function]
    return function


def negative_elbo(model: VAE, batch: Batch, pressure: Pressure, draw: Draw) -> Terms:
    """Reconstruction + β · KL, from one sample of the posterior per image: VAE, β-VAE and conditional VAE.

    Where each image has its own β, the loss of those above 1 is divided by it: their gradients would drown the others'.
    """
    posterior, reconstruction, _ = _one_sample(model, batch, draw)
    kl_per_dim = posterior.kl_per_dim()
    if batch.place is not None:
        kl, beta = kl_per_dim.sum(dim=1), pressure.beta * model.config.beta_span**batch.place
        return Terms(reconstruction, kl, (reconstruction + beta * kl) / beta.clamp(min=1))
    return Terms(reconstruction, kl_per_dim.sum(dim=1), reconstruction + regulariser(kl_per_dim, pressure))


def total_correlation(model: VAE, batch: Batch, pressure: Pressure, draw: Draw) -> Terms:
    """Reconstruction + KL + (β − 1) · total correlation, which is MI + β · TC + dimension-wise KL, β-TC-VAE's.

    The three parts add up to the KL, whose closed form takes their place but for the one that β weighs.
    """
    posterior, reconstruction, z = _one_sample(model, batch, draw)
    kl = posterior.kl_per_dim().sum(dim=1)
    ratio = log_density_ratio(z, posterior.mu, posterior.logvar, batch.dataset_size)
    return Terms(reconstruction, kl, reconstruction + kl + (pressure.beta - 1) * ratio)


def maximum_mean_discrepancy(model: VAE, batch: Batch, pressure: Pressure, draw: Draw) -> Terms:
    """Reconstruction + β · MMD²(q(z), p(z)), a figure of the whole batch; the KL is reported and costs nothing."""
    posterior, reconstruction, z = _one_sample(model, batch, draw)
    kl = posterior.kl_per_dim().sum(dim=1)
    return Terms(reconstruction, kl, reconstruction + pressure.beta * mean_discrepancy(z))


def importance_weighted(model: VAE, batch: Batch, pressure: Pressure, draw: Draw) -> Terms:
    """−(log Σ_k w_k − log k), w = p(x|z) p(z) / q(z|x): a bound on −log p(x) from k samples.

    reconstruction is the mean over the samples, kl the posterior's closed form: at k = 1 they bound what loss samples.
    """
    k, (images, dim) = model.config.importance_samples, (len(batch.x), model.config.latent_dim)
    posterior = model.encode(batch.x)
    log_weights, reconstruction = importance_log_weights(model, posterior, batch.x, draw(k, images, dim))
    loss = math.log(k) - torch.logsumexp(log_weights, dim=0)  # (k, B) -> (B,)
    return Terms(reconstruction.mean(dim=0), posterior.kl_per_dim().sum(dim=1), loss)


def importance_log_weights(
    model: VAE, posterior: Posterior, x: Tensor, noise: Tensor, y: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The log weights p(x|z) p(z) / q(z|x), and −log p(x|z), of the z drawn from noise (k, B, D): 2 × (k, B) nats.

    Source: Burda et al. 2016 (arXiv 1509.00519), eq. 7.
    """
    k, images, _ = noise.shape
    z = posterior.sample(noise)  # (k, B, D)
    repeated = x.expand(k, *x.shape).flatten(0, 1)  # (B, C, H, W) -> (k · B, C, H, W)
    labels = None if y is None else y.repeat(k)
    reconstruction = model.reconstruction_nats(z.flatten(0, 1), repeated, labels).view(k, images)
    log_prior = -0.5 * (z.square() + math.log(2 * math.pi)).sum(dim=2)  # (k, B, D) -> (k, B)
    return log_prior - posterior.log_density(noise) - reconstruction, reconstruction


def semi_supervised(model: VAE, batch: Batch, pressure: Pressure, draw: Draw) -> Terms:
    """M2: U(x) for the batch, and L(x, y) and the classifier's cross-entropy for the images whose label is known.

    L(x, y) = reconstruction + β · KL + log K, K labels being equally likely; U(x) = Σ_y q(y|x) L(x, y) − H(q(y|x)).
    The sum over all images, eq. 9 with α = 0.1 · N, is divided by N: a labelled mean counts N_l / N and 0.1 · N_l.
    """
    log_probabilities = model.classify(batch.x).log_softmax(dim=1).T  # (K, B)
    probabilities = log_probabilities.exp()
    every = torch.arange(model.classes, device=batch.x.device).repeat_interleave(len(batch.x))  # each label, B times
    guessed = negative_elbo(model, Batch(batch.x.repeat(model.classes, 1, 1, 1), every), pressure, draw)
    reconstruction, kl, loss = (
        (probabilities * term.view_as(probabilities)).sum(dim=0)  # (K · B,) -> (K, B) -> (B,)
        for term in (guessed.reconstruction, guessed.kl, guessed.loss)
    )
    label_kl = math.log(model.classes) + (probabilities * log_probabilities).sum(dim=0)  # of q(y|x) from the uniform
    loss = loss + label_kl
    if batch.labelled is not None:
        x, y = batch.labelled
        known = negative_elbo(model, Batch(x, y), pressure, draw).loss.mean() + math.log(model.classes)
        errors = functional.cross_entropy(model.classify(x), y)
        loss = loss + batch.labelled_size / batch.dataset_size * known + CLASSIFIER_SHARE * batch.labelled_size * errors
    return Terms(reconstruction, kl + label_kl, loss)


CLASSIFIER_SHARE = 0.1
"""α / N of M2: Kingma et al. 2014, section 4."""


def autoencoder(model: VAE, batch: Batch, pressure: Pressure, draw: Draw) -> Terms:
    """Reconstruction from the code itself."""
    reconstruction = model.reconstruction_nats(model.encode(batch.x).mu, batch.x)
    return Terms(reconstruction, torch.zeros_like(reconstruction), reconstruction)


def denoising_autoencoder(model: VAE, batch: Batch, pressure: Pressure, draw: Draw) -> Terms:
    """Reconstruction of the clean image from the code of a noisy one."""
    noisy = batch.x + model.config.noise_sigma * draw(*batch.x.shape)
    reconstruction = model.reconstruction_nats(model.encode(noisy).mu, batch.x)
    return Terms(reconstruction, torch.zeros_like(reconstruction), reconstruction)


def regulariser(kl_per_dim: Tensor, pressure: Pressure) -> Tensor:
    """What the loss adds for the KL (B, D), by the schedule of β. Returns (B,) nats.

    Capacity and free bits look at the mean over the batch, the same for each of its images.
    """
    if pressure.capacity_nats is not None:
        return (pressure.beta * (kl_per_dim.sum(dim=1).mean() - pressure.capacity_nats).abs()).expand(len(kl_per_dim))
    if pressure.free_nats is not None:
        return (pressure.beta * kl_per_dim.mean(dim=0).clamp(min=pressure.free_nats).sum()).expand(len(kl_per_dim))
    return pressure.beta * kl_per_dim.sum(dim=1)  # (B, D) -> (B,)


def _one_sample(model: VAE, batch: Batch, draw: Draw) -> tuple[Posterior, Tensor, Tensor]:
    """The posterior, -log p(x|z) (B,), and the z (B, D) drawn for it."""
    posterior = model.encode(batch.x, batch.y, batch.place)
    z = posterior.sample(draw(*posterior.mu.shape))
    return posterior, model.reconstruction_nats(z, batch.x, batch.y, batch.place), z
