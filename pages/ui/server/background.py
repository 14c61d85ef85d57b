"""What takes seconds to compute, computed once and one at a time beside the server's requests: ask, and ask again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Background(Generic[Result]):
    """Results by their key, the newest `kept` of them, computed by a thread that begins with the first."""

    def __init__(self, name: str, kept: int) -> None:
        self._name, self._kept = name, kept
        self._lock = threading.Lock()
        self._results: dict[str, Future[Result]] = {}
        self._jobs: SimpleQueue[tuple[Callable[[], Result], Future[Result]]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, key: str, compute: Callable[[], Result]) -> Result | None:
        """The result of that key; None while it is computed, by `compute` if nobody has asked before.

        Raises what computing raised; asked for again after an error, it is tried again.
        """
        with self._lock:
            result = self._results.get(key)
            if result is None:
                self._begin(key, compute)
                return None
            if not result.done():
                return None
            if result.exception():
                del self._results[key]
        return result.result()

    def _begin(self, key: str, compute: Callable[[], Result]) -> None:
        done = [key for key, result in self._results.items() if result.done()]
        for old in done[: max(0, len(self._results) + 1 - self._kept)]:
            del self._results[old]
        result = self._results[key] = Future()
        self._jobs.put((compute, result))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            compute, result = self._jobs.get()
            try:
                result.set_result(compute())
            except Exception as error:  # whoever asks for the result is told
                result.set_exception(error)
