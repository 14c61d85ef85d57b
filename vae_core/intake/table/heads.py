"""What is known of a table before pyarrow is there to read it: its kind, its first lines, and what it claims to be.

Importing pyarrow takes a second and 100 MB, which a file that is refused at its first look need not cost.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import IO, Any, Literal

from vae_core.errors import DataRefused
from vae_core.intake.containers import MOST_TIMES

TableKind = Literal["parquet", "lines of JSON", "CSV", "packed CSV"]

MOST_TABLE_BYTES = 64 * 2**30
"""Of a table unpacked."""
MOST_FOOTER_BYTES = 64 * 2**20
"""Of a Parquet file's own list of what is in it."""
FIRST_BYTES, LONGEST_LINE = 2**20, 8 * 2**20
"""Bytes of a text that are looked at first; of a line."""
SMALL = 2**21
"""Bytes of a packed table that is unpacked to its end before pyarrow is: of a larger one that takes too long."""


def kind_of(path: Path) -> TableKind:
    """By a table's first bytes."""
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        return "parquet"
    if head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{"):
        return "lines of JSON"
    return "packed CSV" if head.startswith(b"\x1f\x8b") else "CSV"


def expect_sound(path: Path, what: str) -> None:
    """what: a table's name. Raises DataRefused for what its first look gives away."""
    kind = kind_of(path)
    if kind == "parquet":
        expect_short_footer(path, what)
    elif kind != "lines of JSON":
        is_packed = kind == "packed CSV"
        with unpacked(path, is_packed=is_packed) as file:
            whole_lines(file, what)
            is_to_end = is_packed and path.stat().st_size < SMALL
            while is_to_end and file.read(FIRST_BYTES):
                pass  # `unpacked` refuses what is far more than a table


def whole_lines(file: IO[bytes], what: str) -> bytes:
    """The first lines of a text, without half of one. Raises DataRefused for a line that is no row of pixels."""
    head = file.read(FIRST_BYTES)
    if head.count(b"\n") < 3 and len(head) == FIRST_BYTES:  # names, and two rows
        head += file.read(3 * LONGEST_LINE)
    if max(map(len, head.splitlines()), default=0) > LONGEST_LINE:
        raise DataRefused(
            f"{what} has a line of more than {LONGEST_LINE // 2**20} MiB; expected a row for each picture"
        )
    return head if len(head) < FIRST_BYTES else head[: head.rfind(b"\n") + 1]


def expect_short_footer(path: Path, what: str) -> None:
    """Raises DataRefused before pyarrow reads it into memory."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 8))
        tail = file.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or length > size - 12:
        raise DataRefused(f"{what} is cut short; copy it again")
    if length > MOST_FOOTER_BYTES:
        raise DataRefused(f"{what} lists more than a table of pictures has; save it in larger row groups")


class _Bounded(io.RawIOBase):
    """A file that is unpacked as it is read, and refused once that is far more than a table is."""

    def __init__(self, file: IO[bytes], room: int) -> None:
        self._file, self._room = file, room

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._room -= len(data)
        if self._room < 0:
            raise DataRefused("it unpacks to far more than a table does; save it again")
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def unpacked(path: Path, *, is_packed: bool) -> IO[bytes]:
    """A text, which is refused as it is read once it unpacks to far more than a table does."""
    if not is_packed:
        return path.open("rb")
    room = min(MOST_TABLE_BYTES, MOST_TIMES * max(2**18, path.stat().st_size))
    return io.BufferedReader(_Bounded(gzip.open(path, "rb"), room))  # type: ignore[arg-type]
