"""What came of a sweep: each point's figures over its seeds, the frontier of rate and distortion, and which is best.

Between one point and another stands the chance of a seed. So a figure is a median with the range of its seeds, and the
best is called so only where the seeds tell it from every other point.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from vae_core.errors import LatentStudioError
from vae_core.runs import reader, storage
from vae_core.runs.listing import index
from vae_core.runs.records import State
from vae_core.sweeps.records import AIMS, Sweep

FEWEST_SEEDS = 3
"""To tell points apart: with two, a spread is hardly known."""
SIGNIFICANT = 0.05
_MEANS_OTHER_NATS = frozenset({"likelihood", "pixels"})
MINUTES = "minutes"
"""A figure, too: how long the training took."""


@dataclass(frozen=True)
class Outcome:
    """One run of a sweep. state: "waiting" before it has begun. figures: of a run that has ended well,
    and its `MINUTES`.
    """

    run_id: str
    point: int
    seed: int
    state: State | str
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Spread:
    """A figure over seeds: its median, least and most. count: of how many."""

    median: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class PointOutcome:
    """One point of a sweep, with the outcomes of its seeds."""

    index: int
    settings: Mapping[str, Any]
    runs: Sequence[Outcome]
    is_pruned: bool = False

    def values(self, figure: str) -> list[float]:
        """Of all seeds that have it."""
        return [run.figures[figure] for run in self.runs if figure in run.figures]

    def spread(self, figure: str) -> Spread | None:
        """None where no seed has it."""
        values = self.values(figure)
        return Spread(statistics.median(values), min(values), max(values), len(values)) if values else None


def outcomes(sweep: Sweep, root: Path) -> list[PointOutcome]:
    """All points as their run directories have them now; nothing is opened but small files."""
    by_point: dict[int, list[Outcome]] = {point: [] for point in range(len(sweep.points))}
    for planned in sweep.runs():
        by_point[planned.point].append(_outcome(root, planned.run_id, planned.point, planned.seed))
    pruned = set(sweep.pruned)
    return [
        PointOutcome(point, sweep.points[point], sorted(runs, key=lambda run: run.seed), point in pruned)
        for point, runs in by_point.items()
    ]


def _outcome(root: Path, run_id: str, point: int, seed: int) -> Outcome:
    directory = root / run_id
    entry = index.read(directory) if storage.exists(directory) else None
    if entry is None:
        return Outcome(run_id, point, seed, "waiting")
    is_whole = entry.state == "finished"  # what was stopped has seen less, and is compared with nothing
    figures = {**entry.figures, **_minutes(directory, entry.updated_at)} if is_whole and entry.figures else {}
    return Outcome(run_id, point, seed, entry.state, figures)


def ended(points: Sequence[PointOutcome]) -> int:
    """How many runs will not go on by themselves: finished, failed, or of a point that was given up."""
    return sum(point.is_pruned or run.state in ("finished", "failed") for point in points for run in point.runs)


@lru_cache(maxsize=4096)
def _minutes(directory: Path, _updated_at: float) -> Mapping[str, float]:
    try:
        rows, _ = reader.load(directory).metrics()
    except LatentStudioError:
        return {}
    elapsed_s = max((float(row.get("elapsed_s") or 0.0) for row in rows), default=0.0)
    return {MINUTES: elapsed_s / 60} if elapsed_s else {}


def figures_of(directory: Path) -> Mapping[str, float]:
    """The held-out figures of a run that has a model; none before."""
    entry = index.read(directory) if storage.exists(directory) else None
    return entry.figures if entry else {}


def frontier(points: Sequence[PointOutcome]) -> list[int]:
    """Indices of the points that no other beats in rate and distortion at once, by their medians, from low rate up."""
    placed = [
        (rate.median, distortion.median, point.index)
        for point in points
        if (rate := point.spread("kl_nats")) and (distortion := point.spread("reconstruction_nats"))
    ]
    found, least = [], float("inf")
    for _, height, index_ in sorted(placed):
        if height < least:
            found.append(index_)
            least = height
    return found


@dataclass(frozen=True)
class Best:
    """index: of the point that the seeds call best; None where they do not. leader: whose median is best; None without
    figures. tied: points that the seeds do not tell from it. why: in a sentence, without the points' names.
    """

    index: int | None
    leader: int | None
    tied: tuple[int, ...]
    why: str


def best(sweep: Sweep, points: Sequence[PointOutcome], figure: str) -> Best:
    """The best point by a figure, if each other one is worse by more than the chance of a seed.

    That is Welch's t-test of two sides at 5 % against every other point, with three seeds or more of each. All of the
    tests must tell the points apart, so that their number needs no correction (Berger 1982).
    """
    known = [(spread, point) for point in points if (spread := point.spread(figure)) and not point.is_pruned]
    if not known:
        return Best(None, None, (), "no run has ended yet")
    sign = 1.0 if AIMS.get(figure, "minimize") == "minimize" else -1.0
    known.sort(key=lambda each: sign * each[0].median)
    leader = known[0][1]
    others = [point for _, point in known[1:]]
    if figure != MINUTES and _MEANS_OTHER_NATS & sweep.space.keys():
        return Best(None, leader.index, (), "nats mean something else under another likelihood, so that none is best")
    if not others:
        return Best(None, leader.index, (), "there is no other point yet to compare it with")
    if min(spread.count for spread, _ in known) < FEWEST_SEEDS:
        return Best(
            None, leader.index, tuple(each.index for each in others),
            f"one seed or two are a draw; with {FEWEST_SEEDS} or more of each point it can be said which is best",
        )  # fmt: skip
    tied = tuple(each.index for each in others if not _is_apart(leader.values(figure), each.values(figure)))
    if tied:
        return Best(None, leader.index, tied, "the seeds scatter more than these points differ")
    return Best(
        leader.index, leader.index, (), f"every other point is worse by more than its seeds scatter (p < {SIGNIFICANT})"
    )


def _is_apart(one: Sequence[float], other: Sequence[float]) -> bool:
    """Welch's t-test of two sides (Welch 1947), with Satterthwaite's degrees of freedom."""
    from scipy.special import stdtr  # noqa: PLC0415  a third of a second, for whoever asks

    variances = [statistics.variance(values) / len(values) for values in (one, other)]
    difference = statistics.mean(one) - statistics.mean(other)
    if sum(variances) == 0:
        return difference != 0
    degrees = sum(variances) ** 2 / sum(
        variance**2 / (len(values) - 1) for variance, values in zip(variances, (one, other), strict=True)
    )
    return bool(2 * stdtr(degrees, -abs(difference) / math.sqrt(sum(variances))) < SIGNIFICANT)
