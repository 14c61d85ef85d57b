"""t-SNE of our own: its forces beside brute force, its neighbours beside scikit-learn's."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from vae_core.latent import tsne


def plane(count: int, width: float, seed: int = 0) -> np.ndarray:
    return (width * np.random.default_rng(seed).normal(size=(count, 2))).astype(np.float32)


def blobs(count: int, dims: int = 8, clusters: int = 6) -> np.ndarray:
    """Points (count, dims) of a standard deviation near 1, in clusters."""
    noise = np.random.default_rng(1)
    centres = 3 * noise.normal(size=(clusters, dims))
    points = centres[np.arange(count) % clusters] + noise.normal(size=(count, dims))
    return np.asarray(points / points.std())


@pytest.mark.parametrize("width", [1e-3, 2.0, 25.0, 1e4])
def test_the_repulsion_is_that_of_all_pairs_by_a_grid_or_one_by_one(width: float) -> None:
    y = plane(700, width)
    away = y[:, None].astype(np.float64) - y[None]
    kernel = 1 / (1 + (away**2).sum(axis=2))
    np.fill_diagonal(kernel, 0)
    exact = (kernel[:, :, None] ** 2 * away).sum(axis=1) / kernel.sum()
    off = np.abs(tsne.Repulsion()(y) - exact).max()
    assert off < 0.1 * np.abs(exact).max()


def test_the_attraction_is_that_of_all_affinities_both_ways() -> None:
    y, upper = plane(60, 3.0), tsne.affinities(blobs(60).astype(np.float32), 10.0)
    shares = upper.toarray() + upper.toarray().T
    away = y[:, None] - y[None]
    exact = (shares[:, :, None] * away / (1 + (away**2).sum(axis=2))[:, :, None]).sum(axis=1)
    np.testing.assert_allclose(tsne.Attraction(upper)(y), exact, atol=1e-6)


def test_affinities_add_up_to_one_and_a_point_has_as_many_neighbours_as_the_perplexity_says() -> None:
    upper = tsne.affinities(blobs(200).astype(np.float32), 12.0)
    assert 2 * upper.sum() == pytest.approx(1, abs=1e-4)
    squares = np.random.default_rng(2).random((50, 36)) * 5
    weights = tsne._of_entropy(squares, np.log(12.0))
    np.testing.assert_allclose(np.exp(-(weights * np.log(weights)).sum(axis=1)), 12.0, rtol=1e-3)


def test_a_sample_comes_first_and_the_others_around_it_and_neighbours_stay_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tsne, "SAMPLE", 120)
    monkeypatch.setattr(tsne, "OF_SAMPLE", (tsne.Phase(60, 12.0, 0.5), tsne.Phase(60, 1.0, 0.8)))
    monkeypatch.setattr(tsne, "FROM_SAMPLE", (tsne.Phase(20, 4.0, 0.5), tsne.Phase(80, 1.0, 0.8)))
    points = blobs(500)
    first, *others = tsne.layouts(points, 15.0)
    assert len(others) == 4
    assert first.shape == others[-1].shape == (500, 2)
    assert trustworthiness(points, first) > 0.8
    assert trustworthiness(points, others[-1]) > 0.93
    assert np.isfinite(others[-1]).all()


def test_the_same_points_are_laid_out_the_same_and_those_on_one_spot_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tsne, "FROM_COMPONENTS", (tsne.Phase(30, 12.0, 0.5), tsne.Phase(30, 1.0, 0.8)))
    points = blobs(80)
    points[:20] = points[0]
    *_, one = tsne.layouts(points, 10.0)
    *_, other = tsne.layouts(points, 10.0)
    np.testing.assert_array_equal(one, other)
    assert np.isfinite(one).all()
