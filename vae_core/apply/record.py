"""What comes of putting a model to use: figures over repeats, a verdict, pictures and files. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["ours", "rival", "chance"]
"""Whose method it is: the model's; one that does without it; or what guessing, or doing nothing, gives."""
Kind = Literal["chance", "rival", "worth", "none"]
"""What the verdict comes to: no better than chance; a rival does as well, or better; worth it; nothing to judge."""


@dataclass(frozen=True)
class Figure:
    """What is measured. form: as Python formats it (".3f"). about: what it means, how to read it, and its source."""

    name: str
    title: str
    about: str
    form: str = ".3f"
    unit: str = ""
    higher_is_better: bool = True


@dataclass(frozen=True)
class Row:
    """One method's figures: for each figure's name a value for each repeat, all in the same order; () for none."""

    method: str
    role: Role
    figures: Mapping[str, tuple[float, ...]]
    about: str = ""


@dataclass(frozen=True)
class Verdict:
    """In a plain sentence."""

    kind: Kind
    sentence: str


@dataclass(frozen=True)
class Series:
    """Points, or a line through them. labels: of each point, a class's number; () for none."""

    title: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    role: Role = "ours"
    labels: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plot:
    """Lines over each other, or maps of points side by side. x_title, y_title: of the axes of lines."""

    title: str
    kind: Literal["lines", "maps"]
    series: tuple[Series, ...]
    x_title: str = ""
    y_title: str = ""
    about: str = ""


@dataclass(frozen=True)
class Picture:
    """A PNG among the files, to be shown. width: in pixels, as it is shown."""

    file: str
    title: str
    caption: str = ""


@dataclass(frozen=True)
class TakeAway:
    """A file to take away: its name, and what is in it."""

    file: str
    about: str


@dataclass(frozen=True)
class Result:
    """What a part has found. repeats: over what the values of each figure are, "five folds of the held-out images".

    judged: the figure that the verdict speaks of. notes: sentences on what was left out, or should be known.
    """

    part: str
    title: str
    run: str
    settings: Mapping[str, str]
    figures: tuple[Figure, ...]
    rows: tuple[Row, ...]
    verdict: Verdict
    repeats: str
    judged: str
    notes: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    pictures: tuple[Picture, ...] = ()
    take_away: tuple[TakeAway, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Made:
    """A result, and the files that it names, by their names."""

    result: Result
    files: Mapping[str, bytes] = field(default_factory=dict)
