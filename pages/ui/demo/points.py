"""The points of a map as the file holds them: means and log variances in even steps, labels, image numbers."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np

from pages.ui.demo.numbers import Bytes, differences, planes, spread_over
from vae_core import runs

MOST_POINTS = 10_000
FINE = (2**16 - 1, 2**8 - 1)
"""Steps between the ends of a dimension's means, and of its log variances."""
COARSE = (2**12 - 1, 2**6 - 1)
"""The same of an earlier epoch: a quarter of a pixel on a map of a thousand."""


class Column(TypedDict):
    """Where a dimension's steps lie, and what the first and the last stand for."""

    start: int
    ends: tuple[float, float]


class Labels(TypedDict):
    """Where labels lie, and of how many bytes each is."""

    start: int
    bytes: int


class PointsFacts(TypedDict):
    """What is known of points besides their bytes."""

    count: int
    split: str
    steps: tuple[int, int]
    mu: list[Column]
    """uint16 by dimension, all low bytes before the high ones."""
    logvar: list[Column]
    """Bytes by dimension."""
    labels: Labels | None
    """Null where the images have no class, or where they are those of the map now."""
    index: int | None
    """Where the image numbers lie, as differences; null where they are those of the map now."""


def bounded(embedding: runs.Embedding) -> runs.Embedding:
    """Every k-th point of very many."""
    return embedding.thinned(MOST_POINTS * (embedding.mu[:1].nbytes + embedding.logvar[:1].nbytes))


def kept(embedding: runs.Embedding, now: runs.Embedding | None = None) -> tuple[PointsFacts, bytes]:
    """Points as facts and bytes; now: the map's, whose labels and numbers an earlier epoch shares."""
    to = Bytes()
    steps = COARSE if now else FINE
    means = [spread_over(column, steps[0]) for column in embedding.mu.T]
    widths = [spread_over(column, steps[1]) for column in embedding.logvar.T]
    mu: list[Column] = [{"start": to.add(planes(values)), "ends": ends} for values, ends in means]
    logvar: list[Column] = [{"start": to.add(_bytes(values)), "ends": ends} for values, ends in widths]
    is_known = now is not None and np.array_equal(now.index, embedding.index)
    facts: PointsFacts = {
        "count": len(embedding.index),
        "split": embedding.split,
        "steps": steps,
        "mu": mu,
        "logvar": logvar,
        "labels": None if is_known else _labels(embedding, to),
        "index": None if is_known else to.add(differences(embedding.index)),
    }
    return facts, to.joined()


def _bytes(values: np.ndarray[Any, np.dtype[np.uint16]]) -> bytes:
    return values.astype(np.uint8).tobytes()


def _labels(embedding: runs.Embedding, to: Bytes) -> Labels | None:
    if embedding.labels is None:
        return None
    kind = np.min_scalar_type(int(embedding.labels.max(initial=0)))
    return {"start": to.add(embedding.labels.astype(kind.newbyteorder("<")).tobytes()), "bytes": kind.itemsize}
