"""Pictures that lie in a file one after the other, read and not mapped: mapped pages count as memory that is taken."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt

from vae_core.data.source import ImageShape, Pixels


@dataclass(frozen=True)
class RowsOfFile:
    """Some pictures of a file without a head, uint8 (C, H, W) each. rows: which, in the order that they have."""

    file: IO[bytes]
    shape: ImageShape
    rows: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, indices: npt.NDArray[np.intp]) -> Pixels:
        """uint8 (n, C, H, W); neighbours are read in one go."""
        rows = self.rows[indices]
        pixels = np.empty((len(rows), *self.shape), np.uint8)
        starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(rows)], strict=True):
            self.file.seek(int(rows[start]) * int(np.prod(self.shape)), os.SEEK_SET)
            self.file.readinto(pixels[start:stop].data)  # type: ignore[attr-defined]
        return pixels
