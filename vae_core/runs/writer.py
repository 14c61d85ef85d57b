"""The one writer of a run directory, from the queue to the end: status, rows, previews, checkpoints, the model."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from vae_core.architecture.layers import weight_shapes
from vae_core.config import TrainConfig, check_new, parse_config
from vae_core.data.registry import card_here
from vae_core.data.source import DataCard
from vae_core.errors import DiskRefused, RunError, RunLocked
from vae_core.runs import checkpoints, previews, records, run_lock, signed, snapshots, storage
from vae_core.runs.checkpoints import Parent
from vae_core.runs.metrics_log import MetricsLog
from vae_core.runs.records import (
    BETAS,
    CONFIG,
    DATA,
    DECODER,
    EMBEDDING,
    EVALUATION,
    METRICS,
    MODEL,
    PARENT,
    REQUIRED,
    STATUS,
    Embedding,
    Evaluation,
    Status,
)

WAITED_IN_VAIN = "stopped while it waited in line, before anything was trained; start it again when a place is free"
WAITED_AGAIN_IN_VAIN = "stopped while it waited in line to go on; resume it when a place is free"

Weights = Mapping[str, npt.NDArray[np.float32]]
Result = TypeVar("Result")


class Retry(Protocol):
    """Whether a write that the disk refused is made again, and when. `worker.disk_retry` has that of trainings."""

    def may_help(self, refusal: DiskRefused) -> bool:
        """Whether the same write may succeed later."""

    def waiting(self, refusal: DiskRefused) -> AbstractContextManager[None]:
        """Entered after the first refusal of a write, and left when it was made or given up."""

    def wait(self) -> None:
        """Lets some time pass before the next try."""


class RunWriter:
    """The one writer of a run directory. Every method raises DiskRefused, with what was there intact, if the disk does.

    Within `retrying` it waits instead. now: the clock for the status' time stamps, in unix seconds.
    """

    def __init__(
        self, directory: Path, config: TrainConfig, card: DataCard, status: Status, now: Callable[[], float]
    ) -> None:
        self.directory = directory
        self.config = config
        self.card = card
        self.status = status
        self._now = now
        self.parent: Parent | None = None
        self._digests: Mapping[str, str] = {}  # of what the run was told, as it was when this began
        self._claim: run_lock.Claim | None = None  # of a run that several machines may train
        self._metrics = MetricsLog(directory / METRICS, self._expect_own)
        self._unsynced = {directory / name for name in (CONFIG, DATA, PARENT)}  # what the next checkpoint will rely on
        self._retry: Retry | None = None

    @classmethod
    def create(  # noqa: PLR0913
        cls,
        config: TrainConfig,
        root: Path | None = None,
        now: Callable[[], float] = time.time,
        *,
        card: DataCard | None = None,
        parent: Parent | None = None,
        run_id: str | None = None,
    ) -> RunWriter:
        """A new run under root, queued. card: of the images to learn from; None for those in the usual place.

        parent: whose model it goes on from, see `recovery.extend`. run_id: whoever gives it one can look whether the
        run is there already, and then gets DiskRefused.

        Raises ConfigInvalid if the model cannot be built or trained for its data set, DatasetUnknown or DatasetDamaged.
        """
        card = card or card_here(config.dataset)
        check_new(config, card)
        weight_shapes(config, card)
        directory = (root or records.runs_root()).absolute() / (run_id or records.new_run_id())
        data = storage.dump_json(config.model_dump(mode="json"))
        try:
            directory.mkdir(parents=True)
        except OSError as error:
            raise storage.refused(directory, error) from error
        status = Status("queued", epochs=config.epochs, created_at=now())
        writer = cls(directory, config, card, status, now)
        try:
            storage.write_file(directory / DATA, storage.dump_json(card.as_json()))
            storage.write_file(directory / CONFIG, data)
            if parent:
                writer.parent = parent
                storage.write_file(directory / PARENT, storage.dump_json(dataclasses.asdict(parent)))
            writer._digests = checkpoints.digests_of(directory)
            writer.update_status()
        except RunError:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        return writer

    @classmethod
    def open(cls, directory: Path, status: Status | None = None) -> RunWriter:
        """Goes on with a run that is there. status: to use for its own. Raises CheckpointDamaged or ConfigInvalid."""
        digests = checkpoints.digests_of(directory)
        config = parse_config(
            storage.parse_json(storage.read_file(directory, CONFIG), f"{CONFIG} of run {directory.name}")
        )
        status = status or records.read_status(directory)
        writer = cls(directory, config, records.read_card(directory, config), status, time.time)
        writer._digests, writer.parent = digests, checkpoints.read_parent(directory)
        return writer

    @property
    def run_id(self) -> str:
        """The run's id, which is its directory's name."""
        return self.directory.name

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps every other process from training this run. Raises RunLocked at once if one does.

        Where claims are kept it is the claim that counts: what still holds the lock then does not write any more.
        """
        if not self._claim and self._persist(lambda: run_lock.is_claimed(self.directory)):
            with run_lock.hold(self.directory):
                self.claim()
        with ExitStack() as held:
            try:
                self._persist(lambda: held.enter_context(run_lock.hold(self.directory)))
            except RunLocked:
                if not self._claim:
                    raise
                self._expect_own()
            yield

    def claim(self, step: int = 0) -> None:
        """Takes the run over from whatever machine had it, to go on from a step's checkpoint; 0: from the beginning."""
        self._claim = self._persist(lambda: run_lock.take_over(self.directory, step))

    def _expect_own(self) -> None:
        """Raises RunLocked if another machine has taken the run over since."""
        if self._claim:
            run_lock.expect_last(self.directory, self._claim)

    # A disk that refuses

    @contextmanager
    def retrying(self, retry: Retry) -> Iterator[None]:
        """Within it, a write that the disk refuses is made again until it succeeds, or retry says that that is no use.

        Meanwhile the status is "paused" with the reason as its error, if at least that can be written.
        """
        self._retry = retry
        try:
            yield
        finally:
            self._retry = None

    def _persist(self, write: Callable[[], Result]) -> Result:
        """Makes one write, or looks at the disk for one, which may be repeated."""
        try:
            self._expect_own()
            return write()
        except DiskRefused as refusal:
            retry = self._retry
            if not (retry and retry.may_help(refusal)):
                raise
            with retry.waiting(refusal), self._shown_as_paused(refusal):
                return self._repeat(write, retry)

    def _repeat(self, write: Callable[[], Result], retry: Retry) -> Result:
        while True:
            retry.wait()
            try:
                self._expect_own()
                return write()
            except DiskRefused as refusal:
                if not retry.may_help(refusal):
                    raise

    @contextmanager
    def _shown_as_paused(self, refusal: DiskRefused) -> Iterator[None]:
        before = self.status
        paused = dataclasses.replace(before, state="paused", error=str(refusal), updated_at=self._now())
        with suppress(RunError):
            self._expect_own()
            self._write_status(paused)
        try:
            yield
        finally:
            self.status = before
        with suppress(RunError):
            self._expect_own()
            if records.read_status(self.directory) == paused:  # else the write that waited was a newer status
                self._write_status(dataclasses.replace(before, updated_at=self._now()))

    # What the server and the process that trains say of a run

    def remember_data_root(self, data_root: Path) -> None:
        """Lets later commands on this machine find the data set again."""
        content = signed.dump({"data_root": str(data_root.absolute())})
        self._persist(lambda: storage.write_file(self.directory / records.ORIGIN, content))

    def update_status(self, **changes: Any) -> None:
        """Replaces status.json, with the fields of `Status` that changed; a final state is there to stay."""
        status = dataclasses.replace(self.status, **changes, updated_at=self._now())
        self._persist(lambda: self._write_status(status))
        self.status = status

    def _write_status(self, status: Status) -> None:
        storage.write_file(self.directory / STATUS, records.dump_status(status), durable=status.is_final)

    def fail(self, reason: str, *, diverged_step: int | None = None) -> None:
        """Ends a run whose training ended early: failed, for the reason given in one sentence.

        Where all was saved before that and only the final status is missing, it is finished or stopped instead.
        """
        if self.status.is_final:
            return
        if self._persist(lambda: storage.exists(self.directory / storage.MANIFEST)):
            is_whole = self.status.step >= self.status.total_steps
            step = self.status.step
            self.update_status(state="finished" if is_whole else "stopped", live_step=step, eta_s=0.0)
            self._tidy()
        else:
            self.update_status(state="failed", error=reason, eta_s=None, diverged_step=diverged_step)

    def give_up_waiting(self) -> None:
        """Ends a run that left the line, or was left in it, before its training began or went on."""
        can_go_on = self._persist(lambda: checkpoints.listed(self.directory))
        self.update_status(state="stopped", error=WAITED_AGAIN_IN_VAIN if can_go_on else WAITED_IN_VAIN)

    # While it trains

    def append_metrics(self, row: Mapping[str, Any]) -> None:
        """Adds one line to metrics.jsonl: all of it, or nothing. Raises ValueError as `records.dump_row`."""
        line = records.dump_row(row)
        self._persist(lambda: self._metrics.append(line))

    def publish_live(self, step: int, *, decoder: bytes, encoder: bytes, embedding: Embedding) -> None:
        """Makes step the newest that can be looked at, and forgets all but the newest four."""
        files = {"decoder": decoder, "encoder": encoder, "embedding": embedding.to_bytes()}
        self._persist(lambda: previews.write(self.directory, step, **files))
        self.update_status(live_step=step)
        with suppress(DiskRefused):  # the next will
            previews.forget_old(self.directory)

    def wants_snapshot(self, epoch: int) -> bool:
        """Whether `save_snapshot` would keep the model after that epoch, as far as can be said now."""
        kept = self._persist(lambda: snapshots.listed(self.directory))
        return epoch % snapshots.stride(file.numbers[0] for file in kept) == 0

    def save_snapshot(self, *, epoch: int, step: int, weights: Weights, embedding: Embedding) -> None:
        """Keeps the model after an epoch, unless there are so many that it has to be skipped."""
        data = snapshots.dump(weights, embedding)

        def write() -> None:
            if path := snapshots.write(self.directory, epoch, step, data):
                self._unsynced.add(path)

        if self.wants_snapshot(epoch):
            self._persist(write)

    def save_checkpoint(self, state: Mapping[str, npt.NDArray[Any]], *, step: int, elapsed_s: float) -> None:
        """Keeps all that the training needs to go on from here; when it returns, the disk has it.

        So it has the config, the metrics and the snapshots written before. Earlier checkpoints go only then.
        """
        self._persist(self._sync)
        data = checkpoints.dump(
            state, step=step, elapsed_s=elapsed_s, digests=self._digests, metrics=self._metrics.extent
        )
        self._persist(lambda: checkpoints.write(self.directory, step, data))

    def _sync(self) -> None:
        """Waits until the disk has what a checkpoint vouches for, and what is dated before it."""
        self._metrics.seal()
        for path in [path for path in self._unsynced if storage.exists(path)]:
            storage.sync(path)
            storage.sync(path.parent)
        if self._unsynced:
            storage.sync(self.directory)
        self._unsynced.clear()

    # The end, and a run that goes on after it

    def finish(  # noqa: PLR0913
        self,
        state: Literal["finished", "stopped"],
        *,
        weights: Weights,
        embedding: Embedding,
        decoder: bytes | None,
        evaluation: Evaluation,
        step: int,
        betas: bytes | None = None,
    ) -> None:
        """Saves the trained model, then the manifest, then the final status. decoder: None leaves the file out; betas,
        by `snapshots.dump_betas`, is of a model that spans β.

        If the disk refuses, none of these files stays, and what there was for the browser does. A finished run needs
        its checkpoints no more.
        """
        files = {
            MODEL: storage.dump_tensors(weights),
            EMBEDDING: embedding.to_bytes(),
            EVALUATION: records.dump_evaluation(evaluation),
        }
        files |= {name: data for name, data in ((DECODER, decoder), (BETAS, betas)) if data is not None}
        try:
            for name, data in files.items():
                self._persist(partial(storage.write_file, self.directory / name, data, durable=True))
            self._persist(lambda: self._seal(REQUIRED | files.keys() | self._describing))
            self.update_status(state=state, step=step, live_step=step, eta_s=0.0)
        except RunError:
            with suppress(RunError):
                forget_end(self.directory)
            raise
        self._tidy()

    @property
    def _describing(self) -> frozenset[str]:
        """The files that say what the run is of; one of 0.1.0 has no data card, and most have no parent."""
        return frozenset(name for name in (CONFIG, DATA, PARENT) if storage.exists(self.directory / name))

    def _seal(self, names: frozenset[str]) -> None:
        """Writes the manifest, which makes the run complete, once the disk has all that it lists."""
        self._metrics.seal()
        for name in self._describing:
            storage.sync(self.directory / name)
        storage.sync(self.directory)
        try:
            storage.write_manifest(self.directory, names)
        except OSError as error:
            raise storage.refused(self.directory / storage.MANIFEST, error) from error
        storage.sync(self.directory)

    def _tidy(self) -> None:
        """Deletes what a run that has ended needs no more; what stays, because the system wants it so, does no harm."""
        with suppress(DiskRefused):
            previews.forget(previews.listed(self.directory))
            shutil.rmtree(self.directory / records.LIVE, ignore_errors=True)
        if self.status.state == "finished":
            shutil.rmtree(self.directory / records.CHECKPOINTS, ignore_errors=True)
        storage.remove_temporaries(self.directory)

    def cut_metrics(self, size: int) -> None:
        """Forgets, durably, all of metrics.jsonl after its first size bytes."""
        self._metrics.cut(size)

    def queue_again(self, step: int) -> None:
        """Queues a run that ended, to go on from a step."""
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


def forget_end(directory: Path) -> None:
    """Makes a complete run one without a trained model: the manifest goes first. Raises DiskRefused."""
    for name in (storage.MANIFEST, MODEL, EMBEDDING, DECODER, EVALUATION):
        try:
            (directory / name).unlink(missing_ok=True)
        except OSError as error:
            raise storage.refused(directory / name, error) from error
        if name == storage.MANIFEST:
            storage.sync(directory)
