"""Many pictures at once: each core decodes its share in a process with limits, which writes it where it belongs.

The processes are `decoder_process`; they are spoken to in lines of JSON, so that one that a picture has taken over
could say nothing but numbers and sentences.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from vae_core.data.source import Pixels
from vae_core.errors import DataRefused
from vae_core.intake.containers import Container, Entry
from vae_core.intake.marks import alike_marks, exact_marks
from vae_core.intake.pictures import SMALLEST, Preparation
from vae_core.jobs.machine import cores

AT_ONCE = 128
"""Pictures in one piece of work."""
MOST_BLAMED = 20
"""Pictures that may end the process that decodes them, before no more are tried."""
LONGEST_S = 20.0
"""That a piece of work may take, besides a second for each picture."""
COMMAND = (sys.executable, "-m", "vae_core.intake.decoder_process")
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each has a core of its own
_ROOT = Path(__file__).parents[2]
_ENDED = "ends the process that decodes it, or takes too long"
_STARTING_S, _EACH_S = 60.0, 1.0

Progress = Callable[[int, int], None]
"""Hears how many are done, and of how many."""


@dataclass(frozen=True)
class Decoded:
    """What became of each picture of a list. reasons: {index: why not}, of those that could not be read.

    exact: uint64 (N,), equal for equal pixels. alike: uint64 (N,), equal for pictures that can hardly be told apart, 0
    for those without any contrast.
    """

    reasons: dict[int, str]
    exact: npt.NDArray[np.uint64]
    alike: npt.NDArray[np.uint64]


def write_all(target: Path, count: int, pieces: Iterable[Pixels], progress: Progress) -> Decoded:
    """Writes so many pictures that are here already, piece by piece, uint8 (n, C, H, W) each, as `decode_all` does."""
    done, row = Decoded({}, np.zeros(count, np.uint64), np.zeros(count, np.uint64)), 0
    with target.open("wb") as file:
        for images in pieces:
            rows = slice(row, row := row + len(images))
            file.write(np.ascontiguousarray(images).data)  # turned ones lie otherwise
            done.exact[rows], done.alike[rows] = exact_marks(images), alike_marks(images)
            progress(row, count)
    return done


def decode_all(
    container: Container, entries: Sequence[Entry], wanted: Preparation, target: Path, progress: Progress
) -> Decoded:
    """Decodes entries into a file: row i of target, uint8 (N, C, H, W) without a head, is picture i.

    Rows of pictures that could not be read are of no meaning. Raises DataRefused.
    """
    count = len(entries)
    with target.open("wb") as file:
        file.truncate(count * prod(wanted.image_shape))
    done = Decoded({}, np.zeros(count, np.uint64), np.zeros(count, np.uint64))
    finished = blamed = 0
    for start, answer in _answers(container, entries, wanted, target, cores()):
        stop = start + len(answer["exact"])
        done.exact[start:stop], done.alike[start:stop] = answer["exact"], answer["alike"]
        done.reasons.update({start + int(index): str(why)[:300] for index, why in answer["reasons"].items()})
        blamed += sum(why == _ENDED for why in answer["reasons"].values())
        if blamed > MOST_BLAMED:
            raise DataRefused(f"more than {MOST_BLAMED} pictures end the process that decodes them; leave them out")
        finished += stop - start
        progress(finished, count)
    return done


def measure_all(container: Container, entries: Sequence[Entry]) -> list[tuple[int, int, bool]]:
    """(height, width, whether it has colours) of those pictures that can be read, see `pictures.measure`."""
    unused = Preparation((SMALLEST, SMALLEST), colour=False)
    answers = _answers(container, entries, unused, None, 1)
    return [(int(size[0]), int(size[1]), bool(size[2])) for _, answer in answers for size in answer["sizes"]]


def _answers(
    container: Container, entries: Sequence[Entry], wanted: Preparation, target: Path | None, processes: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(index of a piece's first picture, what its process has said of it), in order."""
    idle: SimpleQueue[_Decoder] = SimpleQueue()
    for _ in range(min(processes, 1 + len(entries) // AT_ONCE)):
        idle.put(_Decoder(container, wanted, target))

    def work(start: int) -> list[tuple[int, dict[str, Any]]]:
        decoder = idle.get()
        try:
            return list(decoder.answers(start, entries[start : start + AT_ONCE]))
        finally:
            idle.put(decoder)

    pool = ThreadPoolExecutor(idle.qsize())
    try:
        for answers in pool.map(work, range(0, len(entries), AT_ONCE)):
            yield from answers
    finally:
        pool.shutdown(cancel_futures=True)
        while not idle.empty():
            idle.get().end()


class _Decoder:
    """One process that decodes, and another in its place whenever a picture has ended it."""

    def __init__(self, container: Container, wanted: Preparation, target: Path | None) -> None:
        about = {
            "kind": container.kind,
            "path": str(container.path.absolute()),
            "target": target and str(target.absolute()),
        }
        self._begin = json.dumps(about | {"wanted": asdict(wanted)})
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as its decoder

    def answers(self, start: int, entries: Sequence[Entry]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Of some pictures: in one, or, if one of them ends the process, in halves until it is known which."""
        answer = self._ask({"start": start, "entries": [(entry.name, entry.key) for entry in entries]})
        if answer is not None:
            yield start, answer
        elif len(entries) == 1:
            yield start, {"reasons": {"0": _ENDED}, "exact": [0], "alike": [0], "sizes": []}
        else:
            middle = len(entries) // 2
            yield from self.answers(start, entries[:middle])
            yield from self.answers(start + middle, entries[middle:])

    def _ask(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """None if the process has ended over it. Raises DataRefused if none can be started."""
        process = self._process or self._started()
        answer = self._said(process, json.dumps(question), LONGEST_S + _EACH_S * len(question["entries"]))
        if answer is None:
            self._stop()
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        self._process = process = subprocess.Popen(
            COMMAND, cwd=_ROOT, env=os.environ | _ONE_THREAD, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors,
        )  # fmt: skip
        if self._said(process, self._begin, _STARTING_S) is None:
            self._stop()
            self._errors.seek(0)
            reason = self._errors.read()[-2000:].decode(errors="replace").strip().splitlines()
            raise DataRefused(f"the pictures' decoder could not start ({reason[-1] if reason else 'no reason given'})")
        return process

    @staticmethod
    def _said(process: subprocess.Popen[bytes], line: str, most_s: float) -> dict[str, Any] | None:
        """A process that takes longer than most_s is ended."""
        assert process.stdin
        assert process.stdout
        watch = threading.Timer(most_s, process.kill)
        watch.start()
        try:
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            return answer if isinstance(answer, dict) else None
        except (OSError, ValueError):
            return None
        finally:
            watch.cancel()

    def _stop(self) -> None:
        if process := self._process:
            self._process = None
            process.kill()
            process.communicate()

    def end(self) -> None:
        """The process goes."""
        self._stop()
        self._errors.close()
