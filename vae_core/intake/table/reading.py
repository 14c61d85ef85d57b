"""Tables as pieces of Arrow: CSV, Parquet and lines of JSON. Runs in `process` alone: files may be made to do harm."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from vae_core.errors import DataRefused
from vae_core.intake.found import MOST_IMAGES
from vae_core.intake.table import heads
from vae_core.intake.table.meaning import Column, Kind, Meaning, is_number, starts_with_names

MOST_COLUMNS = 200_000
"""Of a table: three for each pixel of 256 by 256."""
_CELLS = 200_000  # that columns are judged by
_ROWS = 250
_BATCH_BYTES = 8 * 2**20
_MOST_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Table:
    """One that is open. has_names: whether its columns have their own names. classes: {column: names of its numbers}.

    pieces: its rows in order, as record batches of all columns but those passed over, each under its key.
    """

    columns: Sequence[Column]
    has_names: bool
    pieces: Callable[[Meaning], Iterator[Any]]
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def open_table(path: Path, what: str) -> Table:
    """By its content. what: its name. Raises DataRefused, and what pyarrow raises."""
    kind = heads.kind_of(path)
    if kind == "parquet":
        return _parquet(path, what)
    if kind == "lines of JSON":
        return _json_lines(path, what)
    return _csv(path, what, is_packed=kind == "packed CSV")


# CSV


def _csv(path: Path, what: str, *, is_packed: bool) -> Table:
    with heads.unpacked(path, is_packed=is_packed) as file:
        head = heads.whole_lines(file, what)
    encoding = _encoding(head)
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff")
    delimiter = delimiter_of(text)
    rows = [row for row in islice(csv.reader(io.StringIO(text), delimiter=delimiter), _ROWS) if row]
    width = len(rows[0]) if rows else 0
    _expect_columns(width, what)
    rows = [row for row in rows[: max(3, _CELLS // max(1, width))] if len(row) == width]
    has_names = starts_with_names(rows)
    below = rows[1:] if has_names else rows
    columns = [
        _text_column(str(index), rows[0][index].strip() if has_names else str(index), [row[index] for row in below])
        for index in range(width)
    ]

    def pieces(meaning: Meaning) -> Iterator[Any]:
        with heads.unpacked(path, is_packed=is_packed) as file:
            yield from pa.csv.open_csv(
                file,
                pa.csv.ReadOptions(
                    use_threads=False,
                    block_size=max(heads.FIRST_BYTES, 2 * max(map(len, head.splitlines()))),
                    skip_rows=int(has_names),
                    column_names=[column.key for column in columns],
                    encoding=encoding,
                ),
                pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=not meaning.pixels),
                pa.csv.ConvertOptions(
                    column_types={c.key: pa.float32() if c.key in meaning.pixels else pa.string() for c in columns},
                    strings_can_be_null=False,
                ),
            )

    return Table(columns, has_names, pieces)


def delimiter_of(text: str) -> str:
    """What stands between the columns of a CSV: the commonest of comma, semicolon and tab in its first line."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=line.count)


def _text_column(key: str, name: str, sample: list[str]) -> Column:
    """One of numbers, if at least half of them are: a word among pixels is refused later, with its row."""
    given = [text for text in sample if text.strip()]
    numbers = [text for text in given if is_number(text)]
    if given and 2 * len(numbers) >= len(given):
        return Column(key, name, "number", numbers)
    return Column(key, name, "text", given)


def _encoding(head: bytes) -> str:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8" if error.start >= len(head) - 4 else "cp1252"
    return "utf-8"


# Lines of JSON


def _json_lines(path: Path, what: str) -> Table:
    """Numbers, texts and truths of each line's object; what is nested is passed over."""
    with path.open(encoding="utf-8-sig") as file:
        first = [_values(line, what) for line in islice(_lines(file, what), _ROWS)]
    names = list(dict.fromkeys(name for values in first for name in values))
    _expect_columns(len(names), what)
    columns = [_text_column(name, name, [_text(values.get(name)) for values in first]) for name in names]

    def pieces(_meaning: Meaning) -> Iterator[Any]:
        with path.open(encoding="utf-8-sig") as file:
            lines = _lines(file, what)
            while some := [_values(line, what) for line in islice(lines, _MOST_ROWS_AT_ONCE)]:
                yield pa.record_batch(
                    [pa.array([_text(values.get(name)) for values in some], pa.string()) for name in names], names
                )

    return Table(columns, True, pieces)


