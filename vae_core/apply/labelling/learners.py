"""Simple classifiers, scikit-learn's own: from few labelled rows of features to the probabilities of classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.apply.labelling import m2
from vae_core.apply.labelling.features import Features

Known = npt.NDArray[np.intp]
Classes = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lesson:
    """pool: (N, F) features, of which rows known (L,) have labels (L,), each of 0 to classes − 1. seed: of what is
    drawn.
    """

    pool: Features
    known: Known
    labels: Classes
    classes: int
    seed: int = 0


Learner = Callable[[Lesson, Features], Probabilities]
"""(what to learn from, asked (n, F)) -> (n, K)"""
NEIGHBOURS = 5
NEAREST, LINEAR, M2 = "k-nearest", "Linear", "M2"


def nearest(lesson: Lesson, asked: Features) -> Probabilities:
    """The shares of classes among the five nearest known rows, or among as many as the rarest class has labels."""
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    count = int(min(NEIGHBOURS, np.unique(lesson.labels, return_counts=True)[1].min()))
    return _shares(KNeighborsClassifier(count), lesson, asked)


def linear(lesson: Lesson, asked: Features) -> Probabilities:
    """Logistic regression, with scikit-learn's usual penalty."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    return _shares(LogisticRegression(max_iter=300), lesson, asked)


def semi_supervised(lesson: Lesson, asked: Features) -> Probabilities:
    """See `m2`."""
    return m2.probabilities(lesson.pool, lesson.known, lesson.labels, asked, lesson.classes, seed=lesson.seed)


LEARNERS: dict[str, Learner] = {NEAREST: nearest, LINEAR: linear, M2: semi_supervised}


def _shares(learner: Any, lesson: Lesson, asked: Features) -> Probabilities:
    """Of all classes, also those that no label was of: (n, F) -> (n, K)"""
    fitted = learner.fit(lesson.pool[lesson.known], lesson.labels)
    found = np.zeros((len(asked), lesson.classes))
    found[:, fitted.classes_] = fitted.predict_proba(asked)
    return found
