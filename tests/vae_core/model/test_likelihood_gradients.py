"""Nats and gradients in one go: those of the formulas in `likelihoods`, which torch differentiates."""

import pytest
import torch
from torch import Tensor

from vae_core.architecture.layers import width_shape
from vae_core.config import parse_config
from vae_core.config.likelihoods import LIKELIHOODS as FACTS
from vae_core.config.likelihoods import ROUNDING_LOG_SIGMA
from vae_core.data.source import DataCard
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.networks import build_vae
from vae_core.training import Training

SHAPE = (3, 4, 6)
CARD = DataCard("pictures", "Pictures", SHAPE, None, "none", 40, 10)
WIDTHS = ("one", "channel", "pixel")


def rand(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def pictures() -> Tensor:
    """Eight of them with every grey level from black to white, in float64: (8, C, H, W)"""
    x = (rand(8, *SHAPE) * 255).round() / 255
    x[0], x[1] = 0, 1
    return x


@pytest.mark.parametrize("spread", [0.05, 1.0, 60.0])
@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_nats_and_gradients_are_those_of_the_formulas(name: str, widths: str, spread: float) -> None:
    likelihood, x = LIKELIHOODS[name], pictures()
    raw = ((rand(8, *SHAPE, seed=1) - 0.5) * spread).requires_grad_()
    shape = width_shape(parse_config({"widths": widths}), CARD)
    log_scale = (-2 - rand(*shape, seed=2)).requires_grad_()
    nats = likelihood.nats(raw, x, log_scale)
    slopes = torch.autograd.grad(nats.sum(), [raw, log_scale], allow_unused=True)
    assert likelihood.nats_and_gradient
    each = log_scale.detach() if widths == "one" else log_scale.detach().expand(SHAPE).flatten()
    found, d_raw, d_scale = likelihood.nats_and_gradient(raw.detach().flatten(1), x.flatten(1), each)
    # near 0 the continuous Bernoulli's formula is a series, less exact than what is written out
    within = 1e-5 if name == "continuous-bernoulli" else 1e-9
    torch.testing.assert_close(found, nats, rtol=1e-10, atol=within)
    torch.testing.assert_close(d_raw.view_as(raw), slopes[0], rtol=1e-8, atol=within)
    assert (d_scale is None) == (slopes[1] is None)
    if d_scale is not None and slopes[1] is not None:
        d_scale = d_scale if widths == "one" else d_scale.view(SHAPE).sum_to_size(shape)
        torch.testing.assert_close(d_scale, slopes[1], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_they_stay_finite_in_single_precision_where_the_decoder_is_far_off(name: str) -> None:
    nats_and_gradient = LIKELIHOODS[name].nats_and_gradient
    assert nats_and_gradient
    raw = torch.tensor([[-120.0, 120.0, 0.0, 1e-30, -50.0, 50.0, 0.3, -0.3]]).T
    for pixel in (0.0, 1 / 255, 0.5, 1.0):
        found = nats_and_gradient(raw, torch.full_like(raw, pixel), -5.0)
        assert all(each.isfinite().all() for each in found if each is not None)


# Widths


@pytest.mark.parametrize("widths", WIDTHS)
def test_the_learned_sigma_is_at_rest_where_it_is_the_residual_of_its_own_pixels(widths: str) -> None:
    mean, x = rand(50, *SHAPE), rand(50, *SHAPE, seed=1)
    over = {"one": (0, 1, 2, 3), "channel": (0, 2, 3), "pixel": (0,)}[widths]
    optimum = 0.5 * (x - mean).square().mean(dim=over, keepdim=True)[0].log()
    log_sigma = optimum.reshape(width_shape(parse_config({"widths": widths}), CARD)).requires_grad_()
    (slope,) = torch.autograd.grad(LIKELIHOODS["gaussian-learned"].nats(mean, x, log_sigma).sum(), log_sigma)
    torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-8)


@pytest.mark.parametrize("widths", WIDTHS)
def test_more_widths_never_fit_worse(widths: str) -> None:
    """The same network, its widths at their best: each further kind can be what the one before it is."""
    mean, x = rand(50, *SHAPE) * 0.1, rand(50, *SHAPE, seed=1) * torch.tensor([0.1, 0.5, 1.0]).view(3, 1, 1)
    nats = {}
    for over, kind in (((0, 1, 2, 3), "one"), ((0, 2, 3), "channel"), ((0,), "pixel")):
        optimum = 0.5 * (x - mean).square().mean(dim=over, keepdim=True)[0].log()
        nats[kind] = LIKELIHOODS["gaussian-learned"].nats(mean, x, optimum).mean().item()
    assert nats["pixel"] < nats["channel"] < nats["one"]


def test_a_width_for_each_channel_gives_each_its_256_levels_with_probabilities_that_add_up_to_1() -> None:
    levels = (torch.arange(256) / 255).view(256, 1, 1, 1)
    nats = LIKELIHOODS["discretised-logistic"].nats
    for index, log_scale in enumerate([-5.0, -3.0, -1.0]):
        scales = torch.tensor([-5.0, -3.0, -1.0]).view(3, 1, 1)
        x = levels.expand(256, 3, 1, 1).clone()
        x[:, [other for other in range(3) if other != index]] = 0.5
        alone = nats(torch.full((256, 1, 1, 1), 0.5), levels, log_scale)
        others = nats(torch.full((256, 3, 1, 1), 0.5), x, scales) - alone
        torch.testing.assert_close(others, others[:1].expand(256), rtol=1e-4, atol=1e-4)
        assert (-alone.double()).exp().sum().item() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("widths", WIDTHS)
def test_a_pixel_that_is_always_the_same_is_known_to_its_rounding_and_no_better(widths: str) -> None:
    network = {"hidden_sizes": "4", "epochs": 1, "batch_size": 40, "learning_rate": 1e-6}
    config = parse_config({"likelihood": "gaussian-learned", "widths": widths, **network})
    model = build_vae(config, CARD)
    assert isinstance(model.log_scale, Tensor)
    with torch.no_grad():
        model.log_scale.fill_(ROUNDING_LOG_SIGMA - 1)
    for _ in Training(model, torch.zeros(40, *SHAPE, dtype=torch.uint8), config).steps():
        pass
    torch.testing.assert_close(model.log_scale.detach(), torch.full_like(model.log_scale, ROUNDING_LOG_SIGMA))


@pytest.mark.parametrize("name", [name for name, facts in FACTS.items() if facts.learns_width])
def test_whoever_learns_a_width_may_learn_several(name: str) -> None:
    assert "widths" in FACTS[name].settings
