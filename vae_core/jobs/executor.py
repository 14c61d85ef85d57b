"""Where trainings run: in child processes of this server, unless a cluster was named. The manager knows only this."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from vae_core.architecture import memory
from vae_core.config import TrainConfig
from vae_core.data.source import DataCard
from vae_core.jobs.machine import cores, default_threads
from vae_core.jobs.process import TrainingProcess, expect_device


class Process(Protocol):
    """What trains one run. blocked: why it waits, in a sentence. waits_in_line: for a place that others give."""

    blocked: str | None
    waits_in_line: bool

    @property
    def id(self) -> int:
        """A number to tell it by."""

    def start(
        self,
        run: Path,
        data_root: Path | None,
        *,
        resume: bool = False,
        is_settled_only: bool = False,
        threads: int | None = None,
    ) -> None:
        """Lets it train a run, from its newest checkpoint or from the beginning, or only settle it."""

    def tell(self, **command: Any) -> None:
        """Sends a command, see `control.Control.obey`."""

    def dismiss(self) -> None:
        """The server is about to end: a child then stops and saves, what runs elsewhere goes on."""

    def kill(self) -> None:
        """Ends it at once."""

    def listen(self, on_free: Callable[[], None]) -> int | None:
        """Returns when it has ended, with its exit status; None: it may go on, and is not this server's any more.

        on_free: called when it has ended a run and could train another.
        """

    def how_it_ended(self) -> str:
        """In words."""


class Executor(Protocol):
    """Who makes processes. slots: how many may train at a time. keeps_spare: one more is warm, and takes the next run.

    is_elsewhere: on machines that have lines of their own, with other memory and other devices.
    """

    slots: int
    keeps_spare: bool
    is_elsewhere: bool

    def expect(self, config: TrainConfig, card: DataCard, *, is_mapped: bool = False) -> None:
        """Raises MemoryTooSmall or DeviceUnavailable where a training of config cannot be had."""

    def process(self) -> Process:
        """One that waits for a run. Raises OSError if there can be none."""

    def left(self, root: Path) -> list[Path]:
        """The runs below root that an earlier server let it train, and that have not ended."""

    def close(self) -> None:
        """No process of it is asked for any more."""


class LocalProcesses:
    """Child processes, on so many threads each. slots: as many as there are cores, unless given."""

    keeps_spare = True
    is_elsewhere = False

    def __init__(self, slots: int | None = None, threads: int | None = None) -> None:
        self.slots = slots or cores()
        self._threads = threads or default_threads()

    def expect(self, config: TrainConfig, card: DataCard, *, is_mapped: bool = False) -> None:
        """See `Executor`: on this machine."""
        memory.require(config, card, is_mapped=is_mapped)
        expect_device(config.device)

    def process(self) -> TrainingProcess:
        """See `Executor`."""
        return TrainingProcess(self._threads)

    def left(self, root: Path) -> list[Path]:
        """None: a child ends with its server."""
        return []

    def close(self) -> None:
        """Its processes have ended before."""
