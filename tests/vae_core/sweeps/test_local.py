"""A sweep runs to its end, whoever is killed and whoever stops it: nothing is lost and nothing is run twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.vae_core.run_samples import small_config
from tests.vae_core.sweeps.fake_jobs import FakeJobs, Killed
from vae_core.errors import RunLocked
from vae_core.runs.listing import marks
from vae_core.sweeps import local, outcomes, records
from vae_core.sweeps.records import Sweep, plan
from vae_core.sweeps.space import Choices


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    records.keep(made := plan(small_config(), {"beta": Choices((0.5, 1, 2))}, seeds=(0, 1)), tmp_path)
    return made


def states(sweep: Sweep, root: Path) -> set[str]:
    return {run.state for point in outcomes.outcomes(sweep, root) for run in point.runs}


def test_every_point_is_run_once_with_every_seed_and_one_waits_in_line(sweep: Sweep, tmp_path: Path) -> None:
    jobs, said = FakeJobs(tmp_path), list[str]()
    local.drive(sweep.id, jobs, said.append)
    assert sorted(jobs.started) == sorted(each.run_id for each in sweep.runs())
    assert jobs.most_active == jobs.slots + local.IN_LINE
    assert said[-1].endswith("finished, 6 of 6")
    points = outcomes.outcomes(sweep, tmp_path)
    assert outcomes.ended(points) == 6
    assert points[0].values("reconstruction_nats") == [0.5, 0.5]
    assert points[0].values(outcomes.MINUTES) == [1.0, 1.0]
    assert marks.read(tmp_path / jobs.started[0]).tags == (sweep.name,)
    local.drive(sweep.id, again := FakeJobs(tmp_path))
    assert again.started == []


def test_killed_at_any_moment_it_goes_on_and_no_run_that_ended_is_run_again(tmp_path: Path) -> None:
    sweep = plan(small_config(), {"beta": Choices((0.5, 1, 2))})
    for moment in range(40):
        shutil.rmtree(tmp_path)
        records.keep(sweep, tmp_path)
        jobs = FakeJobs(tmp_path, dies_at=moment)
        try:
            local.drive(sweep.id, jobs)
        except Killed:
            pass
        else:
            assert moment == 4 * 3
            return
        finished = [run.run_id for point in outcomes.outcomes(sweep, tmp_path) for run in point.runs if run.figures]
        assert not records.is_driven(sweep.id, tmp_path)
        local.drive(sweep.id, again := FakeJobs(tmp_path))
        assert not set(finished) & set(again.started)
        assert states(sweep, tmp_path) == {"finished"}
        assert {path.name for path in tmp_path.iterdir()} == {*(each.run_id for each in sweep.runs()), records.FOLDER}
    pytest.fail("it was never left alone")


def after_runs(jobs: FakeJobs, count: int, then: Callable[[], Any]) -> None:
    """then: done once so many runs have been begun."""
    start = jobs.start

    def start_and_see(*args: Any, **named: Any) -> str:
        run_id = start(*args, **named)
        if len(jobs.started) == count:
            then()
        return run_id

    jobs.start = start_and_see  # type: ignore[method-assign]


def test_stopped_it_keeps_what_it_has_and_resumed_it_goes_on_from_there(sweep: Sweep, tmp_path: Path) -> None:
    jobs = FakeJobs(tmp_path)
    after_runs(jobs, 4, lambda: records.stop(sweep.id, tmp_path))
    assert local.drive(sweep.id, jobs).is_stopped
    assert states(sweep, tmp_path) == {"finished", "failed", "waiting"}
    again = FakeJobs(tmp_path)
    assert not local.drive(sweep.id, again).is_stopped
    assert states(sweep, tmp_path) == {"finished"}
    assert len(again.started) == 2  # those that waited; the others went on


def test_seeds_that_are_added_while_it_runs_are_run_too(sweep: Sweep, tmp_path: Path) -> None:
    jobs = FakeJobs(tmp_path)
    after_runs(jobs, 4, lambda: records.add_seeds(sweep.id, [7], tmp_path))
    assert local.drive(sweep.id, jobs).seeds == (0, 1, 7)
    assert len(set(jobs.started)) == len(jobs.started) == 9


def test_what_diverged_is_a_result_and_what_cannot_be_is_said_beside_the_others(tmp_path: Path) -> None:
    sizes = Choices(((3,), (4096,)))
    records.keep(sweep := plan(small_config(), {"hidden_sizes": sizes}), tmp_path)
    assert local.drive(sweep.id, FakeJobs(tmp_path)).error == "it is too large"
    assert states(sweep, tmp_path) == {"finished", "waiting"}

    records.keep(sweep := plan(small_config(), {"beta": Choices((1, 2))}), tmp_path)
    jobs = FakeJobs(tmp_path)
    after_runs(jobs, 1, lambda: jobs._writers.pop(jobs.started[0]).fail("diverged", diverged_step=3))
    local.drive(sweep.id, jobs)
    local.drive(sweep.id, again := FakeJobs(tmp_path))
    assert again.started == []
    assert states(sweep, tmp_path) == {"finished", "failed"}


def test_one_process_alone_runs_it(sweep: Sweep, tmp_path: Path) -> None:
    with records.driven(sweep.id, tmp_path), pytest.raises(RunLocked, match="run by another server or program"):
        local.drive(sweep.id, FakeJobs(tmp_path))


def test_a_server_runs_it_in_a_thread_and_a_second_press_does_nothing(sweep: Sweep, tmp_path: Path) -> None:
    jobs = FakeJobs(tmp_path)
    local.begin(sweep.id, jobs)
    local.begin(sweep.id, jobs)
    local._driving[sweep.id].join()
    assert not local.is_driven(sweep.id, tmp_path)
    assert len(jobs.started) == 6
