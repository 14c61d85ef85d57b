"""One model of every β of a range: at each it is an ordinary one, at its own the one that its weights are."""

import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core.architecture.beta_modulation import beta_range, config_at, stops
from vae_core.architecture.layers import weight_shapes
from vae_core.config import TrainConfig, parse_config
from vae_core.config.schedules import Pressure
from vae_core.data import registry
from vae_core.data.registry import DATASETS
from vae_core.errors import ConfigInvalid
from vae_core.evaluation import evaluate
from vae_core.model import objectives
from vae_core.model.networks import VAE, at_beta, build_vae, scale, weights
from vae_core.training.loop import Training, train

CARD = DATASETS["digits"].card
KINDS: list[dict[str, object]] = [
    {"hidden_sizes": "16", "latent_dim": 3},
    {"architecture": "conv", "channels": "4 6", "latent_dim": 2, "posterior": "full"},
    {"hidden_sizes": "8 6", "objective": "beta-vae", "likelihood": "gaussian-learned"},
]


def spanning(**changes: object) -> TrainConfig:
    return parse_config({"hidden_sizes": "16", "beta": 2.0, "beta_span": 8.0, "device": "cpu", **changes})


def some_images(count: int) -> Tensor:
    return torch.randint(0, 256, (count, 1, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)


def learned(changes: dict[str, object]) -> VAE:
    """With modulations as training may leave them."""
    model, generator = build_vae(spanning(**changes)), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("modulation"):
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    return model


@pytest.mark.parametrize("changes", KINDS, ids=str)
def test_a_model_of_one_beta_is_what_it_was(changes: dict[str, object]) -> None:
    config = parse_config({**changes, "beta_span": 1.0})
    plain, spans = build_vae(config), build_vae(spanning(**changes, seed=config.seed))
    assert not any("modulation" in name for name in weights(plain))
    for name, array in weights(plain).items():
        np.testing.assert_array_equal(weights(spans)[name], array)


@pytest.mark.parametrize("changes", KINDS, ids=str)
def test_its_weights_are_those_that_its_settings_ask_for(changes: dict[str, object]) -> None:
    model = build_vae(spanning(**changes))
    assert {name: array.shape for name, array in weights(model).items()} == weight_shapes(model.config, CARD)
    assert list(weights(model)) == list(weight_shapes(model.config, CARD))


@pytest.mark.parametrize("changes", KINDS, ids=str)
@pytest.mark.parametrize("place", [-1.0, -0.3, 0.0, 1.0])
def test_at_each_beta_it_is_an_ordinary_model(changes: dict[str, object], place: float) -> None:
    model, x = learned(changes), scale(some_images(5))
    ordinary = at_beta(model, 2.0 * 8.0**place)
    places = torch.full((5,), place)
    there, here = ordinary.encode(x), model.encode(x, place=places)
    torch.testing.assert_close(here.mu, there.mu, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(here.logvar, there.logvar, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(model.decode(there.mu, place=places), ordinary.decode(there.mu), atol=1e-5, rtol=1e-4)
    assert not ordinary.config.spans_beta
    assert ordinary.config.beta == pytest.approx(2.0 * 8.0**place)


def test_at_its_own_beta_it_is_the_model_of_its_weights() -> None:
    model, x = learned(KINDS[0]), scale(some_images(5))
    torch.testing.assert_close(at_beta(model, 2.0).encode(x).mu, model.encode(x).mu)


def test_each_image_is_learned_at_a_beta_of_its_own_and_all_of_the_range_are_met() -> None:
    model, images = build_vae(spanning(batch_size=32)), some_images(64)
    training = Training(model, images, model.config)
    batch = training._batch(torch.arange(32))
    assert batch.place is not None
    np.testing.assert_allclose(batch.place.sort().values, np.linspace(-1, 1, 33)[:-1], atol=2 / 32)
    terms = objectives.negative_elbo(model, batch, Pressure(2.0), torch.randn)
    beta = 2.0 * 8.0**batch.place
    expected = (terms.reconstruction + beta * terms.kl) / beta.clamp(min=1)
    torch.testing.assert_close(terms.loss, expected)


def test_the_rate_falls_and_the_distortion_rises_along_the_range() -> None:
    config = spanning(beta=1.0, latent_dim=2, epochs=30, batch_size=32, learning_rate=5e-3)
    model = build_vae(config)
    images = registry.load("digits", "train").images[:512]
    for _ in train(model, torch.from_numpy(images), config):
        pass
    figures = [evaluate(at_beta(model, beta), torch.from_numpy(images)) for beta in (1 / 8, 1.0, 8.0)]
    rates, distortions = zip(*((each.kl_nats, each.reconstruction_nats) for each in figures), strict=True)
    assert rates[0] > rates[1] > rates[2]
    assert distortions[0] < distortions[1] < distortions[2]


def test_stops_go_evenly_from_end_to_end_with_its_own_beta_in_the_middle() -> None:
    config = spanning()
    found = stops(config)
    assert (found[0], found[4], found[-1]) == pytest.approx((0.25, 2.0, 16.0))
    assert beta_range(config) == pytest.approx((0.25, 16.0))
    assert np.diff(np.log(found)) == pytest.approx(np.full(8, np.log(8) / 4))


@pytest.mark.parametrize("beta", [0.2, 17.0])
def test_a_beta_outside_the_range_is_refused(beta: float) -> None:
    with pytest.raises(ConfigInvalid, match=r"β should be 0.25 to 16"):
        config_at(spanning(), beta)


def test_a_model_of_one_beta_is_not_moved() -> None:
    with pytest.raises(ConfigInvalid, match="knows one β"):
        config_at(parse_config({}), 2.0)


@pytest.mark.parametrize(
    "changes", [{"beta": 0.0}, {"beta_schedule": "warm-up"}, {"beta_span": 0.5}, {"beta_span": 101}]
)
def test_a_range_that_cannot_be_learned_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigInvalid):
        spanning(**changes)


def test_beta_is_not_edited_while_all_are_learned() -> None:
    model = build_vae(spanning())
    training = Training(model, some_images(8), model.config)
    training.edit(learning_rate=1e-3)
    with pytest.raises(ConfigInvalid, match="every β of a range"):
        training.edit(beta=3.0)
