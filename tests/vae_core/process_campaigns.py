"""Training processes and servers killed at random moments: what must hold afterwards."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.vae_core.slow_worker import announcements
from tests.vae_core.waiting import has_left, wait_until
from vae_core import runs
from vae_core.config import TrainConfig, parse_config
from vae_core.jobs import JobManager
from vae_core.runs import Run, checkpoints

ROOT = Path(__file__).parents[2]


def endless(**settings: Any) -> TrainConfig:
    """Minutes of training, so that a campaign decides when it ends."""
    return parse_config({"dataset": "digits", "hidden_sizes": (8,), "epochs": 1000, "batch_size": 16, **settings})


def python_for(module: str, folder: Path) -> str:
    """Stands for the interpreter when training processes are started, which are then another module's."""
    path = folder / module
    path.write_text(f"#!/bin/sh\nexec {sys.executable} -m tests.vae_core.{module}\n")
    path.chmod(0o755)
    return str(path)


def process_of(manager: JobManager, run: Run) -> int:
    """The number of the process that trains a run."""
    return next(worker.process.id for worker in manager._workers if worker.run and worker.run.id == run.id)


# Killed


def saves_of(run: Run) -> list[tuple[str, int]]:
    """("begin", step) and ("end", step), in order, as far as they were announced."""
    path = announcements(run.directory)
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [(line.split()[0], int(line.split()[1])) for line in lines]


class Kills:
    """A series of runs that are killed at random moments, and gone on with.

    inside: how many of the kills hit a save.
    """

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.chance = root, random.Random(seed)
        self.inside = 0
        self.known: dict[str, tuple[int, int]] = {}  # of each run, how many announcements, and the step it went on from

    def aim(self, run: Run, *, at_a_save: bool) -> None:
        """Returns at a random moment after the next save; or soon after the beginning of one, which is slow."""
        seen = len(saves_of(run))
        wait_until(lambda: ("end", "begin")[at_a_save] in [kind for kind, _ in saves_of(run)[seen:]])
        time.sleep(self.chance.uniform(0.0, 0.03 if at_a_save else 0.2))

    def check(self, run: Run) -> None:
        """What was saved last before the kill, or even what was being saved, loads, verified."""
        seen, whole = self.known.get(run.id, (0, 0))
        saves = saves_of(run)[seen:]  # since it was begun or gone on with
        self.inside += saves[-1][0] == "begin"
        kept = checkpoints.newest_checkpoint(run.directory)
        whole = next((step for kind, step in reversed(saves) if kind == "end"), whole)
        assert kept.step in (whole, saves[-1][1])
        assert int(kept.state["step"]) == kept.step
        self.known[run.id] = seen + len(saves), kept.step

    def trainer(self, manager: JobManager, run: Run, *, at_a_save: bool) -> None:
        """Kills the process that trains a run."""
        wait_until(lambda: saves_of(run))
        self.aim(run, at_a_save=at_a_save)
        os.kill(process_of(manager, run), signal.SIGKILL)
        wait_until(lambda: not manager.is_active(run.id))
        self.check(run)
        assert run.status().state == "failed"
        assert "signal 9 (SIGKILL)" in (run.status().error or "")
        assert run.is_resumable

    def stop(self, manager: JobManager, run: Run) -> None:
        """Ends it politely."""
        wait_until(lambda: saves_of(run))
        self.aim(run, at_a_save=False)
        manager.stop(run.id)
        wait_until(lambda: not manager.is_active(run.id))
        assert run.status().state == "stopped"
        run.verify()
        self.check(run)
        assert self.known[run.id][1] == run.step

    def server(self, number: int) -> None:
        """Kills a server, and every second time the process that trains for it as well, while that saves its run."""
        with subprocess.Popen(
            [sys.executable, "-c", SERVER, str(self.root), sys.executable], cwd=ROOT, stdin=-1, stdout=-1, text=True
        ) as server:
            assert server.stdout
            run_id, trainer = server.stdout.readline().split()
            run = runs.open_run(run_id, self.root)
            wait_until(lambda: saves_of(run))
            self.aim(run, at_a_save=number % 4 < 2)
            server.kill()
        if number % 2:
            time.sleep(self.chance.uniform(0.0, 0.1))
            with suppress(ProcessLookupError):
                os.kill(int(trainer), signal.SIGKILL)
        wait_until(lambda: has_left(int(trainer)))
        if run.status().state == "running":
            self.check(run)
        else:
            assert run.status().state == "stopped"
            assert checkpoints.newest_checkpoint(run.directory).step == run.step


SERVER = """
import sys
from pathlib import Path
from tests.vae_core.process_campaigns import endless
from vae_core.jobs import JobManager
sys.executable = sys.argv[2]
manager = JobManager(slots=1, threads=1, root=Path(sys.argv[1]))
print(manager.start(endless()), manager._workers[0].process.id, flush=True)
sys.stdin.read()
"""


def kill_campaign(
    root: Path, monkeypatch: pytest.MonkeyPatch, *, trainers: int, servers: int, inside: int, seed: int
) -> None:
    """So many kills of trainers (and some stops) and of servers; at least `inside` of them hit a save."""
    kills = Kills(root, seed)
    own = sys.executable
    monkeypatch.setattr(sys, "executable", python_for("slow_worker", root))
    manager = JobManager(slots=1, threads=1, root=root)
    run = runs.open_run(manager.start(endless()), root)
    for number in range(4 * trainers):
        if number >= trainers and kills.inside >= inside:  # a save is aimed at, and sometimes over when the kill comes
            break
        if number % 8 == 7:
            kills.stop(manager, run)
        else:
            kills.trainer(manager, run, at_a_save=kills.inside < inside or number % 2 == 0)
        if run.step < 50_000:
            manager.resume(run.id)
        else:
            run = runs.open_run(manager.start(endless(seed=number)), root)
    manager.close()
    for number in range(servers):
        with monkeypatch.context() as context:
            context.setattr(subprocess, "Popen", _with(own, subprocess.Popen))
            kills.server(number)
    _resume_what_is_left(root)
    assert kills.inside >= inside


def _with(own: str, popen: Any) -> Any:
    """Starts servers with the real interpreter, and tells them of the slow one."""
    return lambda command, **named: popen([own, *command[1:]], **named)


def _resume_what_is_left(root: Path) -> None:
    """A new server finds every run at its end, and able to go on."""
    manager = JobManager(slots=1, threads=1, root=root)
    found = runs.list_runs(root)
    assert {run.status().state for run in found} <= {"stopped", "failed"}
    assert all(run.is_resumable for run in found)
    manager.resume(found[0].id)
    wait_until(lambda: found[0].status().state == "running")
    manager.close()
