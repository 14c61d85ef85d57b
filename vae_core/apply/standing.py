"""Is the model worth it? Figures over repeats against chance and against rivals, the same for every use. No torch.

Repeats are folds or seeds, at least five, the same for all methods, so that methods are compared by their differences
in each. A share of false alarms is asked for in advance: of a thousand sets of nothing but noise, one may pass for
better than chance, however many of the model's scores are tried.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from vae_core.apply.record import Figure, Row, Verdict

REPEATS = 5
"""Folds or seeds, at least."""
LEVEL = 0.95
"""Of the intervals that are shown, and by which rivals are told apart."""
FALSE_ALARM = 1e-3
"""How often nothing but noise may pass for better than chance, all methods of a use together."""


@dataclass(frozen=True)
class Interval:
    """Mean of a figure over repeats, and where its true mean lies with a probability of `LEVEL`."""

    mean: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half its width: what stands behind ±."""
        return (self.high - self.low) / 2


def interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Student's t interval of the mean of a figure's values, one for each repeat; of one value, as wide as it gets."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, -math.inf, math.inf)
    half = _quantile(len(values), (1 + level) / 2) * _standard_error(values)
    return Interval(mean, mean - half, mean + half)


def is_above_zero(differences: Sequence[float], false_alarm: float) -> bool:
    """Whether differences, one for each repeat, have a mean above zero: a one-sided t test. One alone says nothing."""
    if len(differences) < 2:
        return False
    mean = float(np.mean(differences))
    return mean > _quantile(len(differences), 1 - false_alarm) * _standard_error(differences)


def differences(row: Row, other: Row, figure: Figure) -> tuple[float, ...]:
    """By how much a method is better than another, in each repeat; below zero where it is worse."""
    sign = 1 if figure.higher_is_better else -1
    pairs = zip(row.figures[figure.name], other.figures[figure.name], strict=True)
    return tuple(sign * (own - others) for own, others in pairs)


def judge(rows: Sequence[Row], figure: Figure) -> Verdict:
    """The verdict on a use by one of its figures: of rows that have it, the model's against chance, then rivals.

    No better than chance: none of the model's methods beats the best chance row, at `FALSE_ALARM` for all of them
    together (Bonferroni). Otherwise the best of those that do is compared with the best rival by the interval of their
    differences over repeats.
    """
    known = [row for row in rows if row.figures.get(figure.name)]
    ours, rivals, chance = ([row for row in known if row.role == role] for role in ("ours", "rival", "chance"))
    if not ours:
        return Verdict("none", "There is nothing to judge.")
    best = _best(ours, figure)
    if chance:
        guessing = _best(chance, figure)
        level = FALSE_ALARM / len(ours)
        above = [row for row in ours if is_above_zero(differences(row, guessing, figure), level)]
        if not above:
            return _no_better_than_chance(best, guessing, rivals, figure)
        best = _best(above, figure)
    if not rivals:
        return Verdict("worth", f"{best.method} has {words(best, figure)}{_beside(chance, figure)}.")
    return _beside_rival(best, _best(rivals, figure), figure)


def words(row: Row, figure: Figure) -> str:
    """'an AUROC of 0.954 ± 0.012': a method's figure and its interval."""
    found = interval(row.figures[figure.name])
    unit = f" {figure.unit}" if figure.unit else ""
    return f"{figure.title} {_number(found.mean, figure)} ± {_number(found.half, figure)}{unit}"


def _no_better_than_chance(best: Row, guessing: Row, rivals: Sequence[Row], figure: Figure) -> Verdict:
    sentence = f"No better than chance: {best.method} has {words(best, figure)}{_beside([guessing], figure)}."
    level = FALSE_ALARM / max(1, len(rivals))
    able = [row for row in rivals if is_above_zero(differences(row, guessing, figure), level)]
    if able:
        sentence += f" {_best(able, figure).method} does better: {words(_best(able, figure), figure)}."
    elif is_above_zero([-each for each in differences(best, guessing, figure)], level):
        sentence += " It is the wrong way round: what it should find it takes for the most usual."
    return Verdict("chance", sentence)


def _beside_rival(best: Row, rival: Row, figure: Figure) -> Verdict:
    gain = interval(differences(best, rival, figure))
    both = f"{words(best, figure)} by {best.method}, {_number(interval(rival.figures[figure.name]).mean, figure)}"
    if gain.low > 0:
        return Verdict("worth", f"Worth it: {both} by {rival.method}, the best without the model.")
    if gain.high < 0:
        return Verdict(
            "rival", f"{rival.method} does better: {both} by {rival.method}. The model is not worth it here."
        )
    return Verdict("rival", f"{rival.method} does as well: {both} by {rival.method}. The model is not worth it here.")


def _best(rows: Sequence[Row], figure: Figure) -> Row:
    sign = 1 if figure.higher_is_better else -1
    return max(rows, key=lambda row: sign * float(np.mean(row.figures[figure.name])))


def _beside(chance: Sequence[Row], figure: Figure) -> str:
    if not chance:
        return ""
    row = _best(chance, figure)
    return f", where {row.method} has {_number(interval(row.figures[figure.name]).mean, figure)}"


def _number(value: float, figure: Figure) -> str:
    text = format(value, figure.form)
    return text.replace("-", "\u2212")


def _standard_error(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


@cache
def _quantile(count: int, share: float) -> float:
    from scipy.special import stdtrit  # noqa: PLC0415  for whoever asks

    return float(stdtrit(count - 1, share))
