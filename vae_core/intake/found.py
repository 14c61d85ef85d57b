"""What every way in has found, before any of it is decoded: which pictures, of which classes, and how to get them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vae_core.data.source import Pixels, SplitName
from vae_core.errors import DataRefused
from vae_core.intake.decoding import Decoded, Progress
from vae_core.intake.pictures import LARGEST, SMALLEST, Preparation, ValueRange

MOST_IMAGES = 1_000_000
MOST_BYTES = 8 * 2**30
"""Of a data set that is kept."""
USUAL_SIDES = (8, 16, 28, 32, 48, 64, 96, 128)
"""Sides that pictures of many sizes are brought to."""


class Pictures(Protocol):
    """Where the pixels come from."""

    def write(self, target: Path, wanted: Preparation, progress: Progress) -> Decoded:
        """Writes all pictures into a file: row i, uint8 (C, H, W), is picture i. Raises DataRefused."""

    def sample(self, rows: Sequence[int], wanted: Preparation) -> tuple[Pixels, npt.NDArray[np.bool_]]:
        """Some of them, uint8 (n, C, H, W), and which of these could be read. Raises DataRefused."""


@dataclass(frozen=True)
class Found:
    """N pictures. names: of each, unique. labels: of each, "" for none; None where there are no classes.

    sides: that folders or keys name, None where there are none. columns: what else is known of each, (N,). skipped:
    {name: why} of what is no picture. suggested: what becomes of them unless somebody says otherwise. notes: sentences
    about how they were read. properties: names of those columns that say whether a picture has one of several, 0 or 1,
    where these are its label; a number that is its label is the column "label". extent: the smallest and the largest
    number of arrays and tables.
    """

    pictures: Pictures
    names: Sequence[str]
    suggested: Preparation
    labels: Sequence[str] | None = None
    sides: Sequence[SplitName | None] | None = None
    columns: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    properties: Sequence[str] = ()
    extent: ValueRange | None = None

    def expect_room(self, wanted: Preparation) -> None:
        """Raises DataRefused for more than `MOST_IMAGES` or `MOST_BYTES`, with the sum."""
        count, each = len(self.names), int(np.prod(wanted.image_shape))
        if count > MOST_IMAGES or count * each > MOST_BYTES:
            raise DataRefused(
                f"{count:,} pictures of {each:,} bytes are {count * each / 2**30:.1f} GiB; expected at most "
                f"{MOST_IMAGES:,} and {MOST_BYTES // 2**30} GiB: take a smaller size, or fewer of them"
            )


def suggested_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """(height, width) for pictures of these sizes: their own if all are alike and small, else a usual square below."""
    if len(set(sizes)) == 1 and all(SMALLEST <= side <= LARGEST for side in sizes[0]):
        return sizes[0]
    middle = sorted(min(size) for size in sizes)[len(sizes) // 2]
    side = max((usual for usual in USUAL_SIDES if usual <= min(middle, 64)), default=SMALLEST)
    return (side, side)
