"""The weights of draws that are decoded: those of `objectives.importance_log_weights`, without gradients and faster."""

from __future__ import annotations

import math

from torch import Tensor

from vae_core.model.networks import VAE
from vae_core.model.posteriors import Posterior


def log_weights(model: VAE, posterior: Posterior, x: Tensor, noise: Tensor, y: Tensor | None) -> Tensor:
    """The logarithms of p(x|z) p(z) / q(z|x) of one image for the z that its posterior makes of noise: (n,) nats.

    x: (1, C, H, W); noise: (n, D); y: the image's label, (1,), for a model that is told one.
    Source: Burda et al. 2016 (arXiv 1509.00519), eq. 7.
    """
    rows = noise[:, None]  # (n, 1, D)
    z = posterior.sample(rows)[:, 0]
    raw = model.decode(z, None if y is None else y.expand(len(z)))
    log_prior = -0.5 * (z.square() + math.log(2 * math.pi)).sum(dim=1)  # (n, D) -> (n,)
    return log_prior - posterior.log_density(rows)[:, 0] - _nats(model, raw, x)


def _nats(model: VAE, raw: Tensor, x: Tensor) -> Tensor:
    """−log p(x|z) of one image for what was decoded, (n, C, H, W) -> (n,). raw may be written over."""
    if model.likelihood.nats_of_one is not None:
        return model.likelihood.nats_of_one(raw.flatten(1), x.flatten())
    return model.likelihood.nats(raw, x.expand_as(raw), model.log_scale)
