"""The factors that are known of a data set's images: columns whose values a good code should keep apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from vae_core.data.shapes import DRAWINGS
from vae_core.data.source import DataCard
from vae_core.errors import DataRefused

FactorKind = Literal["discrete", "continuous"]
MOST_VALUES = 64
"""Different values of a factor that are classes each. Of more, numbers are continuous, and texts are no factor."""
DRAWN = "drawn "
"""How the origin of pictures begins that were drawn with known factors; then comes the drawing's name."""
Column = npt.NDArray[Any]


@dataclass(frozen=True)
class Factors:
    """names and kinds: F. values: float64 (N, F), NaN where nothing is known; texts are numbered in their order."""

    names: tuple[str, ...]
    kinds: tuple[FactorKind, ...]
    values: npt.NDArray[np.float64]


def drawn_factors(card: DataCard) -> tuple[str, ...]:
    """Names of the columns that pictures were drawn from; () where they were not drawn here."""
    name = card.origin.removeprefix(DRAWN).split(" ", 1)[0] if card.origin.startswith(DRAWN) else ""
    return tuple(DRAWINGS[name].sizes) if name in DRAWINGS else ()


def may_be_factors(columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Names of those that can be: numbers, and texts of few different values."""
    return tuple(name for name, values in columns.items() if _why_no_factor(name, values) is None)


def factors_of(columns: Mapping[str, Column], names: Sequence[str]) -> Factors:
    """These columns as factors. Raises DataRefused, which says what is wrong with which of them."""
    numbered, kinds = [], []
    for name in names:
        if name not in columns:
            known = ", ".join(columns) or "none"
            raise DataRefused(f"there is no column {name[:40]!r} to be a factor; choose among {known}")
        if reason := _why_no_factor(name, columns[name]):
            raise DataRefused(reason)
        values = _numbers(columns[name])
        numbered.append(values)
        kinds.append(_kind(values))
    if not numbered:
        raise DataRefused("no factor was named; name columns of the data set")
    return Factors(tuple(names), tuple(kinds), np.stack(numbered, axis=1))


def _why_no_factor(name: str, values: Column) -> str | None:
    if values.ndim != 1:
        return f"the column {name} says several things of each image and is no factor; choose others"
    if _is_number(values):
        return None
    different = len(np.unique(values))
    if different > min(MOST_VALUES, max(2, len(values) // 2)):
        return f"the column {name} has {different:,} different texts, too many for a factor; choose others"
    return None


def _is_number(values: Column) -> bool:
    return bool(np.issubdtype(values.dtype, np.number) or np.issubdtype(values.dtype, np.bool_))


def _numbers(values: Column) -> npt.NDArray[np.float64]:
    if _is_number(values):
        return values.astype(np.float64)
    different, own = np.unique(values, return_inverse=True)
    return np.where(different[own] == "", np.nan, own.astype(np.float64))


def _kind(values: npt.NDArray[np.float64]) -> FactorKind:
    known = values[np.isfinite(values)]
    different = len(np.unique(known))
    return "discrete" if different <= min(MOST_VALUES, max(2, len(known) // 5)) else "continuous"
