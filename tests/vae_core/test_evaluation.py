"""A model's figures: the same again, the same for any batch size, and what they claim to be."""

from dataclasses import asdict

import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core.config import parse_config
from vae_core.datasets import DATASETS
from vae_core.errors import ShapeMismatch
from vae_core.evaluation import evaluate
from vae_core.models import VAE, build_vae, scale
from vae_core.objectives import elbo_terms, gaussian_kl

MODELS = [
    {"hidden_sizes": "32", "latent_dim": 3},
    {"hidden_sizes": "32", "likelihood": "gaussian", "gaussian_sigma": 0.1},
    {"architecture": "conv", "channels": "4 8"},
]


def some_images(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    shape = (count, *DATASETS["digits"].image_shape)
    return torch.randint(0, 256, shape, generator=generator).to(torch.uint8)


@pytest.fixture(scope="module")
def many() -> Tensor:
    """More than one batch of 10,000, and no multiple of 100."""
    return some_images(10_037)


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_figures_do_not_depend_on_the_batch_size_ragged_last_batch_included(
    changes: dict[str, object], many: Tensor
) -> None:
    model = build_vae(parse_config(changes))
    small, *larger = (evaluate(model, many, batch_size=size) for size in (100, 1000, 10_000))
    for figures in larger:
        for name, value in asdict(figures).items():
            np.testing.assert_allclose(value, getattr(small, name), rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_evaluation_is_bitwise_repeatable(changes: dict[str, object]) -> None:
    model, images = build_vae(parse_config(changes)), some_images(257)
    first = evaluate(model, images, batch_size=100)
    torch.rand(10)  # whatever else draws numbers meanwhile
    assert evaluate(model, images, batch_size=100) == first


def test_noise_belongs_to_the_image_so_that_more_images_leave_it_alone() -> None:
    model, images = build_vae(parse_config(MODELS[0])), some_images(300)
    generator = torch.Generator().manual_seed(0)
    terms = elbo_terms(model, scale(images), torch.randn(300, 3, generator=generator), beta=1.0)
    figures = evaluate(model, images, batch_size=7)
    assert figures.reconstruction_nats == pytest.approx(terms.reconstruction.mean().item(), rel=1e-5)
    assert evaluate(model, images, seed=1).reconstruction_nats != figures.reconstruction_nats


@pytest.mark.parametrize("beta", [0.0, 4.0])
@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_the_elbo_has_a_beta_of_one_whatever_the_model_was_trained_with(
    changes: dict[str, object], beta: float
) -> None:
    model, images = build_vae(parse_config({**changes, "beta": beta})), some_images(50)
    figures = evaluate(model, images)
    posterior = model.encode(scale(images))
    kl = gaussian_kl(posterior.mu, posterior.logvar).mean().item()
    assert figures.negative_elbo_nats == pytest.approx(figures.reconstruction_nats + figures.kl_nats, rel=1e-12)
    assert figures.kl_nats == pytest.approx(kl, rel=1e-5)
    assert sum(figures.kl_per_dim_nats) == pytest.approx(figures.kl_nats, rel=1e-12)
    assert len(figures.kl_per_dim_nats) == model.config.latent_dim
    assert figures.images == 50


def with_head(model: VAE, dimension: int, factor: float) -> None:
    """Scales how far one dimension's posterior mean moves with the image."""
    with torch.no_grad():
        model.encoder[-1].weight[dimension] *= factor


def test_a_dimension_is_active_when_its_mean_moves_with_the_image() -> None:
    model, images = build_vae(parse_config(MODELS[0])), some_images(200)
    for dimension in range(3):
        with_head(model, dimension, 0.0)
    assert evaluate(model, images).active_units == 0
    model = build_vae(parse_config(MODELS[0]))
    with_head(model, 1, 100.0)
    variances = model.encode(scale(images)).mu.var(dim=0, correction=0)
    assert evaluate(model, images).active_units == int((variances > 0.01).sum()) > 0


def test_evaluation_leaves_the_model_without_gradients_and_its_mode_alone() -> None:
    model = build_vae(parse_config(MODELS[0]))
    evaluate(model, some_images(5))
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_one_image_is_enough() -> None:
    figures = evaluate(build_vae(parse_config(MODELS[0])), some_images(1))
    assert figures.images == 1
    assert figures.active_units == 0


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(ShapeMismatch):
        evaluate(build_vae(parse_config({"dataset": "mnist", "hidden_sizes": "8"})), some_images(2))
