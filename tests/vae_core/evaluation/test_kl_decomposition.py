"""The KL's three parts, where the truth can be calculated: the usual estimators, from batches, are wrong by nats."""

import math
from dataclasses import asdict

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from vae_core.errors import ShapeMismatch
from vae_core.evaluation.kl_decomposition import kl_decomposition

PARTS = ("mutual_information", "total_correlation", "dimension_wise_kl")


def factorial_toy(count: int, dim: int, spread: float, sigma: float) -> tuple[Tensor, Tensor]:
    """Means drawn independently in each dimension: q(z) is N(0, spread² + sigma²) in each, up to their sampling."""
    mu = spread * torch.randn(count, dim, generator=torch.Generator().manual_seed(7))
    return mu, torch.full_like(mu, 2 * math.log(sigma))


@pytest.mark.parametrize(("spread", "sigma"), [(0.8, 0.6), (1.0, 0.3), (0.3, 1.0)])
@pytest.mark.parametrize("dim", [2, 3])
def test_on_a_factorial_toy_total_correlation_is_zero_and_mutual_information_is_the_truth(
    spread: float, sigma: float, dim: int
) -> None:
    parts = kl_decomposition(*factorial_toy(1500, dim, spread, sigma))
    total = spread**2 + sigma**2
    mutual_information = dim * 0.5 * math.log(total / sigma**2)  # of z and mu: both are Gaussian
    dimension_wise = dim * kl_divergence(Normal(0.0, total**0.5), Normal(0.0, 1.0)).item()
    assert abs(parts.total_correlation_nats) < 0.1
    assert abs(parts.mutual_information_nats - mutual_information) < 0.1
    assert abs(parts.dimension_wise_kl_nats - dimension_wise) < 0.1


@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.9])
def test_the_total_correlation_of_correlated_dimensions_is_that_of_a_gaussian(correlation: float) -> None:
    factor = torch.linalg.cholesky(torch.tensor([[1.0, correlation], [correlation, 1.0]]))
    mu = torch.randn(1500, 2, generator=torch.Generator().manual_seed(7)) @ factor.T
    parts = kl_decomposition(mu, torch.full_like(mu, 2 * math.log(0.3)))
    expected = -0.5 * math.log(1 - (correlation / 1.09) ** 2)
    assert parts.total_correlation_nats == pytest.approx(expected, abs=0.1)


def test_images_far_apart_are_told_apart_and_the_mutual_information_is_the_logarithm_of_their_number() -> None:
    mu = torch.cartesian_prod(torch.arange(8.0), torch.arange(8.0)) * 10
    parts = kl_decomposition(mu, torch.full_like(mu, -4.0))
    assert parts.mutual_information_nats == pytest.approx(math.log(64), rel=1e-5)
    assert parts.total_correlation_nats == pytest.approx(0.0, abs=1e-4)


def test_equal_posteriors_tell_nothing_and_their_dimensions_are_independent() -> None:
    mu, logvar = torch.full((500, 3), 0.7), torch.full((500, 3), 2 * math.log(0.5))
    parts = kl_decomposition(mu, logvar)
    assert parts.total_correlation_nats == pytest.approx(0.0, abs=1e-4)
    assert parts.mutual_information_nats == pytest.approx(0.0, abs=1e-4)
    assert parts.dimension_wise_kl_nats == pytest.approx(parts.kl_nats, abs=1e-4)


