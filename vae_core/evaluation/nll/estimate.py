"""−log p(x) of each image, from draws that have a stream of random numbers of their own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_core.errors import ConfigInvalid
from vae_core.evaluation.held_out import pixel_batches
from vae_core.evaluation.nll import screening
from vae_core.evaluation.nll.scores import log_weights
from vae_core.model.networks import VAE

LARGEST_CHUNK = 1000
"""Draws decoded at once, at most: 3 MB of MNIST's pixels, which stay in the processor's cache."""
_DRAWS, _CHOICES = 2, 3  # 0 and 1 are the streams of `held_out`


@dataclass(frozen=True)
class NLL:
    """nats_mean: over images, per image. k: draws per image, of which the heaviest and some others are decoded.

    standard_error: of that mean, by the images' spread; None for one image.
    """

    nats_mean: float
    standard_error: float | None
    k: int
    images: int


@torch.no_grad()
def negative_log_likelihood(  # noqa: PLR0913
    model: VAE, images: Tensor, labels: Tensor | None = None, *, k: int, seed: int = 0, chunk: int = LARGEST_CHUNK
) -> NLL:
    """−log p(x) by −log (1/k Σ p(x, z) / q(z|x)), with k draws z from each image's posterior.

    Where k is large, not all k are decoded: the sum is estimated without a bias from those that matter
    (`screening`), a few hundredths of a nat from what all would give for one image, a thousandth for a thousand.

    images: uint8 (N, C, H, W), N ≥ 1, on the model's device. labels: (N,), for a conditional VAE, whose −log p(x|y) it
    is; M2 draws labels as well, from q(y|x). An upper bound on average, the tighter the larger k. chunk: how many are
    decoded at a time, 1 to 1000, which bounds the memory and, to a relative 1e-5, changes nothing: the draws of image
    i have a stream of their own. In nats per image, under the config's pixels and likelihood. Raises ShapeMismatch, or
    ConfigInvalid for an autoencoder and for k or chunk out of range.
    Source: Burda et al. 2016 (arXiv 1509.00519), section 5, where k = 5000.
    """
    _check(model, k, chunk)
    nats = []
    for index, x in enumerate(_one_by_one(model, images, seed)):
        noise = _Noise(seed, index, model.config.latent_dim, chunk)
        y = None if labels is None else labels[index : index + 1]
        nats.append(math.log(k) - _log_sum(model, x, y, noise, k))
    table = torch.tensor(nats, dtype=torch.float64)
    error = table.std().item() / math.sqrt(len(nats)) if len(nats) > 1 else None
    return NLL(table.mean().item(), error, k, len(nats))


def _check(model: VAE, k: int, chunk: int) -> None:
    if model.config.is_deterministic:
        raise ConfigInvalid(
            f"objective {model.config.objective} has no distribution over z, so no image has a likelihood; "
            "measure a run of another objective"
        )
    if k < 1:
        raise ConfigInvalid(f"k, the draws for each image, should be at least 1; got {k}, ask for more")
    if not 1 <= chunk <= LARGEST_CHUNK:
        raise ConfigInvalid(f"chunk should be 1 to {LARGEST_CHUNK} draws; got {chunk}, change it")


def _one_by_one(model: VAE, images: Tensor, seed: int) -> Iterator[Tensor]:
    """(1, C, H, W) each, drawn black or white as `evaluate` draws them."""
    for batch in pixel_batches(model.config, images, seed, LARGEST_CHUNK):
        yield from torch.split(batch, 1)


class _Noise:
    """One image's streams of random numbers, the same whatever the chunks: of its draws, and of which are decoded."""

    def __init__(self, seed: int, index: int, dim: int, chunk: int) -> None:
        self.generator = np.random.default_rng((seed, _DRAWS, index))  # torch's would use 32 bits of a longer seed
        self.choices = np.random.default_rng((seed, _CHOICES, index))
        self.chunk, self._dim = chunk, dim

    def blocks(self, count: int) -> Iterator[Tensor]:
        """Standard normal noise (n, D), count rows in all."""
        for start in range(0, count, screening.BLOCK):
            shape = (min(screening.BLOCK, count - start), self._dim)
            yield torch.from_numpy(self.generator.standard_normal(shape, dtype=np.float32))


def _log_sum(model: VAE, x: Tensor, y: Tensor | None, noise: _Noise, k: int) -> float:
    """The logarithm of the sum of the k weights p(x, z) / q(z|x) of one image x (1, C, H, W).

    M2's are p(x, y, z) / q(y, z|x): labels are drawn first, so many of each class, and then each class's z.
    """
    guesses = model.family.guesses(model, x, y)
    if guesses.log_q is None:
        return _log_sum_under(model, x, guesses.labels[0], noise, k).item()
    log_q = guesses.log_q[0].cpu()  # (1, K) -> (K,)
    counts = noise.generator.multinomial(k, log_q.double().softmax(dim=0).numpy()).tolist()
    total = torch.tensor(-math.inf, dtype=torch.float64)
    for label, log_probability, count in zip(guesses.labels, log_q, counts, strict=True):
        log_ratio = -math.log(model.classes) - log_probability.double()  # p(y) / q(y|x)
        total = torch.logaddexp(total, log_ratio + _log_sum_under(model, x, label, noise, count))
    return total.item()


def _log_sum_under(model: VAE, x: Tensor, y: Tensor | None, noise: _Noise, k: int) -> Tensor:
    """The same for one label, (1,) or None: float64 (), of which only the sum is kept."""
    posterior = model.encode(x, y)

    def weigh(rows: Tensor) -> Tensor:
        parts = torch.split(rows.to(x.device), noise.chunk)
        return torch.cat([log_weights(model, posterior, x, part, y) for part in parts])

    total = torch.tensor(-math.inf, dtype=torch.float64)
    for block in noise.blocks(k):
        total = torch.logaddexp(total, screening.log_sum_of_weights(block, weigh, noise.choices))
    return total
