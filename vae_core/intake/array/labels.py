"""What the labels of arrays are: a class, several properties at once, or a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vae_core.data.source import MOST_CLASSES
from vae_core.intake.array.files import Array, Piece


@dataclass(frozen=True)
class Known:
    """Of N images. labels: the class of each, or None. properties: names of those among the columns that say whether
    an image has a property. columns: these, or the number that is each image's label, "label".
    """

    labels: list[str] | None = None
    properties: tuple[str, ...] = ()
    columns: Mapping[str, Array] = field(default_factory=dict)


def known_of(parts: Sequence[Piece]) -> Known:
    """From labels (N,), (N, 1), one-hot (N, K), or (N, K) of 0 and 1; nothing, if an array has none or has others."""
    labels = [_flat(piece.labels) for piece in parts if piece.labels is not None]
    are_whole = list(map(len, labels)) == [len(piece.images) for piece in parts]
    if not are_whole or len({(each.shape[1:], each.dtype.kind in "US") for each in labels}) != 1:
        return Known()
    values = np.concatenate(labels)
    if values.ndim == 2 and values.dtype.kind in "buif":
        return _of_several(values, parts[0].classes)
    return _of_one(values, parts[0].classes) if values.ndim == 1 else Known()


def _flat(labels: Array) -> Array:
    """(N, 1) as (N,)."""
    return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels


def _of_several(values: Array, names: Sequence[str]) -> Known:
    count = values.shape[1]
    if (np.count_nonzero(values, axis=1) == 1).all():
        return _of_one(values.argmax(axis=1), names)
    if not np.isin(values, (0, 1)).all() or count > MOST_CLASSES:
        return Known()
    titles = tuple(names) if len(set(names)) == count else tuple(f"label {index + 1}" for index in range(count))
    return Known(None, titles, {name: values[:, index].astype(np.int64) for index, name in enumerate(titles)})


def _of_one(values: Array, names: Sequence[str]) -> Known:
    if values.dtype.kind not in "buifUS":
        return Known()
    if values.dtype.kind == "f" and not (values == np.rint(values)).all():
        return Known(columns={"label": values.astype(np.float32)})
    if values.dtype.kind in "buif" and len(np.unique(values)) > MOST_CLASSES:
        return Known(columns={"label": values.astype(np.float32)})
    whole = values.astype(np.int64) if values.dtype.kind in "bf" else values
    texts = whole.tolist()
    if names and whole.dtype.kind in "iu" and whole.min() >= 0 and whole.max() < len(names):
        return Known([names[value] for value in texts])
    return Known([value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in texts])