@pytest.mark.parametrize("count", [1, 5, 300])
def test_the_three_parts_add_up_to_the_mean_kl(count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    mu, logvar = torch.randn(2, count, 4, generator=generator)
    parts = kl_decomposition(mu, logvar)
    posterior = Normal(mu.double(), (logvar.double() / 2).exp())
    kl = kl_divergence(posterior, Normal(torch.zeros(()).double(), 1.0)).sum(1).mean().item()
    three = parts.mutual_information_nats + parts.total_correlation_nats + parts.dimension_wise_kl_nats
    assert three == pytest.approx(kl, rel=1e-9)
    assert parts.kl_nats == pytest.approx(kl, rel=1e-9)


def test_parts_agree_with_many_more_draws_of_the_definition_in_distributions() -> None:
    mu, logvar = torch.randn(2, 60, 3, generator=torch.Generator().manual_seed(1))
    each = Normal(mu.double(), (logvar.double() / 2).exp())
    torch.manual_seed(5)
    z = each.sample((500,)).flatten(0, 1)  # (30000, 3)
    log_q = each.log_prob(z[:, None])  # (30000, 60, 3)
    joint, marginals = log_q.sum(2).exp().mean(1).log(), log_q.exp().mean(1).log().sum(1)
    own = log_q.sum(2)[torch.arange(len(z)), torch.arange(60).repeat(500)]
    prior = Normal(torch.zeros(()).double(), 1.0).log_prob(z).sum(1)
    parts = asdict(kl_decomposition(mu, logvar))
    for part, ratio in zip(PARTS, (own - joint, joint - marginals, marginals - prior), strict=True):
        error = math.hypot(parts[f"{part}_error_nats"], ratio.std().item() / len(z) ** 0.5)
        assert parts[f"{part}_nats"] == pytest.approx(ratio.mean().item(), abs=3 * error)


def test_parts_do_not_depend_on_how_many_pairs_are_looked_at_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    mu, logvar = factorial_toy(301, 3, 0.8, 0.6)
    whole = asdict(kl_decomposition(mu, logvar))
    monkeypatch.setattr("vae_core.evaluation.kl_decomposition.PAIRS_AT_ONCE", 1000)
    np.testing.assert_allclose(list(asdict(kl_decomposition(mu, logvar)).values()), list(whole.values()), atol=1e-5)


def test_the_same_seed_gives_the_same_parts_and_another_seed_others() -> None:
    mu, logvar = factorial_toy(200, 2, 0.8, 0.6)
    assert kl_decomposition(mu, logvar) == kl_decomposition(mu, logvar) != kl_decomposition(mu, logvar, seed=1)


@pytest.mark.parametrize("shapes", [((3, 2), (3, 1)), ((3, 2), (2, 2)), ((3,), (3,)), ((0, 2), (0, 2))])
def test_posteriors_that_do_not_match_are_refused(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(ShapeMismatch, match="should both have shape"):
        kl_decomposition(*(torch.zeros(shape) for shape in shapes))


def test_the_error_that_is_told_is_that_of_another_seeds_parts() -> None:
    mu, logvar = factorial_toy(60, 3, 0.8, 0.6)
    told = [asdict(kl_decomposition(mu, logvar, seed=seed)) for seed in range(12)]
    for part in PARTS:
        spread = np.std([each[f"{part}_nats"] for each in told], ddof=1)
        assert 0.5 * spread < told[0][f"{part}_error_nats"] < 2 * spread


@pytest.mark.parametrize("seed", range(1, 5))
def test_no_part_is_negative_and_none_exceeds_the_whole_where_hardly_anything_is_encoded(seed: int) -> None:
    mu = 0.1 * torch.randn(297, 16, generator=torch.Generator().manual_seed(seed))
    parts = asdict(kl_decomposition(mu, torch.full_like(mu, -0.01)))
    three = [parts[f"{part}_nats"] for part in PARTS]
    assert min(three) >= 0
    assert sum(three) == pytest.approx(parts["kl_nats"], rel=1e-9)


def test_a_posterior_of_twice_the_weight_counts_as_two() -> None:
    mu, logvar = torch.randn(2, 20, 2, generator=torch.Generator().manual_seed(3))
    weights = torch.ones(20, dtype=torch.float64)
    weights[:5] = 2
    rows = torch.arange(20).repeat_interleave(weights.int())
    weighted = asdict(kl_decomposition(mu, logvar, weights / 25))
    doubled = asdict(kl_decomposition(mu[rows], logvar[rows]))
    assert weighted["kl_nats"] == pytest.approx(doubled["kl_nats"], rel=1e-9)
    for part in PARTS:
        error = math.hypot(weighted[f"{part}_error_nats"], doubled[f"{part}_error_nats"])
        assert weighted[f"{part}_nats"] == pytest.approx(doubled[f"{part}_nats"], abs=3 * error)
