"""Which columns of a table are pixels, or hold pictures: told by their names, their kinds and some of their rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any, Literal

Kind = Literal["number", "text", "files", "numbers", "other"]
"""Of a column: numbers, texts, files of pictures as bytes, a list of numbers for each row, or what is passed over."""
SMALLEST_SIDE = 8
"""Of a square of pixels: fewer numbers are anything else."""
LABELS = (
    "label", "labels", "class", "classes", "target", "targets", "y", "category", "digit", "character", "emotion",
    "fine_label", "class_name", "class_id", "label_id", "species", "breed",
)  # fmt: skip
"""Names, in small letters, of columns that say of which class a picture is, the likeliest first."""
SIDES = ("split", "usage", "subset", "set", "partition")
"""Names of columns that say on which side of the split a picture is."""
NUMBERING = ("", "index", "id", "unnamed: 0", "__index_level_0__", "row", "idx")
"""Names of columns that number the rows."""
_PIXEL = re.compile(r"(?:pixels?|pix|px|p|x|v|f|features?|col|column|c|attr|dim)?[ _.\-]?(\d{1,7})", re.IGNORECASE)
_GRID = re.compile(r"(?:pixels?|px|p)?[ _.\-]?(\d{1,4})[x_,\- ](\d{1,4})", re.IGNORECASE)
_FEW = 3  # rows, of which a number that is the same in all is hardly a label


@dataclass(frozen=True)
class Column:
    """key: what the reader calls it. name: what the table does. sample: values of its first rows, None for none."""

    key: str
    name: str
    kind: Kind
    sample: Sequence[Any]


@dataclass(frozen=True)
class Meaning:
    """pixels: keys of columns of a pixel each, in order; or picture: the one that holds whole pictures; or neither."""

    pixels: tuple[str, ...] = ()
    picture: str | None = None

    @property
    def keys(self) -> frozenset[str]:
        """Of all columns that pictures are made from."""
        return frozenset((*self.pixels, *((self.picture,) if self.picture else ())))


def meaning_of(columns: Sequence[Column]) -> Meaning:
    """Of a table's columns."""
    pixels = _named_pixels(columns) or _bare_pixels(columns)
    if pixels:
        return Meaning(pixels=tuple(column.key for column in pixels))
    holders = [column for column in columns if column.kind in ("files", "numbers") or _is_line_of_pixels(column)]
    for kind in ("files", "numbers", "text"):
        of_kind = [column for column in holders if column.kind == kind]
        if of_kind:
            named = [column for column in of_kind if column.name.casefold().startswith(("image", "img", "pixels"))]
            return Meaning(picture=(named or of_kind)[0].key)
    return Meaning()


def is_square(count: int) -> bool:
    """Whether so many numbers are the pixels of a square, of grey or of three colours."""
    sides = [(channels, isqrt(max(0, count) // channels)) for channels in (1, 3)]
    return any(side >= SMALLEST_SIDE and channels * side * side == count for channels, side in sides)


def starts_with_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row of texts names the columns: by its words, or because it counts from 0 or from 1."""
    first = [text.strip() for text in rows[0]]
    counted = [int(text) for text in first if text.isascii() and text.isdecimal()]
    if len(counted) >= max(3, len(first) - 2) and counted[:3] in ([0, 1, 2], [1, 2, 3]):
        return counted == list(range(counted[0], counted[0] + len(counted)))
    if all(is_number(text) for text in first):
        return False
    known = {*LABELS, *SIDES, "file_name", "filename", "file", "path", "image", "image_path", "id", "name", "text"}
    if any(text.casefold() in known for text in first):
        return True
    return len(rows) < 2 or any(
        is_number(below) and not is_number(text) for text, below in zip(first, rows[1], strict=False)
    )


def is_number(text: str) -> bool:
    """Whether a text is a number, as tables have them."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _named_pixels(columns: Sequence[Column]) -> list[Column]:
    """In the order of their numbers: tools sort columns by name, pixel10 before pixel2."""
    for pattern in (_PIXEL, _GRID):
        found = [
            (tuple(map(int, match.groups())), column)
            for column in columns
            if column.kind == "number" and (match := pattern.fullmatch(column.name.strip()))
        ]
        if is_square(len(found)) and len({place for place, _ in found}) == len(found):
            return [column for _, column in sorted(found, key=lambda each: each[0])]
    return []


def _bare_pixels(columns: Sequence[Column]) -> list[Column]:
    """All numbers, if they are the pixels of a square; or all but a label before or behind them."""
    known = {*LABELS, *SIDES, *NUMBERING}
    numbers = [column for column in columns if column.kind == "number" and column.name.casefold() not in known]
    if is_square(len(numbers)):
        return numbers
    if not is_square(len(numbers) - 1):
        return []
    return numbers[1:] if _is_likelier_label(numbers[0], numbers[-1]) else numbers[:-1]


def _is_likelier_label(first: Column, last: Column) -> bool:
    """Whether the first of two is the label, and the last a corner's pixel, which is often the same in all pictures."""
    for is_out in (_is_broken, _is_constant):
        if is_out(first) != is_out(last):
            return is_out(last)
    return _most(first) <= _most(last)


def _values(column: Column) -> list[float]:
    return [float(value) for value in column.sample if value is not None]


def _is_broken(column: Column) -> bool:
    return any(not value.is_integer() or value < 0 for value in _values(column))


def _is_constant(column: Column) -> bool:
    values = _values(column)
    return len(values) >= _FEW and len(set(values)) == 1


def _most(column: Column) -> float:
    return max(_values(column), default=0.0)


def _is_line_of_pixels(column: Column) -> bool:
    """Whether each text is a picture's numbers, with spaces between them."""
    texts = [str(value) for value in column.sample[:5] if value is not None]
    lines = [text.split() for text in texts] if column.kind == "text" else []
    return bool(lines) and all(is_square(len(line)) and all(map(is_number, line)) for line in lines)
