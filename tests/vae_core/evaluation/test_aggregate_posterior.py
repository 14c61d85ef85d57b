"""All posteriors together: their density, and holes in the prior where their share can be calculated."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core.errors import ShapeMismatch
from vae_core.evaluation import aggregate_posterior
from vae_core.evaluation.aggregate_posterior import prior_holes
from vae_core.latent import aggregate_posterior as in_numpy
from vae_core.latent.aggregate_posterior import HOLE_NATS


def gaussian_aggregate(count: int, dim: int, spread: float, sigma: float) -> tuple[Tensor, Tensor]:
    """Posteriors N(mu, sigma²) whose means are such that together they are N(0, spread² I)."""
    mu = (spread**2 - sigma**2) ** 0.5 * torch.randn(count, dim, generator=torch.Generator().manual_seed(7))
    return mu, torch.full_like(mu, 2 * math.log(sigma))


@pytest.mark.parametrize("dim", [1, 2, 7])
def test_torch_and_numpy_have_one_log_density(dim: int) -> None:
    random = np.random.default_rng(dim)
    mu, logvar = random.normal(scale=3, size=(300, dim)), random.uniform(-12, 2, size=(300, dim))
    z = np.concatenate([random.normal(size=(400, dim)), mu[:50], np.full((1, dim), 40.0)])
    told = aggregate_posterior.log_density(*map(torch.from_numpy, (z, mu, logvar)))
    np.testing.assert_allclose(told.numpy(), in_numpy.log_density(z, mu, logvar), rtol=1e-6, atol=1e-6)


def test_an_image_left_out_of_its_own_density_leaves_that_of_the_others() -> None:
    mu, logvar = torch.randn(2, 6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = aggregate_posterior.log_density(mu, mu, logvar, without_own=True)
    for row in range(6):
        others = torch.arange(6) != row
        assert found[row] == pytest.approx(
            aggregate_posterior.log_density(mu[[row]], mu[others], logvar[others]).item()
        )


@pytest.mark.parametrize("spread", [0.4, 0.5, 0.7])
def test_an_aggregate_narrower_than_the_prior_leaves_the_share_that_can_be_calculated(spread: float) -> None:
    found = prior_holes(*gaussian_aggregate(2000, 2, spread, 0.9 * spread), draws=2000)
    # q/p = s⁻² exp(−r²/2 (s⁻² − 1)) < 1/20 beyond a radius r, and the prior's mass there is exp(−r²/2)
    expected = math.exp(-(-HOLE_NATS - 2 * math.log(spread)) / (spread**-2 - 1))
    assert found.prior_share == pytest.approx(expected, abs=max(4 * found.standard_error, 0.004))
    assert found.image_share < 0.01


def test_where_the_aggregate_is_the_prior_there_are_no_holes() -> None:
    found = prior_holes(*gaussian_aggregate(2000, 2, 1.0, 0.5), draws=2000)
    assert found.prior_share < 0.005


def test_images_all_on_one_side_leave_the_other_half_empty() -> None:
    mu, logvar = gaussian_aggregate(2000, 2, 1.0, 0.1)
    mu[:, 0] = mu[:, 0].abs()
    assert prior_holes(mu, logvar, draws=2000).prior_share == pytest.approx(0.5, abs=0.1)


def test_a_few_images_in_many_dimensions_say_that_they_are_too_few() -> None:
    assert prior_holes(*gaussian_aggregate(200, 20, 1.0, 0.2)).image_share > 0.5


def test_shares_do_not_depend_on_how_many_pairs_are_looked_at_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    posteriors = gaussian_aggregate(301, 3, 0.6, 0.3)
    whole = prior_holes(*posteriors, draws=500)
    monkeypatch.setattr(aggregate_posterior, "PAIRS", 1000)
    assert prior_holes(*posteriors, draws=500) == whole
    assert 0 < whole.prior_share < 1


def test_one_image_is_too_few() -> None:
    with pytest.raises(ShapeMismatch, match="at least 2"):
        prior_holes(torch.zeros(1, 2), torch.zeros(1, 2))
