"""How far a code's dimensions stand for the known factors of its pictures, one for one. No torch.

Seven measures, each by a definition that outliers, bins and chance do not move, and by the common one beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from vae_core.errors import ConfigInvalid, DataRefused, ShapeMismatch
from vae_core.evaluation import factor_information as information
from vae_core.evaluation import factor_readers as readers
from vae_core.evaluation.factor_information import Classes, Floats, Told
from vae_core.evaluation.factor_votes import factor_vae_accuracy

Kind = Literal["discrete", "continuous"]

ROWS = (50, 10_000)
"""The fewest that say anything, and the most that are looked at: so many are drawn from more."""
CONTINUOUS_CLASSES = 20
"""Of as many rows each, into which a continuous factor is cut where classes are asked for."""
LEAST_TOLD = 0.05
"""Share of a factor's entropy: a dimension that tells less of every factor stands for none."""
LARGEST = 1e30


@dataclass(frozen=True)
class Figures:
    """0 to 1 each, more is better.

    mig: Chen et al. 2018 (arXiv 1802.04942), eq. 6: how much more the first dimension tells of a factor than
    the second.
    dci_disentanglement, dci_completeness, dci_informativeness: Eastwood & Williams 2018 (ICLR, By-7dz-AZ), section 2:
    1 − the entropy of each dimension's importances over factors, base F, weighted by how important it is; 1 − that of
    each factor's over dimensions, base D; how well a forest names the factor.
    sap: Kumar et al. 2018 (arXiv 1711.00848), section 3: how much better one dimension alone names a factor
    than the second.
    factor_vae: Kim & Mnih 2018 (arXiv 1802.05983), section 4: how often the dimension that varies least names the
    factor that stood still.
    modularity, explicitness: Ridgeway & Mozer 2018 (arXiv 1802.05312), eq. 2 and section 3: 1 − what a dimension tells
    of other factors than its first, in squares; how well logistic regression ranks a factor's classes.
    info_m, info_e, info_c: Hsu et al. 2023 (arXiv 2305.18378), eqs. 5 to 8: the share of what a dimension tells that is
    of its first factor; of a factor's entropy, what logistic regression takes away; the share of what is told of a
    factor that its first dimension tells.
    """

    mig: float
    dci_disentanglement: float
    dci_completeness: float
    dci_informativeness: float
    sap: float
    factor_vae: float
    modularity: float
    explicitness: float
    info_m: float
    info_e: float
    info_c: float


@dataclass(frozen=True)
class Disentanglement:
    """ours: with each value or equally filled bins, outliers drawn in, less what chance gives: 0 for a random code.

    common: as disentanglement_lib and the papers' own code compute them: 20 bins of equal width, a linear SVM for SAP,
    nothing taken off for chance. DCI's first two are the same in both. shares: (F, D) normalised mutual information,
    how much of each factor's entropy each dimension tells, as ours takes it. constant_factors: left out of all figures.
    rows: looked at. All of it is one draw: seeds matter more than methods (Locatello et al. 2019, arXiv 1811.12359).
    """

    ours: Figures
    common: Figures
    shares: Floats
    constant_factors: tuple[int, ...]
    constant_dimensions: tuple[int, ...]
    rows: int


@dataclass(frozen=True)
class _Known:
    """factors: (N, F) as they are. classes: (N, F) from 0. continuous: F."""

    factors: Floats
    classes: Classes
    continuous: tuple[bool, ...]


@dataclass(frozen=True)
class _Forests:
    """weights: (F, D) importances. accuracies: (F,)."""

    weights: Floats
    accuracies: Floats


def measure_disentanglement(
    codes: npt.NDArray[np.floating],
    factors: npt.NDArray[np.integer] | npt.NDArray[np.floating],
    kinds: Sequence[Kind] | None = None,
    *,
    seed: int = 0,
) -> Disentanglement:
    """All seven measures of codes (N, D), posterior means as a rule, against factors (N, F), one row a picture.

    kinds: of each factor; None: discrete where all values are whole numbers. Work N · D · F, on at most `ROWS[1]` rows.
    Raises ShapeMismatch where rows do not pair, ConfigInvalid for another kind, and DataRefused for fewer rows than
    `ROWS[0]`, values that are not finite, factors that are all constant, or discrete ones with a value for each row.
    """
    _expect_pairs(codes, factors, kinds)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(codes))[: ROWS[1]])
    z, known = codes[chosen].astype(np.float64), _know(factors[chosen].astype(np.float64), kinds)
    still = np.ptp(z, axis=0) <= 1e-12 * np.abs(z).max(axis=0)
    z[:, still] = 0
    used = np.ptp(known.factors, axis=0) > 0
    if not used.any():
        raise DataRefused("Every factor has one value only: nothing can be told apart. Choose one that differs.")
    kept = _Known(known.factors[:, used], known.classes[:, used], tuple(np.array(known.continuous)[used]))
    with one_thread():
        told = information.told_by_chance_corrected_bins(z, kept.classes)
        forests = _ask_forests(z, kept, seed)
        ours, common = _ours(z, kept, told, forests, seed), _common(z, kept, forests, seed)
    shares = np.zeros((len(used), z.shape[1]))
    shares[used] = told.shares
    return Disentanglement(
        ours=ours,
        common=common,
        shares=shares,
        constant_factors=tuple(np.flatnonzero(~used).tolist()),
        constant_dimensions=tuple(np.flatnonzero(still).tolist()),
        rows=len(z),
    )


