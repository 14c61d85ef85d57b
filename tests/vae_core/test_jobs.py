"""Training processes start at once, wait their turn, end when told or left alone, and never stay behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.vae_core.waiting import wait_until
from vae_core import jobs, runs
from vae_core.config import TrainConfig, parse_config
from vae_core.errors import RunError
from vae_core.jobs import JobManager
from vae_core.runs import Run, RunWriter

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ends processes by POSIX signals")
ROOT = Path(__file__).parents[2]


def endless(**settings: Any) -> TrainConfig:
    """Minutes of training, so that a test decides when it ends."""
    return parse_config({"dataset": "digits", "hidden_sizes": (8,), "epochs": 1000, "batch_size": 16, **settings})


def trains(run: Run) -> bool:
    status = run.status()
    return status.state == "running" and status.step > 0


def process_of(manager: JobManager, run: Run) -> int:
    return next(w.process.id for w in manager._workers if w.run and w.run.run_id == run.id)


def has_left(process_id: int) -> bool:
    """Whether a process is gone, or only waits for its parent to take note."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        return False
    return state in "ZX"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[JobManager]:
    manager = JobManager(threads=1, root=tmp_path)
    yield manager
    manager.close()


def test_two_train_two_wait_and_each_ends_in_its_way(manager: JobManager, tmp_path: Path) -> None:
    """One story, because a process takes seconds to warm up."""
    begun = time.monotonic()
    first, second, third, fourth = (runs.open_run(manager.start(endless(seed=n)), tmp_path) for n in range(4))
    assert time.monotonic() - begun < 1.0  # nothing is ready yet, and nobody waits for it
    assert [manager.place(run.id) for run in (first, second, third, fourth)] == [0, 0, 1, 2]
    assert [run.status().state for run in (first, third)] == ["starting", "queued"]

    manager.stop(fourth.id)  # while it waits
    assert manager.place(fourth.id) is None
    assert fourth.status().state == "stopped"
    assert "while it waited" in (fourth.status().error or "")

    wait_until(lambda: trains(first) and trains(second))
    os.kill(victim := process_of(manager, second), signal.SIGKILL)
    wait_until(lambda: not manager.is_active(second.id))
    status = second.status()
    assert (status.state, status.error) == (
        "failed",
        "the training process ended with signal 9 (SIGKILL); start the run again",
    )
    assert second.decoder()  # its last snapshot
    wait_until(lambda: manager.place(third.id) == 0)  # in the slot that is free now

    manager.stop(first.id)  # while it trains
    wait_until(lambda: not manager.is_active(first.id))
    assert first.status().state == "stopped"
    assert first.step > 0
    first.verify()

    wait_until(lambda: trains(third))
    left = [worker.process.id for worker in manager._workers]
    manager.close()
    assert third.status().state == "stopped"
    third.verify()
    assert all(has_left(process_id) for process_id in [*left, victim])
    with pytest.raises(RunError, match="about to stop"):
        manager.start(endless())


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
    assert manager.place(run.id) is None
    manager.close()


def test_a_manager_ends_what_an_earlier_server_left_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    left = runs.open_run(RunWriter.create(endless(), tmp_path).run_id, tmp_path)
    JobManager(slots=1, threads=1, root=tmp_path).close()
    assert left.status().state == "stopped"


def test_a_core_is_left_to_others() -> None:
    assert 1 <= jobs.default_threads() <= max(1, (os.cpu_count() or 1) - 1)


def test_one_manager_serves_the_whole_process_until_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    manager = jobs.shared()
    assert jobs.shared() is manager
    jobs.close_shared()
    jobs.close_shared()
    another = jobs.shared()
    assert another is not manager
    jobs.close_shared()
