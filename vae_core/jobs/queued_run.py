"""A run that trains or waits in line on this server: what was asked of it, and how its end is written down."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any, Self

from vae_core.config import TrainConfig, parse_config
from vae_core.data.held_out_class import expect_seen
from vae_core.data.registry import card_here, expect_images, is_mapped
from vae_core.errors import LatentStudioError, RunLocked, RunMissing
from vae_core.jobs.executor import Process
from vae_core.runs import Run, checkpoints, recovery, run_lock
from vae_core.runs.records import RUN_ID, SERVER_LOCK, read_data_root, read_status, run_directories
from vae_core.runs.writer import RunWriter

_LOG = logging.getLogger(__name__)
_LOOK_AGAIN_S = 60.0
_BEGINNING_S = 5.0
"""For so long a run may be without anybody who holds it: it is just being made."""

Command = dict[str, Any]
Expect = Callable[..., None]
Edits = Mapping[str, float | None]


@dataclass(eq=False)
class QueuedRun:
    """resume: it goes on from its newest checkpoint. process: that trains it; None while it waits.

    is_settled_only: no step is made any more, only a trained model of what the checkpoint holds. threads: to train
    on; None for as many as its process has.
    From here until its end no other server takes it for its own, or for abandoned.
    """

    run: RunWriter
    data_root: Path | None
    resume: bool = False
    is_settled_only: bool = False
    threads: int | None = None
    process: Process | None = None
    _sent: list[Command] = field(default_factory=list)
    _claim: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        with suppress(LatentStudioError):  # where there can be no locks, the process that trains it says so
            self._claim.enter_context(run_lock.hold(self.run.directory, SERVER_LOCK))

    def let_go(self) -> None:
        """It has ended, or was refused a place: another server may take it up."""
        with suppress(OSError):  # of a lock file that is gone
            self._claim.close()

    @classmethod
    def create(  # noqa: PLR0913
        cls,
        config: TrainConfig,
        root: Path,
        data_root: Path | None,
        expect: Expect,
        *,
        run_id: str | None = None,
        threads: int | None = None,
    ) -> Self:
        """A new run, queued. expect: raises where it could not be trained, as `Executor.expect`. run_id: see
        `RunWriter.create`.

        Raises MemoryTooSmall or DeviceUnavailable, with nothing created, or RunError if the disk refuses.
        """
        card = card_here(config.dataset, data_root)
        expect_seen(card, config.left_out_class, data_root)
        expect(config, card, is_mapped=is_mapped(card, data_root))
        return cls(RunWriter.create(config, root, card=card, run_id=run_id), data_root, threads=threads)

    @classmethod
    def reopen(  # noqa: PLR0913
        cls,
        root: Path,
        run_id: str,
        data_root: Path | None,
        edits: Edits,
        expect: Expect,
        *,
        is_settled_only: bool = False,
    ) -> Self:
        """A run that was stopped or failed, queued once more, with its edits, or to be settled.

        Raises ConfigInvalid, MemoryTooSmall, or DatasetMissing or DatasetDamaged if its images are not here, with all
        as it was; RunMissing, CheckpointDamaged or RunError.
        """
        if not RUN_ID.fullmatch(run_id) or not (root / run_id).is_dir():
            raise RunMissing(f"there is no run {run_id} that could be resumed; choose one from the list")
        ended = RunWriter.open(root / run_id)
        commands = edit_commands(ended, edits)
        expect(ended.config, ended.card, is_mapped=is_mapped(ended.card, data_root))
        images_root = read_data_root(ended.directory) or data_root
        expect_images(ended.card, images_root)  # reopening takes away the model that a stopped run has
        settle_dead([root / run_id])
        return cls(
            recovery.reopen(root / run_id), images_root, resume=True, is_settled_only=is_settled_only, _sent=commands
        )

    @classmethod
    def extend(cls, run: Run, config: TrainConfig, root: Path, data_root: Path | None, expect: Expect) -> Self:
        """A new run, queued, that goes on from the trained model of another. Raises as `create` and `expect_images`."""
        images_root = run.data_root() or data_root
        expect_images(run.card, images_root)
        expect(config, run.card)
        return cls(recovery.extend(run, config, root), images_root, resume=True)

    @classmethod
    def left(cls, directory: Path) -> Self:
        """One that a cluster trains since an earlier server. Raises LatentStudioError."""
        return cls(RunWriter.open(directory), None, resume=True)

    @property
    def id(self) -> str:
        """The run's."""
        return self.run.run_id

    @property
    def is_over(self) -> bool:
        """Whether the process has written the run's end, and is about to leave."""
        with suppress(LatentStudioError):
            return read_status(self.run.directory).is_final
        return False

    def tell(self, commands: list[Command]) -> None:
        """Passes on what is asked: at once, or when the run has a process."""
        if self.process:
            for command in commands:
                self.process.tell(**command)
        else:
            self._sent += commands

    def begin(self, process: Process) -> None:
        """Leaves the line: a process trains it from here on."""
        self.process = process
        process.start(
            self.run.directory,
            self.data_root,
            resume=self.resume,
            is_settled_only=self.is_settled_only,
            threads=self.threads,
        )
        self.tell(self._sent)

    def give_up_waiting(self) -> None:
        """Leaves the line for good."""
        with suppress(LatentStudioError):
            self.run.give_up_waiting()
        self.let_go()

    def settle(self) -> None:
        """Its process has ended: without a last word, the run has failed, or has left a line that is not ours."""
        ended = self.process.how_it_ended() if self.process else "nothing"
        with suppress(LatentStudioError):
            self.run = RunWriter.open(self.run.directory)  # as the process left it
            if self.process and self.process.waits_in_line:
                return self.give_up_waiting()
        step = checkpoints.newest_step(self.run.directory)
        advice = "start the run again" if step is None else f"resume the run to go on from step {step}"
        try:
            with self.run.lock():
                self.fail(f"the training process ended with {ended}; {advice}")
        except RunLocked:  # it ended because another process trains the run
            _LOG.info("run %s is being trained elsewhere", self.id)
        except LatentStudioError:
            self.fail(f"the training process ended with {ended}; {advice}")

    def fail(self, reason: str) -> None:
        """Ends the run as failed, unless it has ended already."""
        try:
            self.run.fail(reason)
        except LatentStudioError:
            _LOG.exception("the end of run %s could not be written down", self.id)


