"""Repair by a model: only what is visible counts, and the search finds more probable z than the encoder."""

import numpy as np
import pytest
import torch

from tests.vae_core.run_samples import random_weights
from vae_core.apply.repair.damage import Damage, damaged
from vae_core.apply.repair.latent_repair import LatentRepair
from vae_core.config import parse_config
from vae_core.data.digits import CARD
from vae_core.model.networks import VAE, build_vae, load_weights

IMAGES = np.random.default_rng(0).random((6, 1, 8, 8))
HIDDEN = np.arange(64).reshape(8, 8) >= 40
GREY = np.full((1, 8, 8), 0.5)


def model(**settings: object) -> VAE:
    config = parse_config({"dataset": "digits", "hidden_sizes": (12,), "latent_dim": 3} | settings)
    made = build_vae(config)
    if not settings:
        load_weights(made, random_weights(config))
    return made


@pytest.mark.parametrize(
    "likelihood", ["bernoulli", "continuous-bernoulli", "gaussian-learned", "discretised-logistic"]
)
def test_with_nothing_hidden_its_nats_are_the_models_own_and_the_priors(likelihood: str) -> None:
    whole = model(likelihood=likelihood, widths="pixel" if "learned" in likelihood else "one")
    repair, z, x = LatentRepair(whole, Damage(), GREY, 0.01), torch.randn(6, 3), torch.from_numpy(IMAGES).float()
    expected = whole.reconstruction_nats(z, x) + 0.5 * z.square().sum(dim=1)
    torch.testing.assert_close(repair.nats(z, x), expected)


@pytest.mark.parametrize("damage", [Damage(hidden=HIDDEN), Damage(0.2, hidden=HIDDEN)])
def test_what_is_hidden_changes_nothing(damage: Damage) -> None:
    repair = LatentRepair(model(), damage, GREY, 0.01)
    other = np.where(HIDDEN, 1 - IMAGES, IMAGES)
    z = torch.randn(6, 3)
    both = [repair.nats(z, torch.from_numpy(each).float()) for each in (IMAGES, other)]
    torch.testing.assert_close(*both)
    np.testing.assert_array_equal(repair.by_encoder(IMAGES), repair.by_encoder(other))
    np.testing.assert_array_equal(*(repair.by_posterior(each, steps=3) for each in (IMAGES, other)))


def test_of_noisy_and_blurred_pixels_the_nats_are_a_gaussians_around_the_blurred_image() -> None:
    whole, damage = model(), Damage(0.3, 1.2)
    seen, z = damaged(IMAGES, damage), torch.randn(6, 3)
    shown = damage.blurred(whole.image(z).detach().double().numpy())
    expected = 0.5 * np.square(shown - seen).sum(axis=(1, 2, 3)) / (0.01 + 0.3**2) + 0.5 * z.square().sum(1).numpy()
    found = LatentRepair(whole, damage, GREY, 0.01).nats(z, torch.from_numpy(seen).float())
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-4)


def test_the_search_finds_the_z_that_an_image_was_drawn_from_by_a_part_of_it() -> None:
    whole = model(likelihood="gaussian", gaussian_sigma=0.01, seed=3)
    with torch.no_grad():
        for weight in whole.decoder.parameters():
            weight.mul_(3)  # fresh weights hardly tell one z from another
        true = whole.image(torch.randn(6, 3, generator=torch.Generator().manual_seed(1))).double().numpy()
    repair = LatentRepair(whole, Damage(hidden=HIDDEN), true.mean(axis=0), 1e-4)
    found = repair.by_posterior(true, steps=150)
    errors = [np.square(each - true)[..., HIDDEN].mean() for each in (found, repair.by_encoder(true))]
    assert errors[0] < 0.05 * errors[1]


@pytest.mark.parametrize("objective", ["m2", "cvae", "autoencoder"])
def test_every_family_repairs(objective: str) -> None:
    repair = LatentRepair(model(objective=objective), Damage(hidden=HIDDEN), GREY, 0.01)
    found = repair.by_posterior(IMAGES, torch.arange(6), starts=2, steps=2)
    assert found.shape == IMAGES.shape
    assert np.isfinite(found).all()
    assert CARD.image_shape == IMAGES.shape[1:]
