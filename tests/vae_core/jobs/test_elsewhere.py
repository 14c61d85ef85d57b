"""Runs whose folder goes away and comes back, runs that another server has in hand, and runs that nobody has."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vae_core.process_campaigns import endless
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.jobs import JobManager
from vae_core.runs import RunWriter

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a folder that is in use cannot be moved there")


def test_a_run_whose_folder_is_away_for_a_while_waits_and_goes_on(tmp_path: Path) -> None:
    manager = JobManager(slots=1, threads=1, root=tmp_path)
    run = runs.open_run(manager.start(endless()), tmp_path)
    wait_until(lambda: run.status().step > 0)
    run.directory.rename(tmp_path / "elsewhere")
    wait_until(lambda: manager.blocked(run.id))
    reason = manager.blocked(run.id) or ""
    assert str(run.directory) in reason
    assert "No such file or directory" in reason
    assert manager.queue_position(run.id) == 0
    (tmp_path / "elsewhere").rename(run.directory)
    wait_until(lambda: manager.blocked(run.id) is None)
    step = run.step
    wait_until(lambda: run.step > step and run.status().state == "running")
    assert run.status().error is None
    manager.stop(run.id)
    wait_until(lambda: not manager.is_active(run.id))
    assert run.status().state == "stopped"
    run.verify()
    steps = [row["step"] for row in run.metrics()[0] if row["split"] == "train"]
    assert steps == sorted(steps)
    manager.close()


@pytest.mark.campaign
def test_a_run_that_another_server_trains_or_lets_wait_is_nobody_elses(tmp_path: Path) -> None:
    first = JobManager(slots=1, threads=1, root=tmp_path)
    trained, waiting = (runs.open_run(first.start(endless(seed=seed)), tmp_path) for seed in range(2))
    wait_until(lambda: trained.status().step > 0)
    second = JobManager(slots=1, threads=1, root=tmp_path)
    assert waiting.status().state == "queued"  # it was not taken for abandoned
    for run in (trained, waiting):
        assert (first.is_elsewhere(run.id), second.is_elsewhere(run.id)) == (False, True)
    first.stop(trained.id)
    wait_until(lambda: waiting.status().step > 0)
    assert not second.is_elsewhere(trained.id)
    first.close()
    assert not second.is_elsewhere(waiting.id)
    second.resume(waiting.id)
    wait_until(lambda: waiting.status().state == "running")
    assert (first.is_elsewhere(waiting.id), second.is_elsewhere(waiting.id)) == (True, False)
    second.close()


@pytest.mark.parametrize("state", ["running", "paused", "starting", "queued"])
def test_a_run_that_nobody_has_in_hand_has_failed_and_can_be_resumed(tmp_path: Path, state: str) -> None:
    manager = JobManager(slots=1, threads=1, root=tmp_path)
    writer = RunWriter.create(endless(), tmp_path, now=lambda: time.time() - 6)  # it is not being made just now
    writer.save_checkpoint({}, step=3, elapsed_s=1.0)
    writer.update_status(state=state, step=4)
    run = runs.open_run(writer.run_id, tmp_path)
    with writer.lock():
        assert manager.is_elsewhere(run.id)  # a program that trains it
    assert not manager.is_elsewhere(run.id)
    assert run.status().state == ("stopped" if state == "queued" else "failed")
    assert run.is_resumable
    assert "resume it" in (run.status().error or "")
    manager.close()


def test_a_run_that_is_just_being_made_is_let_alone(tmp_path: Path) -> None:
    manager = JobManager(slots=1, threads=1, root=tmp_path)
    writer = RunWriter.create(endless(), tmp_path)
    assert manager.is_elsewhere(writer.run_id)
    assert runs.open_run(writer.run_id, tmp_path).status().state == "queued"
    manager.close()


def test_a_server_starts_though_the_folder_of_the_runs_is_on_a_share_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(path: Path) -> Iterator[Path]:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(Path, "iterdir", failing)
    JobManager(slots=1, threads=1, root=tmp_path).close()
