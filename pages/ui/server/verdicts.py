"""The verdict on a run as its rows grow, for the pages and for the component that shows it live."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from typing import Any

from pages.ui.server import resources
from vae_core import runs
from vae_core.health.verdict import Change, Verdict, verdict

_KEPT = 16  # runs that are watched at a time; of one more, all rows are read again


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
                evaluation = run.evaluation() if complete else None
                found = verdict(
                    watched.rows, run.config, evaluation, diverged_step=status.diverged_step, is_over=status.is_final
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


shared = Verdicts()


def as_json(run: runs.Run, status: runs.Status) -> dict[str, Any]:
    """What the component shows: {"state", "verdict": a `Verdict` with its mood}."""
    found = shared.of(run, status)
    return {"state": status.state, "verdict": {**asdict(found), "mood": found.mood}}


def change_of(run: runs.Run, label: str) -> Change | None:
    """The change of that label in the verdict as it stands now; None if there is none any more."""
    found = shared.of(run, resources.status(run))
    return next((change for change in found.changes if change.label == label), None)
