"""Runs that ended without the writer's last word, or that are to go on after their end, as they are or as another."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.config import TrainConfig, parse_config
from vae_core.errors import (
    CheckpointDamaged,
    ConfigInvalid,
    LatentStudioError,
    RunError,
    RunLocked,
    RunMissing,
    ShapeMismatch,
)
from vae_core.runs import checkpoints, numbered_files, previews, run_lock, snapshots, storage
from vae_core.runs.checkpoints import Checkpoint, Parent
from vae_core.runs.reader import Run
from vae_core.runs.records import ASKED, CONFIG, EMBEDDING, METRICS, MODEL, SERVER_LOCK, Status
from vae_core.runs.writer import RunWriter, forget_end

_SILENT_S = 30.0  # a run that trains writes its status four times a second
_IN_LINE_S = 86400.0
"""How long a run may wait for its place in a cluster while no server asks for it."""
YIELD_S = 10.0
"""How long a writer that nobody listens to any more has to save what it has and leave."""

EXTENDED_BY = ("schedule", "learning_rate", "beta")
"""The settings that may be others in a run that goes on from a finished one, besides its epochs."""


def extended_config(run: Run, epochs: int, changes: Mapping[str, Any]) -> TrainConfig:
    """The settings of a run that goes on from the model of another for so many epochs more; its `epochs` are of both.

    changes: to `EXTENDED_BY`; what is not given is as it was at the end of the other. Raises ConfigInvalid, or
    RunMissing if the run has no trained model, or has steps of its own left to make.
    """
    status = run.status()
    if not run.is_complete:
        raise RunMissing(run.why_no_model())
    if run.imported:
        raise RunMissing(
            f"run {run.id} is of a model that was made elsewhere ({run.imported.name}), whose likelihood is not known; "
            "train a run of your own"
        )
    if run.is_resumable:
        raise RunMissing(
            f"run {run.id} was stopped after {status.step} of {status.total_steps} steps; resume it to its end first"
        )
    if epochs < 1:
        raise ConfigInvalid(f"epochs: a run goes on for 1 or more, and {epochs} were asked for; ask for some")
    known = {name: getattr(status, name) for name in ("learning_rate", "beta") if getattr(status, name) is not None}
    whole = {"epochs": _epochs_made(run, status) + epochs}
    return parse_config(run.config.model_dump() | known | dict(changes) | whole)


def _epochs_made(run: Run, status: Status) -> int:
    return run.config.epochs if status.state == "finished" else status.epoch or run.config.epochs


def extend(run: Run, config: TrainConfig, root: Path | None = None) -> RunWriter:
    """A new run, queued, that goes on from the trained model of another: its rows come first, then what it will write.

    config: as `extended_config` makes it. What it goes on from is a checkpoint of weights alone: the optimiser's
    moments went with the other's end. Raises as `RunWriter.create`, CheckpointDamaged, or DiskRefused, with nothing
    left.
    """
    status, state = run.status(), {f"model.{name}": array for name, array in run.weights().items()}
    rows, _ = run.metrics()
    elapsed_s = float(rows[-1].get("elapsed_s", 0.0)) if rows else 0.0
    at = {"step": status.step, "epoch": _epochs_made(run, status)}
    controls = {"beta": config.beta, "learning_rate": config.learning_rate}
    writer = RunWriter.create(config, root, card=run.card, parent=Parent(run.id, run.digest(), status.step))
    try:
        storage.write_file(writer.directory / METRICS, storage.read_file(run.directory, METRICS))
        writer.append_metrics({"split": "edit", **at, **controls, "elapsed_s": elapsed_s})
        writer.update_status(**at, **controls)
        writer.save_checkpoint(state, step=status.step, elapsed_s=elapsed_s)
        if data_root := run.data_root():
            writer.remember_data_root(data_root)
    except RunError:
        shutil.rmtree(writer.directory, ignore_errors=True)
        raise
    return writer


def reopen(directory: Path) -> RunWriter:
    """Queues a run that was stopped or failed once more, as it was at its newest checkpoint, which is verified.

    What came after that goes. Cut off at any moment, it leaves a run that can be reopened. Raises RunMissing,
    CheckpointDamaged, ConfigInvalid, DiskRefused, or RunLocked if the run trains.
    """
    with run_lock.hold(directory):
        writer = RunWriter.open(directory)
        if writer.status.state not in ("stopped", "failed"):
            raise RunMissing(f"run {directory.name} is {writer.status.state}; one that stopped or failed can go on")
        checkpoint = checkpoints.newest_checkpoint(directory)
        if run_lock.is_claimed(directory):
            writer.claim(checkpoint.step)
        _forget_asked(directory)
        _go_back(writer, checkpoint)
        return writer


def take_up(directory: Path) -> RunWriter:
    """Makes this process the one writer of a run whose machine was lost, as it was at its newest checkpoint that is
    whole; one that has none begins anew. Of one that has ended, the end is written down and nothing else.

    Who holds the system's lock has a while to save and leave; after that the claim keeps it out. What such a one left
    stopped goes on. Raises RunMissing, CheckpointDamaged, ConfigInvalid or DiskRefused.
    """
    with ExitStack() as held:
        with suppress(RunLocked):
            held.enter_context(run_lock.hold(directory, patience_s=YIELD_S))
        writer = _open(directory)
        if writer.status.state in ("finished", "failed"):
            return writer
        checkpoint = _newest_whole(directory)
        writer.claim(checkpoint.step if checkpoint else 0)
        if storage.exists(directory / storage.MANIFEST) and not writer.status.is_final:
            writer.fail("all was saved before")
        if writer.status.state != "finished":
            _go_back(writer, checkpoint)
        return writer


def _forget_asked(directory: Path) -> None:
    """What a cluster was to do for the run holds no more."""
    if storage.exists(path := directory / ASKED):
        try:
            path.unlink()
        except OSError as error:
            raise storage.refused(path, error) from error


def _newest_whole(directory: Path) -> Checkpoint | None:
    """What a run can go on from. One that is not whole, or not of these rows, a writer left that was shut out then."""
    for file in reversed(checkpoints.listed(directory)):
        with suppress(CheckpointDamaged):
            return checkpoints.read_checkpoint(file)
    return None


def _go_back(writer: RunWriter, checkpoint: Checkpoint | None) -> None:
    """Queues a run as it was at a checkpoint; None: before its first step."""
    step = checkpoint.step if checkpoint else 0
    if checkpoint:
        _keep_in_view(writer, step)
    forget_end(writer.directory)
    writer.cut_metrics(checkpoint.metrics_bytes if checkpoint else 0)
    _forget_after(writer.directory, step if checkpoint else -1)
    writer.queue_again(step)


def _keep_in_view(writer: RunWriter, step: int) -> None:
    """Lets a browser go on fetching the map and the model of a complete run's step, when its end is about to go."""
    directory, config, card = writer.directory, writer.config, writer.card
    if not all(storage.exists(directory / name) for name in (storage.MANIFEST, MODEL, EMBEDDING)):
        return
    with suppress(CheckpointDamaged, ShapeMismatch):  # of what is not whole there is nothing to look at
        weights, _ = storage.parse_tensors(storage.read_file(directory, MODEL), MODEL)
        previews.write(
            directory,
            step,
            decoder=decoder_onnx(config, weights, card=card),
            encoder=encoder_onnx(config, weights, card=card),
            embedding=storage.read_file(directory, EMBEDDING),
        )


def _forget_after(directory: Path, step: int) -> None:
    """Deletes what a training wrote after a step, and what it wrote in part: it will be written again."""
    previews.forget(file for file in previews.listed(directory) if file.numbers[-1] > step)
    for files in (snapshots.listed(directory), checkpoints.listed(directory)):
        numbered_files.forget(file for file in files if file.numbers[-1] > step)
    storage.remove_temporaries(directory)


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
    if run_lock.is_held(directory, SERVER_LOCK):  # a server has it in line, or has just given it to a process
        return False
    is_waiting = writer.status.state == "queued"
    if storage.exists(directory / ASKED):  # a cluster has it, whose locks may not be seen from here
        silent_s = max(silent_s, _IN_LINE_S if is_waiting else _SILENT_S)
    elif is_waiting:
        silent_s = -math.inf
    if time.time() - writer.status.updated_at <= silent_s:
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
        if storage.exists(directory / storage.MANIFEST):
            raise
        step = checkpoints.newest_checkpoint(directory).step
        try:
            created_at = (directory / CONFIG).stat().st_mtime
        except OSError as error:
            raise storage.unseen(directory / CONFIG, error) from error
        return RunWriter.open(directory, Status("running", step=step, created_at=created_at))
