"""Which runs come with the project, and where they lie. Two to explore, and those that the lessons take apart."""

from __future__ import annotations

from pathlib import Path

SHIPPED = ("mnist", "digits")
"""Ids of the runs that pages list, the one to show first at the front."""
SHIPPED_ROOT = Path(__file__).parents[1] / "pretrained"

LESSON_BETAS = (0.0, 0.25, 1.0, 2.0, 4.0, 10.0, 40.0)
"""The β at which the lessons' one network was trained, from an autoencoder with noise to collapse."""


def lesson_id(beta: float) -> str:
    """The id of the lessons' model of that β: 'lesson-beta-0.25'."""
    return f"lesson-beta-{beta:g}"


LESSON_AUTOENCODER = "lesson-autoencoder"
LESSONS = (LESSON_AUTOENCODER, *map(lesson_id, LESSON_BETAS))
"""Ids of the lessons' runs; whoever has the address of one may open it, and no list shows them."""
LESSONS_ROOT = SHIPPED_ROOT / "lessons"


def directory_of(run_id: str) -> Path | None:
    """Where a run lies that came with the project; None for any other id."""
    if run_id in SHIPPED:
        return SHIPPED_ROOT / run_id
    return LESSONS_ROOT / run_id if run_id in LESSONS else None


def is_shipped(directory: Path) -> bool:
    """Whether a run directory came with the project."""
    return directory.parent in (SHIPPED_ROOT, LESSONS_ROOT)
