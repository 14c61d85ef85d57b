"""What a sweep goes over: of each setting the values it may have, or from where to where; a grid, or random draws."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from vae_core.config import bounds, choices, in_full, parse_config, settings
from vae_core.config.typed_numbers import read_number
from vae_core.errors import ConfigInvalid
from vae_core.runs.listing.words import value_text

NOT_SWEPT = frozenset({"dataset", "left_out_class", "seed", "device"})
"""Settings that say what is learnt from, and where; seeds are a dimension of their own."""
MOST_POINTS = 500
_RANGE = re.compile(r"(.+?)(?:\.\.|…)(.+?)(\s+log)?(?:\s+(\d{1,3}))?", re.ASCII)
_SIZES = ("hidden_sizes", "channels")

Values = dict[str, Any]


@dataclass(frozen=True)
class Choices:
    """So many values, as JSON has them."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Range:
    """All numbers between two. is_log: as many between 1 and 10 as between 10 and 100. steps: of a grid, if it has."""

    low: float
    high: float
    is_log: bool = False
    is_whole: bool = False
    steps: int | None = None


Space = Mapping[str, Choices | Range]


@cache
def sweepable() -> tuple[str, ...]:
    """The settings that a sweep may go over."""
    return tuple(name for name in settings() if name not in NOT_SWEPT)


def axis_from(name: str, text: str) -> Choices | Range:
    """What people type: "0.5, 1, 2", "1e-4..1e-2 log", "0.25..8 log 6" for six of a grid, "512-256; 400" for sizes.

    Raises ConfigInvalid with a sentence.
    """
    if name not in sweepable():
        raise ConfigInvalid(f"{name!r} is nothing that a sweep goes over; choose of {', '.join(sweepable())}")
    given = text.strip()
    is_number = not choices(name) and name not in _SIZES
    found = _RANGE.fullmatch(given) if is_number else None
    if found:
        return _range(name, *found.groups())
    parts = [part.strip() for part in re.split("[;\n]" if name in _SIZES or ";" in given else "[,\n]", given)]
    values = tuple(dict.fromkeys(_value(name, part) for part in parts if part))
    if not values:
        raise ConfigInvalid(f"{name}: no values were given; type some, such as {example(name)}")
    return Choices(values)


_EXAMPLES = {
    "beta": "0.5, 1, 2, 4 or 0.25..8 log 6",
    "learning_rate": "0.0005..0.008 log 5",
    "batch_size": "64, 256, 1024",
    "epochs": "3, 6, 12",
    "gaussian_sigma": "0.05, 0.1, 0.2",
    "noise_sigma": "0.1, 0.3, 0.5",
    "ramp_share": "0.1, 0.25, 0.5",
    "free_bits_nats": "0.1, 0.25, 0.5",
    "labelled_images": "50, 100, 500",
}


def example(name: str) -> str:
    """What might be typed for a setting."""
    if name in _SIZES:
        return "512-256; 400" if name == "hidden_sizes" else "16-32; 32-64"
    if offered := choices(name):
        return ", ".join(offered[:3])
    return _EXAMPLES.get(name, "2, 4, 8")


def suggestion(name: str) -> str:
    """What a form begins with."""
    return {"beta": "0.25..8 log 6", "learning_rate": "0.0005..0.008 log 5"}.get(name, example(name))


def _range(name: str, low: str, high: str, log: str | None, steps: str | None) -> Range:
    ends = [_value(name, end.strip()) for end in (low, high)]
    if not ends[0] < ends[1]:
        raise ConfigInvalid(f"{name}: a range goes from less to more; got {low.strip()} .. {high.strip()}")
    if log and ends[0] <= 0:
        raise ConfigInvalid(f"{name}: a range with log begins above 0; got {low.strip()}")
    if steps and int(steps) < 2:
        raise ConfigInvalid(f"{name}: a range has 2 steps or more; got {steps}")
    return Range(ends[0], ends[1], bool(log), _is_whole(name), int(steps) if steps else None)


def _is_whole(name: str) -> bool:
    return settings()[name][1].annotation is int


