"""Arrays as few bytes: weights and coordinates as whole steps, low and high bytes apart, as both shrink best so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

LARGE = 64
"""Arrays of fewer numbers are kept as they are."""
MOST_LEVEL = 2**15 - 1


class Kept(TypedDict):
    """Where an array lies in the bytes, and what they mean."""

    dims: list[int]
    kind: str
    """'float': float32. 'int': int32. 'levels': int16 as n low bytes and n high ones, times `step`."""
    start: int
    step: float
    """Of levels; 0 for the others."""


@dataclass
class Bytes:
    """Arrays, one after the other."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, data: bytes) -> int:
        """Appends, padded to four bytes; returns where it starts."""
        start = self.size
        padded = data + bytes(-len(data) % 4)
        self.parts.append(padded)
        self.size += len(padded)
        return start

    def keep(self, array: npt.NDArray[Any], step: float | None = None) -> Kept:
        """An array as it is, or, with a step, as whole steps."""
        dims = list(array.shape)
        if step:
            start = self.add(planes(levels(array, step)))
            return {"dims": dims, "kind": "levels", "start": start, "step": step}
        is_float = array.dtype.kind == "f"
        start = self.add(array.astype("<f4" if is_float else "<i4").tobytes())
        return {"dims": dims, "kind": "float" if is_float else "int", "start": start, "step": 0.0}

    def joined(self) -> bytes:
        """All of it."""
        return b"".join(self.parts)


def step_of(array: npt.NDArray[np.float32], fineness: int) -> float:
    """A step of which a standard deviation has 2^fineness, larger where the farthest number needs it.

    Returns a number that float32 holds.
    """
    values = array.astype(np.float64)
    spread, farthest = float(np.sqrt(np.mean(values**2))), float(np.abs(values).max())
    return float(np.float32(max(spread / 2**fineness, farthest / MOST_LEVEL, np.finfo(np.float32).tiny)))


def levels(array: npt.NDArray[Any], step: float) -> npt.NDArray[np.int16]:
    """The nearest whole steps."""
    return np.clip(np.rint(array.astype(np.float64) / step), -MOST_LEVEL, MOST_LEVEL).astype(np.int16)


def rounded(array: npt.NDArray[np.float32], fineness: int) -> npt.NDArray[np.float32]:
    """What is read back."""
    step = step_of(array, fineness)
    return (levels(array, step).astype(np.float32) * np.float32(step)).astype(np.float32)


def planes(values: npt.NDArray[np.integer[Any]]) -> bytes:
    """int16 or uint16: all low bytes, then all high ones."""
    pairs = values.astype(values.dtype.newbyteorder("<")).reshape(-1).view(np.uint8).reshape(-1, 2)
    return np.ascontiguousarray(pairs.T).tobytes()


def spread_over(values: npt.NDArray[np.float32], top: int) -> tuple[npt.NDArray[np.uint16], tuple[float, float]]:
    """Numbers as 0 to top, and what the two ends stand for. What is no number is at the lower end."""
    finite = values[np.isfinite(values)].astype(np.float64)
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    inside = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    scale = top / (high - low) if high > low else 0.0
    return np.rint((inside - low) * scale).astype(np.uint16), (low, high)


def differences(index: Sequence[int] | npt.NDArray[np.int32]) -> bytes:
    """Whole numbers as what each is more than the one before, int32: of 0, 1, 2, … nearly nothing is left."""
    return np.diff(np.asarray(index, dtype=np.int32), prepend=np.int32(0)).astype("<i4").tobytes()
