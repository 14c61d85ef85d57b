"""What is computed beside the server's requests: one at a time, once for everyone, and no more than its bound."""

from collections.abc import Callable, Iterator
from threading import Event

import pytest

from pages.ui.server.background import Background, Task
from tests.vae_core.waiting import wait_until
from vae_core.errors import LatentStudioError, RunMissing


@pytest.fixture
def may_go() -> Iterator[Event]:
    """What `Work` waits for; set at a test's end, so that no thread is left waiting."""
    event = Event()
    yield event
    event.set()


class Work:
    """Computations that note when they begin, and wait until they may go on."""

    def __init__(self, may_go: Event) -> None:
        self.begun: list[str] = []
        self._may_go = may_go

    def of(self, key: str) -> Callable[[], str]:
        def compute() -> str:
            self.begun.append(key)
            self._may_go.wait()
            return f"result of {key}"

        return compute


def fail() -> str:
    raise RunMissing("not now")


def test_results_are_computed_one_at_a_time_and_the_newest_are_kept(may_go: Event) -> None:
    background, work = Background[str]("test", bound=2), Work(may_go)
    assert [background.ask(key, work.of(key)) for key in ("one", "two", "one")] == [None, None, None]
    wait_until(lambda: work.begun)
    assert work.begun == ["one"]
    may_go.set()
    wait_until(lambda: background.ask("two", work.of("two")))
    assert background.ask("one", work.of("one")) == "result of one"
    assert background.ask("three", work.of("three")) is None
    wait_until(lambda: background.ask("three", work.of("three")))
    assert background.ask("two", work.of("two")) == "result of two"
    assert work.begun == ["one", "two", "three"]
    assert background.ask("one", work.of("one")) is None  # it was the oldest


def test_a_result_that_failed_is_reported_once_and_tried_again() -> None:
    background = Background[str]("test", bound=2)
    with pytest.raises(RunMissing, match="not now"):
        wait_until(lambda: background.ask("one", fail))
    wait_until(lambda: background.ask("one", lambda: "there") == "there")


def test_a_task_that_failed_keeps_its_error_until_it_is_started_again() -> None:
    background = Background[str]("test", bound=2)
    failed = background.start("one", lambda _: fail())
    assert failed.wait()
    assert str(failed.error) == "not now"
    assert background.get("one") is failed
    again = background.start("one", lambda _: "there")
    assert again is not failed
    assert again.wait()
    assert (again.error, again.result()) == (None, "there")


def test_who_starts_what_is_on_its_way_or_done_gets_the_same_task(may_go: Event) -> None:
    background, work = Background[str]("test", bound=2), Work(may_go)
    task = background.start("one", lambda _: work.of("one")())
    assert background.start("one", lambda _: work.of("one")(), anew=True) is task
    may_go.set()
    assert task.wait()
    assert background.start("one", lambda _: work.of("one")()) is task
    assert work.begun == ["one"]
    assert background.start("one", lambda _: work.of("one")(), anew=True) is not task


def test_a_task_says_how_far_it_is(may_go: Event) -> None:
    def compute(task: Task[str]) -> str:
        task.share, task.doing = 0.5, "half of it"
        may_go.wait()
        return "all"

    task = Background[str]("test", bound=2).start("one", compute)
    wait_until(lambda: task.doing)
    assert (task.share, task.doing, task.is_done) == (0.5, "half of it", False)
    assert not task.wait(timeout_s=0)


def test_more_than_the_bound_are_not_even_begun(may_go: Event) -> None:
    background, work = Background[str]("test", bound=2), Work(may_go)
    tasks = [background.start(key, lambda _, key=key: work.of(key)()) for key in ("one", "two")]
    with pytest.raises(LatentStudioError, match=r"2 others wait .* try again"):
        background.start("three", lambda _: work.of("three")())
    may_go.set()
    assert all(task.wait() for task in tasks)
    assert background.start("three", lambda _: work.of("three")()).wait()
    assert background.get("one") is None


def test_several_workers_compute_at_the_same_time(may_go: Event) -> None:
    background, work = Background[str]("test", bound=4, workers=2), Work(may_go)
    for key in ("one", "two", "three"):
        background.start(key, lambda _, key=key: work.of(key)())
    wait_until(lambda: len(work.begun) == 2)
    may_go.set()
    wait_until(lambda: len(work.begun) == 3)


def test_asking_for_what_failed_leaves_a_newer_task_of_that_key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    background = Background[str]("test", bound=2)
    failed = background.start("one", lambda _: fail())
    assert failed.wait()
    newer = background.start("one", lambda _: "there")
    with monkeypatch.context() as patch:  # as if the newer one was begun between looking and dropping
        patch.setattr(background, "get", lambda _: failed)
        with pytest.raises(RunMissing):
            background.ask("one", fail)
    assert background.get("one") is newer
