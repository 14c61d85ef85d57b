"""From tables to files of plain numbers, piece by piece, so that memory does not grow with the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from vae_core.errors import DataRefused
from vae_core.intake.containers import MOST_FILE_BYTES
from vae_core.intake.found import MOST_IMAGES
from vae_core.intake.table.heads import MOST_TABLE_BYTES
from vae_core.intake.table.meaning import NUMBERING, Column, meaning_of
from vae_core.intake.table.reading import Table, open_table

Array = npt.NDArray[Any]
MOST_KEPT = 60
"""Columns that go along with the pictures."""
MOST_COLUMN_BYTES = 512 * 2**20
"""Of one of them; four bytes a letter, as many letters as the longest text has."""
_LEADING_ZERO = r"^\s*-?0\d"  # such a number is a name


@dataclass
class _Spool:
    """What was written so far. chunks: {name: of columns, of each table those that it has}."""

    out: IO[bytes]
    written: int = 0
    dtype: np.dtype[Any] | None = None
    shape: tuple[int, ...] = ()
    keys: list[tuple[int, int]] = field(default_factory=list)
    chunks: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    rows: int = 0

    def put(self, data: Any) -> None:
        self.written += memoryview(data).nbytes
        if self.written > MOST_TABLE_BYTES:
            raise DataRefused(f"its pictures are more than {MOST_TABLE_BYTES // 2**30} GiB; take fewer")
        self.out.write(data)


def write(tables: Sequence[tuple[Path, str]], folder: Path, heard: Callable[[int], None]) -> dict[str, Any]:
    """Reads tables of one kind, (path, name); says what `process` says. heard: is told how many rows were read.

    Raises DataRefused, and pyarrow's errors.
    """
    counts, kinds, notes, opened = list[int](), set[str](), list[str](), list[Table]()
    with (folder / "spooled").open("wb") as out:
        spool = _Spool(out)
        for path, name in tables:
            opened.append(table := open_table(path, name))
            before = spool.rows
            kinds.add(_spooled(table, name, spool, notes, heard))
            counts.append(spool.rows - before)
    if len(kinds) > 1:
        raise DataRefused(
            f"{tables[0][1]} and the tables beside it keep their pictures in different ways; add them apart"
        )
    kind = kinds.pop()
    (folder / "spooled").rename(folder / ("files.raw" if kind == "files" else "pixels.raw"))
    np.save(folder / "keys.npy", np.array(spool.keys, np.int64).reshape(-1, 2), allow_pickle=False)
    return {
        "kind": kind,
        "counts": counts,
        "dtype": spool.dtype.str if spool.dtype else "",
        "shape": list(spool.shape),
        "columns": _columns(spool, folder, notes),
        "classes": {name: list(names) for table in opened for name, names in table.classes.items()},
        "has_names": all(table.has_names for table in opened),
        "notes": notes,
    }


def _spooled(table: Table, name: str, spool: _Spool, notes: list[str], heard: Callable[[int], None]) -> str:
    """Returns what kind of pictures it has: "pixels", "files" or, if it has none itself, "none"."""
    meaning = meaning_of(table.columns)
    others = _titled([column for column in table.columns if column.key not in meaning.keys and _goes_along(column)])
    if len(others) > MOST_KEPT:
        notes.append(f"Of {len(others):,} columns of {name}, {MOST_KEPT} go along.")
        others = dict(list(others.items())[:MOST_KEPT])
    picture = next((column for column in table.columns if column.key == meaning.picture), None)
    kind = "files" if picture and picture.kind == "files" else "pixels" if meaning.keys else "none"
    for piece in table.pieces(meaning):
        if spool.rows + piece.num_rows > MOST_IMAGES:
            raise DataRefused(f"{name} has more than {MOST_IMAGES:,} rows; take fewer")
        if kind == "files":
            _put_files(piece.column(meaning.picture), spool, has_paths="path" in others)
        elif kind == "pixels":
            _put_pixels(_pixels(piece, meaning.pixels, meaning.picture, spool.rows), spool, name)
        for title, key in others.items():
            spool.chunks.setdefault(title, []).append((spool.rows, _paths_or_values(piece.column(key))))
        spool.rows += piece.num_rows
        heard(spool.rows)
    return kind


def _titled(columns: Sequence[Column]) -> dict[str, str]:
    """{name: key}; of several columns of one name, the later ones are numbered."""
    titles: dict[str, str] = {}
    for column in columns:
        name, number = column.name or column.key, 1
        while (title := name if number == 1 else f"{name} {number}") in titles:
            number += 1
        titles[title] = column.key
    return titles


def _paths_or_values(values: Any) -> Any:
    return pc.struct_field(values, "path") if pa.types.is_struct(values.type) else values


def _goes_along(column: Column) -> bool:
    return column.kind in ("number", "text") and column.name.casefold() not in NUMBERING[:1] + NUMBERING[3:5]


# Pictures


def _put_files(values: Any, spool: _Spool, *, has_paths: bool) -> None:
    if pa.types.is_struct(values.type):
        paths = pc.struct_field(values, "path") if values.type.get_field_index("path") >= 0 else None
        values = pc.struct_field(values, "bytes")
        if paths is not None and pa.types.is_string(paths.type) and not has_paths:
            spool.chunks.setdefault("path", []).append((spool.rows, paths))
    for data in values.to_pylist():
        is_small = data is not None and len(data) <= MOST_FILE_BYTES
        spool.keys.append((spool.written, len(data) if is_small else 0))
        if is_small:
            spool.put(data)


def _put_pixels(values: Array, spool: _Spool, name: str) -> None:
    if spool.dtype is None:
        spool.dtype, spool.shape = values.dtype, values.shape[1:]
    if values.shape[1:] != spool.shape:
        raise DataRefused(f"{name} has pictures of {values.shape[1:]} beside those of {spool.shape}; add them apart")
    spool.put(np.ascontiguousarray(values, spool.dtype).data)


def _pixels(piece: Any, columns: Sequence[str], picture: str | None, row: int) -> Array:
    """(n, pixels), or (n, …) as the lists of a column are nested. Raises DataRefused."""
    if picture is None:
        parts = [piece.column(key) for key in columns]
        dtype = np.result_type(*(part.type.to_pandas_dtype() for part in parts))
        if dtype.kind != "f" and any(part.null_count for part in parts):
            raise DataRefused(f"there are pixels without a value from row {row} on; fill them, or leave the rows out")
        return np.stack([part.to_numpy(zero_copy_only=False) for part in parts], axis=1).astype(dtype, copy=False)
    values = piece.column(picture)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(values))
    if not isinstance(values.type, pa.FixedShapeTensorType):
        return _nested(values, row)
    kind, storage = values.type, values.storage
    order = kind.permutation or range(
        len(kind.shape)
    )  # storage has another order than the picture: the trap of tensors
    return _nested(storage, row).reshape(-1, *kind.shape).transpose(0, *(1 + each for each in order))


def _nested(values: Any, row: int) -> Array:
    """(n, …) of lists in lists, whose lengths have to be the same in every row. Raises DataRefused."""
    shape = [len(values)]
    while (
        pa.types.is_list(values.type) or pa.types.is_large_list(values.type) or pa.types.is_fixed_size_list(values.type)
    ):
        lengths = pc.unique(pc.list_value_length(values)).to_pylist()
        if len(lengths) != 1 or lengths[0] is None:
            raise DataRefused(f"pictures from row {row} on have different numbers of pixels; expected the same in all")
        shape.append(lengths[0])
        values = values.flatten()
    if values.null_count:
        raise DataRefused(f"there are pixels without a value from row {row} on; fill them, or leave the rows out")
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = values.cast(pa.float32())
    return np.asarray(values.to_numpy(zero_copy_only=False)).reshape(shape)


# What goes along


def _columns(spool: _Spool, folder: Path, notes: list[str]) -> list[str]:
    """Writes them, and returns their names."""
    names = list[str]()
    for name, chunks in spool.chunks.items():
        values = plain(_whole(chunks, spool.rows))
        if values is None or values.nbytes > MOST_COLUMN_BYTES:
            notes.append(
                f"The column {name[:60]} does not go along: it {'is empty' if values is None else 'is too long'}."
            )
            continue
        np.save(folder / f"column_{len(names)}.npy", values, allow_pickle=False)
        names.append(name)
    return names


def _whole(chunks: list[tuple[int, Any]], count: int) -> Any:
    """One array of all rows, null in those of tables that have no such column."""
    kinds = {chunk.type for _, chunk in chunks}
    kind = kinds.pop() if len(kinds) == 1 else pa.string()
    parts, row = [], 0
    for start, chunk in chunks:
        parts += [pa.nulls(start - row, kind), chunk if chunk.type == kind else chunk.cast(kind)]
        row = start + len(chunk)
    return pa.chunked_array([*parts, pa.nulls(count - row, kind)], kind)


def plain(values: Any) -> Array | None:
    """A column as int64, float32 or text, "" and NaN where there is nothing; None if there is nothing at all.

    Texts that are all numbers are numbers, unless one starts with a zero, as names do.
    """
    types = pa.types
    if types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if types.is_boolean(values.type):
        values = values.cast(pa.int8())
    if types.is_temporal(values.type):
        values = values.cast(pa.string())
    if not (types.is_integer(values.type) or types.is_floating(values.type) or types.is_decimal(values.type)):
        return _from_texts(values.cast(pa.large_string()))
    if values.null_count == len(values):
        return None
    if types.is_integer(values.type) and not values.null_count and values.type != pa.uint64():
        return np.asarray(values.cast(pa.int64()).to_numpy(), np.int64)
    return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(), np.float32)


def _from_texts(values: Any) -> Array | None:
    trimmed = pc.utf8_trim_whitespace(values)
    given = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.large_string()), trimmed)
    if given.null_count == len(given):
        return None
    if not pc.any(pc.match_substring_regex(given, _LEADING_ZERO)).as_py():
        for kind in (pa.int64(), pa.float64()):
            try:
                return plain(given.cast(kind))
            except pa.ArrowInvalid:
                continue
    longest = pc.max(pc.utf8_length(given)).as_py()
    if longest * 4 * len(given) > MOST_COLUMN_BYTES:
        return np.zeros(MOST_COLUMN_BYTES + 1, np.uint8)
    return np.array(["" if text is None else text for text in given.to_pylist()], np.str_)
