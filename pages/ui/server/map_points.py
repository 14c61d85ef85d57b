"""What a map draws of its points, as it travels: where each lies on a plane, its class and its image's number.

A points file, little-endian; its first part is enough to draw a fair sample of all:

- uint32: how many bytes of header follow. The header, a `PointsHeader` as JSON, ends in spaces, so that with these four
  it has a multiple of 8 bytes.
- K chunks, one for each `POINTS_PER_CHUNK` points begun. Chunk k holds rows k, k + K, k + 2K, …, in arrays, each of
  them padded to a multiple of 4 bytes:
  x and y, uint16 (n,) each: 0 to 65535 stand for the ends of their ranges and even steps between;
  labels, unsigned (n,), of `labelBytes` each: none of 0;
  image numbers, of `indexBytes` each: the first as uint32, then n - 1 differences, unsigned and modulo 2³², which added
  up in uint32 give the other numbers, ascending or not: none of 0, where row r is image r.
- Outliers, the points outside the ranges or at no number, whose chunks have them at the nearest end: row uint32 (m,),
  x float32 (m,), y float32 (m,).

Compressed, each part ends at a byte's end (`Z_SYNC_FLUSH`), so that the browser draws it before the next has come.
"""

from __future__ import annotations

import itertools
import json
import threading
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from pages.ui.server.urls import PointsPlane
from vae_core.data.source import SplitName
from vae_core.errors import ConfigInvalid
from vae_core.latent import planes
from vae_core.runs import Embedding

Dims = tuple[int, ...]
"""Which latent dimensions a map shows, counted from 0: two, or the only one; () for principal components."""
POINTS_PER_CHUNK = 50_000
TOP = 2**16 - 1
TAIL = 0.005  # of the points at either end, which may widen the range threefold and no more
LEVEL = 1
"""Of compression: 5 bytes a point become 4.46, of a million in 0.15 s. Level 6 takes 0.2 s for the same: coordinates
are noise, and only the classes and the coordinates' high bytes shrink.
"""
REACHED = 0.99
"""The share of the points that a map shows before anyone zooms."""
MOST_DIGITS = 9
_GZIP = 16 + zlib.MAX_WBITS
Column = npt.NDArray[Any]


class PointsRanges(TypedDict):
    """What the numbers 0 and 65535 of each coordinate stand for."""

    x: tuple[float, float]
    y: tuple[float, float]


class PointsHeader(TypedDict):
    """What a points file says of itself before its points."""

    count: int
    split: SplitName
    step: int
    basis: list[list[float]]
    """Two directions of z, (2, D), orthonormal; of one latent dimension the second is 0."""
    origin: list[float]
    """(D,), the latent point that lies at (0, 0)."""
    shares: tuple[float, float] | None
    """Of the variance, 0 to 1, along principal components; null on a plane of dimensions."""
    extent: float
    """What 99 of 100 points reach, the larger of |x| and |y|."""
    ranges: PointsRanges
    labelBytes: int
    """Of a label: 0 (there are none), 1, 2 or 4."""
    indexBytes: int
    """Of an image number's difference to the one before: 0 (row r is image r), 1, 2 or 4."""
    chunks: list[int]
    """Points in each."""
    outliers: int


def parse_dims(plane: str, dims: str, latent_dim: int) -> Dims:
    """The dimensions that an address asks for. plane: "pca", else "dims"; dims: "i,j" of the latter, "" for the first.

    Raises ConfigInvalid for what they cannot be; whether there are such dimensions, `on_plane` says.
    """
    kinds: dict[str, PointsPlane] = {"": "dims", "dims": "dims", "pca": "pca"}
    if plane not in kinds:
        raise ConfigInvalid(f"plane: there is no {plane[:40]!r}; ask for one of dims, pca")
    if kinds[plane] == "pca":
        return ()
    parts = dims.split(",", 2) if dims else [str(dim) for dim in range(min(2, latent_dim))]
    if not all(part.isascii() and part.isdecimal() and len(part) <= MOST_DIGITS for part in parts):
        raise ConfigInvalid(f"dims: expected two latent dimensions such as 0,1 and got {dims[:40]!r}; ask for those")
    return tuple(int(part) for part in parts)


