"""What tables that lie beside pictures say of them: metadata.csv and its like, or any with a column of their names."""

from __future__ import annotations

import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from vae_core.data.source import SplitName
from vae_core.errors import DataRefused
from vae_core.intake.containers import MOST_TIMES, Container, Entry, Unreadable
from vae_core.intake.layout import suffix_of
from vae_core.intake.table.running import Read, read
from vae_core.intake.table.told import side_named, told

Array = npt.NDArray[Any]
SUFFIXES = frozenset({".csv", ".tsv", ".jsonl", ".parquet"})
MOST_TABLES = 20
"""Beside the pictures of one container that are looked into."""
_CHUNK = 2**20
_METADATA = "metadata"
_PATHS = (
    "file_name",
    "filename",
    "file",
    "path",
    "filepath",
    "file_path",
    "image",
    "image_path",
    "img",
    "image_id",
    "id",
    "name",
)
_TRIED = 50  # rows that a column is judged by, before all are


@dataclass(frozen=True)
class Beside:
    """Of N pictures: is_named, whether a table has a row of it; the rest as in `Found`. used: names of the tables."""

    is_named: npt.NDArray[np.bool_]
    labels: list[str] | None
    sides: list[SplitName | None] | None
    columns: Mapping[str, Array]
    used: Sequence[str]
    notes: Sequence[str]

    def of(self, rows: npt.NDArray[np.intp]) -> Beside:
        """The same of some of the pictures."""
        return Beside(
            self.is_named[rows],
            None if self.labels is None else [self.labels[row] for row in rows],
            None if self.sides is None else [self.sides[row] for row in rows],
            {name: _tight(values[rows]) for name, values in self.columns.items()},
            self.used,
            self.notes,
        )


@dataclass(frozen=True)
class _Matched:
    """One table. rows: of the table, and pictures: which these are. columns: of those rows."""

    name: str
    read: Read
    rows: npt.NDArray[np.intp]
    pictures: npt.NDArray[np.intp]
    columns: Mapping[str, Array]


def is_table_name(name: str) -> bool:
    """Whether a file is a table, by its name."""
    return suffix_of(name) in SUFFIXES


def said_beside(container: Container, tables: Sequence[Entry], names: Sequence[str]) -> Beside | None:
    """What tables of a container say of its pictures, which have these names; None if they name none of them."""
    if not tables:
        return None
    finder = _Finder(names)
    matched, notes = list[_Matched](), list[str]()
    first = sorted(tables, key=lambda entry: _stem(_last(entry.name)).casefold() != _METADATA)
    for entry in first[:MOST_TABLES]:
        try:
            with file_of(container, entry.name) as path:
                found = read([(path, entry.name)])
        except (DataRefused, Unreadable) as error:
            notes.append(f"{entry.name} was passed over: {error}.")
            continue
        found.forget()
        if found.kind == "none" and (one := _matched(entry.name, found, finder)):
            matched.append(one)
            notes += found.notes
            if missing := len(_rows(found)) - len(one.rows):
                notes.append(
                    f"{missing:,} rows of {entry.name} name no picture that is here, or one that was named before."
                )
    return _joined(matched, len(names), notes) if matched else None


