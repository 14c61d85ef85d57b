"""Beside a training process, on whatever machine the cluster has chosen: starts it, passes on, starts it again.

It knows no Ray. All that it goes by lies in the run directory, so that another keeper, elsewhere, can take its place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread
from typing import Any, NamedTuple, Protocol

from vae_core.errors import LatentStudioError
from vae_core.jobs.cluster import asked
from vae_core.jobs.control import SHUT_OUT
from vae_core.jobs.process import TrainingProcess
from vae_core.runs import checkpoints, run_lock
from vae_core.runs.writer import RunWriter

_LOG = logging.getLogger(__name__)
MOST_TRIES = 5
"""How often in a row a training is begun at the same step before it counts as failed: it is not the machines."""
ORDER_S = 1.0
"""How long a command waits for those before it, which a keeper that was lost may have taken along."""
NEWS_S = 20.0
"""How long somebody who asks for news waits for some."""


class Training(Protocol):
    """A training process, as `jobs.process` has it. blocked: the disk's sentence, while its writes wait."""

    def start(
        self, run: Path, data_root: Path | None, *, is_settled_only: bool = False, takes_over: bool = False
    ) -> None:
        """Tells it to train a run, or to settle it."""

    def tell(self, **command: Any) -> None:
        """Passes on what is asked."""

    def dismiss(self) -> None:
        """Lets it leave."""

    def listen(self, on_free: Callable[[], None], hear: Callable[[], None] | None = None) -> int:
        """Returns when it has ended; on_free is called when it could train another, hear when it has said something."""

    def how_it_ended(self) -> str:
        """In words."""

    blocked: str | None


class News(NamedTuple):
    """number: grows with each change. blocked: why the run waits, in a sentence. is_over: nothing more is done."""

    number: int
    blocked: str | None = None
    is_over: bool = False


class Keeper:
    """Has one run trained to its end. Its methods may be called from any thread.

    on_over: called once nothing more is done, and the run is not in other hands.
    """

    def __init__(
        self,
        directory: Path,
        spawn: Callable[[int], Training] = TrainingProcess,
        on_over: Callable[[], None] = lambda: None,
    ) -> None:
        self._directory, self._spawn, self._on_over = directory, spawn, on_over
        self._changed = Condition()
        self._training: Training | None = None
        self._news = News(1)
        self._told = 0
        Thread(target=self._keep, name=f"keep-{directory.name}", daemon=True).start()

    def tell(self, command: Mapping[str, Any], number: int) -> None:
        """Passes on what the server has written down as asked, in the order of its numbers, whole and without gaps."""
        with self._changed:
            self._changed.wait_for(lambda: number <= self._told + 1, ORDER_S)
            self._told = number
            self._changed.notify_all()
            if self._training:
                self._training.tell(**command)

    def news(self, after: int = 0, timeout_s: float = NEWS_S) -> News:
        """What there is, once it is newer than that number, or after a while."""
        with self._changed:
            self._changed.wait_for(lambda: self._news.number > after, timeout_s)
            return self._news

    def _keep(self) -> None:
        is_ours = True
        try:
            while is_ours and asked.goes_on(self._directory):
                self._expect_progress()
                is_ours = self._train() != SHUT_OUT
        except Exception as error:  # whatever it is, it must not be begun for ever
            _LOG.exception("run %s cannot go on", self._directory.name)
            self._fail(str(error) or type(error).__name__)
        self._tell_news(is_over=True)
        if is_ours:
            self._on_over()

    def _train(self) -> int:
        """One training process, from its start to its end. Returns its exit status."""
        told = asked.read(self._directory)
        training = self._spawn(told.threads)
        with self._changed:  # what is told from here on comes after what was asked for before
            told, data = asked.read(self._directory), Path(told.data) if told.data else None
            training.start(self._directory, data, is_settled_only=told.is_stopped, takes_over=True)
            for command in told.commands(self._directory):
                training.tell(**command)
            self._training = training
        if status := training.listen(training.dismiss, lambda: self._tell_news(blocked=training.blocked)):
            _LOG.warning("the training process of run %s ended with %s", self._directory.name, training.how_it_ended())
        with self._changed:
            self._training = None
        return status

    def _expect_progress(self) -> None:
        """Raises LatentStudioError if it was begun too often at the same step."""
        step = checkpoints.newest_step(self._directory) or 0
        if (tries := run_lock.tries_at(self._directory, step)) >= MOST_TRIES:
            raise LatentStudioError(
                f"its training process ended {tries} times without getting further than step {step}; "
                "give it more memory, or look at the machines' logs"
            )

    def _fail(self, reason: str) -> None:
        with suppress(LatentStudioError):
            writer = RunWriter.open(self._directory)
            with writer.lock():
                writer.fail(reason)

    def _tell_news(self, *, blocked: str | None = None, is_over: bool = False) -> None:
        with self._changed:
            if (blocked, is_over) != self._news[1:]:
                self._news = News(self._news.number + 1, blocked, is_over)
                self._changed.notify_all()
