"""What simple learners read of a factor from a code: SAP, DCI, explicitness and InfoE stand on them. No torch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae_core.evaluation.factor_information import Classes, Floats, bin_by_rank

TREES = 10
LEAST_LEAF = 5
DOUBT = 1e-3
"""Share of the even guess that is mixed into a probability, so that one row cannot cost more than log(K / DOUBT)."""
SVM_C = 0.01
"""disentanglement_lib's."""
MANY_CLASSES = "The number of unique classes"
"""How scikit-learn begins to wonder at few rows of many classes."""
STEPS = 100
"""Of L-BFGS at most: scikit-learn's default, which is also what published figures took."""


@dataclass(frozen=True)
class Reading:
    """auc: 0 to 1, 0.5 is chance, the mean over classes. information: share of the factor's entropy, at most 1."""

    auc: float
    information: float


def read_by_lookup(codes: Floats, factor: Classes, *, seed: int) -> Floats:
    """How much better than chance each dimension alone names the class: (N, D), (N,) -> (D,), 0 to 1.

    Each half of the rows teaches which class is the most frequent in each bin (`bin_by_rank`), and the other half are
    named by it: (accuracy − chance) / (1 − chance), chance being the most frequent class for all.
    Source: Kumar et al. 2018 (arXiv 1711.00848), section 3, with as many thresholds as there are bins.
    """
    halves, usual = _halves(len(codes), seed), int(np.bincount(factor).argmax())
    chance = float((factor == usual).mean())
    found = np.zeros(codes.shape[1])
    for d in range(codes.shape[1]):
        bins = bin_by_rank(codes[:, d])
        right = 0
        for taught, asked in (halves, halves[::-1]):
            table = np.zeros((int(bins.max()) + 1, int(factor.max()) + 1), dtype=np.intp)
            np.add.at(table, (bins[taught], factor[taught]), 1)
            named = np.where(table.any(axis=1), table.argmax(axis=1), usual)[bins[asked]]
            right += int((named == factor[asked]).sum())
        found[d] = (right / len(codes) - chance) / max(1 - chance, 1e-12)
    return np.clip(found, 0, 1)


