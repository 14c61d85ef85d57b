"""What an encoder's output stands for."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal

from vae_core.architecture.layers import posterior_width
from vae_core.config import parse_config
from vae_core.errors import ShapeMismatch
from vae_core.model.posteriors import DiagonalGaussian, FullGaussian, Point, Posterior, posterior_of

SETTINGS = [{}, {"posterior": "full"}, {"objective": "autoencoder"}]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def made(changes: dict[str, object], count: int = 5, dim: int = 3) -> Posterior:
    config = parse_config({**changes, "latent_dim": dim})
    return posterior_of(config, noise(count, posterior_width(config), seed=4))


@pytest.mark.parametrize("changes", SETTINGS, ids=str)
def test_an_encoders_output_becomes_a_posterior_of_as_many_images_and_dimensions(changes: dict[str, object]) -> None:
    posterior = made(changes)
    assert posterior.mu.shape == posterior.logvar.shape == posterior.kl_per_dim().shape == (5, 3)
    assert posterior.sample(noise(7, 5, 3)).shape == (7, 5, 3)
    assert posterior.log_density(noise(7, 5, 3)).shape == (7, 5)


def test_a_sample_is_mu_plus_sigma_times_noise() -> None:
    sigma = torch.tensor([[0.5, 2.0]])
    posterior = DiagonalGaussian(torch.tensor([[1.0, -1.0]]), sigma.square().log())
    torch.testing.assert_close(posterior.sample(torch.tensor([[1.0, -3.0]])), torch.tensor([[1.5, -7.0]]))
    assert torch.equal(posterior.sample(torch.zeros(1, 2)), posterior.mu)


def test_samples_have_the_posteriors_mean_and_variance() -> None:
    posterior = DiagonalGaussian(torch.full((1_000_000, 1), 0.7), torch.full((1_000_000, 1), -1.2))
    z = posterior.sample(noise(1_000_000, 1, seed=1))
    variance = math.exp(-1.2)
    assert z.mean().item() == pytest.approx(0.7, abs=4 * (variance / 1e6) ** 0.5)
    assert z.var().item() == pytest.approx(variance, rel=4 * (2 / 1e6) ** 0.5)


def test_gradients_reach_mu_and_logvar_through_a_sample() -> None:
    mu, logvar = torch.zeros(1, 2, requires_grad=True), torch.zeros(1, 2, requires_grad=True)
    DiagonalGaussian(mu, logvar).sample(torch.tensor([[2.0, -4.0]])).sum().backward()
    assert mu.grad is not None
    assert logvar.grad is not None
    assert mu.grad.tolist() == [[1.0, 1.0]]
    assert logvar.grad.tolist() == [[1.0, -2.0]]  # ½ · σ · noise


def test_the_full_posteriors_samples_have_its_covariance() -> None:
    one = made({"posterior": "full"}, count=1)
    assert isinstance(one, FullGaussian)
    many = FullGaussian(one.mu.expand(500_000, -1), one.factor.expand(500_000, -1, -1))
    z = many.sample(noise(500_000, 3, seed=2))
    covariance = (one.factor @ one.factor.transpose(1, 2))[0]
    torch.testing.assert_close(z.mean(0), one.mu[0], rtol=0, atol=0.02)
    torch.testing.assert_close(torch.cov(z.T), covariance, rtol=0.02, atol=0.02)
    torch.testing.assert_close(one.logvar[0], covariance.diagonal().log(), rtol=1e-5, atol=1e-6)


def test_the_full_posteriors_factor_is_lower_triangular_with_a_positive_diagonal_whatever_the_output() -> None:
    posterior = made({"posterior": "full"}, count=50)
    assert isinstance(posterior, FullGaussian)
    assert torch.equal(posterior.factor, posterior.factor.tril())
    assert (posterior.factor.diagonal(dim1=1, dim2=2) > 0).all()
    assert (posterior.factor.tril(-1) != 0).sum() == 50 * 3, "every number of the output is used"


def test_a_full_posterior_with_nothing_below_the_diagonal_is_the_diagonal_one() -> None:
    raw = noise(4, 6)
    full = posterior_of(parse_config({"posterior": "full", "latent_dim": 3}), torch.cat([raw, torch.zeros(4, 3)], 1))
    diagonal = posterior_of(parse_config({"latent_dim": 3}), raw)
    for value in ("mu", "logvar"):
        torch.testing.assert_close(getattr(full, value), getattr(diagonal, value), rtol=1e-5, atol=1e-6)
    epsilon = noise(2, 4, 3, seed=9)
    torch.testing.assert_close(full.sample(epsilon), diagonal.sample(epsilon))
    torch.testing.assert_close(full.log_density(epsilon), diagonal.log_density(epsilon))
    torch.testing.assert_close(full.kl_per_dim(), diagonal.kl_per_dim(), rtol=1e-4, atol=1e-5)


def test_the_density_of_a_draw_is_that_of_its_distribution() -> None:
    epsilon = noise(6, 5, 3)
    diagonal, full = made({}), made({"posterior": "full"})
    assert isinstance(full, FullGaussian)
    expected = Normal(diagonal.mu, (0.5 * diagonal.logvar).exp()).log_prob(diagonal.sample(epsilon)).sum(-1)
    torch.testing.assert_close(diagonal.log_density(epsilon), expected, rtol=1e-4, atol=1e-4)
    expected = MultivariateNormal(full.mu, scale_tril=full.factor).log_prob(full.sample(epsilon))
    torch.testing.assert_close(full.log_density(epsilon), expected, rtol=1e-4, atol=1e-4)


def test_an_autoencoders_code_is_a_point_without_noise_and_without_kl() -> None:
    point = made({"objective": "autoencoder"})
    assert isinstance(point, Point)
    assert torch.equal(point.sample(noise(5, 3)), point.mu)
    assert point.kl_per_dim().abs().max() == 0
    assert point.log_density(noise(2, 5, 3)).abs().max() == 0
    assert (point.logvar == -60).all()


@pytest.mark.parametrize("changes", SETTINGS, ids=str)
@pytest.mark.parametrize("shape", [(1, 3), (5, 1), (3, 5), (5, 4), (2, 4, 3)])
def test_noise_of_another_shape_is_refused(shape: tuple[int, ...], changes: dict[str, object]) -> None:
    with pytest.raises(ShapeMismatch, match=r"the posterior's shape \(…, B, D\) = \(…, 5, 3\)"):
        made(changes).sample(torch.zeros(shape))
