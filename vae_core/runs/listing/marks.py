"""What people write beside a run: its name, a note, tags, a pin. One small file that no digest covers.

It stays on this machine, as notes do: an archive of a run has none of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from vae_core.errors import ConfigInvalid, LatentStudioError, RunMissing
from vae_core.runs import pretrained, storage
from vae_core.runs.records import MARKS

LONGEST_NAME = 80
LONGEST_NOTE = 4000
LONGEST_TAG = 40
MOST_TAGS = 20

_Line = r"^[^\x00-\x1f\x7f]*$"
_Tag = Annotated[str, Field(min_length=1, max_length=LONGEST_TAG, pattern=r"^[^\x00-\x1f\x7f,]+$")]


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid", str_strip_whitespace=True))
class Marks:
    """name: shown for the title that its settings make, "" for that. came_from: "" for a run that began here."""

    name: Annotated[str, Field(max_length=LONGEST_NAME, pattern=_Line)] = ""
    note: Annotated[str, Field(max_length=LONGEST_NOTE, pattern=r"^[^\x00]*$")] = ""
    tags: Annotated[tuple[_Tag, ...], Field(max_length=MOST_TAGS)] = ()
    is_pinned: bool = False
    came_from: Annotated[str, Field(max_length=200, pattern=_Line)] = ""


_MARKS = TypeAdapter(Marks)


def read(directory: Path) -> Marks:
    """What is written beside a run; nothing where that cannot be read: a list of runs does not depend on it."""
    with suppress(LatentStudioError, ValidationError):
        if storage.exists(directory / MARKS):
            return from_json(storage.parse_json(storage.read_file(directory, MARKS), MARKS))
    return Marks()


def from_json(values: Any) -> Marks:
    """From what `as_json` gave. Raises pydantic's ValidationError."""
    return _MARKS.validate_python(values)


def as_json(marks: Marks) -> dict[str, Any]:
    """What is not as in `Marks()`, as JSON has it."""
    values = {each.name: getattr(marks, each.name) for each in dataclasses.fields(marks)}
    return {name: list(value) if name == "tags" else value for name, value in values.items() if value}


def change(directory: Path, **changes: Any) -> Marks:
    """Writes some of the marks anew. Raises ConfigInvalid, RunMissing, or DiskRefused, with those before untouched."""
    if pretrained.is_shipped(directory):
        raise RunMissing(f"run {directory.name} ships with the project and stays as it is; duplicate it for your own")
    if not storage.exists(directory):
        raise RunMissing(f"there is no run {directory.name} any more; choose another one from the list")
    try:
        marks = _MARKS.validate_python({**as_json(read(directory)), **changes})
    except ValidationError as error:
        raise ConfigInvalid(_sentence(error)) from None
    storage.write_file(directory / MARKS, storage.dump_json(as_json(marks)))
    return marks


def tags_from(text: str) -> tuple[str, ...]:
    """Tags as people type them, with commas between: 'demo, talk'. Each counts once."""
    return unique(part.strip() for part in text.split(","))


def unique(tags: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, in the order they came; empty ones are none."""
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    limits = {
        "name": f"a name has at most {LONGEST_NAME} characters in one line",
        "note": f"a note has at most {LONGEST_NOTE:,} characters",
        "tags": f"a run has at most {MOST_TAGS} tags of at most {LONGEST_TAG} characters, without commas",
    }
    what = str(first["loc"][0]) if first["loc"] else ""
    return f"{limits.get(what, 'these marks are none that a run can have')}; write it shorter and try again"
