"""What was asked of a training while it goes on: pause, one step, slow motion, go on, an edit, stop.

Two threads meet here: one hears commands and never waits, the other trains and asks before each step whether it may
make it. Nothing is lost in between, whatever comes in whatever order: a stop is for good, edits add up, single steps
are counted. This module imports no torch and touches no file.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from threading import Condition
from typing import Any

from vae_core.errors import ConfigInvalid

IDLE_S = 5.0
"""How often a training that waits is told so: it says that it lives."""
SHUT_OUT = 3
"""The exit status of a training process whose run another one trains."""
EDITABLE = ("beta", "learning_rate")
"""The settings that can change while a run goes on."""


class Control:
    """What people have asked of a training that goes on. Its methods may be called from any thread, and by a signal's
    handler.

    clock: seconds, for slow motion.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = Condition()  # its lock is one that a signal's handler may take again
        self._heard = 0
        self._is_stopped = self._is_paused = False
        self._single_steps = 0
        self._steps_per_s: float | None = None
        self._last_turn = -math.inf
        self._edits: dict[str, float] = {}

    # What is wished: never waits

    def pause(self) -> None:
        """Makes no further step, until told."""
        with self._changed:
            self._is_paused = True
            self._single_steps = 0
            self._tell()

    def step(self) -> None:
        """Makes one step more than asked for so far, then waits; a training that goes on is paused by it."""
        with self._changed:
            self._is_paused = True
            self._single_steps += 1
            self._tell()

    def resume(self) -> None:
        """Goes on, at the pace set last."""
        with self._changed:
            self._is_paused = False
            self._single_steps = 0
            self._tell()

    def set_pace(self, steps_per_s: float | None) -> None:
        """So many steps a second at most, None for as many as can be; a pause stays one. Raises ConfigInvalid."""
        checked = checked_pace(steps_per_s)
        with self._changed:
            self._steps_per_s = checked
            self._tell()

    def edit(self, **changes: float | None) -> None:
        """Other values for some of `EDITABLE`, from the next step on; those that are None stay. Bounds are the
        training's to check.
        """
        with self._changed:
            self._edits.update({name: value for name, value in changes.items() if value is not None})
            self._tell()

    def stop(self) -> None:
        """Makes no further step, ever."""
        with self._changed:
            self._is_stopped = True
            self._tell()

    def obey(self, command: Mapping[str, Any]) -> None:
        """One of the above as a message: {"command": "edit", "beta": 2.0}. Raises ConfigInvalid if it is none."""
        match command.get("command"):
            case "pause" | "step" | "resume" | "stop" as name:
                getattr(self, name)()
            case "pace":
                self.set_pace(command.get("steps_per_s"))
            case "edit":
                self.edit(**{name: command.get(name) for name in EDITABLE})
            case other:
                raise ConfigInvalid(f"{other!r} is no command; say pause, step, resume, pace, edit or stop")

    # What the training asks

    @property
    def is_stopped(self) -> bool:
        """Whether it shall end."""
        return self._is_stopped

    @property
    def is_paused(self) -> bool:
        """Whether it shall make no steps but single ones."""
        return self._is_paused

    @property
    def steps_per_s(self) -> float | None:
        """The pace asked for; None is full speed."""
        return self._steps_per_s

    def take_edits(self) -> dict[str, float]:
        """The edits since the last call, the newest value of each; empty most of the time."""
        if not self._edits:
            return {}
        with self._changed:
            edits, self._edits = self._edits, {}
            return edits

    def wait_turn(self, on_idle: Callable[[], None]) -> bool:
        """Waits until the next step may be made, and returns True; or False, if none shall be made any more.

        While it waits, on_idle is called at once, after everything that is asked, and every few seconds; in a pause,
        also between single steps.
        """
        if not (self._is_stopped or self._is_paused or self._steps_per_s):  # as nearly always
            self._last_turn = self._clock()
            return True
        is_told = False
        while True:
            with self._changed:
                if self._is_stopped:
                    return False
                if self._wait_s() <= 0 and (is_told or not self._is_paused):
                    self._take_turn()
                    return True
                heard = self._heard
            on_idle()
            is_told = True
            self._wait_for_news(heard)

    def wait_for_stop(self, seconds: float) -> bool:
        """Waits that long, or until it shall end; whether it shall."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_stopped, seconds)

    # With the lock held

    def _tell(self) -> None:
        self._heard += 1
        self._changed.notify_all()

    def _wait_s(self) -> float:
        """Until the next step, as things are."""
        if self._is_paused:
            return 0.0 if self._single_steps else math.inf
        return 0.0 if self._steps_per_s is None else self._last_turn + 1 / self._steps_per_s - self._clock()

    def _take_turn(self) -> None:
        self._single_steps = max(0, self._single_steps - 1)
        self._last_turn = self._clock()

    def _wait_for_news(self, heard: int) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._heard != heard or self._wait_s() <= 0, max(0.0, min(self._wait_s(), IDLE_S))
            )


def checked_pace(steps_per_s: object) -> float | None:
    """A pace as it was asked for. Raises ConfigInvalid unless it is None or a positive number."""
    if steps_per_s is None:
        return None
    is_number = isinstance(steps_per_s, int | float) and not isinstance(steps_per_s, bool)
    if not is_number or not 0 < float(steps_per_s) < math.inf:  # type: ignore[arg-type]
        raise ConfigInvalid(f"steps a second should be a positive number, or none for full speed; got {steps_per_s!r}")
    return float(steps_per_s)  # type: ignore[arg-type]
