"""FactorVAE's score: which dimension varies least while one factor stands still. No torch."""

from __future__ import annotations

import numpy as np

from vae_core.evaluation.factor_information import Classes, Floats

VOTES = 5_000
"""Drawn to learn which factor a dimension stands for, and as many again to see how often that is right."""
GROUP = 64
"""Rows of one value in a vote."""
_AT_ONCE = 500


def factor_vae_accuracy(codes: Floats, factors: Classes, *, seed: int) -> float:
    """How often the dimension that varies least names the factor that was held, 0 to 1; chance is 1/F.

    codes: (N, D), of which those that never vary are left out; factors: (N, F) of classes from 0. A vote holds one
    factor at one of its values, draws `GROUP` rows of that value with replacement, and finds the dimension of the
    least variance over its variance in all rows. Each dimension stands for the factor that held it most often; votes
    that decide this come from one half of the rows, those that are counted from the other. A value of one row alone
    cannot be held. 0 where no dimension varies, or no value comes twice.
    Source: Kim & Mnih 2018 (arXiv 1802.05983), section 4 and algorithm 2, which draws new images for each vote.
    """
    rng = np.random.default_rng(seed)
    codes = codes[:, np.ptp(codes, axis=0) > 0]
    if not codes.shape[1]:
        return 0.0
    codes = codes / codes.std(axis=0)
    rows = rng.permutation(len(codes))
    learnt, counted = (
        _votes(codes[half], factors[half], rng) for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :])
    )
    right = counted[learnt.argmax(axis=0), np.arange(codes.shape[1])].sum()
    return float(right / max(counted.sum(), 1))


def _votes(codes: Floats, factors: Classes, rng: np.random.Generator) -> Classes:
    """How often each dimension varied least while each factor was held: (N, D), (N, F) -> (F, D)."""
    votes = np.zeros((factors.shape[1], codes.shape[1]), dtype=np.intp)
    held = np.bincount(rng.integers(factors.shape[1], size=VOTES), minlength=factors.shape[1])
    for f, wanted in enumerate(held):
        order = np.argsort(factors[:, f], kind="stable")
        counts = np.bincount(factors[:, f])
        values = np.flatnonzero(counts >= 2)
        if not len(values):
            continue
        starts = np.cumsum(counts) - counts
        for begin in range(0, int(wanted), _AT_ONCE):
            chosen = rng.choice(values, size=min(_AT_ONCE, int(wanted) - begin))  # (V,)
            within = (rng.random((len(chosen), GROUP)) * counts[chosen, None]).astype(np.intp)
            groups = codes[order[starts[chosen, None] + within]]  # (V, GROUP, D)
            votes[f] += np.bincount(groups.var(axis=1).argmin(axis=1), minlength=codes.shape[1])
    return votes
