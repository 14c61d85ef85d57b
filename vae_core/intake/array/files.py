"""What a file of arrays holds: .npy, .npz with the keys of MedMNIST and Keras, IDX files. Never a pickle."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from vae_core.data.source import SplitName
from vae_core.errors import DataRefused
from vae_core.intake.containers import MOST_TIMES, holds_arrays

Array = npt.NDArray[Any]
MOST_ARRAY_BYTES = 64 * 2**30
"""Of an array as it comes: eight bytes a number, where one is kept."""
COLUMN = "column_"
"""What stands before the name of a column in what is exported, so that none is taken for pictures or labels."""
UNREADABLE = (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, MemoryError, KeyError, SyntaxError)
_NPY, _GZIP, _IDX = b"\x93NUMPY", b"\x1f\x8b", b"\x00\x00\x08"
_SIDES: dict[str, SplitName] = {
    "train": "train", "val": "held-out", "valid": "held-out", "validation": "held-out", "test": "held-out",
}  # fmt: skip
_IMAGE_KEYS = ("images", "image", "x", "data", "imgs", "pixels", "arr_0")
_LABEL_KEYS = ("labels", "label", "y", "targets", "target", "classes", "arr_1")
_FORMS = ("{0}_{1}", "{1}_{0}")
_CLASSES = "classes"


@dataclass(frozen=True)
class Piece:
    """One array of images, its name, its labels if there are any, and which side of the split its key names.

    columns: what else is known of each image, (N,). classes: names of the labels' numbers, () if nobody says.
    """

    key: str
    images: Array
    labels: Array | None
    side: SplitName | None
    columns: Mapping[str, Array] = field(default_factory=dict)
    classes: Sequence[str] = ()


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


def pieces(path: Path) -> Iterator[Piece]:
    """The arrays of images in a file. Raises DataRefused, and those of `UNREADABLE`."""
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
        classes = _class_names(archive, keys)
        for images, labels, side in pairs:
            pixels = _member(archive, keys[images])
            columns = _columns(archive, keys, {images, labels or "", _CLASSES}, side and _said(images), len(pixels))
            yield Piece(images, pixels, _member(archive, keys[labels]) if labels else None, side, columns, classes)


def _class_names(archive: zipfile.ZipFile, keys: Mapping[str, str]) -> Sequence[str]:
    """Of the array "classes", if it is one of texts."""
    if (name := keys.get(_CLASSES)) and _shape_of(archive, name)[1].kind == "U":
        return [str(text) for text in _member(archive, name).ravel().tolist()]
    return ()


def _columns(
    archive: zipfile.ZipFile, keys: Mapping[str, str], taken: set[str], side: str | None, count: int
) -> dict[str, Array]:
    """Of each other array of one number or text for each image, its name and its values."""
    found: dict[str, Array] = {}
    for key, name in keys.items():
        title = _without(key, side) if side else key
        if key in taken or title is None:
            continue
        shape, dtype = _shape_of(archive, name)
        if shape == (count,) and dtype.kind in "biufU":
            found[title.removeprefix(COLUMN)] = np.array(_member(archive, name))
    return found


def _said(key: str) -> str:
    """The side that a key names, as it does: "x_train" says "train"."""
    return next(word for side in _SIDES for word in key.split("_") if word.casefold() == side)


def _without(key: str, side: str) -> str | None:
    """What a key of a side is called without it; None for one of no side, or of another."""
    if key.endswith(f"_{side}"):
        return key.removesuffix(f"_{side}")
    return key.removeprefix(f"{side}_") if key.startswith(f"{side}_") else None


def _shape_of(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    with archive.open(name) as source:
        shape, _, dtype = _header(source)
    return shape, dtype


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


def _first(keys: list[str], wanted: list[str] | tuple[str, ...]) -> str | None:
    by_small = {key.casefold(): key for key in keys}
    return next((by_small[name] for name in wanted if name in by_small), None)


def _member(archive: zipfile.ZipFile, name: str) -> Array:
    """An array of a .npz, mapped from a temporary copy: numpy would read all of it into memory. Raises DataRefused."""
    info = archive.getinfo(name)
    if info.file_size > MOST_TIMES * max(2**18, info.compress_size):
        raise DataRefused(f"{name} unpacks to far more than pictures do ({info.file_size:,} bytes); save it again")
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
