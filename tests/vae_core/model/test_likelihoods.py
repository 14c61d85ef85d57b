"""How pixels are scored: densities that integrate to 1, probabilities that add up to 1, nats that are exact."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, ContinuousBernoulli, Normal
from torch.nn import functional

from vae_core.config.likelihoods import LIKELIHOODS as OFFERED
from vae_core.errors import ShapeMismatch
from vae_core.model.likelihoods import (
    LIKELIHOODS,
    bernoulli_nats,
    binarise,
    continuous_bernoulli_log_constant,
    continuous_bernoulli_mean,
    continuous_bernoulli_nats,
    discretised_logistic_nats,
    gaussian_nats,
)


def rand(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def pixels(value: float | Tensor) -> Tensor:
    """One value an image, each of a single pixel: (N,) -> (N, 1, 1, 1)"""
    return torch.as_tensor(value, dtype=torch.get_default_dtype()).reshape(-1, 1, 1, 1)


def test_every_likelihood_that_is_offered_is_there() -> None:
    assert LIKELIHOODS.keys() == OFFERED.keys()


# Bernoulli


@pytest.mark.parametrize(("logit", "pixel"), [(120, 0), (120, 1), (-120, 0), (-120, 1), (120, 0.25), (-120, 0.25)])
def test_cross_entropy_from_logits_is_right_at_120_where_probabilities_would_be_0_and_1(
    logit: float, pixel: float
) -> None:
    logits = torch.full((1, 1, 2, 2), float(logit), requires_grad=True)
    nats = bernoulli_nats(logits, torch.full((1, 1, 2, 2), float(pixel)))
    nats.sum().backward()
    assert nats.item() == pytest.approx(4 * 120 * (1 - pixel if logit > 0 else pixel), rel=1e-6)
    assert logits.grad is not None
    assert logits.grad.flatten().tolist() == pytest.approx([float(logit > 0) - pixel] * 4)


@pytest.mark.parametrize(("height", "width"), [(4, 4), (5, 5)])  # 48 pixels, scored by fours, and 75, one by one
def test_cross_entropy_and_its_gradient_are_torchs(height: int, width: int) -> None:
    shape = (5, 3, height, width)
    x, weights = rand(*shape), rand(5, seed=2)
    logits = (20 * rand(*shape, seed=1) - 10).requires_grad_()
    expected = functional.binary_cross_entropy_with_logits(logits.double(), x.double(), reduction="none").sum((1, 2, 3))
    torch.testing.assert_close(bernoulli_nats(logits, x).double(), expected, rtol=1e-5, atol=1e-5)
    slopes = [torch.autograd.grad((weights * nats).sum(), logits)[0] for nats in (bernoulli_nats(logits, x), expected)]
    torch.testing.assert_close(*slopes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pixels_of_an_image", [784, 12_288])
def test_many_pixels_of_which_nothing_is_known_cost_log_2_each(pixels_of_an_image: int) -> None:
    logits = torch.zeros(2, 1, 4, pixels_of_an_image // 4)
    nats = bernoulli_nats(logits, torch.full_like(logits, 0.3))
    assert nats.tolist() == pytest.approx([pixels_of_an_image * math.log(2)] * 2, rel=1e-6)


def test_a_pixels_cross_entropy_in_single_precision_is_exact_to_a_millionth_of_a_nat() -> None:
    logits = torch.linspace(-30, 30, 6001)
    for x in (torch.linspace(0, 1, 6001), (logits > 0).float(), (logits < 0).float()):
        expected = functional.binary_cross_entropy_with_logits(logits.double(), x.double(), reduction="none")
        found = bernoulli_nats(pixels(logits), pixels(x)).double()
        torch.testing.assert_close(found, expected, rtol=2e-7, atol=1e-6)


def test_cross_entropy_of_black_and_white_pixels_is_minus_their_log_probability() -> None:
    logits = 10 * rand(5, 3, 4, 4) - 5
    x = (logits > 1).float()
    expected = -Bernoulli(logits=logits.double()).log_prob(x.double()).sum((1, 2, 3))
    torch.testing.assert_close(bernoulli_nats(logits, x).double(), expected, rtol=1e-5, atol=1e-6)


def test_binarised_pixels_are_black_or_white_and_as_bright_on_average() -> None:
    x = pixels(torch.tensor([0.0, 0.3, 1.0])).expand(3, 1, 300, 300)
    drawn = binarise(x, rand(3, 1, 300, 300))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert drawn.mean((1, 2, 3)).tolist() == pytest.approx([0.0, 0.3, 1.0], abs=4 * (0.21 / 90_000) ** 0.5)


def test_black_stays_black_and_white_white_whatever_is_drawn() -> None:
    lowest, highest = pixels(0.0), pixels(1 - 2**-24)
    assert binarise(pixels(0.0), lowest).item() == 0
    assert binarise(pixels(1.0), highest).item() == 1


# Continuous Bernoulli


@pytest.mark.parametrize("logit", [-30.0, -3.0, -0.31, -0.29, -1e-3, 0.0, 1e-6, 0.3, 0.5, 8.0, 30.0])
def test_the_continuous_bernoullis_density_integrates_to_1(logit: float) -> None:
    x = (torch.arange(200_000).double() + 0.5) / 200_000
    density = (-continuous_bernoulli_nats(torch.full((200_000, 1, 1, 1), logit).double(), x.reshape(-1, 1, 1, 1))).exp()
    assert density.mean().item() == pytest.approx(1.0, abs=1e-4)


def test_continuous_bernoulli_nats_are_minus_torchs_log_density() -> None:
    logits, x = 20 * rand(5, 1, 4, 4) - 10, rand(5, 1, 4, 4, seed=1)
    expected = -ContinuousBernoulli(logits=logits.double()).log_prob(x.double()).sum((1, 2, 3))
    torch.testing.assert_close(continuous_bernoulli_nats(logits, x).double(), expected, rtol=1e-4, atol=1e-3)


def test_the_continuous_bernoullis_constant_and_mean_are_smooth_through_zero_and_symmetric() -> None:
    logits = torch.linspace(-1, 1, 20_001).double().requires_grad_()
    constant, mean = continuous_bernoulli_log_constant(logits), continuous_bernoulli_mean(logits)
    assert constant.min().item() == pytest.approx(math.log(2), abs=1e-12)
    torch.testing.assert_close(constant, constant.flip(0))
    torch.testing.assert_close(mean, 1 - mean.flip(0))
    assert mean.diff().min() > 0
    assert mean.diff().diff().abs().max() < 1e-6, "no step where the series begins"
    (slope,) = torch.autograd.grad(constant.sum(), logits)
    assert slope.isfinite().all()
    assert slope.diff().abs().max() < 1e-4


@pytest.mark.parametrize("logit", [0.05, -0.1, 0.2])
def test_near_zero_the_series_err_by_less_than_their_next_term(logit: float) -> None:
    exact = math.log(logit / math.tanh(logit / 2)), 1 / (1 - math.exp(-logit)) - 1 / logit
    at = torch.tensor(logit, dtype=torch.float64)
    found = continuous_bernoulli_log_constant(at).item(), continuous_bernoulli_mean(at).item()
    assert found[0] == pytest.approx(exact[0], abs=31 / 90_720 * logit**6 + 1e-14, rel=0)
    assert found[1] == pytest.approx(exact[1], abs=abs(logit) ** 5 / 30_240 + 1e-14, rel=0)


@pytest.mark.parametrize("logit", [-5.0, 0.1, 2.0])
def test_the_continuous_bernoullis_mean_is_that_of_its_density(logit: float) -> None:
    expected = ContinuousBernoulli(logits=torch.tensor(logit).double()).mean.item()
    assert continuous_bernoulli_mean(torch.tensor(logit).double()).item() == pytest.approx(expected, abs=1e-6)


def test_the_continuous_bernoulli_stays_finite_at_120() -> None:
    logits = pixels(torch.tensor([-120.0, 120.0])).requires_grad_()
    nats = continuous_bernoulli_nats(logits, pixels(0.5).expand(2, 1, 1, 1))
    nats.sum().backward()
    assert nats.isfinite().all()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


# Gaussian


@pytest.mark.parametrize("sigma", [0.01, 0.2, 2.0])
def test_gaussian_nats_are_minus_the_log_density(sigma: float) -> None:
    mean, x = rand(2, 5, 3, 4, 4)
    expected = -Normal(mean.double(), sigma).log_prob(x.double()).sum((1, 2, 3))
    torch.testing.assert_close(gaussian_nats(mean, x, math.log(sigma)).double(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["gaussian", "discretised-logistic"])
def test_a_scale_given_as_a_number_is_as_exact_as_the_images(name: str) -> None:
    mean, x = rand(2, 5, 1, 4, 4).double()
    nats, scale = LIKELIHOODS[name].nats, math.log(0.3)
    exact = nats(mean, x, torch.tensor(scale, dtype=torch.float64))
    torch.testing.assert_close(nats(mean, x, scale), exact, rtol=1e-14, atol=0.0)


def test_the_learned_sigma_is_at_rest_where_it_is_the_root_mean_squared_residual() -> None:
    mean, x = rand(2, 50, 1, 8, 8)
    optimum = 0.5 * (x - mean).square().mean().log()
    log_sigma = optimum.clone().requires_grad_()
    (slope,) = torch.autograd.grad(gaussian_nats(mean, x, log_sigma).sum(), log_sigma)
    assert slope.item() == pytest.approx(0.0, abs=0.01)
    nats = [gaussian_nats(mean, x, optimum + shift).sum().item() for shift in (-0.1, 0.0, 0.1)]
    assert nats[1] == min(nats)


# Discretised logistic


@pytest.mark.parametrize("log_scale", [-6.0, -3.0, 0.0])
@pytest.mark.parametrize("mean", [-0.2, 0.0, 0.5, 1.3])
def test_the_256_grey_levels_have_probabilities_that_add_up_to_1(mean: float, log_scale: float) -> None:
    levels = pixels(torch.arange(256) / 255)
    nats = discretised_logistic_nats(torch.full_like(levels, mean), levels, log_scale)
    assert (nats >= 0).all()
    assert (-nats.double()).exp().sum().item() == pytest.approx(1.0, abs=1e-4)


def test_a_levels_probability_is_the_logistics_over_its_bin() -> None:
    mean, scale = 0.4, 0.05

    def below(x: float) -> float:
        return 1 / (1 + math.exp(-(x - mean) / scale))

    for level, probability in {
        0: below(0.5 / 255),
        100: below(100.5 / 255) - below(99.5 / 255),
        255: 1 - below(254.5 / 255),
    }.items():
        nats = discretised_logistic_nats(pixels(mean), pixels(level / 255), math.log(scale))
        assert nats.item() == pytest.approx(-math.log(probability), rel=1e-4)


def test_the_discretised_logistic_stays_finite_where_probabilities_vanish() -> None:
    mean = pixels(torch.tensor([-50.0, 50.0, 0.5])).requires_grad_()
    log_scale = torch.tensor(-7.0, requires_grad=True)
    discretised_logistic_nats(mean, pixels(torch.tensor([1.0, 100 / 255, 0.0])), log_scale).sum().backward()
    assert mean.grad is not None
    assert log_scale.grad is not None
    assert mean.grad.isfinite().all()
    assert log_scale.grad.isfinite()


# All


NATS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    name: lambda raw, x, kind=kind: kind.nats(raw, x, -1.0) for name, kind in LIKELIHOODS.items()
}


@pytest.mark.parametrize("name", NATS)
@pytest.mark.parametrize("shape", [(2, 1, 4, 3), (1, 1, 4, 4), (2, 16), (2, 3, 4, 4)])
def test_shapes_that_would_broadcast_are_refused(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeMismatch, match=r"output has shape \(2, 1, 4, 4\) and the images"):
        NATS[name](torch.zeros(2, 1, 4, 4), torch.zeros(shape))


@pytest.mark.parametrize("name", NATS)
def test_an_images_nats_are_the_sum_over_its_pixels_and_no_other_images(name: str) -> None:
    raw, x = rand(2, 3, 1, 4, 4)
    whole = NATS[name](raw, x)
    assert whole.shape == (3,)
    halves = NATS[name](raw[:, :, :2], x[:, :, :2]) + NATS[name](raw[:, :, 2:], x[:, :, 2:])
    torch.testing.assert_close(whole, halves, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(whole[1:2], NATS[name](raw[1:2], x[1:2]))
