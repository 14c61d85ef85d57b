"""Waiting for a disk that is full or fails, instead of losing a training to it."""

from __future__ import annotations

import dataclasses
import errno
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from vae_core.errors import DiskRefused, RunError
from vae_core.jobs.control import Control
from vae_core.runs import records
from vae_core.runs.records import Status
from vae_core.runs.run_life import once
from vae_core.runs.writer import RunWriter
from vae_core.worker.publish_schedule import Pace

RETRY_S = 0.5
PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE}
"""Refusals that somebody can end without us: space is made, a cable is put back."""


class DiskPatience:
    """The patience of a `RunWriter` while it trains: a write that is refused is tried again until it is done, or stop.

    Says so twice, as events: {"event": "blocked", "reason"} and {"event": "unblocked"}; in between the status is
    "paused" with the reason as its error, if at least that can be written. Raises DiskRefused where waiting is no use.
    """

    def __init__(
        self, writer: RunWriter, control: Control, pace: Pace, report: Callable[[dict[str, Any]], None]
    ) -> None:
        self._writer, self._control, self._pace, self._report = writer, control, pace, report

    def __call__(self, write: Callable[[], None]) -> None:
        """Makes one write."""
        try:
            write()
        except DiskRefused as error:
            self._require_passing(error)
            self._wait(write, error)

    def _wait(self, write: Callable[[], None], error: DiskRefused) -> None:
        before, stood = self._writer.status, self._pace.is_standing
        self._pace.stand()
        self._report({"event": "blocked", "reason": str(error)})
        told = self._try_status(state="paused", error=str(error))
        try:
            self._try_until_done(write)
        finally:
            self._writer.status = before
            if not stood:
                self._pace.go()
            self._report({"event": "unblocked"})
        self._take_back(told, before)

    def _try_until_done(self, write: Callable[[], None]) -> None:
        while True:
            self._control.wait_for_stop(RETRY_S)
            try:
                write()
                return
            except DiskRefused as error:
                self._require_passing(error)

    def _require_passing(self, error: DiskRefused) -> None:
        if error.errno not in PASSING or self._control.is_stopped:
            raise error

    def _take_back(self, told: Status | None, before: Status) -> None:
        """The status as it was, unless the write that waited was a newer one."""
        with suppress(RunError):
            if told is not None and records.read_status(self._writer.directory) == told:
                self._try_status(**{field.name: getattr(before, field.name) for field in dataclasses.fields(before)})

    def _try_status(self, **changes: Any) -> Status | None:
        patience, self._writer.patience = self._writer.patience, once
        try:
            self._writer.update_status(**{name: value for name, value in changes.items() if name != "updated_at"})
        except DiskRefused:
            return None
        finally:
            self._writer.patience = patience
        return self._writer.status
