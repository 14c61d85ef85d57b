"""How unusual images are to a model: scores that are higher the more unusual, one for each image."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.data.source import Pixels
from vae_core.evaluation import anomaly, encode_all
from vae_core.evaluation.held_out import image_terms, pixel_batches
from vae_core.model.networks import VAE, scale
from vae_core.model.objectives import importance_log_weights

Scores = npt.NDArray[np.float64]
BATCH = 100
DECODED_AT_ONCE = 2000
"""Images that are decoded at a time, by importance sampling."""
NEIGHBOURS = 5


def negative_elbo(model: VAE, images: Pixels, *, seed: int = 0) -> Scores:
    """See `evaluation.anomaly.scores`: (N,) nats."""
    return anomaly.scores(model, torch.from_numpy(images), seed=seed)


@torch.no_grad()
def reconstruction(model: VAE, images: Pixels, *, seed: int = 0) -> Scores:
    """−log p(x|z) of one z drawn from each image's posterior, the part of −ELBO that the pixels make: (N,) nats."""
    tensor = torch.from_numpy(images)
    noise = torch.randn(len(tensor), model.config.latent_dim, generator=torch.Generator().manual_seed(seed))  # (N, D)

    def nats_of(x: Tensor, rows: Tensor) -> Callable[[Tensor | None], Tensor]:
        return lambda y: image_terms(model, x, rows, y)[0]

    batches = zip(pixel_batches(model.config, tensor, seed, BATCH), torch.split(noise, BATCH), strict=True)
    return _joined([model.family.unlabelled_nats(model, x, nats_of(x, rows)) for x, rows in batches])


@torch.no_grad()
def negative_log_likelihood(model: VAE, images: Pixels, *, draws: int, seed: int = 0) -> Scores:
    """−log p(x) by importance sampling, −log 1/k Σ p(x, z) / q(z|x) with k draws z for each image: (N,) nats.

    images: uint8 (N, C, H, W). Where a decoder is told a label, p(x) is the mean over equally likely classes.
    Source: Burda et al. 2016 (arXiv 1509.00519), section 5.
    """
    at_once = max(1, DECODED_AT_ONCE // draws)
    generator = torch.Generator().manual_seed(seed)
    found = []
    for x in pixel_batches(model.config, torch.from_numpy(images), seed, at_once):
        noise = torch.randn(draws, len(x), model.config.latent_dim, generator=generator)  # (k, B, D)
        found.append(_nats_over_classes(model, x, noise))
    return _joined(found)


def _nats_over_classes(model: VAE, x: Tensor, noise: Tensor) -> Tensor:
    """(B, C, H, W), (k, B, D) -> (B,)"""

    def nats(y: Tensor | None) -> Tensor:
        log_weights, _ = importance_log_weights(model, model.encode(x, y), x, noise, y)  # (k, B)
        return math.log(len(noise)) - log_weights.double().logsumexp(dim=0)  # (k, B) -> (B,)

    if not model.config.is_conditional:
        return nats(None)
    labels = (torch.full((len(x),), label) for label in range(model.classes))
    by_class = torch.stack([nats(y) for y in labels])  # (K, B)
    return math.log(model.classes) - by_class.neg().logsumexp(dim=0)  # (K, B) -> (B,)


def has_two_levels(model: VAE) -> bool:
    """Whether the model's nats are those of pixels that are black or white, and not of their grey levels."""
    return not LIKELIHOODS[model.config.likelihood].suits_grey


def latent_means(model: VAE, images: Pixels) -> npt.NDArray[np.float64]:
    """Posterior means (N, D); where the encoder is told a label, under class 0, the same for all."""
    labels = torch.zeros(len(images), dtype=torch.int64) if model.config.is_conditional else None
    mu, _ = encode_all.encode(model, torch.from_numpy(images), labels)
    return mu.astype(np.float64)


def latent_distance(codes: npt.NDArray[np.float64], normal: npt.NDArray[np.float64]) -> Scores:
    """The mean distance of codes (N, D) to the nearest codes (M, D) of normal images: (N,)"""
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    found = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(normal))).fit(normal).kneighbors(codes)[0]  # (N, k)
    return np.asarray(found.mean(axis=1))


@torch.no_grad()
def decoded(model: VAE, images: Pixels) -> Pixels:
    """What the model makes of images at their posteriors' means: uint8 (N, C, H, W)."""
    pieces = []
    for x in (scale(each) for each in torch.split(torch.from_numpy(images), BATCH)):
        if model.config.family.infers_labels or not model.config.is_conditional:
            y = model.family.encoder_labels(model, x, None)
        else:
            y = _likeliest(model, x)
        pieces.append(model.image(model.encode(x, y).mu, y))
    shown = torch.cat(pieces).clamp(0, 1).mul(255).round().to(torch.uint8)
    return np.asarray(shown.numpy())


def _likeliest(model: VAE, x: Tensor) -> Tensor:
    """The class (B,) under which each image's reconstruction costs least."""
    labels = [torch.full((len(x),), label) for label in range(model.classes)]
    nats = [model.reconstruction_nats(model.encode(x, y).mu, x, y) for y in labels]
    return torch.stack(nats).argmin(dim=0)  # (K, B) -> (B,)


def _joined(parts: list[Tensor]) -> Scores:
    return np.asarray(torch.cat(parts).double().cpu().numpy())
