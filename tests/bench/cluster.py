"""What a Ray cluster of two machines promises, both of them on this one: `python -m tests.bench.cluster [PART …]`.

    kills      twenty runs, a machine killed at ten random moments: all finish, from their newest checkpoint, bitwise
    commands   from asking for a pause, or a stop, until the run directory says so
    overhead   twenty runs two at a time, beside child processes of this machine (wants a quiet machine)

Needs Ray (requirements-cluster.txt); without it, it says so and does nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.report import Figure, median, single, table
from tests.bench.two_machines import WITHOUT_RAY, TwoMachines, is_here, two_machines
from tests.vae_core.waiting import wait_until
from vae_core.config import TrainConfig, parse_config
from vae_core.jobs import JobManager
from vae_core.jobs.cluster import Cluster
from vae_core.runs import Run, checkpoints, open_run

PARTS = ("kills", "commands", "overhead")
SEEDS = 4
"""So many different runs there are: each is compared with the one of its seed that nobody disturbed."""
LONG_S = 3600.0


def run_of(seed: int, epochs: int) -> TrainConfig:
    return parse_config(
        {"dataset": "digits", "hidden_sizes": (64,), "epochs": epochs, "batch_size": 16, "seed": seed, "device": "cpu"}
    )


@contextmanager
def manager(root: Path, machines: TwoMachines | None) -> Iterator[JobManager]:
    cluster = Cluster(machines.address) if machines else None
    made = JobManager(slots=2, threads=1, root=root, executor=cluster)
    try:
        yield made
    finally:
        made.close()


def finish(made: JobManager, runs: list[Run]) -> None:
    wait_until(lambda: not any(made.is_active(run.id) for run in runs), LONG_S)


def weights_of(run: Run) -> str:
    return hashlib.sha256((run.directory / "model.safetensors").read_bytes()).hexdigest()


class Loss:
    """A machine that goes, and what each run could go on from then."""

    def __init__(self, runs: list[Run]) -> None:
        self.kept = {
            run.id: (len(list((run.directory / "claims").glob("*"))), checkpoints.newest_step(run.directory) or 0)
            for run in runs
            if not run.status().is_final
        }

    def steps_lost(self, run: Run) -> int:
        """How many steps before its newest checkpoint of that moment the run went on from; 0 is what is promised."""
        claims, step = self.kept.get(run.id, (0, 0))
        later = run.directory / "claims" / str(claims + 1)
        return max(0, step - json.loads(later.read_text())["step"]) if run.id in self.kept and later.exists() else 0


def kills(count: int, losses: int, epochs: int, seed: int) -> list[Figure]:
    """Half of the machine's ends are of everything on it, half of its raylet, whose orphans have to leave."""
    chance, begun = random.Random(seed), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, two_machines() as machines:
        there, here = (Path(folder) / name for name in ("cluster", "local"))
        with manager(here, None) as local:
            alone = [open_run(local.start(run_of(each, epochs)), here) for each in range(SEEDS)]
            finish(local, alone)
        expected = [weights_of(run) for run in alone]
        with manager(there, machines) as made:
            runs = [open_run(made.start(run_of(each % SEEDS, epochs)), there) for each in range(count)]
            wait_until(lambda: any(run.status().step for run in runs), LONG_S)
            moments = [_lose(machines, runs, chance) for _ in range(losses)]
            finish(made, runs)
        states = [run.status().state for run in runs]
        equal = [run.is_complete and weights_of(run) == expected[each % SEEDS] for each, run in enumerate(runs)]
        lost = [loss.steps_lost(run) for loss in moments for run in runs]
        claims = [len(list((run.directory / "claims").glob("*"))) for run in runs]
    took = f"{time.monotonic() - begun:.0f} s, {sum(claims) - count} times a run went on elsewhere"
    return [
        single(
            f"runs of {count} that did not finish, {losses} kills", count - states.count("finished"), 0, "runs", took
        ),
        single("runs whose weights are not those of undisturbed ones", equal.count(False), 0, "runs"),
        single("steps lost before the newest checkpoint, at most", max(lost), 0, "steps"),
    ]


def _lose(machines: TwoMachines, runs: list[Run], chance: random.Random) -> Loss:
    time.sleep(chance.uniform(1.0, 12.0))
    loss = Loss(runs)
    if chance.random() < 0.5:
        machines.node.lose_raylet()
        time.sleep(3.0)
    machines.node.end()
    machines.join()
    print(f"a machine went while {len(loss.kept)} runs had not ended", flush=True)
    return loss


def commands(rounds: int) -> list[Figure]:
    """A run that trains is paused, made go on and at last stopped, as often as there are rounds."""
    pauses: list[float] = []
    stops: list[float] = []
    with tempfile.TemporaryDirectory() as folder, two_machines() as machines, manager(Path(folder), machines) as made:
        for _ in range(rounds):
            run = open_run(made.start(run_of(0, 1000)), Path(folder))
            wait_until(lambda run=run: run.status().step, LONG_S)
            for _ in range(5):
                pauses.append(_until(run, "paused", made.pause))
                _until(run, "running", made.resume)
            stops.append(_until(run, "stopped", made.stop))
            run.verify()
            finish(made, [run])
    return [median("pause, until the disk says so", pauses, 0.2, "s"), median("stop, all saved", stops, 3.0, "s")]


def _until(run: Run, state: str, ask: Callable[[str], object]) -> float:
    begun = time.monotonic()
    ask(run.id)
    while run.status().state != state:
        time.sleep(0.005)
    return time.monotonic() - begun


def overhead(count: int, epochs: int) -> list[Figure]:
    """Both ways twice, in turn: the faster of each counts."""
    took: dict[bool, list[float]] = {False: [], True: []}
    with tempfile.TemporaryDirectory() as folder, two_machines() as machines:
        for turn in range(4):
            is_there = turn % 2 == 1
            root = Path(folder) / str(turn)
            with manager(root, machines if is_there else None) as made:
                first = open_run(made.start(run_of(0, 1)), root)  # both are warm and connected
                finish(made, [first])
                begun = time.monotonic()
                finish(made, [open_run(made.start(run_of(each, epochs)), root) for each in range(count)])
                took[is_there].append(time.monotonic() - begun)
    local, cluster = min(took[False]), min(took[True])
    spread = f"local {took[False]}, cluster {took[True]} s, {(cluster - local) / count:.2f} s a run"
    return [
        single(f"{count} runs two at a time, over Ray against local", 100 * (cluster / local - 1), 5.0, "%", spread)
    ]


def main() -> int:
    """Print the table; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=f"which of {', '.join(PARTS)}")
    parser.add_argument("--runs", type=int, default=20, help="how many (20)")
    parser.add_argument("--kills", type=int, default=10, help="how often a machine goes (10)")
    parser.add_argument("--epochs", type=int, default=400, help="of each run (400: 20 s on a quiet machine)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (0)")
    given = parser.parse_args()
    if not is_here():
        print(WITHOUT_RAY)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the machines go, too
    parts = {
        "kills": lambda: kills(given.runs, given.kills, given.epochs, given.seed),
        "commands": lambda: commands(3),
        "overhead": lambda: overhead(given.runs, given.epochs),
    }
    figures = [figure for name in parts if name in given.parts for figure in parts[name]()]
    print(table(figures))
    return int(any(each.verdict == "MISSED" for each in figures))


if __name__ == "__main__":
    sys.exit(main())
