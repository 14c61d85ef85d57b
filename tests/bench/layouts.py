"""A t-SNE map of 10,000 points in 20 dimensions, ours beside scikit-learn's: how soon, how fast, how true."""

import time

import numpy as np
from sklearn.manifold import TSNE, trustworthiness

from tests.bench.report import Figure, single
from vae_core.latent import tsne

COUNT, DIMS, CLUSTERS = 10_000, 20, 10
NEIGHBOURS = 10
FIRST_BAR_S, SHARE_BAR = 3.0, 0.6


def points() -> np.ndarray:
    """Clusters in twenty dimensions, as a trained model's means lie, (COUNT, DIMS)."""
    noise = np.random.default_rng(0)
    centres = noise.normal(size=(CLUSTERS, DIMS))
    spread = noise.gamma(2.0, 0.25, size=(CLUSTERS, DIMS))
    label = noise.integers(0, CLUSTERS, COUNT)
    made = centres[label] + spread[label] * noise.normal(size=(COUNT, DIMS))
    return np.asarray((made - made.mean(axis=0)) / made.std())


def layouts() -> list[Figure]:
    """The first layout, all of it as a share of scikit-learn's time, and how much truer it is."""
    given = points()
    started = time.perf_counter()
    steps = tsne.layouts(given)
    next(steps)
    first_s = time.perf_counter() - started
    *_, last = steps
    ours_s = time.perf_counter() - started
    started = time.perf_counter()
    theirs = TSNE(perplexity=tsne.PERPLEXITY, init="pca", random_state=0).fit_transform(given)
    theirs_s = time.perf_counter() - started
    true = [trustworthiness(given, each, n_neighbors=NEIGHBOURS) for each in (last, theirs)]
    spread = f"{ours_s:.1f} s, scikit-learn {theirs_s:.1f} s"
    truth = f"{true[0]:.4f}, scikit-learn {true[1]:.4f}"
    return [
        single("t-SNE of 10,000 × 20, first layout", first_s, FIRST_BAR_S, "s"),
        single("t-SNE of 10,000 × 20, as a share of scikit-learn's time", ours_s / theirs_s, SHARE_BAR, "", spread),
        Figure(
            "t-SNE of 10,000 × 20, trustworthiness more than its", true[0] - true[1], 0.0, "", truth, is_at_least=True
        ),
    ]
