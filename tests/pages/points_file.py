"""Read a points file, as the browser does: `pages.ui.server.map_points` says what it holds."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Points:
    """x, y: float64 (N,), outliers exact; labels: (N,) or None; index: int64 (N,). read: bytes that were read."""

    header: dict[str, Any]
    x: np.ndarray
    y: np.ndarray
    labels: np.ndarray | None
    index: np.ndarray
    read: int


class Reader:
    """Arrays one after the other, each padded to a multiple of 4 bytes."""

    def __init__(self, data: bytes, start: int) -> None:
        self.data, self.read = data, start

    def take(self, width: int, count: int, letter: str = "u") -> np.ndarray:
        found = np.frombuffer(self.data, f"<{letter}{width}", count, self.read)
        self.read += -(-width * count // 4) * 4
        return found


def read_header(data: bytes) -> tuple[dict[str, Any], int]:
    """The header, and where the first chunk begins."""
    start = 4 + int.from_bytes(data[:4], "little")
    return json.loads(data[4:start]), start


def read_points(data: bytes, chunks: int | None = None) -> Points:
    """So many chunks of a file, None for all and the outliers; what was not read is NaN or −1."""
    header, start = read_header(data)
    reader = Reader(data, start)
    count, sizes = header["count"], header["chunks"]
    places = np.full((2, count), np.nan)
    labels, index = np.full(count, -1), np.full(count, -1)
    if not header["indexBytes"]:
        index = np.arange(count)
    for chunk, size in enumerate(sizes[:chunks]):
        rows = np.arange(chunk, count, len(sizes))
        assert len(rows) == size
        for axis, name in enumerate("xy"):
            low, high = header["ranges"][name]
            places[axis, rows] = low + reader.take(2, size) * ((high - low) / 65535)
        if header["labelBytes"]:
            labels[rows] = reader.take(header["labelBytes"], size)
        if header["indexBytes"]:
            first, differences = reader.take(4, 1), reader.take(header["indexBytes"], size - 1)
            index[rows] = np.cumsum([*first, *differences], dtype=np.uint32)
    if chunks is None:
        rows = reader.take(4, header["outliers"])
        for axis in (0, 1):
            places[axis, rows] = reader.take(4, header["outliers"], "f")
    return Points(header, *places, labels if header["labelBytes"] else None, index, reader.read)
