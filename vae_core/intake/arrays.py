"""Pictures that come as arrays: .npy, .npz with the keys of MedMNIST and Keras, IDX files. Never a pickle."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt, prod
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from vae_core.data.source import Pixels, SplitName
from vae_core.errors import DataRefused
from vae_core.intake.containers import holds_arrays
from vae_core.intake.decoding import Decoded, Progress, write_all
from vae_core.intake.found import Found, suggested_size
from vae_core.intake.pictures import Preparation, resized

Array = npt.NDArray[Any]
MOST_ARRAY_BYTES = 64 * 2**30
"""Of an array as it comes: eight bytes a number, where one is kept."""
_AT_ONCE = 512
_NPY, _GZIP, _IDX = b"\x93NUMPY", b"\x1f\x8b", b"\x00\x00\x08"
_SIDES: dict[str, SplitName] = {
    "train": "train", "val": "held-out", "valid": "held-out", "validation": "held-out", "test": "held-out",
}  # fmt: skip
_IMAGE_KEYS = ("images", "image", "x", "data", "imgs", "pixels", "arr_0")
_LABEL_KEYS = ("labels", "label", "y", "targets", "target", "classes", "arr_1")
_UNREADABLE = (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, MemoryError, KeyError, SyntaxError)


def is_arrays(path: Path) -> bool:
    """Whether a file holds arrays, by its content."""
    with path.open("rb") as file:
        head = file.read(6)
    if head == _NPY or holds_arrays(path):
        return True
    return _plain_head(path, head).startswith(_IDX)


def _plain_head(path: Path, head: bytes) -> bytes:
    if not head.startswith(_GZIP):
        return head
    try:
        with gzip.open(path) as file:
            return file.read(4)
    except (OSError, EOFError, zlib.error):
        return b""


def find_arrays(path: Path, value_range: tuple[float, float] | None = None) -> Found:
    """The pictures of a file of arrays. value_range: what is black and what white, if it is not to be seen from them.

    Raises DataRefused.
    """
    try:
        pieces = list(_pieces(path))
    except DataRefused:
        raise
    except _UNREADABLE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")[:160]
        raise DataRefused(f"{path.name} is no readable file of arrays ({reason}); save it again") from None
    return found_in(pieces, path.name, value_range)


def found_in(pieces: Sequence[Piece], what: str, value_range: tuple[float, float] | None) -> Found:
    """The pictures of arrays, which lie in what. Raises DataRefused."""
    stack = _Stack(tuple(laid_out(piece.images, what) for piece in pieces), value_range)
    labels = [_texts(piece.labels, len(piece.images)) for piece in pieces]
    names = [f"{piece.key}[{row}]" for piece in pieces for row in range(len(piece.images))]
    levels = stack.levels(names)
    shape = stack.parts[0].shape
    return Found(
        ArrayPictures(stack, levels),
        names=names,
        suggested=Preparation(suggested_size([(shape[1], shape[2])]), colour=shape[3] >= 3, fit="fit", ground=0),
        labels=[text for part in labels for text in part or ()] if all(part is not None for part in labels) else None,
        sides=[piece.side for piece in pieces for _ in range(len(piece.images))]
        if any(p.side for p in pieces)
        else None,
        notes=[f"Numbers from {levels.low:g} to {levels.high:g} were read as black to white ({levels.why})."],
    )


@dataclass(frozen=True)
class Piece:
    """One array of images, its name, its labels if there are any, and which side of the split its key names."""

    key: str
    images: Array
    labels: Array | None
    side: SplitName | None


def _pieces(path: Path) -> Iterator[Piece]:
    with path.open("rb") as file:
        head = file.read(6)
    if head == _NPY:
        yield Piece(path.stem, np.load(path, mmap_mode="r", allow_pickle=False), None, None)
    elif head.startswith(b"PK"):
        yield from _of_npz(path)
    else:
        yield Piece(path.stem, _idx(path), None, None)


# .npz


def _of_npz(path: Path) -> Iterator[Piece]:
    with zipfile.ZipFile(path) as archive:
        keys = {name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")}
        pairs = _paired(list(keys))
        if not pairs:
            raise DataRefused(
                f"{path.name} has the arrays {', '.join(keys)[:200] or 'none'}; expected images or x_train"
            )
        for images, labels, side in pairs:
            yield Piece(
                images, _member(archive, keys[images]), _member(archive, keys[labels]) if labels else None, side
            )


def _paired(keys: list[str]) -> list[tuple[str, str | None, SplitName | None]]:
    """(images, labels, side) among the keys of a file: of each side if there are such, else of all."""
    by_side: list[tuple[str, str | None, SplitName | None]] = [
        (images, _first(keys, [form.format(label, side) for label in _LABEL_KEYS for form in _FORMS]), value)
        for side, value in _SIDES.items()
        if (images := _first(keys, [form.format(image, side) for image in _IMAGE_KEYS for form in _FORMS]))
    ]
    if by_side:
        return by_side
    images = _first(keys, _IMAGE_KEYS) or (keys[0] if len(keys) == 1 else None)
    return [(images, _first([key for key in keys if key != images], _LABEL_KEYS), None)] if images else []


_FORMS = ("{0}_{1}", "{1}_{0}")


def _first(keys: list[str], wanted: list[str] | tuple[str, ...]) -> str | None:
    by_small = {key.casefold(): key for key in keys}
    return next((by_small[name] for name in wanted if name in by_small), None)


def _member(archive: zipfile.ZipFile, name: str) -> Array:
    """An array of a .npz, mapped from a temporary copy: numpy would read all of it into memory. Raises DataRefused."""
    with archive.open(name) as source:
        _expect_plain(source, name)
    with tempfile.TemporaryFile(prefix="latent-studio-") as copy:
        with archive.open(name) as source:
            while chunk := source.read(2**20):
                copy.write(chunk)
        copy.seek(0)
        shape, fortran, dtype = _header(copy)
        expected = prod(shape) * dtype.itemsize
        if copy.seek(0, 2) - (start := _header_end(copy)) < expected:
            raise DataRefused(f"{name} is cut short; save it again")
        if not expected:
            return np.zeros(shape, dtype)
        return np.memmap(copy, dtype, "r", start, shape, "F" if fortran else "C")


def _expect_plain(source: IO[bytes], name: str) -> None:
    shape, _, dtype = _header(source)
    if dtype.hasobject:
        raise DataRefused(f"{name} holds Python objects, which could run as a program; save plain numbers")
    if prod(shape) * dtype.itemsize > MOST_ARRAY_BYTES:
        raise DataRefused(
            f"{name} says that it has {prod(shape):,} numbers; expected at most {MOST_ARRAY_BYTES // 2**30} GiB"
        )


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    return shape, fortran, dtype


def _header_end(file: IO[bytes]) -> int:
    file.seek(0)
    _header(file)
    return file.tell()


# IDX


def _idx(path: Path) -> Array:
    """uint8 (N, H, W) or (N, C, H, W). Raises DataRefused."""
    with path.open("rb") as raw:
        is_packed = raw.read(2) == _GZIP
    with gzip.open(path) if is_packed else path.open("rb") as file:
        head = file.read(4)
        if len(head) < 4 or head[:3] != _IDX or head[3] not in (3, 4):
            raise DataRefused(f"{path.name} is an IDX file, but not one of images; expected bytes in 3 or 4 dimensions")
        shape = tuple(int.from_bytes(file.read(4)) for _ in range(head[3]))
        if prod(shape) > MOST_ARRAY_BYTES:
            raise DataRefused(f"{path.name} says that it has {prod(shape):,} pixels, which is too many")
        values = np.frombuffer(file.read(prod(shape) + 1), np.uint8)
    if len(values) != prod(shape):
        got = "more" if len(values) > prod(shape) else "fewer"
        raise DataRefused(f"{path.name} should have {prod(shape):,} pixels, but has {got}; copy it again")
    return values.reshape(shape)


# Pixels


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
class _Levels:
    """What is black, what is white, and how that was told."""

    low: float
    high: float
    why: str


@dataclass(frozen=True)
class _Stack:
    """Arrays (N, H, W, C) of one shape, one after the other. value_range: as somebody has said."""

    parts: tuple[Array, ...]
    value_range: tuple[float, float] | None

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

    def levels(self, names: list[str]) -> _Levels:
        """Raises DataRefused for pixels that are no numbers, with the image's name."""
        low, high = np.inf, -np.inf
        for row, images in self.chunks():
            if images.dtype.kind == "f" and not np.isfinite(images).all():
                bad = row + int(np.argmin(np.isfinite(images).all(axis=(1, 2, 3))))
                raise DataRefused(
                    f"{names[bad]} has pixels that are no numbers (NaN or infinite); mend or leave it out"
                )
            low, high = min(low, float(images.min())), max(high, float(images.max()))
        if self.value_range:
            return _Levels(*self.value_range, "as was said")
        is_float = self.parts[0].dtype.kind == "f"
        known = {"0 to 1": (0.0, 1.0), "0 to 255": (0.0, 255.0), "−1 to 1": (-1.0, 1.0), "16 bits": (0.0, 65535.0)}
        for why, (least, most) in known.items():
            is_meant = is_float or why in ("0 to 255", "16 bits") or high <= 1
            if low >= least and high <= most and is_meant:
                return _Levels(least, most, why)
        return _Levels(low, high if high > low else low + 1, "from the smallest to the largest, as if standardised")


