"""Where labels come from: drawn from the data set's own, or given to images inside outlines on the map. No torch."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from vae_core.apply import sources
from vae_core.data.source import DataCard
from vae_core.errors import ConfigInvalid
from vae_core.runs import Run

DRAWN, MAP = "drawn", "map"
COUNTS = {str(count): f"{count} a class" for count in (1, 5, 10, 100)}
"""How many labels are drawn: value to what it is called."""
MOST_OUTLINES = 40
_CORNER = r"-?\d{1,7}(\.\d{1,3})?,-?\d{1,7}(\.\d{1,3})?"
_ONE = rf"\d{{1,3}}:{_CORNER}(,{_CORNER}){{2,23}}"
OUTLINES = rf"({_ONE}(;{_ONE}){{0,{MOST_OUTLINES - 1}}})?"
"""CLASS:x,y,x,y,…;CLASS:x,y,…: classes by their numbers, and outlines on the map; "" for none."""


def kinds(run: Run) -> dict[str, str]:
    """What may be chosen: value to what it is called."""
    given = {MAP: "Given on the map"}
    return {DRAWN: "Drawn from the data set's own"} | given if run.card.class_count else given


def why_not(run: Run) -> str:
    """Why a run's images cannot be told apart by few labels, in a sentence; "" if they can."""
    if run.config.is_conditional and not run.config.family.infers_labels:
        return (
            "This model is told each image's class before it encodes it, so that its latent space says what it was "
            "told; choose a run without labels."
        )
    return sources.why_not(run)


def expect_classes(card: DataCard) -> None:
    """Raises ConfigInvalid where images are of no class."""
    if not card.class_count:
        raise ConfigInvalid(f"labels: images of {card.title} are of no class; give labels on the map")


def labelled(run: Run, mu: npt.NDArray[np.floating], outlines: str) -> npt.NDArray[np.int64]:
    """The number of the class that each of the means (N, D) was given, −1 where none: (N,)

    Of images inside several outlines the last one counts. Raises ConfigInvalid for outlines that cannot be read, and
    for a class that the data set does not have.
    """
    if not re.fullmatch(OUTLINES, outlines, re.ASCII):
        raise ConfigInvalid(f"outlines: expected CLASS:x,y,x,y,…;CLASS:… and got {outlines[:40]!r}; draw them anew")
    labels = np.full(len(mu), -1, dtype=np.int64)
    for number, outline in parsed(outlines):
        if run.card.classes and run.card.class_count and number >= run.card.class_count:
            raise ConfigInvalid(
                f"outlines: {run.card.title} has classes 0 to {run.card.class_count - 1} and an outline is of class "
                f"{number}; draw it anew"
            )
        labels[sources.inside(run, mu, outline)] = number
    return labels


def parsed(outlines: str) -> list[tuple[int, str]]:
    """(class, corners) of each outline, in order."""
    pairs = (each.split(":") for each in outlines.split(";") if each)
    return [(int(number), corners) for number, corners in pairs]


def written(outlines: list[tuple[int, str]]) -> str:
    """What `parsed` reads."""
    return ";".join(f"{number}:{corners}" for number, corners in outlines)


def group_names(count: int) -> tuple[str, ...]:
    """Of classes that nobody named."""
    return tuple(f"Group {number}" for number in range(1, count + 1))
