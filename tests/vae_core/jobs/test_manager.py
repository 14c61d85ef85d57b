"""Training processes start at once, wait their turn, end when told or left alone, and never stay behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.vae_core.process_campaigns import endless, process_of, python_for
from tests.vae_core.run_samples import files_in
from tests.vae_core.small_runs import digits, stop_after, trained
from tests.vae_core.waiting import has_left, wait_until
from vae_core import jobs, runs
from vae_core.architecture import memory
from vae_core.data import registry
from vae_core.errors import (
    CheckpointDamaged,
    ConfigInvalid,
    DatasetMissing,
    DiskRefused,
    MemoryTooSmall,
    RunError,
    RunMissing,
)
from vae_core.jobs import JobManager, machine
from vae_core.jobs.executor import LocalProcesses
from vae_core.jobs.queued_run import QueuedRun
from vae_core.runs import Run, RunWriter, checkpoints
from vae_core.runs.records import MODEL

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends processes by POSIX signals")
ROOT = Path(__file__).parents[3]


def trains(run: Run) -> bool:
    status = run.status()
    return status.state == "running" and status.step > 0


def is_kept(run: Run) -> bool:
    """Whether it trains and a checkpoint is there."""
    return trains(run) and checkpoints.newest_step(run.directory) is not None


def advice_for(run: Run) -> str:
    return f"resume the run to go on from step {checkpoints.newest_step(run.directory)}"


def is_live(run: Run, step: int) -> bool:
    """Whether the page would show exactly that step."""
    status = run.status()
    return (status.state, status.step, status.live_step) == ("paused", step, step)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[JobManager]:
    manager = JobManager(slots=2, threads=1, root=tmp_path)
    yield manager
    manager.close()


def test_two_train_two_wait_and_each_ends_in_its_way(manager: JobManager, tmp_path: Path) -> None:
    """One story, because a process takes seconds to warm up."""
    begun = time.monotonic()
    first, second, third, fourth = (runs.open_run(manager.start(endless(seed=n)), tmp_path) for n in range(4))
    assert time.monotonic() - begun < 1.0  # nothing is ready yet, and nobody waits for it
    assert [manager.queue_position(run.id) for run in (first, second, third, fourth)] == [0, 0, 1, 2]
    assert [run.status().state for run in (first, third)] == ["starting", "queued"]

    manager.stop(fourth.id)  # while it waits
    assert manager.queue_position(fourth.id) is None
    assert fourth.status().state == "stopped"
    assert "while it waited" in (fourth.status().error or "")

    wait_until(lambda: trains(first) and is_kept(second))
    os.kill(victim := process_of(manager, second), signal.SIGKILL)
    wait_until(lambda: not manager.is_active(second.id))
    status = second.status()
    assert (status.state, status.error) == (
        "failed",
        f"the training process ended with signal 9 (SIGKILL); {advice_for(second)}",
    )
    assert second.decoder()  # the last that it published
    wait_until(lambda: manager.queue_position(third.id) == 0)  # in the slot that is free now

    manager.stop(first.id)  # while it trains
    wait_until(lambda: not manager.is_active(first.id))
    assert first.status().state == "stopped"
    assert first.step > 0
    first.verify()

    kept = checkpoints.newest_step(second.directory)
    manager.settle(second.id)  # what was kept of it, without another step
    wait_until(lambda: not manager.is_active(second.id))
    assert (second.status().state, second.step, second.is_complete) == ("stopped", kept, True)
    second.verify()

    wait_until(lambda: trains(third))
    left = [worker.process.id for worker in manager._workers]
    manager.close()
    assert third.status().state == "stopped"
    third.verify()
    assert all(has_left(process_id) for process_id in [*left, victim])
    with pytest.raises(RunError, match="about to stop"):
        manager.start(endless())


def test_a_finished_run_is_trained_for_more_epochs_as_another(manager: JobManager, tmp_path: Path) -> None:
    run = trained(digits(), tmp_path)
    extension = runs.open_run(manager.extend(run.id, 1, schedule="constant"), tmp_path)
    process = process_of(manager, extension)
    assert (extension.status().step, extension.status().epochs) == (12, 3)
    wait_until(lambda: not manager.is_active(extension.id))
    assert (extension.status().state, extension.step) == ("finished", 18)
    assert extension.parent
    assert extension.parent.run_id == run.id
    again = runs.open_run(manager.start(digits(), run_id="7" * 32), tmp_path)
    assert (again.id, process_of(manager, again)) == ("7" * 32, process)
    manager.wait([again.id], 90.0)
    assert again.status().state == "finished"
    assert (again.directory / MODEL).read_bytes() == (run.directory / MODEL).read_bytes()  # nothing was left behind
    with pytest.raises(DiskRefused, match="File exists"):
        manager.start(digits(), run_id=again.id)


def test_a_run_is_paused_stepped_slowed_edited_stopped_and_resumed(manager: JobManager, tmp_path: Path) -> None:
    """One story again."""
    run = runs.open_run(manager.start(endless()), tmp_path)
    wait_until(lambda: trains(run))
    manager.pause(run.id)
    wait_until(lambda: is_live(run, run.step))
    paused_at = run.step
    for step in (1, 2):
        manager.step(run.id)
        wait_until(partial(is_live, run, paused_at + step))
    manager.edit(run.id, beta=2.5)
    wait_until(lambda: run.status().beta == 2.5)
    assert run.step == paused_at + 2  # all in the pause
    assert manager.queue_position(run.id) == 0  # which keeps its slot
    manager.pace(run.id, 0.001)
    manager.resume(run.id)
    wait_until(lambda: run.status().state == "running" and run.status().steps_per_s == 0.001)
    assert run.step <= paused_at + 3
    manager.pace(run.id, None)
    wait_until(lambda: run.step > paused_at + 100)
    assert manager.blocked(run.id) is None

    manager.stop(run.id)
    wait_until(lambda: run.status().is_final)
    assert run.is_resumable
    stopped_at = run.step
    manager.resume(run.id, learning_rate=1e-3)  # though its process may not have left yet
    assert manager.is_active(run.id)
    manager.resume(run.id)  # an impatient second click
    wait_until(lambda: trains(run) and run.step > stopped_at)
    assert (run.status().beta, run.status().learning_rate) == (2.5, 1e-3)
    edits = [(row["beta"], row["learning_rate"]) for row in run.metrics()[0] if row["split"] == "edit"]
    assert edits == [(2.5, 4e-3), (2.5, 1e-3)]

    wait_until(lambda: is_kept(run))
    os.kill(process_of(manager, run), signal.SIGKILL)
    wait_until(lambda: not manager.is_active(run.id))
    assert run.status().state == "failed"
    kept = checkpoints.newest_step(run.directory)
    manager.resume(run.id)
    wait_until(lambda: trains(run) and run.step > (kept or 0))


@pytest.mark.parametrize("source", [None, "others"])
def test_a_stopped_run_whose_images_are_not_here_keeps_its_model_and_says_why_it_cannot_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str | None
) -> None:
    run = trained(digits(), tmp_path, stop_after(4))
    before = files_in(run.directory)
    if source:
        known = registry.DATASETS["digits"]
        others = replace(known, card_here=lambda _root: replace(known.card, digest="0" * 64))
        monkeypatch.setattr(registry, "DATASETS", {"digits": others})
    else:
        monkeypatch.setattr(registry, "DATASETS", {})
    with pytest.raises(DatasetMissing, match=r"are others than this run's" if source else "does not know the data set"):
        QueuedRun.reopen(tmp_path, run.id, tmp_path / "data", {}, LocalProcesses().expect)
    assert files_in(run.directory) == before
    assert (run.is_complete, run.is_resumable) == (True, True)
    run.verify()


@pytest.mark.campaign
@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process")
def test_a_training_that_runs_out_of_memory_says_so_and_the_others_go_on(
    manager: JobManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = runs.open_run(manager.start(endless()), tmp_path)
    monkeypatch.setattr(sys, "executable", python_for("small_memory_worker", tmp_path))
    greedy = runs.open_run(manager.start(endless(hidden_sizes=(4096,) * 4)), tmp_path)
    wait_until(lambda: greedy.status().is_final)
    assert greedy.status().state == "failed"
    assert "ran out of memory" in (greedy.status().error or "")
    step = first.step
    wait_until(lambda: trains(first) and first.step > step)
    os.kill(process_of(manager, first), signal.SIGTERM)  # as service managers do: it is saved
    wait_until(lambda: not manager.is_active(first.id))
    assert first.status().state == "stopped"
    assert first.is_resumable


def test_a_run_says_that_it_waits_for_the_disk_and_goes_on_when_there_is_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python_for("full_disk_worker", tmp_path))
    (tmp_path / "full").touch()
    manager = JobManager(slots=1, threads=1, root=tmp_path)
    run = runs.open_run(manager.start(endless()), tmp_path)
    wait_until(lambda: manager.blocked(run.id))
    wait_until(lambda: run.status().state == "paused")
    assert "No space left on device" in (manager.blocked(run.id) or "")
    assert run.status().error == manager.blocked(run.id)
    assert manager.queue_position(run.id) == 0
    step = run.step
    (tmp_path / "full").unlink()
    wait_until(lambda: is_kept(run) and run.step > step)
    assert manager.blocked(run.id) is None
    assert run.status().error is None

    (tmp_path / "full").touch()
    manager.pause(run.id)
    wait_until(lambda: manager.blocked(run.id))
    manager.stop(run.id)  # which ends the waiting
    wait_until(lambda: not manager.is_active(run.id))
    assert run.status().state == "failed"
    assert "No space left on device" in (run.status().error or "")
    assert run.is_resumable
    manager.close()


def test_what_is_asked_of_a_waiting_run_is_done_when_its_turn_comes(tmp_path: Path) -> None:
    manager = JobManager(slots=1, threads=1, root=tmp_path)
    first, second = (runs.open_run(manager.start(endless(seed=n)), tmp_path) for n in range(2))
    manager.edit(second.id, beta=3.0)
    manager.pause(second.id)
    assert manager.queue_position(second.id) == 1
    wait_until(lambda: trains(first))
    manager.stop(first.id)
    wait_until(lambda: second.status().state == "paused")
    assert (second.step, second.status().beta) == (0, 3.0)
    manager.close()
    assert second.status().state == "stopped"
    assert second.is_resumable


def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    manager = JobManager(slots=1, threads=1, root=tmp_path)
    for name in ("mnist", "0" * 32, "../secrets"):
        with pytest.raises(RunMissing, match="could be resumed"):
            manager.resume(name)
    stopped = RunWriter.create(endless(), tmp_path)
    stopped.fail("it was not meant to be")
    with pytest.raises(RunMissing, match="no checkpoint to go on from"):
        manager.resume(stopped.run_id)
    stopped.save_checkpoint({}, step=3, elapsed_s=1.0)
    with pytest.raises(ConfigInvalid, match="learning_rate"):
        manager.resume(stopped.run_id, learning_rate=-1.0)
    with pytest.raises(ConfigInvalid, match="steps a second"):
        manager.pace(stopped.run_id, 0.0)
    path = next((stopped.directory / "checkpoints").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointDamaged, match=path.name):
        manager.resume(stopped.run_id)
    for nothing in (manager.pause, manager.step, manager.stop, manager.edit):
        nothing("0" * 32)
    assert manager.blocked("0" * 32) is None
    manager.close()


PARENT = """
import sys
from pathlib import Path
from vae_core.config import parse_config
from vae_core.jobs import JobManager
manager = JobManager(slots=1, threads=1, root=Path(sys.argv[1]))
config = parse_config({"hidden_sizes": (8,), "epochs": 1000, "batch_size": 16})
print(manager.start(config), manager._workers[0].process.id, flush=True)
sys.stdin.read()
"""


@pytest.mark.campaign
def test_a_process_whose_server_was_killed_saves_its_run_and_leaves(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT, stdin=-1, stdout=-1, text=True
    ) as parent:
        assert parent.stdout
        run_id, child = parent.stdout.readline().split()
        run = runs.open_run(run_id, tmp_path)
        wait_until(lambda: trains(run))
        parent.kill()
    wait_until(lambda: has_left(int(child)))
    assert run.status().state == "stopped"
    run.verify()


def test_a_process_that_cannot_start_fails_its_run_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho the library libgomp is missing >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    manager = JobManager(slots=1, threads=1, root=tmp_path)
    run = runs.open_run(manager.start(endless()), tmp_path)
    wait_until(lambda: not manager.is_active(run.id))
    manager.close()
    assert run.status().error == (
        "the training process ended with status 3: the library libgomp is missing; start the run again"
    )


def test_no_process_at_all_fails_the_run_and_frees_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    manager = JobManager(slots=1, threads=1, root=tmp_path)
    run = runs.open_run(manager.start(endless()), tmp_path)
    assert run.status().state == "failed"
    assert "no training process could be started" in (run.status().error or "")
    assert manager.queue_position(run.id) is None
    manager.close()


def test_a_manager_ends_what_an_earlier_server_left_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    left = runs.open_run(RunWriter.create(endless(), tmp_path).run_id, tmp_path)
    JobManager(slots=1, threads=1, root=tmp_path).close()
    assert left.status().state == "stopped"


def test_a_core_is_left_to_others() -> None:
    assert 1 <= machine.default_threads() <= max(1, (os.cpu_count() or 1) - 1)


def test_there_are_as_many_slots_as_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    manager = JobManager(root=tmp_path)
    assert manager._executor.slots == machine.cores()
    manager.close()


def test_one_manager_serves_the_whole_process_until_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    manager = jobs.shared()
    assert jobs.shared() is manager
    jobs.close_shared()
    jobs.close_shared()
    another = jobs.shared()
    assert another is not manager
    jobs.close_shared()


def test_a_training_that_the_memory_does_not_hold_is_refused_and_leaves_no_run(
    tmp_path: Path, manager: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 10**6)
    with pytest.raises(MemoryTooSmall, match=r"needs about .* of memory and 0\.001 GB are free"):
        manager.start(endless())
    assert runs.list_runs(tmp_path) == []
