"""By what the same picture is known again, and one that can hardly be told from it."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from vae_core.data.source import Pixels

_SIDE = 16  # of the small picture that near-duplicates are told by
_SEEN = 0.5  # grey levels: a smaller step, 8 bits cannot show


def exact_marks(images: Pixels) -> npt.NDArray[np.uint64]:
    """uint64 (N,) for images uint8 (N, C, H, W): equal for equal pixels, else different but for one chance in 10¹⁹."""
    return np.array([_mark(np.ascontiguousarray(image).data) for image in images], np.uint64)


def alike_marks(images: Pixels) -> npt.NDArray[np.uint64]:
    """uint64 (N,): equal for images whose grey rises and falls alike when they are 16 by 16; 0 without any.

    Source: Krawetz 2013, "Kind of like that" (dHash).
    """
    count, _, height, width = images.shape
    grey = images.mean(axis=1, dtype=np.float32)  # (N, H, W)
    small = _means(_SIDE, height) @ grey @ _means(_SIDE + 1, width).T  # (N, 16, 17)
    bits = np.packbits((np.diff(small, axis=2) > _SEEN).reshape(count, -1), axis=1)  # (N, 32)
    return np.array([_mark(row.data) if row.any() else 0 for row in bits], np.uint64)


def _mark(data: memoryview) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())


def _means(few: int, many: int) -> npt.NDArray[np.float32]:
    """(few, many): takes the mean over equal parts of a line, pixels that two share in proportion."""
    edges = np.arange(few + 1) * (many / few)
    pixels = np.arange(many)
    shares = np.clip(np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels), 0, None)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)
