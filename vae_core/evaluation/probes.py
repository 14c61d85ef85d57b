"""What a simple classifier reads from the latent space: how far the classes are apart in it. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.data.source import Labels

FOLDS = 5
NEIGHBOURS = 10
MOST_IMAGES = 5000


@dataclass(frozen=True)
class Accuracy:
    """Share of images given their right class, 0 to 1: the mean over folds, and its deviation from fold to fold."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Probes:
    """chance: what always guessing the most frequent class gives."""

    knn: Accuracy
    linear: Accuracy
    chance: float
    images: int
    folds: int


def probe(mu: npt.NDArray[np.float32], labels: Labels, *, seed: int = 0) -> Probes | None:
    """Cross-validated accuracy of the ten nearest neighbours and of logistic regression on posterior means.

    mu: (N, D), labels: (N,). Stratified folds of the first `MOST_IMAGES` images in a random order, the same for a
    seed; dimensions are brought to unit variance with what each fold trains on. None where there are not two classes
    with two images or more. Sources: Alain & Bengio 2016 (arXiv 1610.01644) for linear probes; Cover & Hart 1967.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  1 s and 100 MB, for whoever asks
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415

    chosen = np.random.default_rng(seed).permutation(len(labels))[:MOST_IMAGES]
    chosen = chosen[np.isin(labels[chosen], _frequent(labels[chosen]))]
    x, y = mu[chosen].astype(np.float64), labels[chosen]
    counts = np.bincount(y)[np.unique(y)]
    if len(counts) < 2:
        return None
    folds = int(min(FOLDS, counts.min()))
    neighbours = min(NEIGHBOURS, len(y) - -(-len(y) // folds))
    return Probes(
        knn=_accuracy(KNeighborsClassifier(neighbours), x, y, folds, seed),
        linear=_accuracy(LogisticRegression(max_iter=1000), x, y, folds, seed),
        chance=float(counts.max() / counts.sum()),
        images=len(y),
        folds=folds,
    )


def _frequent(labels: Labels) -> npt.NDArray[np.intp]:
    """The classes of at least two images: of one alone, nothing could be learnt and tested."""
    return np.flatnonzero(np.bincount(labels) >= 2)


def _accuracy(classifier: object, x: npt.NDArray[np.float64], y: Labels, folds: int, seed: int) -> Accuracy:
    from sklearn.model_selection import StratifiedKFold, cross_val_score  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    splits = StratifiedKFold(folds, shuffle=True, random_state=seed)
    found = cross_val_score(make_pipeline(StandardScaler(), classifier), x, y, cv=splits)
    return Accuracy(float(found.mean()), float(found.std()))
