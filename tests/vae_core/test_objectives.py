"""Loss terms: each against an independent value, at the places where the usual mistakes differ."""

import math
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core.config import TrainConfig, parse_config
from vae_core.errors import ShapeMismatch
from vae_core.models import VAE, DiagonalGaussian, build_vae
from vae_core.objectives import (
    LIKELIHOODS,
    bernoulli_nats,
    elbo_terms,
    gaussian_kl,
    gaussian_kl_per_dim,
    gaussian_nats,
)

SMALL = {"hidden_sizes": "32", "latent_dim": 3}
MODELS = [
    SMALL,
    {**SMALL, "likelihood": "gaussian"},
    {"architecture": "conv", "channels": "4 8"},
    {"architecture": "conv", "channels": "4 8", "likelihood": "gaussian", "activation": "relu"},
]


def batch(model: VAE, size: int = 6, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Images (B, C, H, W) with black, grey and white pixels, and noise (B, D)."""
    generator = torch.Generator().manual_seed(seed)
    x = (torch.rand(size, *model.image_shape, generator=generator) * 2 - 0.5).clamp(0, 1)
    return x, torch.randn(size, model.config.latent_dim, generator=generator)


def with_posterior(model: VAE, mu: float, logvar: float) -> VAE:
    """The model, with an encoder that answers the same for every image."""
    head = model.encoder[-1]
    torch.nn.init.zeros_(head.weight)
    with torch.no_grad():
        head.bias[: model.config.latent_dim] = mu
        head.bias[model.config.latent_dim :] = logvar
    return model


# KL


@pytest.mark.parametrize("mu", [-3.0, 0.0, 0.7])
@pytest.mark.parametrize("sigma", [0.01, 0.1, 0.5, 1.0, 2.0, 10.0])
def test_gaussian_kl_agrees_with_torch_distributions(mu: float, sigma: float) -> None:
    means, std = torch.full((3, 4), mu), torch.full((3, 4), sigma)
    expected = kl_divergence(Normal(means, std), Normal(0.0, 1.0))
    torch.testing.assert_close(gaussian_kl_per_dim(means, 2 * std.log()), expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(gaussian_kl(means, 2 * std.log()), expected.sum(1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("mu", "sigma"), [(0.7, 0.5), (-1.5, 2.0), (0.0, 0.1)])
def test_gaussian_kl_agrees_with_a_million_samples_of_the_posterior(mu: float, sigma: float) -> None:
    shape = (1_000_000, 1)
    posterior = DiagonalGaussian(torch.full(shape, mu), torch.full(shape, 2 * math.log(sigma)))
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    z = posterior.sample(noise).double()
    log_ratio = Normal(mu, torch.tensor(sigma).double()).log_prob(z) - Normal(0.0, torch.ones(()).double()).log_prob(z)
    standard_error = log_ratio.std() / 1000
    assert abs(log_ratio.mean() - posterior.kl_per_dim()[0].item()) < 4 * standard_error


def test_kl_is_zero_when_the_posterior_is_the_prior() -> None:
    assert gaussian_kl(torch.zeros(2, 5), torch.zeros(2, 5)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("sign", [-1, 1])
def test_kl_is_never_negative_and_exact_close_to_the_prior(sign: int) -> None:
    logvar = sign * torch.logspace(-12, math.log10(60), 200_000)[:, None]
    kl = gaussian_kl(torch.zeros_like(logvar), logvar)
    exact = 0.5 * (logvar.double().expm1() - logvar.double()).squeeze(1)
    assert (kl >= 0).all()
    torch.testing.assert_close(kl.double(), exact, rtol=1e-5, atol=1e-7)


# Reconstruction


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


def test_cross_entropy_of_black_and_white_pixels_is_minus_their_log_probability() -> None:
    logits = torch.randn(5, 3, 4, 4, generator=torch.Generator().manual_seed(0)) * 5
    x = (logits > 1).float()
    expected = -Bernoulli(logits=logits.double()).log_prob(x.double()).sum((1, 2, 3))
    torch.testing.assert_close(bernoulli_nats(logits, x).double(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.01, 0.2, 2.0])
def test_gaussian_nats_are_minus_the_log_density(sigma: float) -> None:
    mean, x = torch.rand(2, 5, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    expected = -Normal(mean.double(), sigma).log_prob(x.double()).sum((1, 2, 3))
    torch.testing.assert_close(gaussian_nats(mean, x, sigma).double(), expected, rtol=1e-5, atol=1e-6)


def test_the_gaussian_likelihood_takes_its_sigma_from_the_config() -> None:
    mean, x = torch.rand(2, 5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    config = TrainConfig(likelihood="gaussian", gaussian_sigma=0.5)
    assert torch.equal(LIKELIHOODS["gaussian"].nats(mean, x, config), gaussian_nats(mean, x, 0.5))


@pytest.mark.parametrize("nats", [bernoulli_nats, lambda raw, x: gaussian_nats(raw, x, 0.2)])
@pytest.mark.parametrize("shape", [(2, 1, 4, 3), (1, 1, 4, 4), (2, 16), (2, 3, 4, 4)])
def test_shapes_that_would_broadcast_are_refused(nats: Callable[..., Tensor], shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeMismatch, match=r"output has shape \(2, 1, 4, 4\) and the images"):
        nats(torch.zeros(2, 1, 4, 4), torch.zeros(shape))


# The ELBO


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_terms_are_one_number_per_image_and_add_up(changes: dict[str, object]) -> None:
    model = build_vae(parse_config(changes))
    terms = elbo_terms(model, *batch(model), beta=3.5)
    assert terms.reconstruction.shape == terms.kl.shape == terms.loss.shape == (6,)
    torch.testing.assert_close(terms.loss, terms.reconstruction + 3.5 * terms.kl, rtol=1e-6, atol=0)


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_the_loss_is_unchanged_when_the_batch_is_duplicated(changes: dict[str, object]) -> None:
    model = build_vae(parse_config(changes))
    x, noise = batch(model)
    once = elbo_terms(model, x, noise, beta=2.0)
    twice = elbo_terms(model, torch.cat([x, x]), torch.cat([noise, noise]), beta=2.0)
    for name in ("reconstruction", "kl", "loss"):
        torch.testing.assert_close(getattr(twice, name).mean(), getattr(once, name).mean(), rtol=1e-5, atol=0)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_doubling_the_pixels_doubles_reconstruction_and_leaves_kl_alone(likelihood: str) -> None:
    model = build_vae(parse_config({**SMALL, "likelihood": likelihood}))
    x, noise = batch(model)
    doubled = SimpleNamespace(
        config=model.config,
        encode=lambda pixels: model.encode(pixels[:, :, :8]),
        decode=lambda z: torch.cat([model.decode(z)] * 2, dim=2),  # (B, C, H, W) -> (B, C, 2 · H, W)
    )
    once, twice = elbo_terms(model, x, noise, 1.0), elbo_terms(doubled, torch.cat([x, x], dim=2), noise, 1.0)
    torch.testing.assert_close(twice.reconstruction, 2 * once.reconstruction, rtol=1e-5, atol=0)
    assert torch.equal(twice.kl, once.kl)


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_the_derivative_of_the_loss_by_beta_is_the_kl(changes: dict[str, object]) -> None:
    model = build_vae(parse_config(changes))
    beta = torch.tensor(0.7, requires_grad=True)
    terms = elbo_terms(model, *batch(model), beta)
    (slope,) = torch.autograd.grad(terms.loss.sum(), beta)
    torch.testing.assert_close(slope, terms.kl.sum(), rtol=1e-6, atol=0)


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_the_same_batch_gives_the_same_loss_in_training_and_in_evaluation_mode(changes: dict[str, object]) -> None:
    model = build_vae(parse_config(changes))
    arguments = batch(model)
    losses = [elbo_terms(model.train(mode), *arguments, beta=2.0).loss for mode in (True, False)]
    assert torch.equal(*losses)


@pytest.mark.parametrize("logvar", [-60.0, -30.0, 0.0, 30.0, 60.0])
@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_loss_and_gradients_are_finite_for_any_logvar_up_to_60(changes: dict[str, object], logvar: float) -> None:
    model = with_posterior(build_vae(parse_config(changes)), mu=0.5, logvar=logvar)
    terms = elbo_terms(model, *batch(model), beta=1.0)
    terms.loss.mean().backward()
    assert terms.loss.isfinite().all()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in model.parameters())


def test_kl_and_its_gradient_are_not_clamped_anywhere_up_to_60() -> None:
    logvar = torch.linspace(-60, 60, 241, requires_grad=True)
    gaussian_kl_per_dim(torch.zeros(241), logvar).sum().backward()
    torch.testing.assert_close(logvar.grad, 0.5 * (logvar.detach().exp() - 1), rtol=1e-5, atol=1e-6)


def test_beyond_float32_the_loss_is_infinite_and_not_quietly_another_one() -> None:
    assert gaussian_kl(torch.zeros(1, 1), torch.full((1, 1), 95.0)).item() == math.inf
