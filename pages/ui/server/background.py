"""What takes seconds is computed once, beside the server's requests: begun by whoever wants it first, found by its key.

The threads end with the server: those of `concurrent.futures.ThreadPoolExecutor` would keep it from ending until
everything that was begun is done, though nobody is left to ask for it.
"""

from __future__ import annotations

import concurrent.futures
import re
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

from vae_core.errors import LatentStudioError

Result = TypeVar("Result")
_PROGRESS = re.compile(r"(\d+)% (.+)")


class Task(Generic[Result]):
    """One computation. share: how much of it is done, 0 to 1; doing: with what it is busy, "" until it is its turn."""

    def __init__(self) -> None:
        self.share, self.doing = 0.0, ""
        self._future: Future[Result] = Future()

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or badly."""
        return self._future.done()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits for the end, so long at most; whether it has come."""
        concurrent.futures.wait([self._future], timeout_s)
        return self.is_done

    @property
    def error(self) -> BaseException | None:
        """Why it failed; None if it did not, or has not ended."""
        return self._future.exception() if self.is_done else None

    def result(self) -> Result:
        """What came of it, once it has ended; raises what computing it raised."""
        return self._future.result()

    def run(self, compute: Callable[[Task[Result]], Result]) -> None:
        """Computes it, in this thread."""
        try:
            self._future.set_result(compute(self))
        except Exception as error:  # whoever asks for the result gets it
            self._future.set_exception(error)

    def follow(self, process: subprocess.Popen[str]) -> str:
        """Keeps its progress as the process reports it, until its end; the last thing that it said."""
        last = ""
        assert process.stderr
        for line in process.stderr:
            last = line.strip() or last
            if progress := _PROGRESS.fullmatch(line.strip()):
                self.share, self.doing = int(progress[1]) / 100, progress[2]
        return last


class Background(Generic[Result]):
    """Tasks by their key, the newest `bound` of them; `workers` threads, begun with the first tasks, compute them."""

    def __init__(self, name: str, bound: int, workers: int = 1) -> None:
        self._name, self._bound, self._workers = name, bound, workers
        self._lock = threading.Lock()
        self._tasks: dict[str, Task[Result]] = {}
        self._waiting: SimpleQueue[tuple[Task[Result], Callable[[Task[Result]], Result]]] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def get(self, key: str) -> Task[Result] | None:
        """The task of that key, ended or not; None if none was begun or it was dropped."""
        return self._tasks.get(key)

    def start(self, key: str, compute: Callable[[Task[Result]], Result], *, anew: bool = False) -> Task[Result]:
        """The task of that key; a new one, which calls `compute` with itself, if there is none or it has failed.

        anew: also if it has ended well. Raises LatentStudioError while `bound` tasks wait or run.
        """
        with self._lock:
            task = self._tasks.get(key)
            if task is not None and not (task.error or (anew and task.is_done)):
                return task
            self._make_room(key)
            task = self._tasks[key] = Task()
            self._waiting.put((task, compute))
            if len(self._threads) < self._workers:
                self._threads.append(threading.Thread(target=self._work, name=self._name, daemon=True))
                self._threads[-1].start()
            return task

    def ask(self, key: str, compute: Callable[[], Result]) -> Result | None:
        """The result of that key; None while it is computed, by `compute` if nobody has asked before: ask again then.

        Raises what computing raised; asked for again after an error, it is tried again. Raises as `start`.
        """
        task = self.get(key)
        if task is None:
            self.start(key, lambda _: compute())
            return None
        if not task.is_done:
            return None
        if task.error:
            with self._lock:
                if self._tasks.get(key) is task:  # somebody else may have begun it anew meanwhile
                    del self._tasks[key]
        return task.result()

    def _make_room(self, key: str) -> None:
        self._tasks.pop(key, None)
        ended = [name for name, task in self._tasks.items() if task.is_done]
        for name in ended[: max(0, len(self._tasks) + 1 - self._bound)]:
            del self._tasks[name]
        if len(self._tasks) >= self._bound:
            raise LatentStudioError(f"{self._bound} others wait for the server to compute this; try again in a minute")

    def _work(self) -> None:
        while True:
            task, compute = self._waiting.get()
            task.run(compute)
            del task, compute  # while it waits for the next, nothing of the last is held