def read_by_linear_svm(codes: Floats, factor: Classes, *, seed: int) -> Floats:
    """The common definition: the accuracy of a linear SVM on each dimension alone, (N, D), (N,) -> (D,), 0 to 1.

    One class against all others, squared hinge, C = 0.01, balanced weights, two thirds of the rows to learn from: what
    scikit-learn's LinearSVC is asked for in disentanglement_lib, solved exactly. Of classes in a row only the outer
    ones can win, so that a perfect copy of 40 values is named right once in 13.
    """
    rows = np.random.default_rng(seed).permutation(len(codes))
    taught, asked = rows[: len(rows) * 2 // 3], rows[len(rows) * 2 // 3 :]
    found = np.zeros(codes.shape[1])
    for d in range(codes.shape[1]):
        slopes, offsets = _fit_svms(codes[taught, d], factor[taught])  # (K,) each
        scores = np.multiply.outer(codes[asked, d], slopes) + offsets  # (M, K)
        found[d] = (np.unique(factor[taught])[scores.argmax(axis=1)] == factor[asked]).mean()
    return found


def _fit_svms(x: Floats, factor: Classes) -> tuple[Floats, Floats]:
    """Slope and offset for each class that occurs, by Newton's method on the primal: (N,), (N,) -> (K,), (K,)."""
    different, own, counts = np.unique(factor, return_inverse=True, return_counts=True)
    sign = np.where(own == np.arange(len(different))[:, None], 1.0, -1.0)  # (K, N)
    balanced = SVM_C * len(x) / (len(different) * counts)  # (K,)
    others = balanced[::-1, None] if len(different) == 2 else SVM_C  # only of two classes are both weighted
    weight = np.where(sign > 0, balanced[:, None], others)
    columns = np.stack([x, np.ones_like(x)])  # (2, N)

    def loss(at: Floats) -> Floats:
        slack = np.maximum(1 - sign * (at @ columns), 0)
        return np.asarray(0.5 * (at * at).sum(axis=1) + (weight * slack * slack).sum(axis=1))

    fitted, products = np.zeros((len(different), 2)), np.stack([x * x, x, np.ones_like(x)])  # (3, N)
    for _ in range(50):
        slack = np.maximum(1 - sign * (fitted @ columns), 0)
        active = weight * (slack > 0)
        gradient = fitted - 2 * (weight * sign * slack) @ columns.T
        xx, x1, ones = 2 * (products @ active.T)
        hessian = np.stack([np.stack([xx + 1, x1], -1), np.stack([x1, ones + 1], -1)], -2)  # (K, 2, 2)
        step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
        fitted = fitted - step * _stride(fitted, step, gradient, loss)
        if np.abs(step).max() < 1e-9:
            break
    return fitted[:, 0], fitted[:, 1]


def _stride(fitted: Floats, step: Floats, gradient: Floats, loss: Callable[[Floats], Floats]) -> Floats:
    """The longest of 1, ½, ¼ … of each class's step that makes its loss smaller by enough: (K, 1)."""
    now, slope = loss(fitted), (gradient * step).sum(axis=1)
    stride = np.ones(len(fitted))
    for _ in range(20):
        late = loss(fitted - stride[:, None] * step) > now - 1e-4 * stride * slope + 1e-12 * now
        if not late.any():
            break
        stride[late] /= 2
    return stride[:, None]


def correlate(codes: Floats, factor: Floats) -> Floats:
    """Squared correlation of each dimension with a continuous factor: (N, D), (N,) -> (D,), 0 for a constant."""
    x, y = codes - codes.mean(axis=0), factor - factor.mean()
    spread = (x * x).sum(axis=0) * (y @ y)
    return np.asarray(np.where(spread > 0, (y @ x) ** 2 / np.where(spread > 0, spread, 1), 0))


def importances(codes: Floats, factor: Classes, *, seed: int) -> tuple[Floats, float]:
    """What a forest reads a class by: each dimension's importance (D,), 1 together, and its accuracy, 0 to 1.

    Half of the rows teach ten trees that may look at every dimension at each split, the other half are named by them.
    Importances are 0 where there is nothing to split by. Source: Eastwood & Williams 2018, section 4.3.
    """
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415

    taught, asked = _halves(len(codes), seed)
    forest = RandomForestClassifier(TREES, max_features=None, min_samples_leaf=LEAST_LEAF, random_state=seed)
    x = codes.astype(np.float32)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", MANY_CLASSES)
        forest.fit(x[taught], factor[taught])
    return np.asarray(forest.feature_importances_), float((forest.predict(x[asked]) == factor[asked]).mean())


def read_linearly(codes: Floats, factor: Classes, *, seed: int) -> Reading:
    """What the best softmax of linear scores reads from all dimensions, on the half of rows that it never saw.

    codes: (N, D) without outliers, factor: (N,) of classes from 0. The better on its own half of two of that family:
    logistic regression, and the discriminant of Gaussians with one covariance, which is exact where classes lie apart
    and regression is still on its way after `STEPS`. information is 1 − cross-entropy / entropy (predictive
    V-information; Xu et al. 2020, arXiv 2002.10689), and may be slightly negative.
    """
    taught, asked = _halves(len(codes), seed)
    x, classes = _standardise(codes), int(factor.max()) + 1
    known = np.unique(factor[taught])
    if len(known) < 2:
        return Reading(0.5, 0.0)
    scores = [_discriminant(x, taught, factor[taught]), _regression(x, taught, factor[taught])]
    wide = np.zeros((len(scores), len(x), classes))
    wide[:, :, known] = scores
    wide = (1 - DOUBT) * wide + DOUBT / classes
    best = min(wide, key=lambda each: _cross_entropy(each[taught], factor[taught]))
    usual = np.bincount(factor[taught], minlength=classes) / len(taught)
    even = np.tile((1 - DOUBT) * usual + DOUBT / classes, (len(asked), 1))
    uncertain = _cross_entropy(even, factor[asked])
    return Reading(
        auc=_mean_auc(best[asked], factor[asked]),
        information=1 - _cross_entropy(best[asked], factor[asked]) / max(uncertain, 1e-12),
    )


def read_by_regression(codes: Floats, factor: Classes) -> Reading:
    """The common definition: logistic regression without a penalty, on the rows that it learnt from.

    Codes are standardised by their deviation, outliers and all, and L-BFGS stops after `STEPS`.
    Source: Hsu et al. 2023 (arXiv 2305.18378), appendix; its code balances the classes, which even ones are already.
    """
    probabilities = _regression(_standardise(codes), np.arange(len(codes)), factor)
    classes = np.unique(factor, return_inverse=True)[1]
    counts = np.bincount(classes) / len(classes)
    uncertain = float(-(counts * np.log(counts)).sum())
    return Reading(
        auc=_mean_auc(probabilities, classes),
        information=1 - _cross_entropy(probabilities, classes) / max(uncertain, 1e-12),
    )


def explained(codes: Floats, factor: Floats, *, seed: int) -> float:
    """Share of a continuous factor's variance that a line through all dimensions explains on rows it never saw."""
    taught, asked = _halves(len(codes), seed)
    x = np.column_stack([_standardise(codes), np.ones(len(codes))])
    line = np.linalg.lstsq(x[taught], factor[taught], rcond=None)[0]
    missed = factor[asked] - x[asked] @ line
    return float(1 - (missed @ missed) / max(((factor[asked] - factor[taught].mean()) ** 2).sum(), 1e-300))


def _discriminant(x: Floats, taught: Classes, classes: Classes) -> Floats:
    """Probabilities of the classes of taught rows, for all rows: Gaussians around their means with one covariance."""
    _, own, counts = np.unique(classes, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), x.shape[1]))
    np.add.at(sums, own, x[taught])
    means = sums / counts[:, None]  # (K, D)
    apart = x[taught] - means[own]
    covariance = apart.T @ apart / len(taught) + 1e-6 * np.eye(x.shape[1])
    slopes = np.linalg.solve(covariance, means.T)  # (D, K)
    return _softmax(x @ slopes - 0.5 * (means.T * slopes).sum(axis=0) + np.log(counts / counts.sum()))


