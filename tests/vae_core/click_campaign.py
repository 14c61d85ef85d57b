"""Runs clicked at, at random moments: whatever is asked in whatever order, their state is valid."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

from tests.vae_core.process_campaigns import endless
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.jobs import JobManager
from vae_core.runs import checkpoints

CLICKS = ("pause", "step", "edit", "resume", "stop", "pace", "resume", "step")


class Clicker:
    """Somebody impatient in front of one run."""

    def __init__(self, manager: JobManager, root: Path, chance: random.Random) -> None:
        self.manager, self.chance = manager, chance
        self.run = runs.open_run(manager.start(endless(seed=chance.randrange(10**6))), root)
        self.last = "resume"
        self.was_stopped = False

    def click(self) -> None:
        """One of them, at once or after what the last one did can be seen."""
        kind = self.chance.choice(CLICKS)
        run_id = self.run.id
        match kind:
            case "edit":
                self.manager.edit(run_id, beta=self.chance.uniform(0, 4), learning_rate=self.chance.uniform(1e-5, 1e-2))
            case "pace":
                self.manager.pace(run_id, self.chance.choice([None, 2.0, 50.0]))
            case "resume":
                with suppress(LatentStudioError):  # nothing to go on from: it was stopped in line
                    self.manager.resume(run_id)
            case _:
                getattr(self.manager, kind)(run_id)
        if kind in ("pause", "step", "resume", "stop"):
            self.last = kind
        self.was_stopped = self.was_stopped or kind == "stop"
        self.check()
        if self.chance.random() < 0.4:
            wait_until(self.has_come_to_rest)

    def check(self) -> None:
        """Whatever is going on, the run can be read, and says how it is."""
        status = self.run.status()
        assert status.step <= status.total_steps or status.total_steps == 0
        assert status.state != "failed", status.error
        rows, _ = self.run.metrics()
        assert all(row["step"] <= self.run.status().total_steps for row in rows)

    def has_come_to_rest(self) -> bool:
        """Whether the run is as the last click wants it; after a stop, it may have ended whatever came then."""
        self.check()
        is_active, status = self.manager.is_active(self.run.id), self.run.status()
        if not is_active:
            return self.was_stopped and status.is_final
        if self.last in ("pause", "step"):
            return status.state == "paused" and status.live_step == status.step
        return self.last == "resume" and status.state == "running"

    def leave(self) -> None:
        """Stops it, and looks at what is left."""
        wait_until(self.has_come_to_rest)
        self.manager.stop(self.run.id)
        wait_until(lambda: not self.manager.is_active(self.run.id))
        assert self.run.status().state == "stopped"
        if self.run.is_complete and self.run.status().error is None:
            self.run.verify()
            assert checkpoints.newest_checkpoint(self.run.directory).step == self.run.step


def click_campaign(root: Path, sequences: int, seed: int) -> None:
    """So many random sequences of clicks, each at a new run, two of them side by side: a valid state each time."""
    chance = random.Random(seed)
    manager = JobManager(slots=2, threads=1, root=root)
    for _ in range(sequences // 2):
        pair = [Clicker(manager, root, chance) for _ in range(2)]
        for _ in range(chance.randrange(4, 16)):
            chance.choice(pair).click()
        for clicker in pair:
            clicker.leave()
    manager.close()
    assert all(run.status().is_final for run in runs.list_runs(root))
