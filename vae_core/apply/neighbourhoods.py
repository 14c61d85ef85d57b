"""How well a map keeps who is near whom, and whether those near each other are of one class. No torch."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from vae_core.apply.components import Array, fitted
from vae_core.apply.record import Figure
from vae_core.data.source import Labels

Reduce = Callable[[Array, int, int], Array]
"""(images (N, P), dimensions D, seed) -> (N, D)"""
NEIGHBOURS = 10
FOLDS = 5
MOST_FOR_TSNE = 3
"""Dimensions: beyond them scikit-learn's t-SNE takes time that grows with the square of the images."""
FIGURES = (
    Figure(
        "classes", "Class agreement", "How often the ten nearest on the map name an image's class, cross-validated in "
        "five folds: scikit-learn's KNeighborsClassifier.",
    ),
    Figure(
        "trustworthiness", "Trustworthiness", "Whether those near each other on the map are near as images, too: less "
        "for every stranger among the ten nearest, by how far away it is. 1 at best. Venna & Kaski 2001, scikit-learn.",
    ),
    Figure(
        "continuity", "Continuity", "Whether images near each other stay so on the map: trustworthiness with the two "
        "exchanged. Venna & Kaski 2001.",
    ),
    Figure("shared", "Neighbours kept", "The share of an image's ten nearest that are so on the map."),
)  # fmt: skip


def kept_neighbours(images: Array, places: Array, labels: Labels | None, seed: int = 0) -> dict[str, float]:
    """Every figure of a map: images (N, P), places (N, D), N > 20; of classes only where labels (N,) are of several."""
    from sklearn.manifold import trustworthiness  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    found = {
        "trustworthiness": float(trustworthiness(images, places, n_neighbors=NEIGHBOURS)),
        "continuity": float(trustworthiness(places, images, n_neighbors=NEIGHBOURS)),
        "shared": _shared(images, places),
    }
    if labels is not None and len(np.unique(labels)) > 1:
        found["classes"] = _class_agreement(places, labels, seed)
    return found


def _shared(images: Array, places: Array) -> float:
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415

    near = [
        NearestNeighbors(n_neighbors=NEIGHBOURS).fit(each).kneighbors(return_distance=False)
        for each in (images, places)
    ]
    return float(np.mean([len(np.intersect1d(one, other)) for one, other in zip(*near, strict=True)]) / NEIGHBOURS)


def _class_agreement(places: Array, labels: Labels, seed: int) -> float:
    from sklearn.model_selection import KFold, cross_val_score  # noqa: PLC0415
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415

    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    return float(cross_val_score(KNeighborsClassifier(NEIGHBOURS), places, labels, cv=folds).mean())


def guessing(images: Array, dim: int, labels: Labels | None, seed: int) -> dict[str, float]:
    """The figures of a map of nothing but noise; of classes, what always naming the most frequent one gives."""
    found = kept_neighbours(images, np.random.default_rng(seed).standard_normal((len(images), dim)), None)
    if labels is not None and len(np.unique(labels)) > 1:
        found["classes"] = float(np.unique(labels, return_counts=True)[1].max() / len(labels))
    return found


def rivals(dim: int) -> dict[str, Reduce]:
    """What makes maps of so many dimensions without a model of ours, of the very images that it is measured on."""
    found: dict[str, Reduce] = {"PCA": pca}
    if dim <= MOST_FOR_TSNE:
        found["t-SNE"] = tsne
    if has_umap():
        found["UMAP"] = umap
    return found


def has_umap() -> bool:
    """Whether umap-learn is installed."""
    return find_spec("umap") is not None


def pca(images: Array, dim: int, seed: int) -> Array:
    """scikit-learn's principal components, of as many dimensions as there can be."""
    return np.asarray(fitted(images, dim).transform(images))


def tsne(images: Array, dim: int, seed: int) -> Array:
    """scikit-learn's, with its usual settings."""
    from sklearn.manifold import TSNE  # noqa: PLC0415

    perplexity = min(30.0, (len(images) - 1) / 3)
    return np.asarray(TSNE(dim, perplexity=perplexity, random_state=seed).fit_transform(images), dtype=np.float64)


def umap(images: Array, dim: int, seed: int) -> Array:
    """umap-learn's, with its usual settings."""
    module: Any = import_module("umap")  # ten seconds, for whoever has it
    found = module.UMAP(n_components=dim, random_state=seed, n_jobs=1).fit_transform(images)
    return np.asarray(found, dtype=np.float64)
