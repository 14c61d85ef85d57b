"""Pictures that are drawn here, with the factors that made them as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from vae_core.data.shapes import DRAWINGS, SHAPES, SIDE, Drawing
from vae_core.data.source import Pixels
from vae_core.errors import DataRefused
from vae_core.intake.decoding import Decoded, Progress, write_all
from vae_core.intake.found import MOST_IMAGES, Found
from vae_core.intake.pictures import Preparation, resized

_AT_ONCE = 256


@dataclass(frozen=True)
class DrawnPictures:
    """The first so many pictures of a seed."""

    drawing: Drawing
    count: int
    seed: int

    def write(self, target: Path, wanted: Preparation, progress: Progress) -> Decoded:
        """As `Pictures`."""
        starts = range(0, self.count, _AT_ONCE)
        pieces = (np.arange(start, min(start + _AT_ONCE, self.count)) for start in starts)
        return write_all(target, self.count, (self._prepared(rows, wanted) for rows in pieces), progress)

    def sample(self, rows: Sequence[int], wanted: Preparation) -> tuple[Pixels, npt.NDArray[np.bool_]]:
        """As `Pictures`."""
        return self._prepared(np.array(rows, np.intp), wanted), np.ones(len(rows), np.bool_)

    def _prepared(self, rows: npt.NDArray[np.intp], wanted: Preparation) -> Pixels:
        images = self.drawing.draw(self.drawing.factors(rows, self.seed))
        if wanted.image_shape == images.shape[1:] and not wanted.inverted:
            return np.ascontiguousarray(images)
        # several arrays in one order of axes are stacked in that order, and a file needs the usual one
        return np.ascontiguousarray([resized(Image.fromarray(image.transpose(1, 2, 0)), wanted) for image in images])


def draw(name: str, count: int, seed: int = 0) -> Found:
    """So many pictures of one of `DRAWINGS`. Shapes are classes. Raises DataRefused."""
    if name not in DRAWINGS:
        raise DataRefused(f"no pictures called {name!r} can be drawn; choose one of {', '.join(DRAWINGS)}")
    if not 2 <= count <= MOST_IMAGES:
        raise DataRefused(f"expected 2 to {MOST_IMAGES:,} pictures, got {count:,}; take another number")
    drawing = DRAWINGS[name]
    factors = drawing.factors(np.arange(count), seed)
    kinds = factors.get("shape")
    return Found(
        DrawnPictures(drawing, count, seed),
        names=[f"{name}-{seed}[{row}]" for row in range(count)],
        suggested=Preparation((SIDE, SIDE), colour=True),
        labels=None if kinds is None else [SHAPES[int(kind)] for kind in kinds],
        columns=factors,
        notes=[f"Drawn from seed {seed}; known factors: {', '.join(factors)}."],
    )