def edit_commands(run: RunWriter, edits: Edits) -> list[Command]:
    """What to tell the training of a run, if anything changes. Raises ConfigInvalid for a value out of bounds."""
    given = {name: value for name, value in edits.items() if value is not None}
    if not given:
        return []
    parse_config(run.config.model_dump() | given)
    return [{"command": "edit", **given}]


def settle_abandoned(root: Path) -> None:
    """Ends runs that an earlier server left; those heard of lately may be about to leave by themselves."""
    try:
        directories = run_directories(root)
    except LatentStudioError as error:  # a share that does not answer is no reason not to start
        _LOG.warning("%s", error)
        return
    settle_dead(directories)
    if doubtful := recovery.settle_abandoned(directories):
        timer = Timer(_LOOK_AGAIN_S, recovery.settle_abandoned, args=(doubtful,))
        timer.daemon = True
        timer.start()


def settle_dead(directories: Iterable[Path]) -> None:
    """Ends runs that began to train and that no process holds any more: silent or not, nobody trains them.

    Of one that was about to begin only silence tells: its process may not have come to hold it yet.
    """
    begun, beginning = [], []
    for directory in directories:
        with suppress(LatentStudioError):
            state = read_status(directory).state
            if state in ("running", "paused"):
                begun.append(directory)
            elif state == "starting":
                beginning.append(directory)
    recovery.settle_abandoned(begun, silent_s=0.0)
    recovery.settle_abandoned(beginning)


def is_tended(directory: Path) -> bool:
    """Whether some server or process has a run in hand that has not ended; one that nobody has is ended now."""
    try:
        status = read_status(directory)
        if status.is_final:
            return False
        if run_lock.is_held(directory, SERVER_LOCK) or run_lock.is_held(directory):
            return True
        has_begun = status.state in ("running", "paused")
        if not has_begun and time.time() - status.updated_at <= _BEGINNING_S:
            return True
        return bool(recovery.settle_abandoned([directory], silent_s=0.0))
    except LatentStudioError:  # its directory is away, or the disk says nothing: nobody knows
        return False
