"""Trainings cut off, resumed and refused by the hundred: each campaign takes how many, and asserts what must hold."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.vae_core import faults
from tests.vae_core.small_runs import KeepingSchedule, Script, digits, resumed, rows_of, trained
from vae_core.jobs.control import Control
from vae_core.runs import Run, RunWriter, checkpoints
from vae_core.worker.training_process import train_run

EDITS: dict[int, dict[str, float]] = {4: {"beta": 3.0}, 10: {"learning_rate": 1e-3}, 15: {"beta": 0.5}}
"""What is changed mid-run, before the step after so many."""
STEPS = 24
END = 22
"""Of four epochs of six steps; the runs are compared after so many, while a checkpoint is there."""


# Resumed bitwise


def _edits(first: int) -> dict[int, Callable[[Control], object]]:
    """The edits that are left after so many steps, as a script."""
    return {at - first: (lambda control, at=at: control.edit(**EDITS[at])) for at in EDITS if at >= first}  # type: ignore[misc]


def _stopping(first: int, at: int) -> Script:
    script = {turn: edit for turn, edit in _edits(first).items() if first + turn < at}
    return Script({**script, at - first: Control.stop})


def resume_campaign(root: Path, places: list[int], **settings: Any) -> None:
    """A run is stopped after each number of steps and resumed: weights, moments, noise, controls and rows are those
    of the run that was not, bit by bit; so is all that the two leave when they end.
    """
    config, schedule = digits(epochs=4, **settings), KeepingSchedule(1, 1)
    whole = trained(config, root, _stopping(0, END), schedule=schedule)
    expected = checkpoints.listed(whole.directory)[-1].path.name  # with the digest of all that it holds
    for k in places:
        run = trained(config, root, _stopping(0, k), schedule=KeepingSchedule(1, 1))
        assert run.step == k
        run = resumed(run, _stopping(k, END), schedule=KeepingSchedule(1, 1))
        assert checkpoints.listed(run.directory)[-1].path.name == expected
        assert rows_of(run) == rows_of(whole)
        assert (run.directory / "model.safetensors").read_bytes() == (
            whole.directory / "model.safetensors"
        ).read_bytes()


class Killed(BaseException):
    """What no training catches: the process is gone."""


def die(control: Control) -> None:
    raise Killed


def cut_off(writer: RunWriter, steps: int, schedule: KeepingSchedule) -> Run:
    """A run whose process was killed after so many steps, as the server finds it."""
    try:
        train_run(writer, Script({**_edits(0), steps: die}), schedule=schedule)
    except Killed:
        RunWriter.open(writer.directory).fail("killed")
    return Run(writer.run_id, writer.directory, writer.config, writer.card)


def cut_off_campaign(root: Path, places: list[int], checkpoint_every: int = 5) -> None:
    """The same for runs that are killed, which go on from some steps before."""
    config = digits(epochs=4)
    whole = trained(config, root, Script(_edits(0)), schedule=KeepingSchedule(1, checkpoint_every))
    for k in places:
        run = cut_off(RunWriter.create(config, root), k, KeepingSchedule(1, checkpoint_every))
        kept = checkpoints.newest_checkpoint(run.directory).step
        assert kept == k - k % checkpoint_every
        run = resumed(run, Script(_edits(kept)), schedule=KeepingSchedule(1, checkpoint_every))
        assert rows_of(run) == rows_of(whole)
        assert run.digest() == whole.digest()


# A disk that refuses while a model trains


class Healing(Control):
    """A control that makes space instead of waiting for it, and notes what could be seen until then."""

    def __init__(self, disk: faults.Disk, look: Callable[[], object]) -> None:
        super().__init__()
        self._disk, self._look = disk, look
        self.seen: list[object] = []

    def wait_for_stop(self, seconds: float) -> bool:
        self.seen.append(self._look())
        self._disk.heal()
        return self.is_stopped


def refused_training_campaign(root: Path, count: int | None = None) -> None:
    """The disk refuses at one operation after the other, `count` of them evenly (all if None): the run says that it
    waits, and when there is space goes on as if nothing had been.
    """
    undisturbed = faults.Disk()
    expected, _ = _train_on(undisturbed, root)
    total = len(undisturbed.operations)
    for turn, at in enumerate(range(1, total + 1, 1 if count is None else max(1, total // count))):
        number = (errno.ENOSPC, errno.EIO)[turn % 2]
        for lasting in (True, False):
            run, seen = _train_on(faults.Disk(at, number, lasting=lasting), root)
            assert run.status().state == "finished"
            assert rows_of(run) == rows_of(expected)
            assert run.weights().keys() == expected.weights().keys()
            assert all(np.array_equal(run.weights()[name], value) for name, value in expected.weights().items())
            assert run.snapshots() == expected.snapshots()
            assert lasting or all(state == "paused" and "could not be written" in error for state, error in seen)
            run.verify()


def _train_on(disk: faults.Disk, root: Path) -> tuple[Run, list[tuple[str, str]]]:
    writer = RunWriter.create(digits(), root)
    run = Run(writer.run_id, writer.directory, writer.config, writer.card)
    control = Healing(disk, lambda: (run.status().state, run.status().error or ""))
    events: list[str] = []
    with faults.on(disk):
        train_run(writer, control, lambda event: events.append(event["event"]), schedule=KeepingSchedule(3, 4))
    told = [event for event in events if "blocked" in event]
    assert told == ["blocked", "unblocked"] * (len(told) // 2)
    assert len(control.seen) == len(told) // 2
    assert bool(told) == (disk.at > 0 and disk.is_healed)
    return run, control.seen  # type: ignore[return-value]
