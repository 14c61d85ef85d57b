"""By what the same picture is known again, and one that can hardly be told from it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # what checks cards takes as long to load as a thousand pictures to decode
    from vae_core.data.source import Pixels

_SIDE = 16  # of the small picture that near-duplicates are told by
_SEEN = 0.5  # grey levels: a smaller step, 8 bits cannot show


def exact_marks(images: Pixels) -> npt.NDArray[np.uint64]:
    """uint64 (N,) for images uint8 (N, C, H, W): equal for equal pixels, else different but for one chance in 10¹⁹."""
    return _marks(np.ascontiguousarray(images).reshape(len(images), -1))


def alike_marks(images: Pixels) -> npt.NDArray[np.uint64]:
    """uint64 (N,): equal for images whose grey rises and falls alike when they are 16 by 16; 0 without any.

    Source: Krawetz 2013, "Kind of like that" (dHash).
    """
    count, channels, height, width = images.shape
    lines = images.reshape(-1, width).astype(np.float32) @ _means(_SIDE + 1, width).T  # (N·C·H, 17), one product
    grey = lines.reshape(count, channels, height, _SIDE + 1).sum(axis=1) / np.float32(channels)  # (N, H, 17)
    small = _means(_SIDE, height) @ grey  # (N, 16, 17)
    bits = np.packbits((np.diff(small, axis=2) > _SEEN).reshape(count, -1), axis=1)  # (N, 32)
    return np.where(bits.any(axis=1), _marks(bits), np.uint64(0))


def _marks(rows: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """(N,) of rows (N, bytes), contiguous."""
    size, data = rows.shape[1], rows.ravel().data
    ends = range(size, rows.size + size, size)
    digests = [hashlib.blake2b(data[end - size : end], digest_size=8).digest() for end in ends]
    return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)


def _means(few: int, many: int) -> npt.NDArray[np.float32]:
    """(few, many): takes the mean over equal parts of a line, pixels that two share in proportion."""
    edges = np.arange(few + 1) * (many / few)
    pixels = np.arange(many)
    shares = np.clip(np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels), 0, None)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)
