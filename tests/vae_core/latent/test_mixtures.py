"""The mixture that new images are drawn from: its density, its draws, and what may be asked for."""

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from vae_core.errors import ConfigInvalid
from vae_core.latent import aggregate_posterior, mixtures
from vae_core.latent.mixtures import Mixture

TWO = Mixture(
    weights=np.array([0.25, 0.75]),
    means=np.array([[-3.0, 0.0], [2.0, 1.0]]),
    covariances=np.array([[[1.0, 0.6], [0.6, 0.5]], [[0.2, -0.1], [-0.1, 0.3]]]),
)


def test_its_density_is_that_of_torchs_mixture() -> None:
    z = np.random.default_rng(0).normal(scale=3, size=(40, 2))
    parts = MultivariateNormal(torch.tensor(TWO.means), torch.tensor(TWO.covariances))
    expected = MixtureSameFamily(Categorical(torch.tensor(TWO.weights)), parts).log_prob(torch.tensor(z))
    np.testing.assert_allclose(TWO.log_density(z), expected, rtol=1e-10)


def test_its_draws_have_its_mean_and_covariance() -> None:
    z = TWO.draws(40_000, seed=1)
    mean = TWO.weights @ TWO.means
    around = TWO.means - mean
    covariance = np.einsum("k,kij->ij", TWO.weights, TWO.covariances + np.einsum("ki,kj->kij", around, around))
    np.testing.assert_allclose(z.mean(0), mean, atol=0.05)
    np.testing.assert_allclose(np.cov(z.T), covariance, atol=0.1)
    assert np.array_equal(z, TWO.draws(40_000, seed=1))


def two_clusters() -> tuple[np.ndarray, np.ndarray]:
    mu = np.repeat([[-3.0, 0.0], [3.0, 1.0]], [200, 600], axis=0)
    order = np.random.default_rng(2).permutation(len(mu))
    return mu[order], np.full((len(mu), 2), np.log(0.25))


def test_it_finds_the_clusters_that_are_there() -> None:
    mixture, held_out_nats = mixtures.fit(*two_clusters(), 2)
    order = np.argsort(mixture.means[:, 0])
    np.testing.assert_allclose(mixture.weights[order], [0.25, 0.75], atol=0.05)
    np.testing.assert_allclose(mixture.means[order], [[-3, 0], [3, 1]], atol=0.15)
    np.testing.assert_allclose(mixture.covariances[order], [np.eye(2) * 0.25] * 2, atol=0.08)
    # the true density's mean log: -H of the Gaussians, and of which of the two it is
    entropy = np.log(2 * np.pi * np.e * 0.25) - 0.25 * np.log(0.25) - 0.75 * np.log(0.75)
    assert held_out_nats == pytest.approx(-entropy, abs=0.15)


def test_one_gaussian_fits_two_clusters_worse_than_two() -> None:
    assert mixtures.fit(*two_clusters(), 1)[1] < mixtures.fit(*two_clusters(), 2)[1] - 0.3


def test_fitting_again_gives_the_same() -> None:
    one, other = (mixtures.fit(*two_clusters(), 3)[0] for _ in range(2))
    assert np.array_equal(one.means, other.means)


@pytest.mark.parametrize("components", [0, 41, -1])
def test_a_number_of_parts_that_cannot_be_is_refused(components: int) -> None:
    with pytest.raises(ConfigInvalid, match=rf"expected 1 to 40 for 800 images and got {components}"):
        mixtures.fit(*two_clusters(), components)


@pytest.mark.parametrize("count", range(1, 12))
@pytest.mark.parametrize("spread", [1.0, 0.0])
def test_of_few_images_there_is_a_mixture_with_all_its_figures_or_a_sentence(count: int, spread: float) -> None:
    mu = np.random.default_rng(count).normal(size=(count, 2)) * spread
    logvar = np.full((count, 2), -4.0)
    if count < mixtures.FEWEST_IMAGES:
        with pytest.raises(ConfigInvalid, match=rf"needs 3 images or more on the map, and there are {count}$"):
            mixtures.fit(mu, logvar, 1)
        return
    for components in range(1, count // 2 + 1):
        mixture, held_out_nats = mixtures.fit(mu, logvar, components)
        assert np.isfinite(held_out_nats)
        assert mixture.weights.sum() == pytest.approx(1)
    smoothed = aggregate_posterior.smoothed(mu, logvar)
    assert smoothed.shape == (count, 2)
    assert 0 <= aggregate_posterior.prior_share_in_holes(mu, smoothed, count=100) <= 1
