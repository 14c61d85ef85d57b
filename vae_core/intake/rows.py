"""Pictures that lie in a file one after the other, read and not mapped: mapped pages count as memory that is taken."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import IO

import numpy as np
import numpy.typing as npt

from vae_core.data.source import ImageShape, Pixels

_FAR = 8  # rows: what lies closer is read along


@dataclass(frozen=True)
class RowsOfFile:
    """Some pictures of a file without a head, uint8 (C, H, W) each. rows: which, in ascending order."""

    file: IO[bytes]
    shape: ImageShape
    rows: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, indices: npt.NDArray[np.intp]) -> Pixels:
        """uint8 (n, C, H, W); what lies close together is read in one go."""
        rows = self.rows[indices]
        pixels = np.empty((len(rows), *self.shape), np.uint8)
        starts = np.flatnonzero(np.diff(rows, prepend=rows[:1] - _FAR) >= _FAR)
        for start, stop in pairwise([*starts.tolist(), len(rows)]):
            first, count = int(rows[start]), int(rows[stop - 1] - rows[start]) + 1
            self.file.seek(first * prod(self.shape))
            read = np.frombuffer(self.file.read(count * prod(self.shape)), np.uint8)
            pixels[start:stop] = read.reshape(count, *self.shape)[rows[start:stop] - first]
        return pixels
