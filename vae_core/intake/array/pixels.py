"""Numbers as pixels: which dimension is which, and what is black and what white."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from vae_core.data.source import Pixels
from vae_core.errors import DataRefused
from vae_core.intake.decoding import Decoded, Progress, write_all
from vae_core.intake.pictures import Preparation, ValueRange, resized

Array = npt.NDArray[Any]
USUAL_RANGES: dict[str, ValueRange] = {
    "0 to 1": (0.0, 1.0), "0 to 255": (0.0, 255.0), "−1 to 1": (-1.0, 1.0), "16 bits": (0.0, 65535.0),
}  # fmt: skip
"""What is black and what white in most arrays."""
_AT_ONCE = 512


def laid_out(images: Array, what: str) -> Array:
    """An array as (N, H, W, C), 1 to 4 channels, without copying it. Raises DataRefused for no images.

    (N, pixels) are squares: of grey, or of red, then green, then blue.
    """
    if images.dtype.kind not in "buif":
        raise DataRefused(f"{what} holds no plain numbers but {images.dtype}; save the pixels as numbers")
    if images.ndim == 2:
        for channels in (1, 3):
            side = isqrt(images.shape[1] // channels)
            if side and channels * side * side == images.shape[1]:
                return images.reshape(-1, channels, side, side).transpose(0, 2, 3, 1)
    if images.ndim == 3:
        return images[..., np.newaxis]
    if images.ndim == 4 and images.shape[3] in (1, 3, 4):
        return images
    if images.ndim == 4 and images.shape[1] in (1, 3, 4):
        return images.transpose(0, 2, 3, 1)
    raise DataRefused(
        f"{what} has the shape {images.shape}; "
        "expected (N, H, W), (N, H, W, C), (N, C, H, W) or (N, pixels of a square)"
    )


@dataclass(frozen=True)
class Levels:
    """What is black and what white, how that was told, and the smallest and the largest number."""

    black_white: ValueRange
    why: str
    extent: ValueRange


@dataclass(frozen=True)
class Stack:
    """Arrays (N, H, W, C) of one shape, one after the other."""

    parts: tuple[Array, ...]

    def __post_init__(self) -> None:
        shapes = {part.shape[1:] for part in self.parts}
        if len(shapes) > 1:
            raise DataRefused(
                f"its arrays are of different shapes, {' and '.join(map(str, sorted(shapes)))}; add them apart"
            )

    def chunks(self) -> Iterator[tuple[int, Array]]:
        """(row of its first image, images)"""
        row = 0
        for part in self.parts:
            for start in range(0, len(part), _AT_ONCE):
                yield row + start, part[start : start + _AT_ONCE]
            row += len(part)

    def levels(self, names: Sequence[str]) -> Levels:
        """Raises DataRefused for pixels that are no numbers, with the image's name."""
        low, high = np.inf, -np.inf
        for row, images in self.chunks():
            if images.dtype.kind == "f" and not np.isfinite(images).all():
                bad = row + int(np.argmin(np.isfinite(images).all(axis=(1, 2, 3))))
                raise DataRefused(
                    f"{names[bad]} has pixels that are no numbers (NaN or infinite); mend or leave it out"
                )
            low, high = min(low, float(images.min())), max(high, float(images.max()))
        is_float = self.parts[0].dtype.kind == "f"
        for why, (least, most) in USUAL_RANGES.items():
            is_meant = is_float or why in ("0 to 255", "16 bits") or high <= 1
            if low >= least and high <= most and is_meant:
                return Levels((least, most), why, (low, high))
        whole = (low, high if high > low else low + 1)
        return Levels(whole, "from the smallest to the largest, as if standardised", (low, high))


@dataclass(frozen=True)
class ArrayPictures:
    """Images in arrays, and what is black and white in them."""

    stack: Stack
    levels: Levels

    def write(self, target: Path, wanted: Preparation, progress: Progress) -> Decoded:
        """As `Pictures`."""
        count = sum(len(part) for part in self.stack.parts)
        return write_all(target, count, (self._prepared(values, wanted) for _, values in self.stack.chunks()), progress)

    def sample(self, rows: Sequence[int], wanted: Preparation) -> tuple[Pixels, npt.NDArray[np.bool_]]:
        """As `Pictures`."""
        starts = np.cumsum([0, *(len(part) for part in self.stack.parts)])
        images = np.zeros((len(rows), *wanted.image_shape), np.uint8)
        for index, row in enumerate(rows):
            part = int(np.searchsorted(starts, row, "right")) - 1
            images[index] = self._prepared(self.stack.parts[part][row - starts[part]][np.newaxis], wanted)[0]
        return images, np.ones(len(rows), np.bool_)

    def _prepared(self, values: Array, wanted: Preparation) -> Pixels:
        """(N, H, W, C) numbers -> uint8 (N, C, H, W)"""
        low, high = wanted.value_range or self.levels.black_white
        are_bytes = (low, high) == (0.0, 255.0) and values.dtype == np.uint8
        images = values if are_bytes else _in_bytes(values, low, high)
        if images.shape[3] == 4:
            opaque = images[..., 3:].astype(np.float32) / 255
            images = np.rint(images[..., :3] * opaque + wanted.ground * (1 - opaque)).astype(np.uint8)
        if images.shape[1:3] == wanted.size and images.shape[3] == wanted.image_shape[0]:
            done = images.transpose(0, 3, 1, 2)
            return np.ascontiguousarray(~done if wanted.inverted else done)
        return np.stack([resized(Image.fromarray(np.ascontiguousarray(image.squeeze())), wanted) for image in images])


def _in_bytes(values: Array, low: float, high: float) -> Pixels:
    """What lies beyond is cut."""
    scaled = (values.astype(np.float64) - low) * (255 / (high - low))
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
