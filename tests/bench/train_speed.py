"""`make bench-train`: an epoch of MNIST by our engine, by its peers, and by bare matrix products. On a quiet machine.

All measurements run in turn, in one process group, each in a fresh process with the same number of threads that wait
passively. Ratios are taken within a round, between neighbours, so that a machine that slows down slows both. Needs
MNIST (VAE_DATA_DIR, or ../shared/data beside the project), and pythae, which `make bench-train` installs beside the
project's packages for this alone.
"""

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.report import Figure, median, table

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv/peers"
SMALL, PYTHAE = 400, 512  # hidden units: of the usual example, of pythae's default

Key = tuple[str, int, int]  # contender, hidden units, threads


@dataclass(frozen=True)
class Comparison:
    """A contender beside ours on the same network, and the bars for what `value` makes of the two epoch times."""

    who: str
    hidden: int
    title: str
    bar: float | None
    stretch: float | None

    def value(self, theirs: float, ours: float) -> float:
        """How many times faster than a peer; how many times slower than the floor or in bfloat16; a share is itself."""
        if self.who in SHARES:
            return theirs
        return ours / theirs if self.who in {"floor", "bfloat16"} else theirs / ours

    @property
    def unit(self) -> str:
        return "%" if self.who in SHARES else "×"


COMPARISONS = (
    Comparison("loop", SMALL, "DataLoader loop / ours", 2.8, 3.5),
    Comparison("pythae", PYTHAE, "pythae / ours", 1.6, 2.0),
    Comparison("floor", SMALL, "ours / floor", 1.6, 1.3),
    Comparison("floor", PYTHAE, "ours / floor", 1.6, 1.3),
    Comparison("bfloat16", SMALL, "ours / ours in bfloat16", None, None),
    Comparison("metrics", SMALL, "throughput that live metrics cost", 3.0, None),
    Comparison("recorded", SMALL, "with maps, decoders, snapshots and checkpoints", None, None),
)
SHARES = ("metrics", "recorded")
NAMES = {
    "loop": "DataLoader loop",
    "bfloat16": "ours in bfloat16",
    "metrics": "ours, live metrics",
    "recorded": "ours, all that is recorded",
}


def epoch_figure(who: str, hidden: int, threads: int, epochs: int) -> float:
    """Seconds of an epoch in a fresh process, or percent of it: the median of all but the first, which warms up."""
    waiting = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    data_dir = os.environ.get("VAE_DATA_DIR") or str(ROOT.parent / "shared/data")
    paths = {"PYTHONPATH": str(PEERS)} if who == "pythae" else {}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.contenders", who, str(hidden), str(threads), str(epochs)],
        cwd=ROOT,
        env={**os.environ, **waiting, **paths, "VAE_DATA_DIR": data_dir},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise SystemExit(f"{who} on 784-{hidden}-20 with {_threads(threads)} could not be measured: {reason}")
    seconds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return statistics.median(seconds[1:] or seconds)


def plan(chosen: Sequence[Comparison], threads: Sequence[int]) -> list[Key]:
    """One round: for each number of threads and each network, ours and then those it is compared with."""
    keys: list[Key] = []
    for count in threads:
        for hidden in sorted({each.hidden for each in chosen}):
            keys.append(("ours", hidden, count))
            keys += [(each.who, hidden, count) for each in chosen if each.hidden == hidden]
    return keys


def measure(keys: Sequence[Key], rounds: int, epochs: int) -> dict[Key, list[float]]:
    """Epoch times by round; every other round goes backwards, so that nobody always comes after the same one."""
    times: dict[Key, list[float]] = defaultdict(list)
    for turn in range(rounds):
        for key in keys if turn % 2 == 0 else reversed(keys):
            times[key].append(epoch_figure(*key, epochs))
            print(f"round {turn + 1}/{rounds}  {_name(key):<50}{times[key][-1]:8.2f}", file=sys.stderr, flush=True)
    return times


def figures_of(times: dict[Key, list[float]], chosen: Sequence[Comparison], threads: Sequence[int]) -> list[Figure]:
    """All epoch times, then the comparisons, round by round."""
    figures = [median(_name(key), seconds, None, "s") for key, seconds in times.items() if key[0] not in SHARES]
    for count in threads:
        for each in chosen:
            pairs = zip(times[each.who, each.hidden, count], times["ours", each.hidden, count], strict=True)
            figures.append(
                median(
                    f"{each.title}, 784-{each.hidden}-20, {_threads(count)}",
                    [each.value(theirs, ours) for theirs, ours in pairs],
                    each.bar,
                    each.unit,
                    stretch=each.stretch,
                    is_at_least=each.who in {"loop", "pythae"},
                )
            )
    return figures


def _name(key: Key) -> str:
    who, hidden, threads = key
    return f"epoch, {NAMES.get(who, who)}, 784-{hidden}-20, {_threads(threads)}"


def _threads(count: int) -> str:
    return f"{count} thread" if count == 1 else f"{count} threads"


def main() -> int:
    """Print the table; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = list(dict.fromkeys(each.who for each in COMPARISONS))
    parser.add_argument("--only", nargs="+", choices=known, default=known, help="what to compare ours with (all)")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="numbers of threads (1 2)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (5)")
    parser.add_argument("--epochs", type=int, default=2, help="epochs in each, of which the first warms up (2)")
    given = parser.parse_args()
    if "pythae" in given.only and not (PEERS / "pythae").is_dir():
        raise SystemExit(
            f"pythae is not in {PEERS}; install it with: make .venv/bin/.peers, or leave it out with --only"
        )
    chosen = [each for each in COMPARISONS if each.who in given.only]
    load, started = os.getloadavg()[0], time.monotonic()
    figures = figures_of(measure(plan(chosen, given.threads), given.rounds, given.epochs), chosen, given.threads)
    minutes = (time.monotonic() - started) / 60
    print(
        f"MNIST, batch 128, on the CPU, float32 unless it says bfloat16; torch {importlib.metadata.version('torch')}, "
        f"{os.cpu_count()} cores, load {load:.2f} before; "
        f"{given.rounds} rounds of {given.epochs} epochs in {minutes:.1f} minutes"
    )
    print(table(figures))
    return int(any(each.verdict == "MISSED" for each in figures))


if __name__ == "__main__":
    sys.exit(main())