def _regression(x: Floats, taught: Classes, classes: Classes) -> Floats:
    """Probabilities of the classes of taught rows, for all rows, by logistic regression."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", MANY_CLASSES)
        warnings.simplefilter("ignore", ConvergenceWarning)  # with classes that lie apart there is no end to it
        model = LogisticRegression(C=1e10, max_iter=STEPS).fit(x[taught], classes)
    return np.asarray(model.predict_proba(x))


def _mean_auc(probabilities: Floats, classes: Classes) -> float:
    """The area under each class's curve against all others, the mean over those that occur: (M, K), (M,)."""
    from scipy.stats import rankdata  # noqa: PLC0415

    ranks = rankdata(probabilities, axis=0)
    counts = np.bincount(classes, minlength=probabilities.shape[1])
    sums = np.bincount(classes, weights=ranks[np.arange(len(classes)), classes], minlength=len(counts))
    there = (counts > 0) & (counts < len(classes))
    own, others = counts[there], len(classes) - counts[there]
    return float(((sums[there] - own * (own + 1) / 2) / (own * others)).mean()) if there.any() else 0.5


def _cross_entropy(probabilities: Floats, classes: Classes) -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(classes)), classes], 1e-300)).mean())


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _standardise(codes: Floats) -> Floats:
    """Mean 0 and deviation 1; a constant dimension is 0."""
    spread = codes.std(axis=0)
    return np.asarray((codes - codes.mean(axis=0)) / np.where(spread > 0, spread, 1))


def _halves(count: int, seed: int) -> tuple[Classes, Classes]:
    rows = np.random.default_rng(seed).permutation(count)
    return rows[: count // 2], rows[count // 2 :]