def _value(name: str, text: str) -> Any:
    """One value of a setting as JSON has it. Raises ConfigInvalid."""
    if name in _SIZES:
        text = text.replace("-", ",")
    elif not choices(name):
        try:
            number = read_number(text, is_whole=_is_whole(name))
        except ValueError as error:
            raise ConfigInvalid(f"{name}: {error}; got {text!r}, type such as {example(name)}") from None
        low, high = bounds(name)
        if not low <= number <= high:
            raise ConfigInvalid(f"{name}: expected {in_full(low)} to {in_full(high)}; got {text}")
        return number
    try:
        return parse_config({name: text}).model_dump(mode="python")[name]
    except ConfigInvalid as error:
        if str(error).startswith(f"{name}:"):
            raise
        return text  # allowed by itself, though not beside the defaults


def grid(space: Space) -> list[Values]:
    """Every combination, the first setting changing slowest.

    Raises ConfigInvalid for a range without steps, or more than `MOST_POINTS`.
    """
    axes = {name: _steps(name, axis) for name, axis in space.items()}
    if (count := math.prod(map(len, axes.values()))) > MOST_POINTS:
        raise ConfigInvalid(f"that is {count:,} combinations; expected {MOST_POINTS} at most: take fewer, or draw some")
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def _steps(name: str, axis: Choices | Range) -> Sequence[Any]:
    if isinstance(axis, Choices):
        return axis.values
    if axis.steps is None:
        raise ConfigInvalid(
            f"{name}: a grid over a range needs to know in how many steps; type such as {example(name)}"
        )
    space = np.geomspace if axis.is_log else np.linspace
    values = [rounded(float(value), axis) for value in space(axis.low, axis.high, axis.steps)]
    return list(dict.fromkeys(values))


def drawn(space: Space, count: int, seed: int = 0) -> list[Values]:
    """So many points, each setting drawn evenly of its values, or of its range (or of its logarithm); each point once.

    Fewer where there are not so many.
    """
    chance = np.random.default_rng(seed)
    points: dict[tuple[Any, ...], Values] = {}
    for _ in range(50 * count):
        point = {name: _draw(axis, chance) for name, axis in space.items()}
        points.setdefault(tuple(point.values()), point)
        if len(points) == min(count, MOST_POINTS):
            break
    return list(points.values())


def _draw(axis: Choices | Range, chance: np.random.Generator) -> Any:
    if isinstance(axis, Choices):
        return axis.values[int(chance.integers(len(axis.values)))]
    if axis.is_log:
        return rounded(math.exp(chance.uniform(math.log(axis.low), math.log(axis.high))), axis)
    if axis.is_whole:
        return int(chance.integers(int(axis.low), int(axis.high) + 1))
    return rounded(float(chance.uniform(axis.low, axis.high)), axis)


def rounded(value: float, axis: Range) -> int | float:
    """With four digits that count: what a sweep shows can be typed again."""
    if axis.is_whole:
        return round(value)
    return min(max(float(f"{value:.4g}"), axis.low), axis.high)


def seeds_from(text: str) -> tuple[int, ...]:
    """Seeds as people type them: "0, 1, 2" or "0..4". Raises ConfigInvalid."""
    found = re.fullmatch(r"\s*(\d{1,9})\s*(?:\.\.|…)\s*(\d{1,9})\s*", text, re.ASCII)
    if found and 0 <= int(found[2]) - int(found[1]) < MOST_POINTS:
        return tuple(range(int(found[1]), int(found[2]) + 1))
    parts = [part for part in re.split(r"[\s,;]+", text.strip()) if part]
    if not parts or not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        raise ConfigInvalid(f"seeds: expected whole numbers, such as 0, 1, 2 or 0..4; got {text!r}")
    return tuple(dict.fromkeys(map(int, parts)))


def in_words(axis: Choices | Range) -> str:
    """As it is typed."""
    if isinstance(axis, Choices):
        has_parts = any(isinstance(value, list | tuple) for value in axis.values)
        return ("; " if has_parts else ", ").join(map(value_text, axis.values))
    log = " log" if axis.is_log else ""
    steps = f" {axis.steps}" if axis.steps else ""
    return f"{in_full(axis.low)}..{in_full(axis.high)}{log}{steps}"


def names_text(names: Iterable[str]) -> str:
    """Settings as a sentence has them: 'β and latent dimensions'."""
    labels = [settings()[name][0].label.partition(",")[0] for name in names]
    return " and ".join(label if label[:2].isupper() else label[0].lower() + label[1:] for label in labels)
