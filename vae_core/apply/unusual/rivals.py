"""What finds unusual images without a model of ours: scikit-learn's usual ways, on the pixels. No torch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from vae_core.apply.components import Array, fitted

Scores = npt.NDArray[np.float64]
Score = Callable[[Array, Array, int], Scores]
"""(images to learn from (M, P), images to score (N, P), seed) -> (N,), higher the more unusual; pixels in [0, 1]."""
SHARE = 0.95


def rivals(latent_dim: int) -> dict[str, tuple[Score, str]]:
    """Each with a sentence on what it is. PCA with as many components as the model has dimensions, and with more."""
    few = f"PCA, {latent_dim} component{'s' * (latent_dim > 1)}"
    return {
        few: (lambda fit, new, seed: pca(fit, new, latent_dim), "Squared error of the projection, at the same size."),
        "PCA, 95 % of variance": (
            lambda fit, new, seed: pca(fit, new, SHARE),
            "The same with as many components as hold 95 % of the variance.",
        ),
        "Isolation forest": (
            isolation_forest,
            "How few random cuts set an image apart; Liu et al. 2008. scikit-learn's usual settings.",
        ),
        "Local outlier factor": (
            local_outlier_factor,
            "How sparse its surroundings are beside its neighbours'; Breunig et al. 2000. 20 neighbours.",
        ),
    }


def pca(fit: Array, new: Array, components: float) -> Scores:
    """Squared distance of each image from the components' subspace; components: how many, or a share of variance."""
    found = fitted(fit, components)
    return np.asarray(np.square(new - found.inverse_transform(found.transform(new))).sum(axis=1))


def isolation_forest(fit: Array, new: Array, seed: int) -> Scores:
    """scikit-learn's, its sign turned."""
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    return np.asarray(-IsolationForest(random_state=seed).fit(fit).score_samples(new))


def local_outlier_factor(fit: Array, new: Array, seed: int) -> Scores:
    """scikit-learn's for images that it did not learn from, its sign turned."""
    from sklearn.neighbors import LocalOutlierFactor  # noqa: PLC0415

    neighbours = min(20, len(fit) - 1)
    return np.asarray(-LocalOutlierFactor(neighbours, novelty=True).fit(fit).score_samples(new))
