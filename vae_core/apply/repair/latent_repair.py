"""Repair by a model: what its encoder makes of a damaged image, and the most probable z given what is visible."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vae_core.apply.repair.damage import Damage, Floats, blur_matrix
from vae_core.model.networks import VAE
from vae_core.training.optimiser import Adam

STARTS, STEPS = 4, 100
LEARNING_RATE = 0.1
_BATCH = 256  # images times starts that go through the decoder at a time


@dataclass(frozen=True)
class LatentRepair:
    """A model that repairs. filling: (C, H, W), what the encoder is shown where nothing is visible, in [0, 1].

    error: the model's own mean squared error on whole images, which comes on top of the noise. labels: as its encoder
    is told (`Family.encoder_labels`).
    """

    model: VAE
    damage: Damage
    filling: Floats
    error: float

    @torch.no_grad()
    def by_encoder(self, seen: Floats, labels: Tensor | None = None) -> Floats:
        """The decoded mean of the posterior's mean of damaged images (N, C, H, W): the same shape."""
        x = self._shown(seen)
        found = [self._encoded(part, y) for part, y in _parts(x, labels, _BATCH)]
        images = [self.model.image(z, y).cpu() for z, y in found]
        return torch.cat(images).double().numpy()

    def by_posterior(
        self, seen: Floats, labels: Tensor | None = None, *, starts: int = STARTS, steps: int = STEPS, seed: int = 0
    ) -> Floats:
        """The decoded mean at the z of greatest p(z | visible pixels), found by Adam from several starts.

        The first start is the encoder's, the others are the prior's draws; an autoencoder, which has no prior, starts
        from codes of the other images. (N, C, H, W) -> the same, the same for a seed.
        """
        generator = torch.Generator().manual_seed(seed)
        x, given = self._shown(seen), torch.from_numpy(seen).float()
        images = []
        for part, told in _parts(torch.stack([x, given], dim=1), labels, max(1, _BATCH // starts)):
            z, y = self._encoded(part[:, 0], told)
            first = self._starts(z, starts, generator)  # (S, B, D)
            found = self._climbed(first, part[:, 1], y, steps)
            with torch.no_grad():
                images.append(self.model.image(found, y).cpu())
        return torch.cat(images).double().numpy()

    def nats(self, z: Tensor, seen: Tensor, y: Tensor | None = None) -> Tensor:
        """−log p(what is visible, z) up to a constant: z (B, D), images seen (B, C, H, W) -> (B,) nats.

        Of exact pixels by the model's own likelihood. Of blurred or noisy ones by a Gaussian around its decoded mean,
        blurred likewise, as wide as noise and the model's own error are together.
        """
        visible = torch.from_numpy(self.damage.visible(self.model.image_shape).copy())
        prior = torch.zeros(()) if self.model.config.is_deterministic else 0.5 * z.square().sum(dim=1)
        if not self.damage.is_exact:
            shown = _blurred(self.model.image(z, y), self.damage.blur_sigma)
            width = self.error + self.damage.noise_sigma**2
            return 0.5 * (shown - seen).flatten(1)[:, visible].square().sum(dim=1) / width + prior
        raw = self.model.decode(z, y).flatten(1)[:, visible]  # (B, C, H, W) -> (B, V)
        return self.model.likelihood.nats(raw, seen.flatten(1)[:, visible], self._log_scale(visible)) + prior

    def _log_scale(self, visible: Tensor) -> Tensor | float:
        """Of the visible pixels, where each has its own."""
        scale = self.model.log_scale
        if not isinstance(scale, Tensor) or not scale.ndim:
            return scale
        return scale.expand(self.model.image_shape).flatten()[visible].detach()

    def _shown(self, seen: Floats) -> Tensor:
        """What the encoder gets: hidden pixels filled, all within [0, 1]."""
        visible = self.damage.visible(self.model.image_shape).reshape(self.model.image_shape)
        return torch.from_numpy(np.where(visible, seen, self.filling).clip(0, 1)).float()

    @torch.no_grad()
    def _encoded(self, x: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor | None]:
        y = self.model.family.encoder_labels(self.model, x, labels)
        return self.model.encode(x, y).mu, y

    def _starts(self, z: Tensor, starts: int, generator: torch.Generator) -> Tensor:
        """(B, D) -> (S, B, D)"""
        others = torch.randn((starts - 1, *z.shape), generator=generator)
        if self.model.config.is_deterministic:
            others = torch.stack([z[torch.randperm(len(z), generator=generator)] for _ in range(starts - 1)])
        return torch.cat([z[None], others.to(z)])

    def _climbed(self, first: Tensor, seen: Tensor, y: Tensor | None, steps: int) -> Tensor:
        """The best z of each image after so many steps from (S, B, D): (B, D)."""
        starts, images, dim = first.shape
        z = first.reshape(-1, dim).clone().requires_grad_()
        repeated, labels = seen.repeat(starts, 1, 1, 1), None if y is None else y.repeat(starts)
        adam = Adam({"z": z})
        for step in range(steps):
            nats = self.nats(z, repeated, labels)
            rate = LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
            adam.step(torch.autograd.grad(nats.sum(), [z]), rate, 0.9, nats.sum())
        with torch.no_grad():
            best = self.nats(z, repeated, labels).view(starts, images).argmin(dim=0)  # (S · B,) -> (B,)
        return z.detach().view(starts, images, dim)[best, torch.arange(images)]


def _parts(x: Tensor, labels: Tensor | None, size: int) -> list[tuple[Tensor, Tensor | None]]:
    parts = torch.split(x, size)
    return list(zip(parts, [None] * len(parts) if labels is None else torch.split(labels, size), strict=True))


def _blurred(images: Tensor, sigma: float) -> Tensor:
    if not sigma:
        return images
    rows, columns = (torch.from_numpy(blur_matrix(side, sigma)).float() for side in images.shape[-2:])
    return rows @ images @ columns.T