def one_thread() -> AbstractContextManager[object]:
    """Within it, products are taken by one thread: they are small, and a thread that waits takes the other's core."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  scikit-learn's

    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits


def measure_gaps(
    codes: npt.NDArray[np.floating], factors: npt.NDArray[np.floating], kinds: Sequence[Kind], *, seed: int = 0
) -> tuple[float, float]:
    """MIG and DCI's disentanglement alone, as `measure_disentanglement` has ours: what is quick enough to be watched.

    Raises as that does.
    """
    _expect_pairs(codes, factors, kinds)
    used = np.ptp(factors, axis=0) > 0
    if not used.any():
        raise DataRefused("Every factor has one value only: nothing can be told apart. Choose one that differs.")
    known = _know(
        factors[:, used].astype(np.float64), [kind for kind, is_used in zip(kinds, used, strict=True) if is_used]
    )
    z = codes.astype(np.float64)
    with one_thread():
        told = information.told_by_chance_corrected_bins(z, known.classes)
        return _gap(told.shares), _disentanglement(_ask_forests(z, known, seed).weights)


def draw_in_outliers(codes: Floats) -> Floats:
    """(N, D) -> (N, D): what lies further outside the middle 99 % than these are wide is put at that distance.

    Figures of variances and lines then see an outlier as one row, and nothing of ordinary codes is moved.
    """
    low, high = np.quantile(codes, [0.005, 0.995], axis=0)
    wide = np.where(high > low, high - low, np.inf)
    return np.clip(codes, low - wide, high + wide)


def _ours(z: Floats, known: _Known, told: Told, forests: _Forests, seed: int) -> Figures:
    drawn_in, columns = draw_in_outliers(z), range(len(known.continuous))
    single = [
        readers.correlate(drawn_in, known.factors[:, f])
        if known.continuous[f]
        else readers.read_by_lookup(z, known.classes[:, f], seed=seed)
        for f in columns
    ]
    readings = [readers.read_linearly(drawn_in, known.classes[:, f], seed=seed) for f in columns]
    chance = 1 / len(columns)
    votes = factor_vae_accuracy(drawn_in, known.classes, seed=seed)
    heard = told.shares >= np.maximum(told.noise, LEAST_TOLD)  # (F, D)
    spoken = told.shares[:, np.any(heard, axis=0)]
    usual = np.array([np.bincount(known.classes[:, f]).max() / len(z) for f in columns])
    return Figures(
        mig=_gap(told.shares),
        dci_disentanglement=_disentanglement(forests.weights),
        dci_completeness=_disentanglement(forests.weights.T),
        dci_informativeness=float(np.clip((forests.accuracies - usual) / (1 - usual), 0, 1).mean()),
        sap=_gap(np.stack(single)),
        factor_vae=max((votes - chance) / (1 - chance), 0.0) if chance < 1 else votes,
        modularity=_modularity(spoken),
        explicitness=float(np.clip([2 * each.auc - 1 for each in readings], 0, 1).mean()),
        info_m=_first_shares(spoken.T),
        info_e=float(np.clip(_informations(drawn_in, known, readings, seed), 0, 1).mean()),
        info_c=_first_shares(np.where(np.any(heard, axis=1)[:, None], spoken, 0)),
    )


def _common(z: Floats, known: _Known, forests: _Forests, seed: int) -> Figures:
    columns = range(len(known.continuous))
    told = information.told_by_equal_widths(z, known.classes).shares
    near = information.told_by_neighbours(z, known.classes, seed=seed).shares
    reach = np.ptp(z, axis=0)
    near = near[:, reach > reach.max() / 20]
    single = [
        readers.correlate(z, known.factors[:, f])
        if known.continuous[f]
        else readers.read_by_linear_svm(z, known.classes[:, f], seed=seed)
        for f in columns
    ]
    readings = [readers.read_by_regression(z, known.classes[:, f]) for f in columns]
    entropies = np.array([information.entropy(np.bincount(known.classes[:, f])) for f in columns])
    return Figures(
        mig=_gap(told),
        dci_disentanglement=_disentanglement(forests.weights),
        dci_completeness=_disentanglement(forests.weights.T),
        dci_informativeness=float(forests.accuracies.mean()),
        sap=_gap(np.stack(single)),
        factor_vae=factor_vae_accuracy(z, known.classes, seed=seed),
        modularity=_modularity(told * entropies[:, None]),
        explicitness=float(np.mean([each.auc for each in readings])),
        info_m=_first_shares(near.T),
        info_e=float(np.mean(_informations(z, known, readings, seed))),
        info_c=_first_shares(near),
    )


def _gap(scores: Floats) -> float:
    """The mean over factors of the best dimension's score less the second's: (F, D). One dimension has no second."""
    ordered = np.sort(np.pad(scores, ((0, 0), (1, 0))), axis=1)
    return float((ordered[:, -1] - ordered[:, -2]).mean())


def _modularity(told: Floats) -> float:
    """(F, D) -> the mean over dimensions; one that tells nothing counts 0, as does having none."""
    squares = told**2
    first = squares.max(axis=0, initial=0)
    others = (squares.sum(axis=0) - first) / np.where(first > 0, first, 1) / max(len(told) - 1, 1)
    return float(np.where(first > 0, 1 - others, 0).mean()) if told.size else 0.0


def _first_shares(told: Floats) -> float:
    """(A, B) -> the mean over A of its largest B's share of all B, from an even share at 0 to all of it at 1."""
    if not told.size:
        return 0.0
    sums, even = told.sum(axis=1), 1 / told.shape[1]
    share = told.max(axis=1) / np.where(sums > 0, sums, 1)
    scaled = (share - even) / (1 - even) if even < 1 else share
    return float(np.where(sums > 0, scaled, 0).mean())


