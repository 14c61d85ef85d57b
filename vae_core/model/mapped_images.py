"""Images that stay in their file: a training of a million holds no more of them than a batch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.data.source import Pixels

Indices = npt.NDArray[np.intp]


class MappedImages:
    """Uint8 (N, C, H, W) in a file, on the CPU, of which rows are read as they are asked for: as much of a tensor as
    training and evaluation use.

    Not by the map itself: the system would keep each page that is touched, and as many around it as it likes to, until
    all of the file counts as this process's memory. What is read stays in the system's own cache, from where it comes
    again in microseconds.
    """

    device = torch.device("cpu")

    def __init__(self, images: np.memmap[Any, np.dtype[np.uint8]], chosen: Indices | None = None) -> None:
        """images: whose rows lie one after the other. chosen: those that are meant, in order; all, unless given."""
        whole = images
        while isinstance(whole.base, np.memmap):
            whole = whole.base
        self._chosen = chosen
        self._shape = (len(images if chosen is None else chosen), *images.shape[1:])
        self._row_bytes = images[:1].nbytes
        self._start = whole.offset + images.ctypes.data - whole.ctypes.data
        self._file = os.open(str(whole.filename), os.O_RDONLY)

    def __len__(self) -> int:
        return int(self._shape[0])

    @property
    def shape(self) -> torch.Size:
        """(N, C, H, W)"""
        return torch.Size(self._shape)

    def index_select(self, _dim: int, rows: Tensor) -> Tensor:
        """The images of these rows, int64 (n,): uint8 (n, C, H, W)."""
        made = np.empty((len(rows), *self._shape[1:]), np.uint8)
        places = rows.numpy() if self._chosen is None else self._chosen[rows.numpy()]
        for image, place in zip(made, places.tolist(), strict=True):
            self._read(image, place)
        return torch.from_numpy(made)

    def __getitem__(self, rows: Tensor) -> Tensor:
        return self.index_select(0, rows)

    def split(self, size: int) -> Iterator[Tensor]:
        """All of them, size at a time."""
        for start in range(0, len(self), size):
            stop = min(start + size, len(self))
            if self._chosen is not None:
                yield self.index_select(0, torch.arange(start, stop))
                continue
            made = np.empty((stop - start, *self._shape[1:]), np.uint8)
            self._read(made, start)
            yield torch.from_numpy(made)

    def _read(self, target: Pixels, row: int) -> None:
        got = os.preadv(self._file, [target.data], self._start + row * self._row_bytes)
        if got != target.nbytes:
            raise OSError(f"the images' file ends at row {row}")

    def __del__(self) -> None:
        os.close(self._file)


Images = Tensor | MappedImages
"""Uint8 (N, C, H, W)."""
SMALL = 64 * 2**20
"""Bytes of images that may as well be held."""


def as_images(images: Pixels, device: torch.device, chosen: Indices | None = None) -> Images:
    """A tensor on a device, or, of many that lie in a file and stay on the CPU, the file. chosen: all, unless given."""
    if isinstance(images, np.memmap) and is_mapped(images) and device.type == "cpu":
        return MappedImages(images, chosen)
    return torch.from_numpy(images if chosen is None else images[chosen]).to(device)


def is_mapped(images: Pixels) -> bool:
    """Whether images lie in a file, and are many."""
    is_in_file = isinstance(images, np.memmap) and images.flags.c_contiguous and hasattr(os, "preadv")
    return is_in_file and images.nbytes > SMALL
