"""Beside a training process: what was asked reaches it, on whatever machine, and it is begun again until it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.vae_core.small_runs import KeepingSchedule, digits, stop_after
from vae_core.jobs.cluster import asked
from vae_core.jobs.cluster.asked import Asked
from vae_core.jobs.cluster.keeper import MOST_TRIES, Keeper
from vae_core.jobs.control import SHUT_OUT
from vae_core.runs import RunWriter, open_directory, recovery
from vae_core.worker.training_process import train_run


class FakeTraining:
    """Stands for a training process. ends: what it does to the run, and the status that it leaves with."""

    def __init__(self, threads: int, ends: Callable[[FakeTraining], int]) -> None:
        self.threads, self._ends = threads, ends
        self.told: list[dict[str, Any]] = []
        self.blocked: str | None = None
        self.hear: Callable[[], None] = lambda: None

    def start(
        self, run: Path, data_root: Path | None, *, is_settled_only: bool = False, takes_over: bool = False
    ) -> None:
        assert takes_over
        self.run, self.data_root = run, data_root
        self.told.append({"command": "start"})

    def tell(self, **command: Any) -> None:
        self.told.append(command)

    def dismiss(self) -> None:
        self.told.append({"command": "leave"})

    def listen(self, on_free: Callable[[], None], hear: Callable[[], None] | None = None) -> int:
        assert hear
        self.hear = hear
        return self._ends(self)

    def how_it_ended(self) -> str:
        return "signal 9 (SIGKILL)"


class Trainings:
    """The processes of one keeper, each of which ends in the next way."""

    def __init__(self, *ways: Callable[[FakeTraining], int]) -> None:
        self._ways = list(ways)
        self.all: list[FakeTraining] = []

    def __call__(self, threads: int) -> FakeTraining:
        self.all.append(FakeTraining(threads, self._ways.pop(0)))
        return self.all[-1]


def killed(training: FakeTraining) -> int:
    recovery.take_up(training.run).update_status(state="running")
    return -9


def trained(training: FakeTraining) -> int:
    train_run(recovery.take_up(training.run), schedule=KeepingSchedule(2, 4), resume=False)
    return 0


def kept(directory: Path, trainings: Trainings) -> bool:
    """A keeper from its start to its end. Whether it gave its place back."""
    gave_back = Event()
    keeper = Keeper(directory, trainings, gave_back.set)
    news = keeper.news()
    while not news.is_over:
        news = keeper.news(news.number)
    return gave_back.wait(0.5 if trainings.all and trainings.all[-1].blocked == "shut out" else 5.0)


def asked_for(root: Path, **of: Any) -> Path:
    directory = RunWriter.create(digits(), root).directory
    asked.write(directory, Asked(**{"threads": 2, "data": "/sets", **of}))
    return directory


def test_a_process_that_dies_is_begun_again_until_the_run_has_ended(tmp_path: Path) -> None:
    trainings = Trainings(killed, killed, trained)
    directory = asked_for(tmp_path)
    assert kept(directory, trainings)
    assert open_directory(directory).status().state == "finished"
    assert [(each.threads, each.data_root) for each in trainings.all] == [(2, Path("/sets"))] * 3


def test_one_that_never_gets_further_has_failed(tmp_path: Path) -> None:
    trainings = Trainings(*[killed] * MOST_TRIES)
    directory = asked_for(tmp_path)
    assert kept(directory, trainings)
    status = open_directory(directory).status()
    assert status.state == "failed"
    assert f"ended {MOST_TRIES} times without getting further than step 0" in (status.error or "")


def test_a_keeper_that_is_shut_out_lets_the_other_go_on_and_keeps_its_place_to_itself(tmp_path: Path) -> None:
    def shut_out(training: FakeTraining) -> int:
        training.blocked = "shut out"
        return SHUT_OUT

    trainings = Trainings(shut_out)
    assert not kept(asked_for(tmp_path), trainings)
    assert len(trainings.all) == 1


def test_what_was_asked_before_a_machine_was_lost_holds_on_the_next(tmp_path: Path) -> None:
    directory = asked_for(tmp_path, is_paused=True, steps_per_s=3.0, edits={"beta": 2.0})

    def checks(training: FakeTraining) -> int:
        assert training.told == [
            {"command": "start"},
            {"command": "pace", "steps_per_s": 3.0},
            {"command": "pause"},
            {"command": "edit", "beta": 2.0},
        ]
        return trained(training)

    assert kept(directory, Trainings(checks))
    assert open_directory(directory).status().state == "finished"


def test_an_edit_that_the_checkpoint_has_is_not_made_again(tmp_path: Path) -> None:
    writer = RunWriter.create(digits(beta=2.0), tmp_path)
    train_run(writer, stop_after(3))
    told = Asked(1, edits={"beta": 2.0, "learning_rate": 0.5})
    assert told.commands(writer.directory) == [{"command": "edit", "learning_rate": 0.5}]


def test_a_stop_is_for_good_and_a_stop_of_nobody_is_not(tmp_path: Path) -> None:
    directory = asked_for(tmp_path)
    train_run(RunWriter.open(directory), stop_after(3))  # its server, or its cluster, went away
    assert asked.goes_on(directory)
    asked.write(directory, asked.read(directory).after({"command": "stop"}))
    assert not asked.goes_on(directory)
    trainings = Trainings()
    assert kept(directory, trainings)
    assert trainings.all == []


def test_commands_add_up(tmp_path: Path) -> None:
    told = Asked(1)
    for command in ("pause", "step", "resume"):
        told = told.after({"command": command})
    told = told.after({"command": "edit", "beta": 3.0, "learning_rate": None}).after(
        {"command": "pace", "steps_per_s": 2}
    )
    assert told == Asked(1, is_paused=False, steps_per_s=2, edits={"beta": 3.0})
    asked.write(tmp_path, told)
    assert asked.read(tmp_path) == told


def test_a_disk_that_refuses_is_news_and_commands_reach_the_process(tmp_path: Path) -> None:
    may_end, is_blocked = Event(), Event()

    def waits(training: FakeTraining) -> int:
        training.blocked = "the disk is full"
        training.hear()
        is_blocked.set()
        may_end.wait(10)
        return trained(training)

    trainings = Trainings(waits)
    keeper = Keeper(asked_for(tmp_path), trainings)
    is_blocked.wait(10)
    assert keeper.news().blocked == "the disk is full"
    later = Thread(target=keeper.tell, args=({"command": "resume"}, 2))
    later.start()
    keeper.tell({"command": "pause"}, 1)
    later.join()
    assert [told["command"] for told in trainings.all[0].told[-2:]] == ["pause", "resume"]
    may_end.set()
    while not keeper.news().is_over:
        keeper.news(keeper.news().number)


def test_what_no_keeper_can_do_is_the_runs_end(tmp_path: Path) -> None:
    def spawn(threads: int) -> FakeTraining:
        raise OSError("the system starts no more processes")

    keeper = Keeper(directory := asked_for(tmp_path), spawn)
    while not (news := keeper.news()).is_over:
        keeper.news(news.number)
    assert (open_directory(directory).status().error or "") == "the system starts no more processes"
