"""What a data set knows of each image besides its class: which columns there are, and their values as they are sent.

A column file: the length of its header as uint32, the header as JSON, spaces up to a multiple of 8 bytes, and a code
for each image, uint8 or uint16, little-endian. The highest code says that nothing is known; what the others stand for,
the header says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, TypedDict

import numpy as np
import numpy.typing as npt

from vae_core.data import registry
from vae_core.data.source import DataCard

ColumnKind = Literal["number", "text"]
MOST_PROPERTIES = 64
"""Of a column that says several things of each image."""
MOST_TEXTS = 1000
"""Different texts that are sent; all others are one."""
LONGEST_TEXT = 80
TAIL = 0.01  # of the numbers at either end, which may widen the colours' range threefold and no more
Values = npt.NDArray[Any]


class ListedColumn(TypedDict):
    """A column that may be asked for."""

    name: str
    kind: ColumnKind


class ColumnHeader(TypedDict):
    """What a column file says of itself before its codes."""

    kind: ColumnKind
    bytes: int
    """Of a code: 1 or 2."""
    range: tuple[float, float]
    """Of a column of numbers, from what code 0 stands for: all of them, but for a few far away from the others."""
    step: float
    """Between two codes' numbers; 0 where all are one."""
    beyond: tuple[bool, bool]
    """Whether there are numbers below and above, which the first and the last code stand for as well."""
    values: list[str]
    """Texts by their codes, the most frequent first; the next code stands for all other texts."""


def packed(values: Values, rows: slice) -> bytes:
    """Some rows of a column (N,) as a file, see above.

    The header is that of all, whichever are sent: a colour means the same on every map of the data set.
    """
    header, codes = _of_numbers(values) if kind_of(values) == "number" else _of_texts(values)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(4 + len(text)) % 8)
    return len(text).to_bytes(4, "little") + text + codes[rows].tobytes()


@lru_cache(maxsize=4)
def columns_of(card: DataCard) -> dict[str, Values]:
    """(N,) each by its name, of the training images and then of those held out. Raises as `registry.images_of`."""
    # those of the training images are read only where there are any: most data sets have none
    held_out = registry.images_of(card, "held-out").columns
    train = registry.images_of(card, "train").columns if held_out else {}
    both = {name: np.concatenate([train[name], values]) for name, values in held_out.items() if name in train}
    return {name: each for column, values in both.items() for name, each in _single(column, values, card)}


def _single(column: str, values: Values, card: DataCard) -> Iterator[tuple[str, Values]]:
    """One (N,) of each, with its name; nothing of a column that calls each image by a name of its own."""
    if values.ndim == 2 and values.shape[1] <= MOST_PROPERTIES:
        properties = card.classes if card.labels == "several" and card.classes else ()
        for index in range(values.shape[1]):
            own = properties[index] if len(properties) == values.shape[1] else str(index + 1)
            yield f"{column}: {own}", values[:, index]
    elif values.ndim == 1 and (kind_of(values) == "number" or len(np.unique(values)) <= max(2, len(values) // 2)):
        yield column, values


def kind_of(values: Values) -> ColumnKind:
    """Whether a column holds numbers."""
    return "number" if np.issubdtype(values.dtype, np.number) else "text"


def _of_numbers(values: Values) -> tuple[ColumnHeader, Values]:
    """Whole numbers as they are where there is room for them, all others in equal steps."""
    wide = values.astype(np.float64)
    is_known = np.isfinite(wide)
    finite = wide[is_known] if is_known.any() else np.zeros(1)
    low, high = _range_of(finite)
    is_whole = not (finite % 1).any()
    if is_whole:
        low, high = float(np.floor(low)), float(np.ceil(high))
    is_exact = is_whole and high - low < 2**16 - 1
    most = high - low if is_exact else 2**16 - 2
    step = 1.0 if is_exact else (high - low) / most
    codes = np.rint((np.clip(np.where(is_known, wide, low), low, high) - low) / (step or 1.0))
    width: npt.DTypeLike = np.uint8 if most < 2**8 - 1 else np.dtype("<u2")
    codes = np.where(is_known, codes, np.iinfo(width).max).astype(width)
    beyond = (bool(finite.min() < low), bool(finite.max() > high))
    header = _header("number", codes) | {"range": (low, high), "step": step, "beyond": beyond}
    return ColumnHeader(**header), codes  # type: ignore[typeddict-item]


def _range_of(finite: Values) -> tuple[float, float]:
    """All of them, or, where few reach far, where the others lie and around."""
    low, high = float(finite.min()), float(finite.max())
    begin, end = (float(each) for each in np.quantile(finite, [TAIL, 1 - TAIL], method="inverted_cdf"))
    width = end - begin
    if high - low > 3 * width > 0:
        return max(low, begin - width / 2), min(high, end + width / 2)
    return low, high


def _of_texts(values: Values) -> tuple[ColumnHeader, Values]:
    different, own = np.unique(values.astype(str), return_inverse=True)
    counts = Counter(dict(enumerate(np.bincount(own, minlength=len(different)).tolist())))
    order = [index for index, _ in counts.most_common(MOST_TEXTS)]
    width: npt.DTypeLike = np.uint8 if len(order) < 2**8 - 2 else np.dtype("<u2")
    codes = np.full(len(different), len(order), width)
    codes[order] = np.arange(len(order))
    texts = [str(different[index])[:LONGEST_TEXT] for index in order]
    is_known = different != ""
    codes[~is_known] = np.iinfo(width).max
    header = _header("text", codes) | {"values": texts}
    return ColumnHeader(**header), codes[own]  # type: ignore[typeddict-item]


def _header(kind: ColumnKind, codes: Values) -> dict[str, Any]:
    nothing = {"range": (0.0, 0.0), "step": 0.0, "beyond": (False, False), "values": []}
    return {"kind": kind, "bytes": codes.itemsize, **nothing}
