"""Which pictures are learnt from and which held out: by their folders, else at random; none on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.data.source import SplitName
from vae_core.errors import DataRefused

SHARE = 0.1
"""Of the pictures are held out, where nobody says otherwise."""
SMALLEST_SHARE, LARGEST_SHARE = 0.01, 0.5
"""That somebody may ask for."""
MOST_HELD_OUT = 10_000


@dataclass(frozen=True)
class Sides:
    """train, held_out: indices, in order. repeated: of pictures given for both sides, which stay for training alone."""

    train: npt.NDArray[np.intp]
    held_out: npt.NDArray[np.intp]
    repeated: npt.NDArray[np.intp]


def divide(
    marks: npt.NDArray[np.uint64],
    labels: npt.NDArray[np.integer] | None,
    given: list[SplitName | None] | None,
    *,
    share: float = SHARE,
    seed: int = 0,
) -> Sides:
    """The sides of N pictures. marks: (N,), equal for the same picture. labels: (N,), classes that both sides get.

    given: the side that each picture's folder names; taken if both sides have some. share: 0 to 1, of each class, at
    most `MOST_HELD_OUT` in all, at least one picture. Equal seeds divide alike. Raises DataRefused.
    """
    if len(marks) < 2 or len(np.unique(marks)) < 2:
        raise DataRefused(f"expected at least two different pictures, got {min(1, len(marks))}; add more of them")
    if given is not None and {"train", "held-out"} <= set(given):
        is_held_out = np.array([side == "held-out" for side in given])
        is_repeated = is_held_out & np.isin(marks, marks[~is_held_out])
        if (is_held_out & ~is_repeated).any():
            return Sides(
                np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out & ~is_repeated), np.flatnonzero(is_repeated)
            )
    is_held_out = _drawn(marks, labels, min(share, MOST_HELD_OUT / len(marks)), np.random.default_rng(seed))
    return Sides(np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out), np.arange(0))


def _drawn(
    marks: npt.NDArray[np.uint64],
    labels: npt.NDArray[np.integer] | None,
    share: float,
    rng: np.random.Generator,
) -> npt.NDArray[np.bool_]:
    """True for what is held out: of each class its share, the same picture always with its like."""
    _, first, group = np.unique(marks, return_index=True, return_inverse=True)
    sizes = np.bincount(group)
    kinds = np.zeros(len(first), np.int64) if labels is None else labels[first].astype(np.int64)
    is_chosen = np.zeros(len(first), np.bool_)
    for kind in np.unique(kinds):
        own = rng.permutation(np.flatnonzero(kinds == kind))
        wanted = round(share * sizes[own].sum())
        before = np.cumsum(sizes[own]) - sizes[own]
        is_chosen[own[:-1][before[:-1] < wanted]] = True  # one stays, or the class could not be learnt
    if not is_chosen.any():
        is_chosen[rng.permutation(np.flatnonzero(sizes == sizes.min()))[0]] = True
    return is_chosen[group]
