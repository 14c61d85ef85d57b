"""What the process that trains a run writes, and how a run goes on: rows, snapshots, checkpoints, the trained model."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.errors import CheckpointDamaged, LatentStudioError, RunError, RunLocked, RunMissing, ShapeMismatch
from vae_core.runs import checkpoints, numbered_files, previews, records, run_lock, snapshots, storage
from vae_core.runs.records import (
    CONFIG,
    DECODER,
    EMBEDDING,
    EVALUATION,
    MODEL,
    REQUIRED,
    Embedding,
    Evaluation,
    Status,
)
from vae_core.runs.run_life import RunLife

_SILENT_S = 30.0  # a run that trains writes its status four times a second

Weights = Mapping[str, npt.NDArray[np.float32]]


class RunWriter(RunLife):
    """The one writer of a run directory. Every method raises DiskRefused, with what was there intact, if it must."""

    @classmethod
    def reopen(cls, directory: Path) -> RunWriter:
        """Queues a run that was stopped or failed once more, as it was at its newest checkpoint, which is verified.

        What came after that goes. Cut off at any moment, it leaves a run that can be reopened. Raises RunMissing,
        CheckpointDamaged, ConfigInvalid, or RunLocked if the run trains.
        """
        with run_lock.hold(directory):
            writer = cls.open(directory)
            if writer.status.state not in ("stopped", "failed"):
                raise RunMissing(f"run {directory.name} is {writer.status.state}; one that stopped or failed can go on")
            checkpoint = checkpoints.newest_checkpoint(directory)
            keep_in_view(writer, checkpoint.step)
            forget_end(directory)
            writer._metrics.cut(checkpoint.metrics_bytes)
            forget_after(directory, checkpoint.step)
            writer._queue_again(checkpoint.step)
            return writer

    def _queue_again(self, step: int) -> None:
        status = self.status
        steps_per_epoch = status.total_steps // status.epochs if status.epochs else 0
        self.update_status(
            state="queued",
            step=step,
            epoch=-(-step // steps_per_epoch) if steps_per_epoch else status.epoch,
            live_step=previews.newest_step(self.directory),
            images_per_s=0.0,
            eta_s=None,
            error=None,
            steps_per_s=None,
            diverged_step=None,
        )

    def append_metrics(self, row: Mapping[str, Any]) -> None:
        """Adds one line to metrics.jsonl: all of it, or nothing. Raises ValueError as `records.dump_row`."""
        line = records.dump_row(row)
        self.patience(lambda: self._metrics.append(line))

    def publish_live(self, step: int, *, decoder: bytes, encoder: bytes, embedding: Embedding) -> None:
        """Makes step the newest that can be looked at, and forgets all but the newest four."""
        files = {"decoder": decoder, "encoder": encoder, "embedding": embedding.to_bytes()}
        self.patience(lambda: previews.write(self.directory, step, **files))
        self.update_status(live_step=step)
        previews.forget_old(self.directory)

    def wants_snapshot(self, epoch: int) -> bool:
        """Whether `save_snapshot` would keep the model after that epoch, as far as can be said now."""
        return epoch % snapshots.stride(file.numbers[0] for file in snapshots.listed(self.directory)) == 0

    def save_snapshot(self, *, epoch: int, step: int, weights: Weights, embedding: Embedding) -> None:
        """Keeps the model after an epoch, unless there are so many that it has to be skipped."""
        data = snapshots.dump(weights, embedding)

        def write() -> None:
            if path := snapshots.write(self.directory, epoch, step, data):
                self._unsynced.add(path)

        if self.wants_snapshot(epoch):
            self.patience(write)

    def save_checkpoint(self, state: Mapping[str, npt.NDArray[Any]], *, step: int, elapsed_s: float) -> None:
        """Keeps all that the training needs to go on from here; when it returns, the disk has it.

        So it has the config, the metrics and the snapshots written before. Earlier checkpoints go only then.
        """
        self.patience(self._sync)
        data = checkpoints.dump(
            state, step=step, elapsed_s=elapsed_s, config=self._config_digest, metrics=self._metrics.extent
        )
        self.patience(lambda: checkpoints.write(self.directory, step, data))

    def _sync(self) -> None:
        """Waits until the disk has what a checkpoint vouches for, and what is dated before it."""
        self._metrics.seal()
        for path in [path for path in self._unsynced if path.exists()]:
            storage.sync(path)
            storage.sync(path.parent)
        if self._unsynced:
            storage.sync(self.directory)
        self._unsynced.clear()

    def finish(  # noqa: PLR0913
        self,
        state: Literal["finished", "stopped"],
        *,
        weights: Weights,
        embedding: Embedding,
        decoder: bytes | None,
        evaluation: Evaluation,
        step: int,
    ) -> None:
        """Saves the trained model, then the manifest, then the final status. decoder: None leaves the file out.

        If the disk refuses, none of these files stays, and what there was for the browser does. A finished run needs
        its checkpoints no more.
        """
        files = {
            MODEL: storage.dump_tensors(weights),
            EMBEDDING: embedding.to_bytes(),
            EVALUATION: records.dump_evaluation(evaluation),
        }
        if decoder is not None:
            files[DECODER] = decoder
        try:
            for name, data in files.items():
                self.patience(partial(storage.write_file, self.directory / name, data, durable=True))
            self.patience(lambda: self._seal(REQUIRED | files.keys()))
            self.update_status(state=state, step=step, live_step=step, eta_s=0.0)
        except RunError:
            with suppress(RunError):
                forget_end(self.directory)
            raise
        self._tidy()

    def _seal(self, names: frozenset[str]) -> None:
        """Writes the manifest, which makes the run complete, once the disk has all that it lists."""
        self._metrics.seal()
        storage.sync(self.directory / CONFIG)
        storage.sync(self.directory)
        try:
            storage.write_manifest(self.directory, names)
        except OSError as error:
            raise storage.refused(self.directory / storage.MANIFEST, error) from error
        storage.sync(self.directory)


def keep_in_view(writer: RunWriter, step: int) -> None:
    """Lets a browser go on fetching the map and the model of a complete run's step, when its end is about to go."""
    directory, config = writer.directory, writer.config
    if not all((directory / name).exists() for name in (storage.MANIFEST, MODEL, EMBEDDING)):
        return
    with suppress(CheckpointDamaged, ShapeMismatch):  # of what is not whole there is nothing to look at
        weights, _ = storage.parse_tensors(storage.read_file(directory, MODEL), MODEL)
        previews.write(
            directory,
            step,
            decoder=decoder_onnx(config, weights),
            encoder=encoder_onnx(config, weights),
            embedding=storage.read_file(directory, EMBEDDING),
        )


