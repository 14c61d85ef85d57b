"""What is due when: by a clock that stands still in a pause."""

from __future__ import annotations

import pytest

from vae_core.worker.publish_schedule import CHECKPOINT_S, PublishSchedule


class Clock:
    """Shows what it is set to."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("kind", ["publish", "checkpoint"])
def test_what_is_written_besides_rows_takes_at_most_a_fifteenth_of_the_time(kind: str) -> None:
    clock = Clock()
    schedule = PublishSchedule(clock, checkpoint_s=1.0)
    schedule.begin()
    is_due, done = {
        "publish": (schedule.is_publish_due, schedule.published),
        "checkpoint": (schedule.is_checkpoint_due, schedule.checkpoint_saved),
    }[kind]
    spent, due = 0.0, 0
    while clock.now < 300:
        clock.now += 0.01
        if is_due(1):
            due += 1
            took = (0.01, 0.3)[due % 2]
            clock.now += took
            spent += took
            done(took)
    assert spent / clock.now <= 1 / 15
    assert due > 80


def test_rows_come_four_times_a_second_after_an_early_first() -> None:
    clock = Clock(5.0)
    schedule = PublishSchedule(clock)
    schedule.begin()
    times = []
    for _ in range(1000):
        clock.now += 0.001
        if schedule.is_row_due(1):
            times.append(schedule.elapsed_s())
            schedule.row_written()
    assert times == pytest.approx([0.1, 0.35, 0.6, 0.85], abs=0.006)


def test_checkpoints_come_soon_and_then_every_ten_seconds() -> None:
    clock = Clock()
    schedule = PublishSchedule(clock)
    schedule.begin()
    times = []
    for _ in range(3200):
        clock.now += 0.01
        if schedule.is_checkpoint_due(1):
            times.append(schedule.elapsed_s())
            clock.now += 0.05
            schedule.checkpoint_saved(0.05)
    assert times == pytest.approx([1.0, 11.05, 21.1, 31.15], abs=0.05)
    assert CHECKPOINT_S == 10.0


def test_a_pause_is_no_time() -> None:
    clock = Clock()
    schedule = PublishSchedule(clock)
    schedule.begin(elapsed_s=7.0)
    clock.now = 2.0
    schedule.pause()
    clock.now = 50.0
    schedule.pause()
    assert schedule.elapsed_s() == 9.0
    schedule.resume()
    schedule.resume()
    clock.now = 51.0
    assert schedule.elapsed_s() == 10.0
    assert not schedule.is_paused
