"""Encoding a data set: the posterior's own numbers, in the images' order, without noise."""

import numpy as np
import pytest
import torch

from vae_core.config import parse_config
from vae_core.data.registry import load
from vae_core.errors import ShapeMismatch
from vae_core.evaluation.encode_all import encode
from vae_core.model.networks import build_vae, scale

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
    first, again = (encode(model, images, batch_size=64) for _ in range(2))
    assert all(np.array_equal(*pair) for pair in zip(first, again, strict=True))


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(ShapeMismatch):
        encode(build_vae(parse_config(MODELS[0])), torch.zeros(2, 1, 28, 28, dtype=torch.uint8))


def test_a_conditional_model_encodes_each_image_with_its_own_label() -> None:
    model = build_vae(parse_config({**MODELS[0], "objective": "cvae"}))
    data = load("digits", "held-out")
    images, labels = torch.from_numpy(data.images), torch.from_numpy(data.labels)
    mu, logvar = encode(model, images, labels, batch_size=100)
    posterior = model.encode(scale(images), labels)
    np.testing.assert_allclose(mu, posterior.mu.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(logvar, posterior.logvar.detach().numpy(), rtol=1e-5, atol=1e-6)
    with pytest.raises(ShapeMismatch, match="label for each"):
        encode(model, images)


def test_a_semi_supervised_model_encodes_with_the_label_it_believes() -> None:
    model = build_vae(parse_config({**MODELS[0], "objective": "m2"}))
    data = load("digits", "held-out")
    images = torch.from_numpy(data.images)
    believed = model.classify(scale(images)).argmax(dim=1)
    mu, _ = encode(model, images, torch.from_numpy(data.labels), batch_size=100)
    assert np.array_equal(mu, encode(model, images, batch_size=100)[0])
    np.testing.assert_allclose(mu, model.encode(scale(images), believed).mu.detach().numpy(), rtol=1e-5, atol=1e-6)
