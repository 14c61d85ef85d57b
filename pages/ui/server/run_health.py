"""How healthy a run is: the verdict on it as its rows grow, and a closer look, which takes seconds.

A closer look runs in a process of its own so that the server never imports torch. What was found is kept in memory, by
the run's digest: equal runs share it, a changed one has another, and nothing is written beside runs that may not be
written to.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, TypedDict

from pages.ui.server import visible_runs
from pages.ui.server.background import Background, Task
from pages.ui.server.browser_runtime import ROOT
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.health.verdict import Change, Mood, Verdict, verdict

CloserLook = Task[dict[str, Any]]
_KEPT = 16  # runs that are watched at a time; of one more, all rows are read again
_closer_looks = Background[dict[str, Any]]("closer-look", 32)


@dataclass
class _Watched:
    """rows: those read so far, up to byte offset; known: the verdict for a state of things."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    offset: int = 0
    known: tuple[object, Verdict] | None = None


class Verdicts:
    """Verdicts by run. What was read of a run's metrics is kept, so that asking again reads only what is new."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: OrderedDict[str, _Watched] = OrderedDict()

    def of(self, run: runs.Run, status: runs.Status) -> Verdict:
        """The verdict on a run as it stands. Raises CheckpointDamaged."""
        with self._lock:
            watched = self._watched.setdefault(run.id, _Watched())
            self._watched.move_to_end(run.id)
            while len(self._watched) > _KEPT:
                self._watched.popitem(last=False)
            _read_on(watched, run)
            complete = status.is_final and run.is_complete
            situation = (watched.offset, status.diverged_step, status.is_final, complete)
            if watched.known is None or watched.known[0] != situation:
                evaluation = run.evaluation() if complete and not run.imported else None
                found = verdict(
                    watched.rows,
                    run.config,
                    run.card,
                    evaluation,
                    diverged_step=status.diverged_step,
                    is_over=status.is_final,
                )
                watched.known = (situation, found)
            return watched.known[1]


def _read_on(watched: _Watched, run: runs.Run) -> None:
    """New rows; all of them again, if the run was taken back to a checkpoint meanwhile."""
    rows, offset = run.metrics(watched.offset)
    went_back = bool(rows and watched.rows) and rows[0]["step"] < watched.rows[-1]["step"]
    if offset < watched.offset or went_back:
        rows, offset = run.metrics()
        watched.rows = []
    watched.rows += rows
    watched.offset = offset


verdicts = Verdicts()


class Coloured(TypedDict):
    """What is told of a verdict besides what it says."""

    mood: Mood
    """How to colour it."""


def verdict_json(run: runs.Run, status: runs.Status) -> dict[str, Any]:
    """What the component shows: {"state", "verdict": a `Verdict` with its mood}."""
    found = verdicts.of(run, status)
    coloured: Coloured = {"mood": found.mood}
    return {"state": status.state, "verdict": {**asdict(found), **coloured}}


def change_of(run: runs.Run, label: str) -> Change | None:
    """The change of that label in the verdict as it stands now; None if there is none any more."""
    found = verdicts.of(run, visible_runs.status(run))
    return next((change for change in found.changes if change.label == label), None)


@dataclass(frozen=True)
class LookedAt:
    """A complete run; factors: columns of its data set; beside: complete runs that differ in their seed alone."""

    run: runs.Run
    factors: tuple[str, ...] = ()
    beside: tuple[runs.Run, ...] = ()

    @property
    def key(self) -> str:
        """Raises as `Run.digest`."""
        return json.dumps([self.run.digest(), self.factors, [each.digest() for each in self.beside]])


def closer_look(wanted: LookedAt) -> CloserLook | None:
    """The closer look that was asked for before, ended or not; None if none was. Raises as `Run.digest`."""
    return _closer_looks.get(wanted.key)


def start_closer_look(wanted: LookedAt) -> CloserLook:
    """The closer look that is on its way or done, or a new one. Raises as `Run.digest` and `Background.start`."""
    return _closer_looks.start(wanted.key, partial(_look_closer, wanted))


def _look_closer(wanted: LookedAt, task: CloserLook) -> dict[str, Any]:
    """What the process found, as `vae_core diagnose --json` prints it. Raises LatentStudioError with its last line."""
    task.doing = "starting"
    command = [sys.executable, "-m", "vae_core", "diagnose", str(wanted.run.directory), "--json"]
    command += [f"--factor={name}" for name in wanted.factors]
    command += [f"--beside={each.directory}" for each in wanted.beside]
    try:
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as output,
            subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, text=True
            ) as process,
        ):
            last = task.follow(process)
            if process.wait():
                raise LatentStudioError(last or "the diagnosis ended without saying why; try again")
            output.seek(0)
            found: dict[str, Any] = json.load(output)
            return found
    except (OSError, ValueError) as error:
        raise LatentStudioError(f"the diagnosis could not be started ({error}); make room and try again") from error
