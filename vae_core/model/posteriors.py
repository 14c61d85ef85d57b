"""The distributions q(z|x) that an encoder's output stands for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from vae_core.architecture.layers import POINT_LOGVAR
from vae_core.config import TrainConfig
from vae_core.errors import ShapeMismatch
from vae_core.model.divergences import cholesky_kl_per_dim, gaussian_kl_per_dim


class Posterior(Protocol):
    """For B images and D latent dimensions."""

    @property
    def mu(self) -> Tensor:
        """Its mean, which is its most probable z, (B, D)."""

    @property
    def logvar(self) -> Tensor:
        """The logarithm of each dimension's own variance, (B, D)."""

    def sample(self, noise: Tensor) -> Tensor:
        """A draw made from standard normal noise (…, B, D), differentiable; the same shape. Raises ShapeMismatch."""

    def log_density(self, noise: Tensor) -> Tensor:
        """The log density q(z|x) of the draw that `sample` makes from noise (…, B, D). Returns (…, B) nats."""

    def kl_per_dim(self) -> Tensor:
        """KL divergence from the prior N(0, I), (B, D) nats that add up to the image's."""


@dataclass(frozen=True)
class DiagonalGaussian:
    """N(mu, diag exp(logvar)). mu, logvar: (B, D)."""

    mu: Tensor
    logvar: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """The draw mu + σ · noise, see `Posterior`."""
        _expect_noise(noise, self.mu)
        return self.mu + (0.5 * self.logvar).exp() * noise

    def log_density(self, noise: Tensor) -> Tensor:
        """See `Posterior`."""
        return _noise_log_density(noise) - 0.5 * self.logvar.sum(dim=1)

    def kl_per_dim(self) -> Tensor:
        """See `Posterior`."""
        return gaussian_kl_per_dim(self.mu, self.logvar)


@dataclass(frozen=True)
class FullGaussian:
    """N(mu, L Lᵀ). mu: (B, D); factor L: (B, D, D), lower triangular with a positive diagonal."""

    mu: Tensor
    factor: Tensor

    @property
    def logvar(self) -> Tensor:
        """See `Posterior`: the diagonal of L Lᵀ."""
        return self.factor.square().sum(dim=2).log()  # (B, D, D) -> (B, D)

    def sample(self, noise: Tensor) -> Tensor:
        """The draw mu + L · noise, see `Posterior`."""
        _expect_noise(noise, self.mu)
        return self.mu + (self.factor @ noise[..., None])[..., 0]  # (B, D, D) @ (…, B, D, 1) -> (…, B, D)

    def log_density(self, noise: Tensor) -> Tensor:
        """See `Posterior`."""
        return _noise_log_density(noise) - self.factor.diagonal(dim1=1, dim2=2).log().sum(dim=1)

    def kl_per_dim(self) -> Tensor:
        """See `Posterior`; by the chain rule."""
        return cholesky_kl_per_dim(self.mu, self.factor)


@dataclass(frozen=True)
class Point:
    """An autoencoder's code: all of the probability at mu (B, D). It has no KL divergence, and is given none: zeros."""

    mu: Tensor

    @property
    def logvar(self) -> Tensor:
        """A σ of e⁻³⁰, as near to none as a finite logarithm needs to be."""
        return torch.full_like(self.mu, POINT_LOGVAR)

    def sample(self, noise: Tensor) -> Tensor:
        """mu, whatever the noise."""
        _expect_noise(noise, self.mu)
        return self.mu.expand(noise.shape)

    def log_density(self, noise: Tensor) -> Tensor:
        """Nothing to weigh draws by: zeros (…, B)."""
        return noise.new_zeros(noise.shape[:-1])

    def kl_per_dim(self) -> Tensor:
        """Zeros (B, D): nothing is held to the prior."""
        return torch.zeros_like(self.mu)


def posterior_of(config: TrainConfig, raw: Tensor) -> Posterior:
    """The encoder's output (B, `layers.posterior_width`) as a distribution: mu, then log σ², then L below its diagonal.

    The diagonal of L is exp(½ log σ²), so that any real output is a covariance matrix.
    """
    dim = config.latent_dim
    mu = raw[:, :dim]
    if config.is_deterministic:
        return Point(mu)
    logvar = raw[:, dim : 2 * dim]
    if not config.has_covariance:
        return DiagonalGaussian(mu, logvar)
    rows, columns = torch.tril_indices(dim, dim, offset=-1, device=raw.device)
    factor = torch.diag_embed((0.5 * logvar).exp())  # (B, D) -> (B, D, D)
    return FullGaussian(
        mu, factor.index_put((torch.arange(len(raw), device=raw.device)[:, None], rows, columns), raw[:, 2 * dim :])
    )


def _noise_log_density(noise: Tensor) -> Tensor:
    """The standard normal log density: (…, B, D) -> (…, B)"""
    return -0.5 * (noise.square() + math.log(2 * math.pi)).sum(dim=-1)


def _expect_noise(noise: Tensor, mu: Tensor) -> None:
    """Refuses what broadcasting might accept."""
    if noise.shape[-2:] != mu.shape:
        raise ShapeMismatch(
            f"the noise should have the posterior's shape (…, B, D) = (…, {', '.join(map(str, mu.shape))}) "
            f"and has {tuple(noise.shape)}; draw one number for each latent dimension of each image"
        )
