"""What one dimension of a code tells of one factor, in shares of that factor's entropy. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Classes = npt.NDArray[np.intp]

MOST_VALUES = 256
"""A dimension of so many values or fewer, each of them seen five times on average, is taken as it is."""
MOST_BINS = 100
COMMON_BINS = 20
"""Of equal width, as disentanglement_lib takes them."""
NEIGHBOURS = 10
NOISE_DEVIATIONS = 4.0
"""What an independent pair reaches by chance about once in 30,000."""


@dataclass(frozen=True)
class Told:
    """shares: (F, D), 0 to 1: how much of factor f's entropy dimension d tells. noise: (F, D), what chance alone gives.

    Of shares below their noise nothing can be said.
    """

    shares: Floats
    noise: Floats


def told_by_chance_corrected_bins(codes: Floats, factors: Classes) -> Told:
    """Mutual information over entropy, less what chance gives: (I − E[I]) / (H − E[I]); 0 for an independent pair.

    codes: (N, D), factors: (N, F) of classes from 0. Bins: `bin_by_rank`. E[I] is the exact mean over all ways of
    pairing the same bins with the same classes. A negative share is 0.
    Source: Vinh, Epps & Bailey 2010 (JMLR 11), section 4, with the factor's entropy as the upper bound.
    """
    from sklearn.metrics.cluster import expected_mutual_information  # noqa: PLC0415  1 s, for whoever asks

    shares, noise = np.zeros((2, factors.shape[1], codes.shape[1]))
    for d in range(codes.shape[1]):
        bins = bin_by_rank(codes[:, d])
        for f in range(factors.shape[1]):
            table = count_pairs(factors[:, f], bins)
            expected = float(expected_mutual_information(table, len(bins)))
            room = max(entropy(table.sum(axis=1)) - expected, 1e-12)
            shares[f, d] = np.clip((mutual_information(table) - expected) / room, 0, 1)
            freedom = (table.shape[0] - 1) * (table.shape[1] - 1)  # 2 N I is about χ² of so many degrees
            noise[f, d] = NOISE_DEVIATIONS * np.sqrt(2 * freedom) / (2 * len(bins)) / room
    return Told(shares, noise)


def told_by_neighbours(codes: Floats, factors: Classes, *, seed: int) -> Told:
    """The common definition of InfoMEC's matrix: I / H with I from ten nearest neighbours in each dimension.

    codes: (N, D), factors: (N, F). Source: Ross 2014 (PLoS ONE 9, e87357), eq. 2, as Hsu et al. 2023 take it; equal
    values are told apart by noise of 1e-10, as scikit-learn's mutual_info_classif does, which this is for one column.
    """
    rng, spread = np.random.default_rng(seed), codes.std(axis=0)
    codes = codes / np.where(spread > 0, spread, 1)
    codes = codes + 1e-10 * np.maximum(1, np.abs(codes).mean(axis=0)) * rng.standard_normal(codes.shape)
    shares = np.zeros((factors.shape[1], codes.shape[1]))
    for f in range(factors.shape[1]):
        whole = max(entropy(np.bincount(factors[:, f])), 1e-12)
        for d in range(codes.shape[1]):
            shares[f, d] = _neighbour_information(codes[:, d], factors[:, f]) / whole
    return Told(shares, np.zeros_like(shares))


def _neighbour_information(values: Floats, classes: Classes) -> float:
    """Nats, 0 or more: (N,), (N,). Classes of one row are left out, as they have no neighbour."""
    from scipy.special import digamma  # noqa: PLC0415

    counts = np.bincount(classes)
    kept = counts[classes] > 1
    everyone, terms = np.sort(values[kept]), np.zeros(4)
    if not len(everyone):
        return 0.0
    for own in np.flatnonzero(counts > 1):
        x = np.sort(values[classes == own])
        near = min(NEIGHBOURS, len(x) - 1)
        radius = _distance_to_neighbour(x, near)
        within = _count_below(everyone, x, radius) + _count_below(-everyone[::-1], -x, radius) - 1  # itself counts once
        terms += len(x), len(x) * digamma(near), len(x) * digamma(len(x)), digamma(within).sum()
    rows, nears, sizes, withins = terms
    return max(float(digamma(rows) + (nears - sizes - withins) / rows), 0.0)


def _count_below(everyone: Floats, x: Floats, radius: Floats) -> Classes:
    """How many of sorted values (N,) lie at x (n,) or above it by less than radius (n,), itself among them.

    x + radius is rounded, and the neighbour that the radius reaches must not count: differences decide.
    """
    end = np.searchsorted(everyone, x + radius)
    padded = np.append(everyone, np.inf)
    end += padded[end] - x < radius
    end -= padded[end - 1] - x >= radius
    return np.asarray(end - np.searchsorted(everyone, x))


def _distance_to_neighbour(x: Floats, near: int) -> Floats:
    """From each of sorted values (n,) to its nearest but near − 1 others: (n,)."""
    wide = np.concatenate([np.full(near, -np.inf), x, np.full(near, np.inf)])
    windows = np.lib.stride_tricks.sliding_window_view(wide, near + 1)  # (n + near, near + 1)
    last = np.arange(len(x))
    reach = [np.maximum(x - windows[last + k, 0], windows[last + k, -1] - x) for k in range(near + 1)]
    return np.asarray(np.min(reach, axis=0))


def told_by_equal_widths(codes: Floats, factors: Classes) -> Told:
    """The common definition: I / H with `COMMON_BINS` bins of equal width between each dimension's extremes.

    codes: (N, D), factors: (N, F). One far outlier puts all other rows into one bin; more values than bins cannot be
    told apart; nothing is taken off for chance. Source: Locatello et al. 2019 (arXiv 1811.12359), appendix C.
    """
    shares = np.zeros((factors.shape[1], codes.shape[1]))
    for d in range(codes.shape[1]):
        edges = np.linspace(codes[:, d].min(), codes[:, d].max(), COMMON_BINS + 1)[1:-1]
        bins = np.searchsorted(edges, codes[:, d], side="right")
        for f in range(factors.shape[1]):
            table = count_pairs(factors[:, f], bins)
            shares[f, d] = mutual_information(table) / max(entropy(table.sum(axis=1)), 1e-12)
    return Told(shares, np.zeros_like(shares))


def bin_by_rank(values: Floats) -> Classes:
    """(N,) -> (N,) of bins from 0: each value its own where there are few, else about √N of as many rows each.

    Equal values stay together, and how far a value lies from the others plays no part: an outlier is one row more.
    """
    different, own = np.unique(values, return_inverse=True)
    if len(different) <= min(MOST_VALUES, len(values) // 5):
        return own.astype(np.intp)
    return into_equal_shares(values, int(np.clip(round(len(values) ** 0.5), 2, MOST_BINS)))


def into_equal_shares(values: Floats, bins: int) -> Classes:
    """(N,) -> (N,) of bins from 0, of N / bins rows each; equal values stay together, so some are larger or empty."""
    _, own, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2  # of each value's rows, in the order of values
    return (middle * bins / len(values)).astype(np.intp)[own]


def count_pairs(rows: Classes, columns: Classes) -> npt.NDArray[np.int64]:
    """How often each pair of classes occurs: (N,), (N,) -> (classes of rows, of columns), none of them empty."""
    wide = int(columns.max()) + 1
    table = np.bincount(rows * wide + columns, minlength=(int(rows.max()) + 1) * wide).reshape(-1, wide)
    return table[table.any(axis=1)][:, table.any(axis=0)].astype(np.int64)


def mutual_information(table: npt.NDArray[np.int64]) -> float:
    """Of a table of counts, in nats."""
    return entropy(table.sum(axis=1)) + entropy(table.sum(axis=0)) - entropy(table.ravel())


def entropy(counts: npt.NDArray[np.int64]) -> float:
    """Of counts, in nats."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
