"""What the columns of a table say of each picture: its class, its side of the split, and the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.data.source import MOST_CLASSES, SplitName
from vae_core.intake.layout import SPLIT_FOLDERS
from vae_core.intake.table.meaning import LABELS, NUMBERING, SIDES

Array = npt.NDArray[Any]
_SIDES: dict[str, SplitName] = {
    **SPLIT_FOLDERS, "publictest": "held-out", "privatetest": "held-out", "dev": "held-out", "eval": "held-out",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """labels: "" for none, None without classes. sides: None where none are given. columns: the rest, (N,)."""

    labels: list[str] | None
    sides: list[SplitName | None] | None
    columns: dict[str, Array]


def told(columns: Mapping[str, Array], classes: Mapping[str, Sequence[str]], *, has_names: bool) -> Told:
    """columns: (N,) each, int64, float32 or text. classes: {column: names of its numbers}, where they are known."""
    rest = dict(columns)
    sides = next((found for name in _named(rest, SIDES) if (found := _sides(rest[name]))), None)
    if sides:
        rest = {name: values for name, values in rest.items() if _sides(values) != sides}
    label = _label_name(rest, classes, has_names=has_names)
    labels = _labels(rest[label], classes.get(label, ())) if label is not None else None
    if label is not None:
        values = rest.pop(label)
        if labels is None:
            rest["label" if values.dtype.kind == "f" and "label" not in rest else label] = values
    if "file" in rest:
        rest["file in the table"] = rest.pop("file")  # each picture has a "file" of its own
    return Told(labels, sides, rest)


def side_named(name: str) -> SplitName | None:
    """The side that a table's name says: "train-00000-of-00002.parquet" is "train"."""
    words = re.split(r"[^a-z]+", PurePosixPath(name).name.casefold())
    return next((SPLIT_FOLDERS[word] for word in words if word in SPLIT_FOLDERS), None)


def _named(columns: Mapping[str, Array], names: Sequence[str]) -> list[str]:
    by_small = {name.casefold(): name for name in columns}
    return [by_small[name] for name in names if name in by_small]


def _sides(values: Array) -> list[SplitName | None] | None:
    if values.dtype.kind != "U" or not set(np.unique(np.strings.lower(values)).tolist()) <= _SIDES.keys():
        return None
    return [_SIDES[value.casefold()] for value in values.tolist()]


def _label_name(columns: Mapping[str, Array], classes: Mapping[str, Sequence[str]], *, has_names: bool) -> str | None:
    """The column that is likeliest of classes: by its name, or because it is the only one that could be."""
    likely = [*_named(columns, LABELS), *(name for name in classes if name in columns)]
    likely += [name for name in columns if name.casefold().endswith(("label", "class", "category"))]
    if likely:
        return likely[0]
    possible = [name for name in columns if name.casefold() not in NUMBERING]
    is_alone = len(possible) == 1 and (not has_names or _repeats(columns[possible[0]]))
    return possible[0] if is_alone else None


def _repeats(values: Array) -> bool:
    return values.dtype.kind in "iU" and len(np.unique(values)) <= max(2, len(values) // 2)


def _labels(values: Array, names: Sequence[str]) -> list[str] | None:
    """None where there are too many, or numbers that are not whole."""
    if values.dtype.kind == "f":
        given = np.isfinite(values)
        if not (values[given] == np.rint(values[given])).all():
            return None
        texts = _texts(np.where(given, values, -1).astype(np.int64), names)
        found = [text if is_given else "" for text, is_given in zip(texts, given.tolist(), strict=True)]
    else:
        found = values.tolist() if values.dtype.kind == "U" else _texts(values, names)
    return found if len(set(found)) <= MOST_CLASSES else None


def _texts(values: Array, names: Sequence[str]) -> list[str]:
    if not names:
        return [str(value) for value in values.tolist()]
    return [names[value] if 0 <= value < len(names) else "" for value in values.tolist()]
