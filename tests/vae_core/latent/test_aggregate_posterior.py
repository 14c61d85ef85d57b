"""All posteriors together: their density, and what part of a source falls where they have no images."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from vae_core.evaluation.aggregate_posterior import prior_holes
from vae_core.latent import aggregate_posterior


def posteriors(count: int = 50) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    return random.normal(size=(count, 2)), random.uniform(-3, 1, size=(count, 2))


def test_the_aggregate_density_is_that_of_the_mixture_of_all_posteriors() -> None:
    mu, logvar = posteriors()
    z = np.random.default_rng(4).normal(size=(700, 2))  # more than one chunk
    parts = Independent(Normal(torch.tensor(mu), torch.tensor(logvar).mul(0.5).exp()), 1)
    mixture = MixtureSameFamily(Categorical(torch.ones(len(mu), dtype=torch.float64)), parts)
    expected = mixture.log_prob(torch.tensor(z))
    np.testing.assert_allclose(aggregate_posterior.log_density(z, mu, logvar), expected, rtol=1e-9, atol=1e-9)


def test_points_that_are_widened_are_as_wide_as_asked() -> None:
    points = aggregate_posterior.widened(np.full((1, 2), -60.0), aggregate_posterior.FINEST_SIGMA)
    peak = aggregate_posterior.log_density(np.zeros((1, 2)), np.zeros((1, 2)), points)[0]
    assert peak == pytest.approx(-math.log(2 * math.pi * aggregate_posterior.FINEST_SIGMA**2))


def test_far_from_every_posterior_the_density_is_small_and_finite() -> None:
    mu, logvar = posteriors()
    assert np.isfinite(aggregate_posterior.log_density(np.full((1, 2), 1e3), mu, logvar)).all()


def test_the_prior_density_is_the_standard_normals() -> None:
    z = np.random.default_rng(5).normal(size=(9, 3)).astype(np.float32)
    expected = Normal(0.0, 1.0).log_prob(torch.tensor(z).double()).sum(1)
    np.testing.assert_allclose(aggregate_posterior.prior_log_density(z), expected, rtol=1e-12)


def test_a_posterior_that_is_the_prior_leaves_no_holes_and_one_that_is_far_away_leaves_only_holes() -> None:
    assert aggregate_posterior.prior_share_in_holes(np.zeros((1, 2)), np.zeros((1, 2))) == 0
    assert aggregate_posterior.prior_share_in_holes(np.full((1, 2), 50.0), np.zeros((1, 2))) == 1


def test_the_share_in_holes_is_the_priors_mass_beyond_where_the_densities_part() -> None:
    # q = N(0, s² I) in the plane: q < p / 20 beyond the radius where r² (1 / s² - 1) / 2 = log 20 - log s²
    variance = 0.25
    radius_squared = 2 * (math.log(20) - math.log(variance)) / (1 / variance - 1)
    expected = math.exp(-radius_squared / 2)  # P(|z|² > r²) for two dimensions
    share = aggregate_posterior.prior_share_in_holes(
        np.zeros((1, 2)), np.full((1, 2), math.log(variance)), count=20_000
    )
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 20_000))


def test_none_of_its_own_draws_fall_into_holes() -> None:
    mu, logvar = posteriors()
    z = aggregate_posterior.draws(mu, logvar)
    assert aggregate_posterior.share_in_holes(z, aggregate_posterior.log_density(z, mu, logvar), mu, logvar) == 0


def test_the_spacing_of_a_grid_is_the_way_to_the_neighbour_across() -> None:
    grid = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), axis=-1).reshape(-1, 2)
    assert aggregate_posterior.spacing(grid)[40] == pytest.approx(math.sqrt(2))  # the middle's eight neighbours


def test_a_width_for_each_posterior_is_a_least_width_of_its_own() -> None:
    logvar = np.array([[-60.0, -60.0], [0.0, 0.0]])
    widened = aggregate_posterior.widened(logvar, np.array([0.5, 0.5]))
    np.testing.assert_allclose(widened, np.log([[0.25, 0.25], [1.0, 1.0]]))


def test_smoothed_posteriors_reach_to_their_eighth_neighbour_and_the_wider_stay_as_they_are() -> None:
    grid = np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), axis=-1).reshape(-1, 2)
    points, wide = np.full(grid.shape, -60.0), np.full(grid.shape, math.log(100.0))
    assert aggregate_posterior.smoothed(grid, points)[40] == pytest.approx(math.log(2.0))
    np.testing.assert_array_equal(aggregate_posterior.smoothed(grid, wide), wide)


def test_smoothing_fills_the_gaps_between_points() -> None:
    mu = np.random.default_rng(6).normal(size=(800, 2))
    points = np.full(mu.shape, -60.0)
    assert aggregate_posterior.prior_share_in_holes(mu, points) > 0.9
    assert aggregate_posterior.prior_share_in_holes(mu, aggregate_posterior.smoothed(mu, points)) < 0.02


def test_torch_finds_as_much_of_the_prior_in_holes() -> None:
    mu, logvar = posteriors(20)
    logvar -= 2.0
    share = aggregate_posterior.prior_share_in_holes(mu, logvar)
    told = prior_holes(torch.tensor(mu), torch.tensor(logvar))
    assert share == pytest.approx(told.prior_share, abs=4 * math.sqrt(0.25 / 2000))
    assert share > 0


def test_draws_have_the_posteriors_means_and_widths_and_repeat() -> None:
    mu, logvar = np.tile([[2.0, -1.0]], (20_000, 1)), np.tile([[math.log(4), math.log(0.01)]], (20_000, 1))
    z = aggregate_posterior.draws(mu, logvar, seed=7)
    np.testing.assert_allclose(z.mean(0), [2, -1], atol=4 * 2 / math.sqrt(20_000))
    np.testing.assert_allclose(z.std(0), [2, 0.1], rtol=0.03)
    assert np.array_equal(z, aggregate_posterior.draws(mu, logvar, seed=7))
