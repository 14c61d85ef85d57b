"""What simple learners read of a factor from a code: SAP, DCI, explicitness and InfoE stand on them. No torch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
    ones can win, so that a perfect copy of 40 values is named right once in 13. A perfect copy therefore has a SAP of
    0.50 for factors of two values, of which guessing names half, and of 0.22 for dSprites' five. Kumar et al. take the
    balanced accuracy of as many thresholds as a factor needs, which gives the same 0.50, and 0.88.
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
    machines = _Machines(x, factor)
    fitted = np.zeros((machines.count, 2))
    for _ in range(50):
        loss, gradient, hessian = machines.at(fitted)
        step = np.asarray(np.linalg.solve(hessian, gradient[..., None])[..., 0], np.float64)
        stride = _stride(fitted, step, gradient, loss, lambda tried: machines.at(tried)[0])
        fitted = fitted - step * stride
        if (np.abs(step * stride) <= 1e-9 * (1 + np.abs(fitted))).all():
            break
    return fitted[:, 0], fitted[:, 1]


class _Machines:
    """The losses of K linear SVMs on one dimension, each of one class against all others.

    What lies within a machine's margin is, on either side, all rows below or above one value: sums over sorted rows
    give its loss without a look at each of them.
    """

    def __init__(self, x: Floats, factor: Classes) -> None:
        different, own, counts = np.unique(factor, return_inverse=True, return_counts=True)
        self.count = len(different)
        self._own = SVM_C * len(x) / (len(different) * counts)  # (K,), balanced
        self._others = self._own[::-1] if self.count == 2 else np.full(self.count, SVM_C)  # only two are both weighted
        order = np.argsort(x, kind="stable")
        self._all = _Sorted(x[order])
        self._classes = [_Sorted(x[order][own[order] == index]) for index in range(self.count)]

    def at(self, machines: Floats) -> tuple[Floats, Floats, Floats]:
        """Of slopes and offsets (K, 2): losses (K,), gradients (K, 2) and Hessians (K, 2, 2)."""
        slopes, offsets = machines.T
        below = slopes < 0  # where scores of at least −1 lie below a value, and scores under 1 above one
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.stack([(1 - offsets) / slopes, (-1 - offsets) / slopes])  # (2, K)
        flat = slopes == 0
        ends[0, flat] = np.where(offsets[flat] < 1, np.inf, -np.inf)
        ends[1, flat] = np.where(offsets[flat] > -1, -np.inf, np.inf)
        each = [kind.sums(ends[:, [k]], below[[k]]) for k, kind in enumerate(self._classes)]
        inner = np.concatenate([sums for sums, _ in each], axis=1)  # (3, K)
        outer = self._all.sums(ends, below)[1] - np.concatenate([sums for _, sums in each], axis=1)
        return _squared_hinge(machines, self._own * inner, self._others * outer)


class _Sorted:
    """Sums of 1, x and x² over sorted values up to each of them."""

    def __init__(self, x: Floats) -> None:
        self.x = x
        powers = np.stack([np.ones_like(x), x, x * x])
        self._sums = np.concatenate([np.zeros((3, 1)), np.cumsum(powers, axis=1)], axis=1)  # (3, N + 1)

    def sums(self, ends: Floats, below: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Over x under the first ends and over x above the second, (3, K) each; where below, the other way round."""
        left, right = (self._sums[:, np.searchsorted(self.x, end)] for end in ends)
        whole = self._sums[:, -1:]
        return np.where(below, whole - left, left), np.where(below, right, whole - right)


def _squared_hinge(machines: Floats, own: Floats, others: Floats) -> tuple[Floats, Floats, Floats]:
    """½ (slope² + offset²) + the weighted squares of what is missing to a margin of 1, and its derivatives."""
    slopes, offsets = machines.T
    count, x, xx = own + others  # (K,)
    apart = own - others
    loss = 0.5 * (machines**2).sum(axis=1) + count - 2 * (slopes * apart[1] + offsets * apart[0])
    loss = loss + slopes**2 * xx + 2 * slopes * offsets * x + offsets**2 * count
    gradient = machines + 2 * np.stack(
        [slopes * xx + offsets * x - apart[1], slopes * x + offsets * count - apart[0]], axis=1
    )
    hessian = np.stack([np.stack([2 * xx + 1, 2 * x], -1), np.stack([2 * x, 2 * count + 1], -1)], -2)  # (K, 2, 2)
    return loss, gradient, hessian


def _stride(fitted: Floats, step: Floats, gradient: Floats, now: Floats, loss: Callable[[Floats], Floats]) -> Floats:
    """The longest of 1, ½, ¼ … of each class's step that makes its loss smaller by enough: (K, 1)."""
    slope = (gradient * step).sum(axis=1)
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