def forget_end(directory: Path) -> None:
    """Makes a complete run one without a trained model: the manifest goes first. Raises DiskRefused."""
    for name in (storage.MANIFEST, MODEL, EMBEDDING, DECODER, EVALUATION):
        try:
            (directory / name).unlink(missing_ok=True)
        except OSError as error:
            raise storage.refused(directory / name, error) from error
        if name == storage.MANIFEST:
            storage.sync(directory)


def forget_after(directory: Path, step: int) -> None:
    """Deletes what a training wrote after a step, and what it wrote in part: it will be written again."""
    numbered_files.forget(file for file in previews.listed(directory) if file.numbers[-1] > step)
    numbered_files.forget(file for file in snapshots.listed(directory) if file.numbers[-1] > step)
    for path in directory.rglob(".*.tmp"):
        with suppress(OSError):
            path.unlink()


def settle_abandoned(directories: Iterable[Path], silent_s: float = _SILENT_S) -> list[Path]:
    """Ends the runs that nobody trains any more, because their server or machine went down under them.

    Returns those that were heard of so lately that they may be alive, and those that are: look at them again later.
    """
    doubtful = []
    for directory in directories:
        with suppress(LatentStudioError):
            if not _is_settled(directory, silent_s):
                doubtful.append(directory)
    return doubtful


def _is_settled(directory: Path, silent_s: float) -> bool:
    writer = _open(directory)
    if writer.status.is_final:
        return True
    is_waiting = writer.status.state == "queued"
    if not is_waiting and time.time() - writer.status.updated_at <= silent_s:
        return False
    try:
        with writer.lock():
            if is_waiting:
                writer.give_up_waiting()
            else:
                step = checkpoints.newest_step(directory)
                advice = "start it again" if step is None else f"resume it to go on from step {step}"
                writer.fail(f"the machine or the server went down while it trained; {advice}")
    except RunLocked:  # silent, because it waits for the disk, and alive
        return False
    return True


def _open(directory: Path) -> RunWriter:
    """A run, even if its status was lost with the machine's power, provided that a checkpoint tells how far it was."""
    try:
        return RunWriter.open(directory)
    except CheckpointDamaged:
        if (directory / storage.MANIFEST).exists():
            raise
        step = checkpoints.newest_checkpoint(directory).step
        created_at = (directory / CONFIG).stat().st_mtime
        return RunWriter.open(directory, Status("running", step=step, created_at=created_at))
