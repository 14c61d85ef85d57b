"""Who trains, who waits: training processes, started, told what to do, watched and ended.

Each run trains in a process of its own (`vae_core/worker`), so that neither a page nor another run waits for it.
One more has already imported what it needs and takes the next run at once; a process whose run has ended well is that
one, or trains the next in line: warming up takes seconds of a core. The run directory is all that a process
and this server share; the pipe between them carries what is asked of a training, and by its end the order to leave.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import Any

from vae_core.config import TrainConfig
from vae_core.data import registry
from vae_core.errors import LatentStudioError, RunError, RunLocked, RunMissing
from vae_core.jobs import cluster
from vae_core.jobs.control import checked_pace
from vae_core.jobs.executor import Executor, LocalProcesses, Process
from vae_core.jobs.queued_run import Command, Edits, QueuedRun, edit_commands, is_tended, settle_abandoned
from vae_core.runs import open_run, recovery
from vae_core.runs.records import runs_root

_LOG = logging.getLogger(__name__)
_RESUME: Command = {"command": "resume"}
_NO_EDITS: Edits = {}
CLOSE_S = 20.0
"""How long `close` waits for the processes to save what they have."""
LEAVE_S = 5.0
"""How long a resumption waits for the process that has just ended the run."""


@dataclass(eq=False)
class _Worker:
    """A training process and its run: None while it is the spare."""

    process: Process
    run: QueuedRun | None = None


class JobManager:
    """Trains up to `slots` runs at a time, each on `threads` threads; more wait in line. Safe to use from any thread.

    Unless given, slots: as many as there are cores, root: the folder of the runs, `runs_root()`, data_root likewise.
    executor: where they train; processes of this machine, unless given. What is asked of a run that is not active here
    is not done.
    """

    def __init__(
        self,
        slots: int | None = None,
        threads: int | None = None,
        root: Path | None = None,
        data_root: Path | None = None,
        executor: Executor | None = None,
    ) -> None:
        self._executor: Executor = executor or LocalProcesses(slots, threads)
        self._root = (root or runs_root()).absolute()
        data_root = data_root or registry.data_root_if_any()
        self._data_root = data_root.absolute() if data_root else None
        self._changed = Condition(Lock())
        self._waiting: deque[QueuedRun] = deque()
        self._workers: list[_Worker] = []  # those that train, those about to leave, and the spare
        self._spare: _Worker | None = None
        self._is_closed = False
        with self._changed:
            self._keep_spare()
        for directory in self._executor.left(self._root):
            with suppress(LatentStudioError):
                self._queue(QueuedRun.left(directory))
        settle_abandoned(self._root)

    @property
    def slots(self) -> int:
        """How many runs train at a time."""
        return self._executor.slots

    @property
    def root(self) -> Path:
        """The folder of the runs."""
        return self._root

    def start(self, config: TrainConfig, *, run_id: str | None = None, threads: int | None = None) -> str:
        """Makes a run, queues it, and returns its id at once.

        run_id: that it shall have. threads: to train it on, if others than usual. Raises ConfigInvalid, MemoryTooSmall
        or DiskRefused.
        """
        where = self._root, self._data_root, self._executor.expect
        self._queue(run := QueuedRun.create(config, *where, run_id=run_id, threads=threads))
        return run.id

    def wait(self, run_ids: Iterable[str], timeout_s: float) -> None:
        """Returns once one of these runs neither trains nor waits here, or after so long."""
        waited_for = list(run_ids)
        with self._changed:
            self._changed.wait_for(lambda: any(self._find(each) is None for each in waited_for), timeout_s)

    def resume(self, run_id: str, *, beta: float | None = None, learning_rate: float | None = None) -> None:
        """Lets a paused run go on, and queues one that stopped or failed, from its newest checkpoint; with edits.

        Raises ConfigInvalid, DatasetMissing, DatasetDamaged, RunMissing (there is no such run, or no checkpoint),
        CheckpointDamaged, or RunError.
        """
        edits = {"beta": beta, "learning_rate": learning_rate}
        self._let_leave(run_id)
        if self._ask(run_id, _RESUME, edits):
            return
        try:
            run = QueuedRun.reopen(self._root, run_id, self._data_root, edits, self._executor.expect)
        except (RunMissing, RunLocked):
            if self._ask(run_id, _RESUME, edits):  # somebody else was faster
                return
            raise
        self._queue(run)

    def extend(self, run_id: str, epochs: int, **changes: Any) -> str:
        """Makes a run that goes on from the model of a finished one for so many epochs, queues it, and returns its id.

        changes: see `recovery.extended_config`. Raises as `start`, RunMissing or CheckpointDamaged.
        """
        run = open_run(run_id, self._root)
        config = recovery.extended_config(run, epochs, changes)
        extension = QueuedRun.extend(run, config, self._root, self._data_root, self._executor.expect)
        self._queue(extension)
        return extension.id

    def settle(self, run_id: str) -> None:
        """Queues a run that was cut off, to have a trained model made of its newest checkpoint. Raises as `resume`."""
        self._let_leave(run_id)
        expect = self._executor.expect
        self._queue(QueuedRun.reopen(self._root, run_id, self._data_root, _NO_EDITS, expect, is_settled_only=True))

    def pause(self, run_id: str) -> None:
        """Lets it make no further step until it is resumed; what it shows then is exactly the step that it is at."""
        self._ask(run_id, {"command": "pause"})

    def step(self, run_id: str) -> None:
        """Lets it make one step, and then wait."""
        self._ask(run_id, {"command": "step"})

    def pace(self, run_id: str, steps_per_s: float | None) -> None:
        """Slow motion: so many steps a second; None for full speed. Raises ConfigInvalid."""
        self._ask(run_id, {"command": "pace", "steps_per_s": checked_pace(steps_per_s)})

    def edit(self, run_id: str, *, beta: float | None = None, learning_rate: float | None = None) -> None:
        """Changes β or the learning rate from the next step on. Raises ConfigInvalid if out of bounds."""
        self._ask(run_id, None, {"beta": beta, "learning_rate": learning_rate})

    def stop(self, run_id: str) -> None:
        """Ends a run, keeping what it has learnt; one that only waits leaves the line."""
        with self._changed:
            run = self._find(run_id)
            if run and run in self._waiting:
                self._waiting.remove(run)
                run.give_up_waiting()
                self._changed.notify_all()
            elif run:
                run.tell([{"command": "stop"}])

    def queue_position(self, run_id: str) -> int | None:
        """0: it trains. 1: it is the first in line, and so on. None: it is not here, or has ended."""
        with self._changed:
            run = self._find(run_id)
            waiting = [run for run in self._training() if run.process and run.process.waits_in_line] + [*self._waiting]
            if run and run in waiting:
                return waiting.index(run) + 1
            return 0 if run else None

    def is_active(self, run_id: str) -> bool:
        """Whether the run trains or waits here."""
        return self.queue_position(run_id) is not None

    def is_elsewhere(self, run_id: str) -> bool:
        """Whether another server or process has the run in hand: nothing can be asked of it here.

        A run that has not ended and that nobody has in hand has failed: that is written down now.
        """
        return not self.is_active(run_id) and is_tended(self._root / run_id)

    def blocked(self, run_id: str) -> str | None:
        """Why the run waits for the disk, in a sentence; None if it does not."""
        with self._changed:
            run = self._find(run_id)
            return run.process.blocked if run and run.process else None

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Stops every run, waits until they are saved, and leaves no process behind; a second call does nothing.

        What trains elsewhere goes on.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._is_closed = True
            while self._waiting:
                self._waiting.popleft().give_up_waiting()
            for worker in self._workers:
                worker.process.dismiss()
                if not worker.run:  # it has nothing to save
                    worker.process.kill()
            self._changed.wait_for(lambda: not self._workers, timeout_s)
            for worker in self._workers:
                _LOG.warning("a training process did not leave within %.0f s and is killed", timeout_s)
                worker.process.kill()
            self._changed.wait_for(lambda: not self._workers, max(5.0, deadline - time.monotonic()))
        self._executor.close()

    def _ask(self, run_id: str, command: Command | None, edits: Edits = _NO_EDITS) -> bool:
        """Passes on what is asked, edits first; False if the run is not active. Raises ConfigInvalid."""
        with self._changed:
            run = self._find(run_id)
            if run:
                run.tell(edit_commands(run.run, edits) + ([command] if command else []))
            return run is not None

    def _let_leave(self, run_id: str) -> None:
        """Waits a moment for a process that has saved its run: what it is told now, it would not hear any more."""
        with self._changed:
            run = self._find(run_id)
            if run and run.process and run.is_over:
                self._changed.wait_for(lambda: self._find(run_id) is not run, LEAVE_S)

    def _queue(self, run: QueuedRun) -> None:
        with self._changed:
            if self._is_closed:
                run.give_up_waiting()
                raise RunError("the server is about to stop and starts no more runs; try again when it is back")
            self._waiting.append(run)
            self._dispatch()

    # All below is called with the lock held, but for the threads' own functions at the end

    def _training(self) -> list[QueuedRun]:
        return [worker.run for worker in self._workers if worker.run]

    def _find(self, run_id: str) -> QueuedRun | None:
        return next((run for run in [*self._training(), *self._waiting] if run.id == run_id), None)

    def _dispatch(self) -> None:
        """Gives waiting runs to processes while there are slots."""
        while self._waiting and len(self._training()) < self._executor.slots and not self._is_closed:
            run = self._waiting.popleft()
            try:
                if not self._executor.is_elsewhere:
                    run.run.update_status(state="starting")  # the last that is written here while its process lives
                worker, self._spare = self._spare or self._spawn(), None
            except (OSError, LatentStudioError) as error:
                run.fail(f"no training process could be started ({error}); make room and try again")
                run.let_go()
                continue
            worker.run = run
            try:
                run.begin(worker.process)
            except LatentStudioError as error:  # what was asked could not be written down
                run.fail(str(error))
                worker.process.kill()

    def _keep_spare(self) -> None:
        """Has a process ready for the next run, if there is a slot for it.

        It is made at first and after a run whose process ends with it, but not while one begins.
        """
        has_slot = self._executor.keeps_spare and len(self._training()) < self._executor.slots
        if has_slot and not self._is_closed and not self._spare:
            with suppress(OSError):  # the next start tries again, and says so
                self._spare = self._spawn()

    def _spawn(self) -> _Worker:
        worker = _Worker(self._executor.process())
        self._workers.append(worker)
        Thread(target=self._watch, args=(worker,), name=f"watch-{worker.process.id}", daemon=True).start()
        return worker

    def _watch(self, worker: _Worker) -> None:
        """Waits for the end of a process, then frees its slot."""
        status = worker.process.listen(on_free=lambda: self._take_back(worker))
        with self._changed:
            if self._spare is worker:  # from here on it gets no run any more
                self._spare = None
        if worker.run and status is None:
            worker.run.let_go()
        elif worker.run:
            worker.run.settle()  # while it has the slot: who sees that free, sees the end
            worker.run.let_go()
        elif status and not self._is_closed:
            _LOG.warning("the spare training process ended with %s", worker.process.how_it_ended())
        with self._changed:
            self._workers.remove(worker)
            self._dispatch()
            if worker.run:  # not after a spare that could not even start: it would go on for ever
                self._keep_spare()
            self._changed.notify_all()

    def _take_back(self, worker: _Worker) -> None:
        """A process has ended its run and could train another: it takes the next, or is the spare if there is none."""
        if worker.run:
            worker.run.let_go()  # while it has the slot: who sees that free, sees the end
        with self._changed:
            worker.run = None
            if self._is_closed or self._spare:
                worker.process.dismiss()
            else:
                self._spare = worker
            self._dispatch()
            self._changed.notify_all()


_shared: JobManager | None = None
_shared_lock = Lock()


def shared() -> JobManager:
    """This process's job manager, made on first use."""
    global _shared  # noqa: PLW0603
    with _shared_lock:
        if _shared is None:
            _shared = JobManager(executor=cluster.asked_for())
        return _shared


def close_shared() -> None:
    """Closes the job manager, if there is one; `shared` would make a new one."""
    global _shared
    with _shared_lock:
        manager, _shared = _shared, None
    if manager:
        manager.close()
