"""Small trainings for the tests of who records, controls and resumes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_core import runs
from vae_core.config import TrainConfig, parse_config
from vae_core.jobs.control import Control
from vae_core.runs import Run, RunWriter, recovery
from vae_core.worker.publish_schedule import PublishSchedule
from vae_core.worker.training_process import train_run

Rows = list[dict[str, Any]]


def digits(**settings: Any) -> TrainConfig:
    """Two epochs of six steps, the last of them with fewer images, unless settings say otherwise."""
    return parse_config({"hidden_sizes": (16,), "epochs": 2, "batch_size": 256, "device": "cpu", **settings})


class KeepingSchedule(PublishSchedule):
    """Like the schedule of shipped models, with checkpoints after so many steps, and snapshots."""

    def __init__(self, every: int, checkpoint_every: int) -> None:
        super().__init__(lambda: 0.0, every_steps=every)
        self._checkpoint_every = checkpoint_every

    def is_checkpoint_due(self, step: int) -> bool:
        return step % self._checkpoint_every == 0


class Script(Control):
    """A control whose commands come at fixed moments: before the step after so many, on the training's own thread.

    turns: how many steps have been allowed so far.
    """

    def __init__(self, commands: dict[int, Callable[[Control], object]]) -> None:
        super().__init__()
        self._commands = dict(commands)
        self.turns = 0

    def wait_turn(self, on_idle: Callable[[], None]) -> bool:
        if command := self._commands.pop(self.turns, None):
            command(self)
        may_go = super().wait_turn(on_idle)
        self.turns += may_go
        return may_go


def stop_after(steps: int) -> Script:
    """A stop before the step after so many."""
    return Script({steps: Control.stop})


def trained(config: TrainConfig, root: Path, control: Control | None = None, **named: Any) -> Run:
    """A run trained to its end, or to where control stops it."""
    writer = RunWriter.create(config, root)
    train_run(writer, control, **named)
    return runs.open_run(writer.run_id, root)


def resumed(run: Run, control: Control | None = None, **named: Any) -> Run:
    """The same run, gone on with."""
    train_run(recovery.reopen(run.directory), control, resume=True, **named)
    return runs.open_directory(run.directory)


def rows_of(run: Run, split: str | None = None) -> Rows:
    """Its metrics, of one split or all."""
    return [row for row in run.metrics()[0] if split in (None, row["split"])]