def _lines(file: IO[str], what: str) -> Iterator[str]:
    while line := file.readline(heads.LONGEST_LINE):
        if len(line) == heads.LONGEST_LINE:
            raise DataRefused(
                f"{what} has a line of more than {heads.LONGEST_LINE // 2**20} MiB; expected one for each picture"
            )
        if line.strip():
            yield line


def _values(line: str, what: str) -> dict[str, Any]:
    values = json.loads(line)
    if not isinstance(values, dict):
        raise DataRefused(f"{what} has a line that is no object; expected {{…}} in each")
    return {name: value for name, value in values.items() if not isinstance(value, dict | list)}


def _text(value: object) -> str:
    return "" if value is None else str(value)


# Parquet


def _parquet(path: Path, what: str) -> Table:
    heads.expect_short_footer(path, what)
    file = pa.parquet.ParquetFile(path, buffer_size=2**20, pre_buffer=False, memory_map=False)
    about, schema = file.metadata, file.schema_arrow
    _expect_columns(about.num_columns, what)
    _expect_rows(about.num_rows, what)
    size = sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))
    if not 0 <= size <= heads.MOST_TABLE_BYTES:
        raise DataRefused(f"{what} says that it unpacks to {size / 2**30:.0f} GiB; expected at most 64")
    if len(set(schema.names)) < len(schema.names):
        raise DataRefused(f"{what} has two columns of one name; rename one")
    kinds = {entry.name: _kind(entry.type) for entry in schema}
    wanted = [name for name, kind in kinds.items() if kind != "other"]
    if not wanted or not about.num_rows:
        return Table([], True, lambda _meaning: iter(()))
    at_once = max(1, min(_MOST_ROWS_AT_ONCE, _BATCH_BYTES // max(1, size // about.num_rows)))

    def pieces(_meaning: Meaning) -> Iterator[Any]:
        return file.iter_batches(at_once, columns=wanted, use_threads=False)  # type: ignore[no-any-return]

    first = next(pieces(Meaning())).slice(0, min(_ROWS, max(3, _CELLS // len(wanted))))
    columns = [_parquet_column(name, kinds[name], first.column(name)) for name in wanted]
    return Table(columns, True, pieces, _class_names(schema.metadata or {}))


def _parquet_column(name: str, kind: Kind, first: Any) -> Column:
    """A column of pictures' files that holds their paths alone, none of their bytes, is one of texts."""
    if kind == "files" and pa.types.is_struct(first.type) and first.type.get_field_index("path") >= 0:
        if not pa.compute.struct_field(first, "bytes").is_valid().to_pylist().count(True):
            kind = "text"
        return Column(name, name, kind, ())
    return Column(name, name, kind, first.to_pylist() if kind in ("number", "text") else ())


def _kind(kind: Any) -> Kind:
    """Of an Arrow type; extensions other than Arrow's own tensors are passed over."""
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        is_tensor = isinstance(kind, pa.FixedShapeTensorType) and _is_numeric(kind.value_type)
        return "numbers" if is_tensor else "other"
    if types.is_dictionary(kind):
        return "text" if _is_text(kind.value_type) else "other"
    if _is_numeric(kind):
        return "number"
    if _is_text(kind) or types.is_temporal(kind) or types.is_decimal(kind):
        return "text"
    if _is_bytes(kind) or (types.is_struct(kind) and _is_file(kind)):
        return "files"
    leaf = kind
    while types.is_list(leaf) or types.is_large_list(leaf) or types.is_fixed_size_list(leaf):
        leaf = leaf.value_type
    return "numbers" if leaf is not kind and _is_numeric(leaf) else "other"


def _is_numeric(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_bytes(kind: Any) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _is_file(kind: Any) -> bool:
    """Whether a struct is a picture as Hugging Face keeps it."""
    index = kind.get_field_index("bytes")
    return index >= 0 and _is_bytes(kind.field(index).type)


def _class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Of columns of numbers, as Hugging Face's `datasets` writes them into a schema; {} if there are none."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        return {
            name: [str(each) for each in about["names"]]
            for name, about in features.items()
            if isinstance(about, dict) and about.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _expect_columns(count: int, what: str) -> None:
    if count > MOST_COLUMNS:
        raise DataRefused(f"{what} has {count:,} columns; expected at most {MOST_COLUMNS:,}")


def _expect_rows(count: int, what: str) -> None:
    if count > MOST_IMAGES:
        raise DataRefused(f"{what} has {count:,} rows; expected at most {MOST_IMAGES:,}: take fewer")
