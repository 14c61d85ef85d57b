"""Runs a sweep: begins what is planned and has not ended, as many runs at a time as there are slots, to the last.

Where it stands is read from the run directories each time it looks, so that it can be cut off at any moment: what is
there goes on, what is not there begins, what has ended is left alone. Runs are begun through `JobManager` alone, and so
wherever that lets them train.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Literal, Protocol

from vae_core.config import TrainConfig
from vae_core.errors import CheckpointDamaged, LatentStudioError, RunError, RunLocked, RunMissing
from vae_core.runs import checkpoints
from vae_core.runs.listing import marks
from vae_core.runs.records import Status, read_status
from vae_core.sweeps import records
from vae_core.sweeps.optuna_study import OptunaStudy, expect_optuna
from vae_core.sweeps.records import Planned, Sweep

_LOG = logging.getLogger(__name__)
LOOK_S = 1.0
"""How often it looks whether it shall stop."""
IN_LINE = 1
"""Runs that wait for a slot beside those that train, so that none stands idle; another's run waits for one at most."""

Report = Callable[[str], None]
Standing = Literal["open", "active", "elsewhere", "ended"]


class Jobs(Protocol):
    """What a sweep asks of a job manager. slots: how many runs train at a time; root: the folder of the runs."""

    @property
    def slots(self) -> int:
        """As `JobManager` has them, all of these."""

    @property
    def root(self) -> Path:
        """Of the runs."""

    def start(self, config: TrainConfig, *, run_id: str | None = None, threads: int | None = None) -> str:
        """Makes and queues a run."""

    def resume(self, run_id: str) -> None:
        """Queues it again."""

    def stop(self, run_id: str) -> None:
        """Ends it."""

    def is_active(self, run_id: str) -> bool:
        """Whether it trains or waits here."""

    def is_elsewhere(self, run_id: str) -> bool:
        """Whether it does so at another process."""

    def wait(self, run_ids: Iterable[str], timeout_s: float) -> None:
        """Until one of them does not any more."""


class Engine(Protocol):
    """Who says what comes next, where that depends on what has come out."""

    def look(self, sweep: Sweep) -> Sweep:
        """Takes note of what has come out and of what trains; the sweep as it is then, with points given up."""

    def more(self, sweep: Sweep) -> Sweep:
        """The sweep with one point more."""


def drive(sweep_id: str, jobs: Jobs, report: Report | None = None) -> Sweep:
    """Runs a sweep to its end, or until it is stopped; it as it is then. report: hears, in words, of each run.

    Raises RunLocked if another process runs it, RunMissing, CheckpointDamaged, DiskRefused, or ConfigInvalid where its
    engine is not installed.
    """
    try:
        with records.driven(sweep_id, jobs.root):
            records.change(sweep_id, jobs.root, lambda _: {"is_stopped": False, "error": ""})
            return _Drive(sweep_id, jobs, report or _LOG.debug).to_the_end()
    except RunLocked:
        raise RunLocked(
            f"sweep {sweep_id} is run by another server or program already; watch it in Compare, or stop it there first"
        ) from None


