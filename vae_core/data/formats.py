"""The file formats of data sets that everybody can download, read without torch and never by a pickle."""

from __future__ import annotations

import bz2
import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from vae_core.data.cards import CIFAR_100_KINDS
from vae_core.data.source import Labels, Pixels, Split
from vae_core.errors import DatasetDamaged

MOST_BYTES = 2**30
"""Of one unpacked file: none here has more."""
UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError)
_BYTE, _INT = 8, 12  # of an IDX file's values


@dataclass(frozen=True)
class Content:
    """A file's bytes, unpacked. where: its path, for people. name: of the data set that it should be of."""

    where: str
    data: Pixels
    name: str

    def damaged(self, expected: str, got: str) -> DatasetDamaged:
        """An error that says so."""
        return damaged(self.where, self.name, expected, got)


def damaged(where: object, name: str, expected: str, got: str) -> DatasetDamaged:
    """An error that names a file of a data set, what it should hold, and what to do."""
    return DatasetDamaged(
        f"{where} should hold {expected} and holds {got}; put a whole file there, or move this one elsewhere and run: "
        f"python -m vae_core download {name}"
    )


def _why(error: Exception) -> str:
    return f"what gives {(str(error).splitlines() or [type(error).__name__])[0]}"


# Unpacking: what a file is, its first bytes say, whatever it is called


def read_file(path: Path, name: str) -> Content:
    """A file as it is, or what is compressed in it. Raises FileNotFoundError, NotADirectoryError or DatasetDamaged."""
    try:
        with path.open("rb") as file:
            return Content(str(path), _unpacked(file), name)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except UNREADABLE as error:
        raise damaged(path, name, "readable bytes", _why(error)) from error


def read_archive(path: Path, wanted: Sequence[str], name: str) -> list[Content]:
    """Files of a .zip or .tar by their names, compressed or not, in whatever folder. Raises DatasetDamaged."""
    found: dict[str, Content] = {}
    try:
        for member, file in _members(path):
            plain = PurePosixPath(member).name.removesuffix(".gz")
            if plain in wanted:
                found[plain] = Content(f"{path}: {member}", _unpacked(file), name)
                if len(found) == len(wanted):
                    break
    except UNREADABLE as error:
        raise damaged(path, name, "a whole archive", _why(error)) from error
    if missing := [each for each in wanted if each not in found]:
        raise damaged(path, name, f"{', '.join(wanted)}", f"no {missing[0]}")
    return [found[each] for each in wanted]


def _members(path: Path) -> Iterator[tuple[str, BufferedReader | zipfile.ZipExtFile]]:
    """Each file of an archive, to be read before the next is asked for."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as file:
                    yield info.filename, cast(zipfile.ZipExtFile, file)
        return
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile():
                yield member.name, cast(BufferedReader, archive.extractfile(member))


def _unpacked(file: BufferedReader | zipfile.ZipExtFile) -> Pixels:
    start, unpacked = file.peek(4), cast(IO[bytes], file)
    if start.startswith(b"\x1f\x8b"):
        unpacked = cast(IO[bytes], gzip.GzipFile(fileobj=unpacked))
    elif start.startswith(b"BZh"):
        unpacked = bz2.BZ2File(unpacked)
    return np.frombuffer(bytearray(unpacked.read(MOST_BYTES + 1)), dtype=np.uint8)


# Formats


def idx(content: Content, dimensions: int, kind: int = _BYTE) -> npt.NDArray[Any]:
    """An IDX file: 0, 0, 8 (bytes) or 12 (int32), the number of dimensions, each as a big-endian uint32, the values.

    Raises DatasetDamaged.
    """
    data, start = content.data, 4 + 4 * dimensions
    if len(data) < start or data[:4].tolist() != [0, 0, kind, dimensions]:
        raise content.damaged(f"an IDX file of {dimensions} dimensions", f"{len(data)} bytes that begin otherwise")
    shape = tuple(data[4:start].view(">u4").tolist())
    values = data[start:]
    if len(values) != np.prod(shape, dtype=np.float64) * (4 if kind == _INT else 1):
        raise content.damaged(f"{shape} values", f"{len(values)} bytes")
    return (values.view(">i4") if kind == _INT else values).reshape(shape)


def read_emnist(contents: Sequence[Content], *, first: int, classes: int) -> tuple[Split, Split]:
    """Both splits of EMNIST, upright: in its files, as torchvision hands them out, rows are columns.

    first: the label of the first class, 1 among the letters.
    """

    def split(images: Content, labels: Content) -> Split:
        upright = idx(images, 3).transpose(0, 2, 1)[:, None]  # (N, W, H) -> (N, C, H, W)
        return Split(upright, _numbered(labels, idx(labels, 1), len(upright), first, classes))

    return split(*contents[:2]), split(*contents[2:])


def read_qmnist(contents: Sequence[Content]) -> tuple[Split, Split]:
    """Both splits of QMNIST, with the number of each digit's writer, and of the NIST series that it is from."""

    def split(images: Content, labels: Content) -> Split:
        pixels, known = idx(images, 3)[:, None], idx(labels, 2, _INT)
        if known.shape[1:] != (8,):
            raise labels.damaged("8 numbers for each image", f"{known.shape[1:]}")
        columns = {"writer": known[:, 2].astype(np.float32), "series": known[:, 1].astype(np.float32)}
        return Split(pixels, _numbered(labels, known[:, 0], len(pixels), 0, 10), columns)

    return split(*contents[:2]), split(*contents[2:])


