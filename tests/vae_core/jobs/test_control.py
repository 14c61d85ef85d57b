"""Whatever is asked in whatever order: a stop is for good, a pause makes no step but single ones, no edit is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vae_core.waiting import wait_until
from vae_core.errors import ConfigInvalid
from vae_core.jobs.control import Control


class Expected:
    """What a control should be like, in the plainest words."""

    def __init__(self) -> None:
        self.paused = self.stopped = False
        self.singles = 0
        self.pace: float | None = None
        self.edits: dict[str, float] = {}

    def obey(self, command: dict[str, Any]) -> None:
        match command["command"]:
            case "pause":
                self.paused, self.singles = True, 0
            case "step":
                self.paused, self.singles = True, self.singles + 1
            case "resume":
                self.paused, self.singles = False, 0
            case "pace":
                self.pace = command["steps_per_s"]
            case "edit":
                self.edits |= {name: command[name] for name in ("beta", "learning_rate") if name in command}
            case "stop":
                self.stopped = True

    def make_step(self) -> None:
        assert not self.stopped
        assert not self.paused or self.singles
        self.singles = max(0, self.singles - 1)


COMMANDS = st.one_of(
    st.sampled_from(["pause", "step", "resume", "stop"]).map(lambda name: {"command": name}),
    st.sampled_from([None, 0.5, 20.0]).map(lambda pace: {"command": "pace", "steps_per_s": pace}),
    st.fixed_dictionaries(
        {"command": st.just("edit")},
        optional={"beta": st.floats(0.0, 10.0), "learning_rate": st.floats(1e-6, 1.0)},
    ),
)


@given(st.lists(st.tuples(COMMANDS, st.booleans()), max_size=60))
def test_any_sequence_of_commands_leaves_a_valid_state_at_every_step(sequence: list[tuple[dict, bool]]) -> None:
    """Those marked True come between two steps, the others while the training waits, or two at once."""
    now = [0.0]
    control, expected, left = Control(lambda: now[0]), Expected(), list(sequence)

    def next_command() -> None:
        command = left.pop(0)[0] if left else {"command": "stop"}
        control.obey(command)
        expected.obey(command)
        assert (control.is_paused, control.is_stopped) == (expected.paused, expected.stopped)
        assert control.steps_per_s == expected.pace

    def idle() -> None:
        assert expected.paused or expected.pace
        now[0] += 3.0  # slow motion's turn has come
        next_command()

    last_turn = -100.0
    while control.wait_turn(idle):
        assert control.take_edits() == expected.edits
        assert control.take_edits() == {}
        is_single = expected.paused
        expected.make_step()
        expected.edits = {}
        if expected.pace and not is_single:
            assert now[0] - last_turn >= 1 / expected.pace
        last_turn = now[0]
        if not left or left[0][1] or not (expected.paused or expected.pace):
            next_command()
    assert expected.stopped
    assert not control.wait_turn(idle)


class Loop:
    """A training of nothing but counted steps, on a thread of its own."""

    def __init__(self, control: Control) -> None:
        self.control, self.steps, self.idles = control, 0, 0
        self.is_idle = False
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while self.control.wait_turn(self._idle):
            self.is_idle = False
            self.steps += 1

    def _idle(self) -> None:
        self.is_idle = True
        self.idles += 1

    def has_made(self, steps: int) -> bool:
        return self.steps > steps


@pytest.fixture
def loop() -> Any:
    control = Control()
    loop = Loop(control)
    yield loop
    control.stop()
    loop.thread.join()


def test_a_pause_takes_effect_within_one_step(loop: Loop) -> None:
    for turn in range(1, 21):
        wait_until(partial(loop.has_made, 100 * turn))
        loop.control.pause()
        made = loop.steps
        wait_until(lambda: loop.is_idle)
        assert loop.steps - made <= 1
        loop.control.resume()


def test_single_steps_are_counted_and_told_one_by_one(loop: Loop) -> None:
    loop.control.pause()
    wait_until(lambda: loop.idles)
    made, told = loop.steps, loop.idles
    for _ in range(5):
        loop.control.step()
    wait_until(lambda: loop.steps == made + 5)
    wait_until(lambda: loop.idles >= told + 5)
    assert loop.steps == made + 5


def test_a_stop_ends_a_pause_and_slow_motion_alike(loop: Loop) -> None:
    loop.control.set_pace(0.001)
    wait_until(lambda: loop.idles)
    loop.control.pause()
    loop.control.stop()
    loop.thread.join()
    assert loop.control.is_stopped


def test_a_new_pace_ends_the_waiting_for_the_old_one(loop: Loop) -> None:
    loop.control.set_pace(0.001)
    wait_until(lambda: loop.idles)
    made = loop.steps
    loop.control.set_pace(None)
    wait_until(lambda: loop.steps > made + 10)


def test_waiting_for_a_stop_ends_with_it() -> None:
    control, ended = Control(), Event()
    thread = Thread(target=lambda: (control.wait_for_stop(1000.0), ended.set()))
    thread.start()
    control.pause()
    control.stop()
    thread.join()
    assert ended.is_set()
    assert not Control().wait_for_stop(0.0)


@pytest.mark.parametrize("pace", [0, -1.0, float("nan"), float("inf"), "2", True])
def test_a_pace_is_a_positive_number(pace: Any) -> None:
    with pytest.raises(ConfigInvalid, match="steps a second should be a positive number"):
        Control().set_pace(pace)


@pytest.mark.parametrize("command", [{}, {"command": "dance"}, {"command": "is_paused"}, {"command": None}])
def test_what_is_no_command_is_refused(command: dict[str, Any]) -> None:
    with pytest.raises(ConfigInvalid, match="is no command"):
        Control().obey(command)


def test_a_signal_that_comes_while_a_command_is_taken_does_not_block() -> None:
    control = Control()
    with control._changed:  # as in the middle of any method
        control.stop()
    never: Callable[[], None] = lambda: pytest.fail("it is stopped")  # noqa: E731
    assert not control.wait_turn(never)
