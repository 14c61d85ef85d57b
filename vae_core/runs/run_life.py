"""A run from the queue to its end: what the server and the process that trains it both do with its directory."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Self

from vae_core.architecture.layers import weight_shapes
from vae_core.config import TrainConfig, parse_config
from vae_core.data.registry import DATASETS
from vae_core.errors import RunError
from vae_core.runs import checkpoints, records, run_lock, signed, storage
from vae_core.runs.metrics_log import MetricsFile
from vae_core.runs.records import CHECKPOINTS, CONFIG, LIVE, METRICS, ORIGIN, STATUS, Status

WAITED_IN_VAIN = "stopped while it waited in line, before anything was trained; start it again when a place is free"
WAITED_AGAIN_IN_VAIN = "stopped while it waited in line to go on; resume it when a place is free"

Patience = Callable[[Callable[[], None]], None]


def once(write: Callable[[], None]) -> None:
    """The patience of a writer whose disk may refuse: one try."""
    write()


class RunLife:
    """A run directory's config and status. Every method raises DiskRefused, with what was there intact, if a disk does.

    patience: calls each write it is given, as often as it likes until that does not raise DiskRefused; once unless set.
    now: the clock for the status' time stamps, in unix seconds. config_digest: the SHA-256 of config.json.
    """

    def __init__(
        self, directory: Path, config: TrainConfig, status: Status, now: Callable[[], float], config_digest: str
    ) -> None:
        self.directory = directory
        self.config = config
        self.status = status
        self.patience: Patience = once
        self._now = now
        self._config_digest = config_digest
        self._metrics = MetricsFile(directory / METRICS)
        self._unsynced = {directory / CONFIG}  # what the next checkpoint will rely on

    @classmethod
    def create(cls, config: TrainConfig, root: Path | None = None, now: Callable[[], float] = time.time) -> Self:
        """A new run under root, queued. Raises ConfigInvalid if the model cannot be built for its data set."""
        weight_shapes(config, DATASETS[config.dataset].image_shape)
        directory = (root or records.runs_root()).absolute() / records.new_run_id()
        data = storage.dump_json(config.model_dump(mode="json"))
        try:
            directory.mkdir(parents=True)
        except OSError as error:
            raise storage.refused(directory, error) from error
        status = Status("queued", epochs=config.epochs, created_at=now())
        writer = cls(directory, config, status, now, hashlib.sha256(data).hexdigest())
        try:
            storage.write_file(directory / CONFIG, data)
            writer.update_status()
        except RunError:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        return writer

    @classmethod
    def open(cls, directory: Path, status: Status | None = None) -> Self:
        """Goes on with a run that is there. status: to use for its own. Raises CheckpointDamaged or ConfigInvalid."""
        data = storage.read_file(directory, CONFIG)
        config = parse_config(storage.parse_json(data, f"{CONFIG} of run {directory.name}"))
        status = status or records.read_status(directory)
        return cls(directory, config, status, time.time, hashlib.sha256(data).hexdigest())

    @property
    def run_id(self) -> str:
        """The run's id, which is its directory's name."""
        return self.directory.name

    def lock(self) -> AbstractContextManager[None]:
        """Keeps every other process from training this run. Raises RunLocked at once if one does."""
        return run_lock.hold(self.directory)

    def remember_data_root(self, data_root: Path) -> None:
        """Lets later commands on this machine find the data set again."""
        content = signed.dump({"data_root": str(data_root.absolute())})
        self.patience(lambda: storage.write_file(self.directory / ORIGIN, content))

    def update_status(self, **changes: Any) -> None:
        """Replaces status.json, with the fields of `Status` that changed; a final state is there to stay."""
        status = dataclasses.replace(self.status, **changes, updated_at=self._now())
        data = records.dump_status(status)
        self.patience(lambda: storage.write_file(self.directory / STATUS, data, durable=status.is_final))
        self.status = status

    def fail(self, reason: str, *, diverged_step: int | None = None) -> None:
        """Ends a run whose training ended early: failed, for the reason given in one sentence.

        Where all was saved before that and only the last word is missing, it is finished or stopped instead.
        """
        if self.status.is_final:
            return
        if (self.directory / storage.MANIFEST).exists():
            is_whole = self.status.step >= self.status.total_steps
            step = self.status.step
            self.update_status(state="finished" if is_whole else "stopped", live_step=step, eta_s=0.0)
            self._tidy()
        else:
            self.update_status(state="failed", error=reason, eta_s=None, diverged_step=diverged_step)

    def give_up_waiting(self) -> None:
        """Ends a run that left the line, or was left in it, before its training began or went on."""
        can_go_on = checkpoints.listed(self.directory)
        self.update_status(state="stopped", error=WAITED_AGAIN_IN_VAIN if can_go_on else WAITED_IN_VAIN)

    def _tidy(self) -> None:
        """Deletes what a run that has ended needs no more; what stays, because the system wants it so, does no harm."""
        shutil.rmtree(self.directory / LIVE, ignore_errors=True)
        if self.status.state == "finished":
            shutil.rmtree(self.directory / CHECKPOINTS, ignore_errors=True)
        for path in self.directory.glob(".*.tmp"):
            with suppress(OSError):
                path.unlink()