def on_plane(embedding: Embedding, dims: Dims) -> Iterator[bytes]:
    """The points file of an embedding, part by part: header and first chunk, each other chunk, the outliers if any.

    Raises ConfigInvalid where the embedding has no such plane, at once and not only when parts are asked for.
    """
    count, latent_dim = embedding.mu.shape
    plane = planes.dimensions_plane(latent_dim, dims) if dims else planes.principal_plane(embedding.mu)
    places = np.stack(planes.project(plane, embedding.mu))  # (2, N)
    x, y = (_range_of(each) for each in places)
    outside = np.flatnonzero(~(_is_within(places[0], x) & _is_within(places[1], y)))
    labels = [] if embedding.labels is None else [_narrowed(embedding.labels, embedding.labels.max(initial=0))]
    chunk_count = -(-count // POINTS_PER_CHUNK)
    rows = [slice(first, None, chunk_count) for first in range(chunk_count)]
    numbers = _differences(embedding.index, rows)  # arrays for each chunk
    header: PointsHeader = {
        "count": count,
        "split": embedding.split,
        "step": embedding.step,
        "basis": plane.basis.tolist(),
        "origin": plane.origin.tolist(),
        "shares": plane.shares,
        "extent": _extent_of(places),
        "ranges": {"x": x, "y": y},
        "labelBytes": sum(each.itemsize for each in labels),
        "indexBytes": numbers[0][1].itemsize if numbers and numbers[0] else 0,
        "chunks": [len(embedding.index[each]) for each in rows],
        "outliers": len(outside),
    }
    chunks = (
        [_quantised(places[0, each], x), _quantised(places[1, each], y), *(known[each] for known in labels), *arrays]
        for each, arrays in zip(rows, numbers, strict=True)
    )
    outliers = [outside.astype("<u4"), *places[:, outside].astype("<f4")]
    return _dumped(header, itertools.chain(chunks, [outliers] if len(outside) else []))


def _extent_of(places: npt.NDArray[np.float32]) -> float:
    reaches = np.abs(places).max(axis=0)
    reaches = reaches[np.isfinite(reaches)]
    nth = min(len(reaches) - 1, int(REACHED * len(reaches)))
    return float(np.partition(reaches, nth)[nth]) if len(reaches) else 0.0


def _range_of(values: npt.NDArray[np.float32]) -> tuple[float, float]:
    """What uint16 is spread over: all finite values, or, where few of them reach far, where the others lie and around.

    A single image far away would else leave no step for all the others to differ by.
    """
    finite = values[np.isfinite(values)].astype(np.float64)
    if not len(finite):
        return 0.0, 0.0
    low, high = finite.min(), finite.max()
    begin, end = np.quantile(finite, [TAIL, 1 - TAIL])
    width = end - begin
    if high - low > 3 * width:
        low, high = max(low, begin - width), min(high, end + width)
    return float(low), float(high)


def _is_within(values: npt.NDArray[np.float32], limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    wide = values.astype(np.float64)
    return (wide >= limits[0]) & (wide <= limits[1])


def _quantised(values: npt.NDArray[np.float32], limits: tuple[float, float]) -> Column:
    low, high = limits
    inside = np.fmin(np.fmax(values.astype(np.float64), low), high)  # what is no number is at the lower end
    return np.rint((inside - low) * (TOP / (high - low) if high > low else 0.0)).astype("<u2")


def _narrowed(values: npt.NDArray[np.uint32], most: int) -> Column:
    """In the smallest unsigned type that holds so much."""
    return values.astype(np.min_scalar_type(most).newbyteorder("<"))


def _differences(index: npt.NDArray[np.int32], rows: list[slice]) -> list[list[Column]]:
    """Of each chunk the first image's number and the differences after it; of none anything where row r is image r."""
    if np.array_equal(index, np.arange(len(index))):
        return [[] for _ in rows]
    chunks = [index[each].astype("<u4") for each in rows]
    differences = [np.diff(each) for each in chunks]  # modulo 2³²
    most = max(each.max(initial=0) for each in differences)
    return [[chunk[:1], _narrowed(each, most)] for chunk, each in zip(chunks, differences, strict=True)]


def _dumped(header: PointsHeader, parts: Iterable[list[Column]]) -> Iterator[bytes]:
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(4 + len(text)) % 8)
    start = len(text).to_bytes(4, "little") + text
    for arrays in parts:
        yield start + b"".join(each.tobytes() + bytes(-each.nbytes % 4) for each in arrays)
        start = b""
    if start:
        yield start


def compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Parts as one gzip file, of which each piece can be read before the next is there; the last holds no part."""
    compressor = zlib.compressobj(LEVEL, wbits=_GZIP)
    for part in parts:
        yield compressor.compress(part) + compressor.flush(zlib.Z_SYNC_FLUSH)
    yield compressor.flush()


def decompressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The parts that pieces of `compressed` hold."""
    decompressor = zlib.decompressobj(_GZIP)
    return filter(None, map(decompressor.decompress, pieces))


class Replayed:
    """What an iterator yields, for any number of threads, each from the beginning; every piece is made once, when the
    first of them wants it.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._coming = pieces
        self._made: list[bytes] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[bytes]:
        for nth in itertools.count():
            with self._lock:
                if nth == len(self._made):
                    self._made.extend(itertools.islice(self._coming, 1))
                if nth == len(self._made):
                    return
                piece = self._made[nth]
            yield piece