class _Drive:
    """One sweep in the hands of this process."""

    def __init__(self, sweep_id: str, jobs: Jobs, report: Report) -> None:
        self._id, self._jobs, self._report = sweep_id, jobs, report
        self._sweep = records.read_sweep(sweep_id, jobs.root)
        self._engine = _engine_of(self._sweep, jobs.root)
        self._active: set[str] = set()
        self._ended: set[str] = set()
        self._begun: set[str] = set()

    def to_the_end(self) -> Sweep:
        """Until nothing of it trains and nothing is left to begin."""
        while True:
            self._sweep = records.read_sweep(self._id, self._jobs.root)
            if self._engine:
                self._sweep = self._engine.look(self._sweep)
            waits = self._fill() if not self._sweep.is_stopped else self._stop_all()
            if not (self._active or waits):
                return self._sweep
            if self._active:
                self._jobs.wait(self._active, LOOK_S)
            else:  # another process has a run in hand for a moment more
                time.sleep(LOOK_S)
            self._heed_ends()

    def _heed_ends(self) -> None:
        ended = {run_id for run_id in self._active if not self._jobs.is_active(run_id)}
        self._active -= ended
        self._ended |= ended
        for run_id in ended:
            status = status_of(self._jobs.root / run_id)
            state = status.state if status else "gone"
            self._report(f"run {run_id} {state}, {len(self._ended)} of {len(self._sweep.runs())}")

    def _stop_all(self) -> bool:
        for run_id in self._active:
            self._jobs.stop(run_id)
        return False

    def _fill(self) -> bool:
        """Begins what there is room for; whether it waits for a run that another process has in hand."""
        self._stop_pruned()
        waits = False
        for planned in self._planned():
            standing = self._standing(planned)
            if standing == "active":
                self._active.add(planned.run_id)
            elif standing == "elsewhere":
                waits = True
            elif standing == "ended":
                self._ended.add(planned.run_id)
            elif not self._has_room():
                break
            else:
                self._begin(planned)
        return waits

    def _planned(self) -> Iterable[Planned]:
        """What has not ended, in order; of an engine, points are asked for as long as there is room."""
        while True:
            yield from [
                each
                for each in self._sweep.runs()
                if each.run_id not in self._ended and each.run_id not in self._active
            ]
            if not (self._engine and self._has_room() and len(self._sweep.points) < self._sweep.trials):
                return
            self._sweep = self._engine.more(self._sweep)

    def _has_room(self) -> bool:
        return len(self._active) < self._jobs.slots + (0 if self._engine else IN_LINE)

    def _stop_pruned(self) -> None:
        for planned in self._sweep.runs():
            if planned.point in self._sweep.pruned and planned.run_id in self._active:
                self._jobs.stop(planned.run_id)

    def _standing(self, planned: Planned) -> Standing:
        if self._jobs.is_active(planned.run_id):
            return "active"
        directory = self._jobs.root / planned.run_id
        if planned.run_id in self._begun or planned.point in self._sweep.pruned:
            return "ended"
        status = status_of(directory)
        if status is None or status.state in ("stopped", "failed"):
            return "ended" if status and status.diverged_step is not None else "open"
        if status.is_final:
            return "ended"
        return "elsewhere" if self._jobs.is_elsewhere(planned.run_id) else "open"

    def _begin(self, planned: Planned) -> None:
        """Starts or resumes one. Raises RunError for what no other would escape: the sweep ends here, to be resumed."""
        self._begun.add(planned.run_id)
        try:
            begin_run(self._jobs, self._sweep, planned)
            self._active.add(planned.run_id)
        except RunError:
            raise
        except LatentStudioError as error:  # this one cannot be: too large for the memory, a combination that is none
            self._ended.add(planned.run_id)
            said = str(error)
            self._sweep = records.change(self._id, self._jobs.root, lambda _: {"error": said})


def begin_run(jobs: Jobs, sweep: Sweep, planned: Planned) -> None:
    """Starts a planned run, or lets it go on from its newest checkpoint; one that had none begins again.

    Raises as `JobManager.start` and `resume`.
    """
    directory = jobs.root / planned.run_id
    if directory.exists() and checkpoints.newest_step(directory) is not None:
        with suppress(RunMissing, CheckpointDamaged):
            jobs.resume(planned.run_id)
            return
    if directory.exists():
        shutil.rmtree(directory, ignore_errors=True)  # nothing of it had been kept
    jobs.start(sweep.config(planned.point, planned.seed), run_id=planned.run_id, threads=1)
    with suppress(LatentStudioError):
        marks.change(directory, tags=(sweep.name,))


def status_of(directory: Path) -> Status | None:
    """How far a planned run is; None for one that has not begun, or was cut off before it could say so."""
    try:
        return read_status(directory)
    except CheckpointDamaged:
        return None


def _engine_of(sweep: Sweep, root: Path) -> Engine | None:
    """Raises ConfigInvalid, with a sentence, where it is not installed."""
    return OptunaStudy(sweep, root) if sweep.engine == "optuna" else None


# In a server

_driving: dict[str, Thread] = {}
_lock = Lock()


def begin(sweep_id: str, jobs: Jobs) -> None:
    """Has a thread of this process run a sweep, unless one does; after one that is just being stopped.

    Raises RunMissing, CheckpointDamaged, or ConfigInvalid where its engine is not installed.
    """
    sweep = records.read_sweep(sweep_id, jobs.root)
    if sweep.engine == "optuna":
        expect_optuna()
    with _lock:
        before = _driving.get(sweep_id)
        if before and before.is_alive() and not sweep.is_stopped:
            return
        thread = Thread(target=_drive_quietly, args=(sweep_id, jobs, before), name=f"sweep-{sweep_id[:8]}", daemon=True)
        _driving[sweep_id] = thread
        thread.start()


def _drive_quietly(sweep_id: str, jobs: Jobs, before: Thread | None) -> None:
    if before:
        before.join()
    try:
        drive(sweep_id, jobs)
    except RunLocked:
        _LOG.info("sweep %s is run elsewhere", sweep_id)
    except LatentStudioError as error:
        _LOG.warning("sweep %s: %s", sweep_id, error)
        said = str(error)
        with suppress(LatentStudioError):
            records.change(sweep_id, jobs.root, lambda _: {"error": said})


def is_driven(sweep_id: str, root: Path | None = None) -> bool:
    """Whether some process, this one or another, runs the sweep now. Raises DiskRefused."""
    thread = _driving.get(sweep_id)
    return bool(thread and thread.is_alive()) or records.is_driven(sweep_id, root)