def _disentanglement(weights: Floats) -> float:
    """(F, D) importances -> 1 − each dimension's entropy over factors, weighted by how important the dimension is.

    Turned, (D, F), it is completeness: 1 − each factor's entropy over dimensions.
    """
    by_dimension = weights.sum(axis=0)
    total = by_dimension.sum()
    return float((_certainty(weights.T) * by_dimension).sum() / total) if total > 0 else 0.0


def _certainty(weights: Floats) -> Floats:
    """(A, B) -> (A,): 1 − the entropy of each row's shares in base B; 1 where there is but one B."""
    sums = weights.sum(axis=1, keepdims=True)
    shares = weights / np.where(sums > 0, sums, 1)
    entropies = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1)
    return np.asarray(1 - entropies / max(np.log(weights.shape[1]), 1e-12))


def _ask_forests(z: Floats, known: _Known, seed: int) -> _Forests:
    found = [readers.importances(z, known.classes[:, f], seed=seed) for f in range(len(known.continuous))]
    return _Forests(np.stack([weights for weights, _ in found]), np.array([accuracy for _, accuracy in found]))


def _informations(z: Floats, known: _Known, readings: list[readers.Reading], seed: int) -> list[float]:
    """Of each factor: the share of its entropy that is read, or of its variance if it is continuous."""
    return [
        readers.explained(z, known.factors[:, f], seed=seed) if known.continuous[f] else reading.information
        for f, reading in enumerate(readings)
    ]


def _know(factors: Floats, kinds: Sequence[Kind] | None) -> _Known:
    whole = (factors == np.round(factors)).all(axis=0)
    continuous = (
        tuple(bool(~each) for each in whole) if kinds is None else tuple(kind == "continuous" for kind in kinds)
    )
    classes = np.zeros(factors.shape, dtype=np.intp)
    for f, is_continuous in enumerate(continuous):
        values = factors[:, f]
        if is_continuous:
            values = information.into_equal_shares(values, CONTINUOUS_CLASSES).astype(np.float64)
        different, classes[:, f] = np.unique(values, return_inverse=True)
        if 1 < len(different) > len(values) // 2:
            raise DataRefused(
                f"Factor {f} takes {len(different):,} values in {len(values):,} rows, too many to be classes: "
                "say that it is continuous, or leave it out."
            )
    return _Known(factors, classes, continuous)


def _expect_pairs(
    codes: npt.NDArray[np.generic], factors: npt.NDArray[np.generic], kinds: Sequence[str] | None
) -> None:
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors) or 0 in (codes.shape[1], factors.shape[1]):
        raise ShapeMismatch(
            f"Codes (N, D) and factors (N, F) with as many rows were expected, not {codes.shape} and {factors.shape}."
        )
    if kinds is not None and (len(kinds) != factors.shape[1] or not set(kinds) <= {"discrete", "continuous"}):
        raise ConfigInvalid(f"{factors.shape[1]} kinds were expected, each discrete or continuous, not {list(kinds)}.")
    if len(codes) < ROWS[0]:
        raise DataRefused(
            f"At least {ROWS[0]} rows with known factors are needed, not {len(codes)}. Give more pictures."
        )
    for name, values in (("codes", codes), ("factors", factors)):
        far = ~(np.abs(values.astype(np.float64)) < LARGEST)
        if far.any():
            row, column = np.argwhere(far)[0].tolist()
            raise DataRefused(
                f"The {name} hold {values[row, column]} in row {row}, column {column}: finite numbers below "
                f"{LARGEST:g} were expected. Leave such rows out."
            )
