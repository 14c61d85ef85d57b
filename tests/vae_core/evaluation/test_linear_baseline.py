"""Principal components as the model to beat: scikit-learn's, and a bound as good as its exact value allows."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from vae_core.config import parse_config
from vae_core.data.registry import load
from vae_core.evaluation import linear_baseline

IMAGES = torch.from_numpy(load("digits", "train").images)


def some(count: int, shape: tuple[int, int, int]) -> torch.Tensor:
    """Bright, even pictures, which float32 finds hard."""
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((count, 4)) * [8, 4, 2, 1]
    pixels = int(np.prod(shape))
    pictures = 180 + factors @ rng.standard_normal((4, pixels)) + 8 * rng.standard_normal((count, pixels))
    return torch.from_numpy(np.clip(pictures, 0, 255).astype(np.uint8).reshape(count, *shape))


@pytest.mark.parametrize(
    ("images", "dim"), [(IMAGES, 2), (IMAGES, 10), (some(40, (3, 8, 8)), 3), (some(50, (3, 20, 20)), 2)]
)
def test_it_is_scikit_learns_pca(images: torch.Tensor, dim: int) -> None:
    model = linear_baseline.fit(images, dim)
    x = images.flatten(1).numpy().astype(np.float64) / 255
    expected = PCA(dim, svd_solver="full").fit(x)
    variances = expected.explained_variance_ * (len(x) - 1) / len(x)  # maximum likelihood divides by N
    got = np.square(model.weight, dtype=np.float64).sum(axis=0) + model.sigma**2
    np.testing.assert_allclose(got, variances, rtol=2e-3)
    axes = model.weight / np.linalg.norm(model.weight, axis=0)
    np.testing.assert_allclose(np.abs(np.sum(axes.T * expected.components_, axis=1)), 1, atol=1e-3)
    np.testing.assert_allclose(model.mean, expected.mean_, atol=1e-6)


def test_the_same_images_give_the_same_model_whatever_torchs_and_numpys_state() -> None:
    first = linear_baseline.fit(IMAGES, 2)
    torch.rand(1), np.random.rand(1)
    second = linear_baseline.fit(IMAGES, 2)
    assert first.weight.tobytes() == second.weight.tobytes()
    assert (np.take_along_axis(first.weight, np.abs(first.weight).argmax(axis=0)[None], axis=0) > 0).all()


def test_dimensions_that_the_images_do_not_vary_in_are_the_priors() -> None:
    model = linear_baseline.fit(IMAGES[:3], 5)
    mu, logvar = model.encode(IMAGES[:3].flatten(1).numpy().astype(np.float32) / 255)
    np.testing.assert_allclose(mu[:, 2:], 0, atol=1e-5)
    np.testing.assert_allclose(logvar[:, 2:], 0, atol=1e-4)


def test_one_image_alone_is_its_own_mean() -> None:
    model = linear_baseline.fit(IMAGES[:1], 2)
    np.testing.assert_allclose(model.decode(np.ones((1, 2), np.float32))[0], IMAGES[0].flatten() / 255, atol=0.01)


def test_its_bound_is_the_exact_evidence_where_its_posterior_is_exact() -> None:
    """−ELBO of probabilistic PCA is −log N(x; mean, W Wᵀ + σ² I), where nothing decoded lies beyond black and white."""
    images = some(400, (1, 6, 6)) // 2
    model = linear_baseline.fit(images, 2)
    config = parse_config({"dataset": "digits", "likelihood": "gaussian", "gaussian_sigma": model.sigma})
    reconstruction, kl = linear_baseline.score(model, config, images)
    x = images.flatten(1).numpy() / 255 - model.mean.astype(np.float64)
    covariance = model.weight.astype(np.float64) @ model.weight.T + model.sigma**2 * np.eye(36)
    quadratic = np.einsum("np,pq,nq->n", x, np.linalg.inv(covariance), x)
    evidence = -0.5 * (quadratic + np.linalg.slogdet(2 * np.pi * covariance)[1]).mean()
    assert reconstruction + kl == pytest.approx(-evidence, abs=0.15)


def test_an_autoencoders_has_no_kl() -> None:
    model = linear_baseline.fit(IMAGES, 2)
    assert linear_baseline.score(model, parse_config({"objective": "autoencoder"}), IMAGES[:50])[1] == 0
