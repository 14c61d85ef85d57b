"""Waiting for a disk that is full or fails, instead of losing a training to it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vae_core.errors import DiskRefused
from vae_core.jobs.control import Control
from vae_core.worker.publish_schedule import PublishSchedule

RETRY_S = 0.5
PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}
"""Refusals that somebody can end without us: space is made, a cable is put back."""


class DiskRetry:
    """How a training waits for its disk (see `RunWriter.retrying`): twice a second, until the write is made, or stop.

    Reports twice: {"event": "blocked", "reason"} and {"event": "unblocked"}. Time in between counts as a pause.
    """

    def __init__(self, control: Control, schedule: PublishSchedule, report: Callable[[dict[str, Any]], None]) -> None:
        self._control, self._schedule, self._report = control, schedule, report

    def may_help(self, refusal: DiskRefused) -> bool:
        """Whether the disk may take it later, and nobody asked to stop."""
        return refusal.errno in PASSING and not self._control.is_stopped

    @contextmanager
    def waiting(self, refusal: DiskRefused) -> Iterator[None]:
        """The training stands still."""
        was_paused = self._schedule.is_paused
        self._schedule.pause()
        self._report({"event": "blocked", "reason": str(refusal)})
        try:
            yield
        finally:
            if not was_paused:
                self._schedule.resume()
            self._report({"event": "unblocked"})

    def wait(self) -> None:
        """Half a second, or until stop."""
        self._control.wait_for_stop(RETRY_S)
