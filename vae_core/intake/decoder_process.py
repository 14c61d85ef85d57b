"""What a process that decodes pictures does: a line of JSON in, one out, until the end of stdin.

    stdin    {"kind", "path", "target", "wanted"}    what pictures lie in, where their pixels go, what becomes of them
             {"start": 128, "entries": [["a/1.png", [0, 120, …]], …]}    decode these into rows 128, 129, … of target
    stdout   {"ready": true}
             {"reasons": {"3": "damaged (…)"}, "exact": [...], "alike": [...]}, or without a target {"sizes": [...]}

A picture may be made to do harm: memory and open files are bounded, and nothing is written but pixels.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.intake.containers import Entry, Reader, Unreadable
from vae_core.intake.marks import alike_marks, exact_marks
from vae_core.intake.pictures import Preparation, decode, measure

MEMORY = 3 * 2**29
"""In bytes that the process can address: a picture of the most pixels, and its copies."""


@dataclass(frozen=True)
class Work:
    """What a process works with. target: an open file, None to measure alone."""

    reader: Reader
    wanted: Preparation
    target: int | None


def main() -> int:
    """Runs the process described at the head of this module. Returns its exit status."""
    _bound()
    work = _begun(json.loads(sys.stdin.readline()))
    _say({"ready": True})
    for line in sys.stdin:
        question = json.loads(line)
        entries = [Entry(name, tuple(key)) for name, key in question["entries"]]
        _say(measured(work, entries) if work.target is None else decoded(work, question["start"], entries))
    return 0


def _bound() -> None:
    with suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def _begun(about: dict[str, Any]) -> Work:
    wanted = Preparation(**about["wanted"] | {"size": tuple(about["wanted"]["size"])})
    flags = os.O_WRONLY | getattr(os, "O_BINARY", 0)
    target = os.open(about["target"], flags) if about["target"] else None
    return Work(Reader(about["kind"], Path(about["path"])), wanted, target)


def decoded(work: Work, start: int, entries: Sequence[Entry]) -> dict[str, Any]:
    """Decodes entries into the target's rows from start on."""
    images, reasons = np.zeros((len(entries), *work.wanted.image_shape), np.uint8), dict[int, str]()
    for index, entry in enumerate(entries):
        try:
            images[index] = decode(work.reader.read(entry), work.wanted)
        except Unreadable as error:
            reasons[index] = str(error)
    assert work.target is not None
    os.lseek(work.target, start * images[0].nbytes, os.SEEK_SET)
    os.write(work.target, images.data)  # a regular file takes all of it, or raises
    return {"reasons": reasons, "exact": exact_marks(images).tolist(), "alike": alike_marks(images).tolist()}


def measured(work: Work, entries: Sequence[Entry]) -> dict[str, Any]:
    """The sizes of those that can be read."""
    sizes = []
    for entry in entries:
        with suppress(Unreadable):
            sizes.append(measure(work.reader.read(entry)))
    return {"sizes": sizes}


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.exit(main())