@contextmanager
def file_of(container: Container, name: str) -> Iterator[Path]:
    """A file of a container, of any size, as one of the disk. Raises Unreadable."""
    if container.kind == "folder":
        yield container.path / name
        return
    with tempfile.TemporaryDirectory(prefix="latent-studio-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "table"
        try:
            with ExitStack() as stack, path.open("wb") as copy:
                _copy(_opened(container, name, stack), copy, MOST_TIMES * max(2**18, container.path.stat().st_size))
        except (OSError, KeyError, ValueError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
            raise Unreadable(f"damaged in its archive ({error})") from error
        yield path


def _opened(container: Container, name: str, stack: ExitStack) -> IO[bytes]:
    if container.kind == "zip":
        return stack.enter_context(stack.enter_context(zipfile.ZipFile(container.path)).open(name))
    archive = stack.enter_context(tarfile.open(container.path, "r:"))  # noqa: SIM115
    for called in (name, f"./{name}"):
        with suppress(KeyError):
            if file := archive.extractfile(called):
                return stack.enter_context(file)
    raise KeyError(name)


def _copy(source: IO[bytes], target: IO[bytes], room: int) -> None:
    while chunk := source.read(_CHUNK):
        room -= len(chunk)
        if room < 0:
            raise Unreadable("unpacks to far more than a table does")
        target.write(chunk)


# Which row is of which picture


class _Finder:
    """Finds a picture by what a table calls it: its path, its name, or that without its end."""

    def __init__(self, names: Sequence[str]) -> None:
        self._whole = {name: index for index, name in enumerate(names)}
        self._last: dict[str, int] = {}
        for name, index in self._whole.items():
            last = _last(name)
            for short in {last, _stem(last)}:
                self._last[short] = -1 if short in self._last else index

    def index(self, called: str, folder: str) -> int:
        """-1 if there is none, or several."""
        path = called.strip().replace("\\", "/").removeprefix("./")
        for whole in (f"{folder}/{path}" if folder else path, path):
            if whole in self._whole:
                return self._whole[whole]
        return self._last.get(_last(path), -1)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _stem(last: str) -> str:
    return last[: len(last) - len(suffix_of(last))]


def _matched(name: str, found: Read, finder: _Finder) -> _Matched | None:
    folder = "/".join(name.split("/")[:-1])
    known = {column.casefold(): column for column in found.columns}
    named = [known[each] for each in _PATHS if each in known]
    for column in dict.fromkeys([*named, *found.columns]):
        values = found.columns[column]
        if values.dtype.kind != "U" and (values.dtype.kind != "i" or column not in named):
            continue  # numbers that are called nothing of the kind count epochs, not pictures
        is_meant = column in named[:1]
        tried = [finder.index(str(value), folder) for value in values[:_TRIED].tolist()]
        if 2 * sum(index >= 0 for index in tried) < len(tried) and not is_meant:
            continue
        indices = np.array([finder.index(str(value), folder) for value in values.tolist()], np.intp)
        rows = np.flatnonzero(indices >= 0)
        pictures, first = np.unique(indices[rows], return_index=True)
        if len(pictures):
            rest = {other: values[rows[first]] for other, values in found.columns.items() if other != column}
            return _Matched(name, found, rows[first], pictures, rest)
    return None


def _rows(found: Read) -> range:
    return range(sum(found.counts))


# From rows to pictures


def _joined(matched: Sequence[_Matched], count: int, notes: list[str]) -> Beside:
    is_named = np.zeros(count, np.bool_)
    for one in matched:
        is_named[one.pictures] = True
    names = list(dict.fromkeys(name for one in matched for name in one.columns))
    columns = {
        name: _spread([(one.pictures, one.columns[name]) for one in matched if name in one.columns], count)
        for name in names
    }
    classes = {name: texts for one in matched for name, texts in one.read.classes.items()}
    known = told(columns, classes, has_names=all(one.read.has_names for one in matched))
    return Beside(
        is_named,
        known.labels,
        known.sides or _sides(matched, count),
        known.columns,
        [one.name for one in matched],
        notes,
    )


def _tight(values: Array) -> Array:
    """Whole numbers again, once those rows are left out for which others had to be NaN."""
    is_whole = values.dtype.kind == "f" and bool((values == np.rint(values)).all())
    return values.astype(np.int64) if is_whole and bool((np.abs(values) < 2**24).all()) else values


def _spread(parts: Sequence[tuple[npt.NDArray[np.intp], Array]], count: int) -> Array:
    """(count,) with values where they belong, "" or NaN where there are none."""
    if any(values.dtype.kind == "U" for _, values in parts):
        texts = [(pictures, values.astype(np.str_)) for pictures, values in parts]
        out: Array = np.zeros(count, np.result_type(*(values.dtype for _, values in texts)))
        parts = texts
    else:
        is_whole = all(values.dtype.kind == "i" for _, values in parts)
        covered = len(np.unique(np.concatenate([pictures for pictures, _ in parts])))
        out = np.zeros(count, np.int64) if is_whole and covered == count else np.full(count, np.nan, np.float32)
    for pictures, values in parts:
        out[pictures] = values
    return out


def _sides(matched: Sequence[_Matched], count: int) -> list[SplitName | None] | None:
    """By the names of the tables, if these name both sides: train.csv and test.csv."""
    sides: list[SplitName | None] = [None] * count
    for one in matched:
        for index in one.pictures.tolist():
            sides[index] = side_named(one.name)
    return sides if {"train", "held-out"} <= set(sides) else None
