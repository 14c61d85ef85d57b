"""How pictures came in, for people to read: what was done, what was skipped and why, and what looks alike."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.intake.decoding import Decoded
from vae_core.intake.found import Found
from vae_core.intake.pictures import Preparation
from vae_core.intake.splitting import Sides

_SAID = {
    "same_picture": (
        "is the same picture as another, and on its side of the split",
        "are the same picture as another, and on its side of the split",
    ),
    "on_both_sides": (
        "was given for both sides, and is learnt from alone",
        "were given for both sides, and are learnt from alone",
    ),
    "hardly_different": ("can hardly be told from another", "can hardly be told from another"),
    "skipped_count": ("file was skipped", "files were skipped"),
}
_NAMED = 2000  # pictures that were skipped, by name, in a report; all of them are in its table


def summary(
    found: Found, wanted: Preparation, decoded: Decoded, rows: npt.NDArray[np.intp], sides: Sides
) -> dict[str, Any]:
    """In numbers and sentences. rows: of the pictures that could be read."""
    skipped = dict(_skipped(found, decoded))
    alike = Counter(mark for mark in decoded.alike[rows].tolist() if mark)
    return asdict(wanted) | {
        "notes": list(found.notes),
        "skipped_count": len(skipped),
        "skipped": dict(list(skipped.items())[:_NAMED]),
        "same_picture": int(len(rows) - len(np.unique(decoded.exact[rows]))),
        "hardly_different": int(sum(count - 1 for count in alike.values())),
        "on_both_sides": len(sides.repeated),
    }


def sentences(summary: Mapping[str, Any]) -> list[str]:
    """What came in otherwise than it was, and what did not: of a `summary`, which may be an older one."""
    counts = {key: int(summary.get(key, 0)) for key in _SAID}
    return [f"{count:,} {_SAID[key][count > 1]}" for key, count in counts.items() if count]


def file_by_file(found: Found, decoded: Decoded, rows: npt.NDArray[np.intp], sides: Sides) -> Iterator[tuple[str, str]]:
    """(file, why) of all that was skipped, was there before, or can hardly be told from another."""
    yield from _skipped(found, decoded)
    for index in sides.repeated.tolist():
        yield found.names[rows[index]], "given for both sides, and learnt from alone"
    same = _like_one_before(found, decoded.exact, rows, "the same picture as")
    yield from same.items()
    for name, why in _like_one_before(found, decoded.alike, rows, "can hardly be told from").items():
        if name not in same:
            yield name, why


def as_csv(lines: Iterable[tuple[str, str]]) -> bytes:
    """A table of (file, why), which spreadsheets open with its letters right."""
    text = io.StringIO()
    written = csv.writer(text)
    written.writerow(("file", "why"))
    written.writerows(lines)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _skipped(found: Found, decoded: Decoded) -> Iterator[tuple[str, str]]:
    yield from found.skipped.items()
    for row, why in sorted(decoded.reasons.items()):
        yield found.names[row], why


def _like_one_before(
    found: Found, marks: npt.NDArray[np.uint64], rows: npt.NDArray[np.intp], words: str
) -> dict[str, str]:
    """{name: sentence} of those whose mark an earlier one has."""
    first: dict[int, int] = {}
    said: dict[str, str] = {}
    for row, mark in zip(rows.tolist(), marks[rows].tolist(), strict=True):
        if mark and first.setdefault(mark, row) != row:
            said[found.names[row]] = f"{words} {found.names[first[mark]]}"
    return said