@dataclass(frozen=True)
class ArrayPictures:
    """Images in arrays, and what is black and white in them."""

    stack: _Stack
    levels: _Levels

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
        whole = (self.levels.low, self.levels.high) == (0.0, 255.0) and values.dtype == np.uint8
        images = values if whole else self._in_bytes(values)
        if images.shape[3] == 4:
            opaque = images[..., 3:].astype(np.float32) / 255
            images = np.rint(images[..., :3] * opaque + wanted.ground * (1 - opaque)).astype(np.uint8)
        if images.shape[1:3] == wanted.size and images.shape[3] == wanted.image_shape[0]:
            done = images.transpose(0, 3, 1, 2)
            return np.ascontiguousarray(~done if wanted.inverted else done)
        return np.stack([resized(Image.fromarray(np.ascontiguousarray(image.squeeze())), wanted) for image in images])

    def _in_bytes(self, values: Array) -> Pixels:
        scaled = (values.astype(np.float64) - self.levels.low) * (255 / (self.levels.high - self.levels.low))
        return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


def _texts(labels: Array | None, count: int) -> list[str] | None:
    """A class's name for each image, from labels (N,), (N, 1) or one-hot (N, K); None if they are not that."""
    if labels is None or len(labels) != count:
        return None
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    is_one_hot = (
        labels.ndim == 2 and labels.dtype.kind in "buif" and bool((labels != 0).sum(axis=1).max(initial=0) == 1)
    )
    if is_one_hot:
        labels = labels.argmax(axis=1)
    if labels.ndim != 1 or labels.dtype.kind not in "buifUS":
        return None
    if labels.dtype.kind == "f" and not (labels == np.rint(labels)).all():
        return None
    whole = labels.astype(np.int64) if labels.dtype.kind in "bf" else labels
    return [value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in whole.tolist()]
