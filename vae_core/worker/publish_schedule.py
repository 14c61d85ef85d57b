"""When something is due while a model trains: by a clock that stands still in a pause, or by steps."""

from __future__ import annotations

import time
from collections.abc import Callable

FIRST_ROW_S = 0.1
FIRST_CHECKPOINT_S = 1.0
ROW_S = 0.25
PUBLISH_S = 1.0
CHECKPOINT_S = 10.0
SHARE = 1 / 15  # of the time, at most, for publishing, and for checkpoints


class PublishSchedule:
    """Whether rows, maps, checkpoints and snapshots are due. Times in seconds of training.

    every_steps: rows and maps come after so many steps, whatever the time. keeps_snapshots: each epoch's end may
    become one.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        checkpoint_s: float = CHECKPOINT_S,
        *,
        every_steps: int | None = None,
        keeps_snapshots: bool = True,
    ) -> None:
        self._clock = clock
        self._checkpoint_s = checkpoint_s
        self._every_steps = every_steps
        self.keeps_snapshots = keeps_snapshots
        self._is_paused = False
        self.begin()

    @classmethod
    def by_steps(cls, every_steps: int) -> PublishSchedule:
        """The same rows and maps each time: no time passes, so that no checkpoint is ever due; nor is a snapshot."""
        return cls(lambda: 0.0, every_steps=every_steps, keeps_snapshots=False)

    def begin(self, elapsed_s: float = 0.0) -> None:
        """The first step follows, after so many seconds of training before."""
        self._zero = self._clock() - elapsed_s
        self._row_at = self._publish_at = elapsed_s + FIRST_ROW_S
        self._checkpoint_at = elapsed_s + min(FIRST_CHECKPOINT_S, self._checkpoint_s)
        self._paused_at = elapsed_s

    def elapsed_s(self) -> float:
        """Since the training began, without its pauses."""
        return self._paused_at if self._is_paused else self._clock() - self._zero

    @property
    def is_paused(self) -> bool:
        """Whether the clock stands still."""
        return self._is_paused

    def pause(self) -> None:
        """A pause begins, or goes on."""
        self._paused_at, self._is_paused = self.elapsed_s(), True

    def resume(self) -> None:
        """It is over, if there was one."""
        if self._is_paused:
            self._zero, self._is_paused = self._clock() - self._paused_at, False

    def is_row_due(self, step: int) -> bool:
        """Whether the steps since the last row should become one."""
        return self.elapsed_s() >= self._row_at if self._every_steps is None else step % self._every_steps == 0

    def is_publish_due(self, step: int) -> bool:
        """Whether the map and the decoder should be shown as they are now."""
        return self.elapsed_s() >= self._publish_at if self._every_steps is None else step % self._every_steps == 0

    def is_checkpoint_due(self, step: int) -> bool:
        """Whether it is time to keep what a training goes on from."""
        return self.elapsed_s() >= self._checkpoint_at

    def is_snapshot_due(self, epoch: int) -> bool:
        """Whether an epoch that has just ended may be kept to look back on."""
        return self.keeps_snapshots

    def row_written(self) -> None:
        """The next is due a quarter of a second later."""
        self._row_at = self.elapsed_s() + ROW_S

    def published(self, seconds: float) -> None:
        """That took so long: the next comes when it is a fifteenth of the time, or in a second."""
        self._publish_at = self.elapsed_s() + max(PUBLISH_S, seconds * (1 / SHARE - 1))

    def checkpoint_saved(self, seconds: float) -> None:
        """That took so long: the next comes in ten seconds, or when it is a fifteenth of the time."""
        self._checkpoint_at = self.elapsed_s() + max(self._checkpoint_s, seconds * (1 / SHARE - 1))