def read_usps(contents: Sequence[Content]) -> tuple[Split, Split]:
    """Both splits of USPS from libsvm's text, "7 1:-1 2:-0.5 …": values −1 to 1 are rounded to 0 to 255, not cut."""

    def split(content: Content) -> Split:
        try:
            rows = np.array(content.data.tobytes().replace(b":", b" ").split(), np.float64).reshape(-1, 1 + 2 * 256)
        except ValueError:
            raise content.damaged("lines of a label and 256 numbered values", "others") from None
        values = rows[:, 2::2]
        if (rows[:, 1::2] != np.arange(1, 257)).any() or not (np.abs(values) <= 1).all():
            raise content.damaged("values from -1 to 1, numbered from 1 to 256", "others")
        images = np.rint((values + 1) * (255 / 2)).astype(np.uint8).reshape(-1, 1, 16, 16)
        return Split(images, _numbered(content, rows[:, 0], len(images), 1, 10))

    return split(contents[0]), split(contents[1])


def read_svhn(contents: Sequence[Content]) -> tuple[Split, Split]:
    """Both splits of SVHN's cropped digits from MATLAB files, whose label 10 is the digit 0."""

    def split(content: Content) -> Split:
        found = _matlab(content, "X", "y")
        if found["X"].shape[:3] != (32, 32, 3) or found["X"].dtype != np.uint8:
            raise content.damaged("X, uint8 (32, 32, 3, N)", f"{found['X'].dtype} {found['X'].shape}")
        images = found["X"].reshape(32, 32, 3, -1).transpose(3, 2, 0, 1)  # (H, W, C, N) -> (N, C, H, W)
        labels = _numbered(content, found["y"].ravel(), len(images), 1, 10)
        return Split(images, (labels + 1) % 10)

    return split(contents[0]), split(contents[1])


def read_cifar(contents: Sequence[Content], *, classes: int) -> tuple[Split, Split]:
    """Both splits of CIFAR's binary version, a label (CIFAR-100: two) and 3,072 pixels each; the last file held out."""

    def split(files: Iterable[Content]) -> Split:
        return _joined([_cifar_batch(file, classes) for file in files])

    return split(contents[:-1]), split(contents[-1:])


def _cifar_batch(content: Content, classes: int) -> Split:
    before = 1 if classes == 10 else 2  # labels; the kind, then the class
    if len(content.data) % (before + 3072):
        raise content.damaged(f"{before + 3072} bytes for each image", f"{len(content.data)} bytes")
    rows = content.data.reshape(-1, before + 3072)
    labels = _numbered(content, rows[:, before - 1], len(rows), 0, classes)
    kinds = {} if before == 1 else {"kind": np.array(CIFAR_100_KINDS)[_numbered(content, rows[:, 0], len(rows), 0, 20)]}
    return Split(rows[:, before:].reshape(-1, 3, 32, 32), labels, kinds)


def read_olivetti(contents: Sequence[Content]) -> tuple[Split, Split]:
    """Ten faces of each of 40 people from a MATLAB file; one of each, drawn with seed 0, is held out."""
    (content,) = contents
    faces = _matlab(content, "faces")["faces"]
    if faces.ndim != 2 or len(faces) != 64 * 64 or faces.shape[1] % 10 or not _are_bytes(faces):
        raise content.damaged("faces, 4096 values from 0 to 255 of each", f"{faces.dtype} {faces.shape}")
    images = faces.T.reshape(-1, 1, 64, 64).transpose(0, 1, 3, 2).astype(np.uint8)  # (N, C, W, H) -> (N, C, H, W)
    people = len(images) // 10
    is_held_out = np.zeros((people, 10), np.bool_)
    is_held_out[np.arange(people), np.random.default_rng(0).integers(10, size=people)] = True
    whole = Split(images, np.repeat(np.arange(people, dtype=np.uint32), 10))
    return whole[~is_held_out.ravel()], whole[is_held_out.ravel()]


def _are_bytes(values: npt.NDArray[Any]) -> bool:
    return values.dtype == np.uint8 or bool(((values >= 0) & (values <= 255) & (values == np.rint(values))).all())


def _matlab(content: Content, *names: str) -> dict[str, npt.NDArray[Any]]:
    from scipy.io.matlab import MatReadError, loadmat  # noqa: PLC0415  (0.2 s, for two data sets)

    try:
        found = loadmat(BytesIO(content.data.tobytes()), variable_names=names)
        return {name: found[name] for name in names}
    except (*UNREADABLE, MatReadError, ValueError, TypeError, KeyError, IndexError) as error:
        raise content.damaged(f"a MATLAB file with {' and '.join(names)}", _why(error)) from error


def _numbered(content: Content, labels: npt.NDArray[Any], count: int, first: int, classes: int) -> Labels:
    """Labels from 0. Raises DatasetDamaged unless there are so many, from first on, of so many classes."""
    if len(labels) != count or not count:
        raise content.damaged(f"{max(count, 1)} labels, one for each image", f"{len(labels)}")
    if labels.min() < first or labels.max() >= first + classes:
        raise content.damaged(f"labels from {first} to {first + classes - 1}", f"{labels.min()} to {labels.max()}")
    return (labels.astype(np.int64) - first).astype(np.uint32)


def _joined(parts: Sequence[Split]) -> Split:
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    labels = np.concatenate([part.labels for part in parts if part.labels is not None])
    return Split(np.concatenate([part.images for part in parts]), labels, columns)
