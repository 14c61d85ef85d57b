"""A job manager for the tests of pages: it remembers what it was asked and starts no process."""

from __future__ import annotations

from typing import Any

from vae_core import jobs
from vae_core.config import TrainConfig
from vae_core.errors import RunError
from vae_core.runs.records import RUN_ID


class IdleManager(jobs.JobManager):
    """asked: every call but `start`, in order, as (what, run id, further arguments). refusal: what each one raises.

    elsewhere: another server has all runs.
    """

    def __init__(self) -> None:
        self.started: list[TrainConfig] = []
        self.asked: list[tuple[Any, ...]] = []
        self.reason: str | None = None
        self.refusal: str | None = None
        self.elsewhere = False

    slots = 2  # type: ignore[assignment]  # a property, where there are any

    def start(self, config: TrainConfig, **named: Any) -> str:
        self.started.append(config)
        return "0" * 32

    def pause(self, run_id: str) -> None:
        self._ask("pause", run_id)

    def step(self, run_id: str) -> None:
        self._ask("step", run_id)

    def resume(self, run_id: str, **changes: float) -> None:
        self._ask("resume", run_id, changes)

    def extend(self, run_id: str, epochs: int, **changes: Any) -> str:
        self._ask("extend", run_id, epochs, changes)
        return "0" * 32

    def settle(self, run_id: str) -> None:
        self._ask("settle", run_id)

    def stop(self, run_id: str) -> None:
        self._ask("stop", run_id)

    def pace(self, run_id: str, steps_per_s: float | None) -> None:
        self._ask("pace", run_id, steps_per_s)

    def edit(self, run_id: str, **changes: float) -> None:
        self._ask("edit", run_id, changes)

    def queue_position(self, run_id: str) -> int | None:
        return 0 if RUN_ID.fullmatch(run_id) and not self.elsewhere else None

    def is_elsewhere(self, run_id: str) -> bool:
        return self.elsewhere

    def blocked(self, run_id: str) -> str | None:
        return self.reason

    def _ask(self, *what: Any) -> None:
        if self.refusal:
            raise RunError(self.refusal)
        self.asked.append(what)
