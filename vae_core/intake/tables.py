"""Pictures that come as tables: CSV, Parquet and lines of JSON, of pixels, of pictures' files, or of their paths.

A table is read in a process of its own (`table.process`), which leaves plain numbers.
"""

from __future__ import annotations

import gzip
import json
import shutil
import weakref
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from vae_core.data.source import SplitName
from vae_core.errors import DataRefused
from vae_core.intake.array.files import Piece
from vae_core.intake.array.finding import found_in
from vae_core.intake.beside import file_of, is_table_name
from vae_core.intake.containers import Container, Entry, Say, Unreadable, open_container, silent
from vae_core.intake.files import PictureFiles, find_named, suggested_for
from vae_core.intake.found import Found
from vae_core.intake.layout import is_litter
from vae_core.intake.table.running import Read, read
from vae_core.intake.table.told import Told, side_named, told

_LOOKED_AT = 2**16  # bytes that tell a table from other texts
_NO_TEXT = frozenset(range(32)) - frozenset(b"\t\n\r\f")


def is_table(path: Path) -> bool:
    """Whether a file is a table, by its content."""
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    if head.startswith(b"PAR1"):
        return True
    if head.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(path) as packed:
                head = packed.read(_LOOKED_AT)
        except (OSError, EOFError, zlib.error):
            return False
    return not _NO_TEXT & set(head) and _has_columns(head)


def _has_columns(head: bytes) -> bool:
    line = next((line for line in head.lstrip(b"\xef\xbb\xbf").splitlines() if line.strip()), b"")
    if line.lstrip().startswith((b"{", b"[", b"<")):
        try:
            return isinstance(json.loads(line), dict)
        except ValueError:
            return False
    return any(delimiter in line for delimiter in (b",", b";", b"\t"))


def find_table(path: Path, say: Say = silent) -> Found:
    """The pictures of a table, or those beside it that it names. Raises DataRefused."""
    return _found([(path, path.name)], path.name, path, say)


def find_inside(container: Container, what: str, say: Say = silent) -> Found | None:
    """The pictures of all tables of a container, which is called what; None if other files than tables lie in it.

    Raises DataRefused.
    """
    names = [*(entry.name for entry in container.entries), *container.skipped]  # tables may be too large for pictures
    tables = sorted(name for name in names if is_table_name(name) and not is_litter(name))
    if not tables or any(_may_be_picture(name) for name in names if not is_litter(name)):
        return None
    with ExitStack() as stack:
        try:
            files = [(stack.enter_context(file_of(container, name)), name) for name in tables]
        except Unreadable as error:
            raise DataRefused(f"{what} holds a table that could not be read ({error}); unpack it") from None
        return _found(files, what, None, say)


def _may_be_picture(name: str) -> bool:
    return not is_table_name(name) and not name.casefold().endswith((".txt", ".md", ".json", ".pdf", ".html"))


def _found(tables: Sequence[tuple[Path, str]], what: str, beside: Path | None, say: Say) -> Found:
    """beside: a table that may name pictures in its folder."""
    given = read(tables, say)
    try:
        if given.kind == "none":
            return _named_by(beside, what)
        known = told(given.columns, given.classes, has_names=given.has_names)
        names = [
            f"{name}[{row}]" for (_, name), count in zip(tables, given.counts, strict=True) for row in range(count)
        ]
        known = replace(known, sides=known.sides or _sides([name for _, name in tables], given.counts))
        if given.kind == "pixels":
            return _of_pixels(given, known, [name for _, name in tables], what)
        return _of_files(given, known, names, what)
    except BaseException:
        given.forget()
        raise
    finally:
        if given.kind == "none":
            given.forget()


def _named_by(beside: Path | None, what: str) -> Found:
    if beside is None:
        raise DataRefused(f"{what} holds tables, but neither pixels nor pictures; add the pictures to it")
    return find_named(open_container(beside.parent), beside.name, what)


def _sides(names: Sequence[str], counts: Sequence[int]) -> list[SplitName | None] | None:
    sides = [side_named(name) for name in names]
    if not {"train", "held-out"} <= set(sides):
        return None
    return [side for side, count in zip(sides, counts, strict=True) for _ in range(count)]


def _of_pixels(given: Read, known: Told, tables: Sequence[str], what: str) -> Found:
    stops = np.cumsum(given.counts)
    parts = np.split(given.pixels(), stops[:-1])
    pieces = [Piece(name, part, None, None) for name, part in zip(tables, parts, strict=True) if len(part)]
    found = found_in(pieces, what)
    weakref.finalize(found.pictures, shutil.rmtree, given.folder, ignore_errors=True)
    return replace(
        found, labels=known.labels, sides=known.sides, columns=known.columns, notes=[*found.notes, *given.notes]
    )


def _of_files(given: Read, known: Told, names: list[str], what: str) -> Found:
    columns = dict(known.columns)
    paths = columns.pop("path", None)
    if paths is not None and paths.dtype.kind == "U" and len(np.unique(paths)) == len(paths) and (paths != "").all():
        names = paths.tolist()
    entries = tuple(
        Entry(name, (start, size)) for name, (start, size) in zip(names, given.keys().tolist(), strict=True)
    )
    container = Container("tar", given.folder / "files.raw", entries, {})
    weakref.finalize(container, shutil.rmtree, given.folder, ignore_errors=True)
    return Found(
        PictureFiles(container, entries),
        names=names,
        suggested=suggested_for(container, entries, what),
        labels=known.labels,
        sides=known.sides,
        columns=columns,
        notes=given.notes,
    )
