"""Encoding a data set: the posterior's own numbers, in the images' order, without noise."""

import numpy as np
import pytest
import torch

from vae_core.config import parse_config
from vae_core.datasets import load
from vae_core.errors import ShapeMismatch
from vae_core.latents import encode
from vae_core.models import build_vae, scale

MODELS = [{"hidden_sizes": "16", "latent_dim": 3}, {"architecture": "conv", "channels": "4 8"}]


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_encoding_gives_every_images_posterior_in_order(changes: dict[str, object]) -> None:
    model = build_vae(parse_config(changes))
    images = torch.from_numpy(load("digits", "held-out").images)
    mu, logvar = encode(model, images, batch_size=100)
    posterior = model.encode(scale(images))
    assert mu.dtype == logvar.dtype == np.float32
    np.testing.assert_allclose(mu, posterior.mu.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(logvar, posterior.logvar.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_encoding_is_bitwise_repeatable() -> None:
    model = build_vae(parse_config(MODELS[0]))
    images = torch.from_numpy(load("digits", "held-out").images)
    first, again = encode(model, images, 64), encode(model, images, 64)
    assert all(np.array_equal(*pair) for pair in zip(first, again, strict=True))


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(ShapeMismatch):
        encode(build_vae(parse_config(MODELS[0])), torch.zeros(2, 1, 28, 28, dtype=torch.uint8))
