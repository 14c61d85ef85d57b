"""KL, MMD and total correlation: each against an independent value, at the places where the usual mistakes differ."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from vae_core.model.divergences import (
    cholesky_kl_per_dim,
    gaussian_kl,
    gaussian_kl_from_sigma,
    gaussian_kl_from_variance,
    gaussian_kl_per_dim,
    gaussian_log_density,
    log_density_ratio,
    mean_discrepancy,
)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# KL in three parametrisations


@pytest.mark.parametrize("mu", [-3.0, 0.0, 0.7])
@pytest.mark.parametrize("sigma", [0.01, 0.1, 0.5, 1.0, 2.0, 10.0])
def test_gaussian_kl_agrees_with_torch_distributions(mu: float, sigma: float) -> None:
    means, std = torch.full((3, 4), mu), torch.full((3, 4), sigma)
    expected = kl_divergence(Normal(means, std), Normal(0.0, 1.0))
    torch.testing.assert_close(gaussian_kl_per_dim(means, 2 * std.log()), expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(gaussian_kl(means, 2 * std.log()), expected.sum(1), rtol=1e-5, atol=1e-6)


def test_sigma_variance_and_log_variance_write_the_same_kl() -> None:
    mu, sigma = noise(50, 6).double(), noise(50, 6, seed=1).double().exp()
    by_logvar = gaussian_kl(mu, 2 * sigma.log())
    torch.testing.assert_close(gaussian_kl_from_sigma(mu, sigma), by_logvar, rtol=1e-12, atol=0)
    torch.testing.assert_close(gaussian_kl_from_variance(mu, sigma.square()), by_logvar, rtol=1e-12, atol=0)


@pytest.mark.parametrize("kl", [gaussian_kl_from_sigma, gaussian_kl_from_variance])
def test_the_other_parametrisations_are_zero_at_the_prior_and_sum_over_dimensions(kl: object) -> None:
    assert callable(kl)
    assert kl(torch.zeros(2, 5), torch.ones(2, 5)).tolist() == [0.0, 0.0]
    assert kl(torch.full((1, 5), 2.0), torch.ones(1, 5)).tolist() == [10.0]


@pytest.mark.parametrize(("mu", "sigma"), [(0.7, 0.5), (-1.5, 2.0), (0.0, 0.1)])
def test_gaussian_kl_agrees_with_a_million_samples_of_the_posterior(mu: float, sigma: float) -> None:
    z = mu + sigma * noise(1_000_000).double()
    one = torch.ones(()).double()
    log_ratio = Normal(mu * one, sigma * one).log_prob(z) - Normal(0 * one, one).log_prob(z)
    kl = gaussian_kl(torch.full((1, 1), mu), torch.full((1, 1), 2 * math.log(sigma))).item()
    assert abs(log_ratio.mean().item() - kl) < 4 * log_ratio.std().item() / 1000


def test_kl_is_zero_when_the_posterior_is_the_prior() -> None:
    assert gaussian_kl(torch.zeros(2, 5), torch.zeros(2, 5)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("sign", [-1, 1])
def test_kl_is_never_negative_and_exact_close_to_the_prior(sign: int) -> None:
    logvar = sign * torch.logspace(-12, math.log10(60), 200_000)[:, None]
    kl = gaussian_kl(torch.zeros_like(logvar), logvar)
    exact = 0.5 * (logvar.double().expm1() - logvar.double()).squeeze(1)
    assert (kl >= 0).all()
    torch.testing.assert_close(kl.double(), exact, rtol=1e-5, atol=1e-7)


def test_kl_and_its_gradient_are_not_clamped_anywhere_up_to_60() -> None:
    logvar = torch.linspace(-60, 60, 241, requires_grad=True)
    gaussian_kl_per_dim(torch.zeros(241), logvar).sum().backward()
    torch.testing.assert_close(logvar.grad, 0.5 * (logvar.detach().exp() - 1), rtol=1e-5, atol=1e-6)


def test_beyond_float32_the_loss_is_infinite_and_not_quietly_another_one() -> None:
    assert gaussian_kl(torch.zeros(1, 1), torch.full((1, 1), 95.0)).item() == math.inf


# KL of a whole covariance matrix


def factors(count: int, dim: int) -> Tensor:
    """Lower triangular, with a positive diagonal: (count, dim, dim)"""
    raw = noise(count, dim, dim, seed=2).double()
    return raw.tril(-1) + torch.diag_embed(raw.diagonal(dim1=1, dim2=2).exp())


def test_cholesky_kl_agrees_with_torch_distributions() -> None:
    mu, factor = noise(20, 4).double(), factors(20, 4)
    prior = MultivariateNormal(torch.zeros(4).double(), torch.eye(4).double())
    expected = kl_divergence(MultivariateNormal(mu, scale_tril=factor), prior)
    torch.testing.assert_close(cholesky_kl_per_dim(mu, factor).sum(1), expected, rtol=1e-9, atol=1e-9)


def test_each_dimensions_share_of_the_cholesky_kl_is_that_of_its_conditional_and_never_negative() -> None:
    mu, factor = noise(20, 4).double(), factors(20, 4)
    shares = cholesky_kl_per_dim(mu, factor)
    assert (shares >= 0).all()
    for dims in range(1, 5):  # the first d dimensions are a Gaussian of their own
        prior = MultivariateNormal(torch.zeros(dims).double(), torch.eye(dims).double())
        leading = MultivariateNormal(mu[:, :dims], scale_tril=factor[:, :dims, :dims])
        torch.testing.assert_close(shares[:, :dims].sum(1), kl_divergence(leading, prior), rtol=1e-9, atol=1e-9)


def test_a_diagonal_factor_gives_the_diagonal_kl() -> None:
    mu, logvar = noise(7, 3), noise(7, 3, seed=1)
    shares = cholesky_kl_per_dim(mu, torch.diag_embed((0.5 * logvar).exp()))
    torch.testing.assert_close(shares, gaussian_kl_per_dim(mu, logvar), rtol=1e-4, atol=1e-6)


# MMD


def test_mmd_is_zero_on_average_for_draws_from_the_prior() -> None:
    values = torch.stack([mean_discrepancy(noise(100, 2, seed=seed)) for seed in range(400)])
    assert abs(values.mean().item()) < 4 * values.std().item() / 20
    assert values.min().item() < 0, "an unbiased estimate lies on both sides"


@pytest.mark.parametrize("dim", [1, 3])
def test_mmd_agrees_with_the_kernel_means_of_many_draws(dim: int) -> None:
    z, prior, other = 0.5 * noise(200, dim) + 1, noise(3000, dim, seed=1), noise(3000, dim, seed=2)
    expected = 0.0
    for width in (0.25 * dim, dim, 4 * dim):
        kernel = [torch.exp(-torch.cdist(a, b).square() / (2 * width)) for a, b in ((z, z), (z, prior), (prior, other))]
        pairs = (kernel[0].sum() - 200) / (200 * 199)
        expected += (pairs - 2 * kernel[1].mean() + kernel[2].mean()).item() / 3
    assert mean_discrepancy(z).item() == pytest.approx(expected, abs=0.02)


def test_the_mmd_of_two_points_is_written_out_by_hand() -> None:
    expected = 0.0
    for width in (0.25, 1.0, 4.0):
        to_prior = (
            (width / (width + 1)) ** 0.5 * (math.exp(-1 / (2 * (width + 1))) + math.exp(-4 / (2 * (width + 1)))) / 2
        )
        expected += (math.exp(-9 / (2 * width)) - 2 * to_prior + (width / (width + 2)) ** 0.5) / 3
    assert mean_discrepancy(torch.tensor([[-1.0], [2.0]])).item() == pytest.approx(expected, rel=1e-5)


def test_the_mmd_of_a_tight_cluster_far_away_loses_no_digits_in_float32() -> None:
    z = 50 + 0.01 * noise(40, 2)
    assert mean_discrepancy(z).item() == pytest.approx(mean_discrepancy(z.double()).item(), rel=1e-6)


def test_mmd_grows_as_the_points_leave_the_prior_and_pulls_them_back() -> None:
    near, far = noise(200, 2) + 0.5, (noise(200, 2) + 2).requires_grad_()
    assert mean_discrepancy(near) < mean_discrepancy(far)
    (slope,) = torch.autograd.grad(mean_discrepancy(far), far)
    assert slope.mean() > 0, "against the slope is towards the prior"


# Total correlation


def full_data_ratio(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """log q(z) − Σ log q(z_d) with q the mean over all rows, written with torch.distributions."""
    log_q = Normal(mu[None], (0.5 * logvar[None]).exp()).log_prob(z[:, None])  # (B, N, D)
    joint = log_q.sum(2).logsumexp(1) - math.log(len(mu))
    return joint - (log_q.logsumexp(1) - math.log(len(mu))).sum(1)


def test_on_the_whole_data_set_the_ratio_is_exact() -> None:
    mu, logvar = noise(40, 3).double(), noise(40, 3, seed=1).double() - 1
    z = mu + (0.5 * logvar).exp() * noise(40, 3, seed=2).double()
    ratio = log_density_ratio(z, mu, logvar, dataset_size=40)
    torch.testing.assert_close(ratio, full_data_ratio(z, mu, logvar), rtol=1e-9, atol=1e-9)


def test_a_batch_of_two_from_many_gives_the_other_image_the_weight_of_all_the_rest() -> None:
    mu, logvar, z = noise(2, 2).double(), noise(2, 2, seed=1).double() - 1, noise(2, 2, seed=2).double()
    density = gaussian_log_density(z[:, None], mu[None], logvar[None]).exp()  # (2, 2, 2)
    weights = torch.tensor([[0.1, 0.9], [0.9, 0.1]]).double()
    joint = (weights * density.prod(2)).sum(1).log()
    marginals = (weights[:, :, None] * density).sum(1).log().sum(1)
    torch.testing.assert_close(log_density_ratio(z, mu, logvar, dataset_size=10), joint - marginals)


def test_the_batch_ratio_of_joint_densities_is_unbiased_for_the_whole_data_set() -> None:
    mu, logvar = noise(30, 2).double(), torch.full((30, 2), -2.0).double()
    z = mu[:1] + (0.5 * logvar[:1]).exp() * noise(1, 2, seed=1).double()
    true = Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(1).exp().mean().item()
    generator = torch.Generator().manual_seed(0)
    estimates = []
    for _ in range(3000):
        others = 1 + torch.randperm(29, generator=generator)[:9]
        rows = torch.cat([torch.zeros(1, dtype=torch.long), others])
        weights = torch.tensor([1 / 30] + [29 / (30 * 9)] * 9).double()
        densities = gaussian_log_density(z, mu[rows], logvar[rows]).sum(1).exp()
        estimates.append((weights * densities).sum())
    values = torch.stack(estimates)
    assert abs(values.mean().item() - true) < 4 * values.std().item() / 3000**0.5


def test_one_image_alone_has_neither_discrepancy_nor_total_correlation_and_pulls_at_nothing() -> None:
    z = torch.tensor([[3.0, -2.0]], requires_grad=True)
    for value in (mean_discrepancy(z), log_density_ratio(z, z, torch.zeros_like(z), 100).sum()):
        assert value.item() == 0
        (slope,) = torch.autograd.grad(value, z)
        assert slope.tolist() == [[0, 0]]


def test_correlated_means_have_total_correlation_and_independent_ones_none() -> None:
    line = noise(400, 1).double()
    together, apart = torch.cat([line, line], dim=1), noise(400, 2, seed=1).double()
    logvar = torch.full((400, 2), -3.0).double()
    found = [
        log_density_ratio(mu + (0.5 * logvar).exp() * noise(400, 2, seed=3).double(), mu, logvar, 400).mean().item()
        for mu in (together, apart)
    ]
    assert found[0] > 0.8
    assert abs(found[1]) < 0.25


def test_gaussian_log_density_is_torchs() -> None:
    z, mu, logvar = noise(9, 3), noise(9, 3, seed=1), noise(9, 3, seed=2)
    expected = Normal(mu, (0.5 * logvar).exp()).log_prob(z)
    torch.testing.assert_close(gaussian_log_density(z, mu, logvar), expected, rtol=1e-5, atol=1e-5)
