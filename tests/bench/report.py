"""A figure with its spread and its bar, and the table of them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured thing: what, all samples, the value that counts, and the most (or least) it may be."""

    name: str
    value: float
    bar: float | None
    unit: str
    spread: str
    stretch: float | None = None
    is_at_least: bool = False  # the bar is the least the value may be

    @property
    def verdict(self) -> str:
        if self.bar is None:
            return "reported"
        if self.stretch is not None and self._keeps(self.stretch):
            return "stretch"
        return "ok" if self._keeps(self.bar) else "MISSED"

    def _keeps(self, bar: float) -> bool:
        return self.value >= bar if self.is_at_least else self.value <= bar


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least this share of all does not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def p95(name: str, samples: Sequence[float], bar: float | None, unit: str = "ms") -> Figure:
    """The 95th percentile, with median and maximum."""
    spread = f"median {statistics.median(samples):.2f}, max {max(samples):.2f}, n {len(samples)}"
    return Figure(f"{name}, p95", percentile(samples, 0.95), bar, unit, spread)


def median(
    name: str,
    samples: Sequence[float],
    bar: float | None,
    unit: str,
    *,
    stretch: float | None = None,
    is_at_least: bool = False,
) -> Figure:
    """The median, with minimum and maximum."""
    spread = f"min {min(samples):.2f}, max {max(samples):.2f}, n {len(samples)}"
    spread += "" if stretch is None else f", stretch {stretch:g}"
    return Figure(f"{name}, median", statistics.median(samples), bar, unit, spread, stretch, is_at_least)


def single(name: str, value: float, bar: float | None, unit: str, spread: str = "") -> Figure:
    """One value that is already an extreme or a count."""
    return Figure(name, value, bar, unit, spread)


def table(figures: Sequence[Figure]) -> str:
    """Fixed-width lines: what, value, bar, verdict, spread."""
    lines = [f"{'measured':<66}{'value':>10} {'unit':<6}{'bar':>8}  {'':<9}spread"]
    for each in figures:
        bar = "" if each.bar is None else f"{'≥' if each.is_at_least else '≤'}{each.bar:g}"
        lines.append(f"{each.name:<66}{each.value:>10.2f} {each.unit:<6}{bar:>8}  {each.verdict:<9}{each.spread}")
    return "\n".join(lines)
