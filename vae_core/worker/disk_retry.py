"""Waiting for a disk that is full, fails or is away, instead of losing a training to it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vae_core.errors import DiskRefused
from vae_core.jobs.control import Control
from vae_core.worker.publish_schedule import PublishSchedule

RETRY_S = 0.5
GIVE_UP_S = 3600.0
"""For so long a directory may be away: one that was deleted would keep others waiting in line for ever."""
_FULL = ("ENOSPC", "EDQUOT", "EMFILE", "ENFILE")
_FAILING = ("EIO", "EROFS", "EBUSY", "EACCES", "EPERM", "ETXTBSY")
_SHARE = ("ESTALE", "ETIMEDOUT", "ENODEV", "ENXIO", "ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH",
          "ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EREMOTEIO", "ENOLINK", "EAGAIN")  # fmt: skip
AWAY = {errno.ENOENT, errno.ENOTDIR}
"""What a directory's name leads to is gone: moved by hand or by a program that syncs, or deleted."""
PASSING = AWAY | {getattr(errno, name) for name in (*_FULL, *_FAILING, *_SHARE) if hasattr(errno, name)}
"""Refusals that somebody can end without us: space is made, a cable is put back, a share comes back."""


class DiskRetry:
    """How a training waits for its disk (see `RunWriter.retrying`): twice a second, until the write is made, or stop.

    Reports twice: {"event": "blocked", "reason"} and {"event": "unblocked"}. Time in between counts as a pause.
    """

    def __init__(self, control: Control, schedule: PublishSchedule, report: Callable[[dict[str, Any]], None]) -> None:
        self._control, self._schedule, self._report = control, schedule, report
        self._waits = 0

    def may_help(self, refusal: DiskRefused) -> bool:
        """Whether the disk may take it later, and nobody asked to stop."""
        is_lost = refusal.errno in AWAY and self._waits * RETRY_S >= GIVE_UP_S
        return refusal.errno in PASSING and not is_lost and not self._control.is_stopped

    @contextmanager
    def waiting(self, refusal: DiskRefused) -> Iterator[None]:
        """The training stands still."""
        was_paused = self._schedule.is_paused
        self._schedule.pause()
        self._report({"event": "blocked", "reason": str(refusal)})
        self._waits = 0
        try:
            yield
        finally:
            if not was_paused:
                self._schedule.resume()
            self._report({"event": "unblocked"})

    def wait(self) -> None:
        """Half a second, or until stop."""
        self._waits += 1
        self._control.wait_for_stop(RETRY_S)
