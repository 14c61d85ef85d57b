"""Who trains, who waits: training processes, started, watched and ended.

Each run trains in a process of its own (`vae_core/worker.py`), so that neither a page nor another run waits for it.
One more has already imported what it needs and takes the next run at once. The run directory is all that a process
and this server share; the pipe between them carries a start, a stop, and by its end the order to leave.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Lock, Thread, Timer

from vae_core import datasets, run_writer
from vae_core.config import TrainConfig
from vae_core.errors import LatentStudioError, RunError
from vae_core.processes import TrainingProcess
from vae_core.run_files import run_directories, runs_root
from vae_core.run_writer import RunWriter

_LOG = logging.getLogger(__name__)
_SWEEP_AGAIN_S = 60.0
CLOSE_S = 20.0
"""How long `close` waits for the processes to save what they have."""


def default_threads() -> int:
    """A core less than this process may use, at least one: a second training, the server and a browser live beside."""
    allowed = os.sched_getaffinity(0) if sys.platform == "linux" else range(os.cpu_count() or 1)
    return max(1, len(allowed) - 1)


@dataclass(eq=False)
class _Worker:
    """A training process and its run: None while it is the spare."""

    process: TrainingProcess
    run: RunWriter | None = None


class JobManager:
    """Trains up to `slots` runs at a time, each on `threads` threads; more wait in line. Safe to use from any thread.

    root: the folder of the runs, `runs_root()` unless given. data_root: that of the data sets likewise.
    """

    def __init__(
        self, slots: int = 2, threads: int | None = None, root: Path | None = None, data_root: Path | None = None
    ) -> None:
        self._slots = slots
        self._threads = threads or default_threads()
        self._root = (root or runs_root()).absolute()
        self._data_root = (data_root or datasets.data_root()).absolute()
        self._changed = Condition(Lock())
        self._waiting: deque[RunWriter] = deque()
        self._workers: list[_Worker] = []  # those that train, those about to leave, and the spare
        self._spare: _Worker | None = None
        self._is_closed = False
        with self._changed:
            self._keep_spare()
        self._sweep()

    def start(self, config: TrainConfig) -> str:
        """Makes a run, queues it, and returns its id at once. Raises ConfigInvalid, or RunError if the disk refuses."""
        writer = RunWriter.create(config, self._root)
        with self._changed:
            if self._is_closed:
                _end_waiting(writer)
                raise RunError("the server is about to stop and starts no more runs; try again when it is back")
            self._waiting.append(writer)
            self._dispatch()
        return writer.run_id

    def stop(self, run_id: str) -> None:
        """Ends a run, keeping what it has learnt; one that only waits leaves the line. Others are none of ours."""
        with self._changed:
            for worker in self._training():
                if worker.run and worker.run.run_id == run_id:
                    worker.process.stop()
            for writer in [writer for writer in self._waiting if writer.run_id == run_id]:
                self._waiting.remove(writer)
                _end_waiting(writer)

    def place(self, run_id: str) -> int | None:
        """0: it trains. 1: it is the first in line, and so on. None: it is not here, or has ended."""
        with self._changed:
            if any(worker.run and worker.run.run_id == run_id for worker in self._training()):
                return 0
            waiting = [writer.run_id for writer in self._waiting]
            return waiting.index(run_id) + 1 if run_id in waiting else None

    def is_active(self, run_id: str) -> bool:
        """Whether the run trains or waits here."""
        return self.place(run_id) is not None

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Stops every run, waits until they are saved, and leaves no process behind; a second call does nothing."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._is_closed = True
            while self._waiting:
                _end_waiting(self._waiting.popleft())
            for worker in self._workers:
                worker.process.dismiss()
                if not worker.run:  # it has nothing to save
                    worker.process.kill()
            self._changed.wait_for(lambda: not self._workers, timeout_s)
            for worker in self._workers:
                _LOG.warning("a training process did not leave within %.0f s and is killed", timeout_s)
                worker.process.kill()
            self._changed.wait_for(lambda: not self._workers, max(5.0, deadline - time.monotonic()))

    # All below is called with the lock held, but for the threads' own functions at the end

    def _training(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.run]

    def _dispatch(self) -> None:
        """Gives waiting runs to processes while there are slots."""
        while self._waiting and len(self._training()) < self._slots and not self._is_closed:
            run = self._waiting.popleft()
            try:
                run.update_status(state="starting")  # the last that is written here while its process lives
                worker, self._spare = self._spare or self._spawn(), None
            except (OSError, LatentStudioError) as error:
                _fail(run, f"no training process could be started ({error}); make room and start the run again")
                continue
            worker.run = run
            worker.process.start(run.directory, self._data_root)

    def _keep_spare(self) -> None:
        """Has a process ready for the next run, if there is a slot for it.

        It is made at first and whenever a run ends, but not while one begins: warming up takes seconds of a core.
        """
        if not self._is_closed and not self._spare and len(self._training()) < self._slots:
            with suppress(OSError):  # the next start tries again, and says so
                self._spare = self._spawn()

    def _spawn(self) -> _Worker:
        worker = _Worker(TrainingProcess(self._threads))
        self._workers.append(worker)
        Thread(target=self._watch, args=(worker,), name=f"watch-{worker.process.id}", daemon=True).start()
        return worker

    def _watch(self, worker: _Worker) -> None:
        """Waits for the end of a process, then frees its slot."""
        status = worker.process.listen()
        with self._changed:
            if self._spare is worker:  # from here on it gets no run any more
                self._spare = None
        if worker.run:
            _settle(worker.run, worker.process)  # while it has the slot: who sees that free, sees the end
        elif status and not self._is_closed:
            _LOG.warning("the spare training process ended with %s", worker.process.how_it_ended())
        with self._changed:
            self._workers.remove(worker)
            self._dispatch()
            if worker.run:  # not after a spare that could not even start: it would go on for ever
                self._keep_spare()
            self._changed.notify_all()

    def _sweep(self) -> None:
        """Ends runs that an earlier server left; those heard of lately may be about to leave by themselves."""
        if doubtful := run_writer.settle_abandoned(run_directories(self._root)):
            timer = Timer(_SWEEP_AGAIN_S, run_writer.settle_abandoned, args=(doubtful,))
            timer.daemon = True
            timer.start()


def _end_waiting(writer: RunWriter) -> None:
    with suppress(LatentStudioError):
        writer.update_status(state="stopped", error=run_writer.WAITED_IN_VAIN)


def _settle(run: RunWriter, process: TrainingProcess) -> None:
    """A run whose process ended without a last word has failed."""
    with suppress(LatentStudioError):
        run = RunWriter.open(run.directory)  # as the process left it
    _fail(run, f"the training process ended with {process.how_it_ended()}; start the run again")


def _fail(run: RunWriter, reason: str) -> None:
    try:
        run.fail(reason)
    except LatentStudioError:
        _LOG.exception("the end of run %s could not be written down", run.run_id)


_shared: JobManager | None = None
_shared_lock = Lock()


def shared() -> JobManager:
    """This process's job manager, made on first use."""
    global _shared  # noqa: PLW0603
    with _shared_lock:
        if _shared is None:
            _shared = JobManager()
        return _shared


def close_shared() -> None:
    """Closes the job manager, if there is one; `shared` would make a new one."""
    global _shared
    with _shared_lock:
        manager, _shared = _shared, None
    if manager:
        manager.close()
