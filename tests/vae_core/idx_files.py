"""Small data sets in MNIST's own files, for the tests of who finds, reads and shows images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

NAMES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]


def idx(array: npt.NDArray[Any]) -> bytes:
    """Bytes as an IDX file."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes() + array.tobytes()


def small_files(
    train: int = 7, held_out: int = 3, *, seed: int = 0, labels: tuple[int, int] = (0, 9)
) -> dict[str, bytes]:
    """MNIST's four files with so many images, of noise. labels: the least and the greatest that there may be."""
    rng = np.random.default_rng(seed)
    counts = (train, train, held_out, held_out)
    low, high = labels
    return {
        name: idx(
            rng.integers(low, high + 1, count, np.uint8)
            if "labels" in name
            else rng.integers(0, 256, (count, 28, 28), np.uint8)
        )
        for name, count in zip(NAMES, counts, strict=True)
    }


def write(root: Path, files: Mapping[str, bytes], folder: str = "MNIST/raw") -> Path:
    """The files, where torchvision puts them or elsewhere below root; their folder."""
    raw = root / folder
    raw.mkdir(parents=True)
    for name, content in files.items():
        (raw / name).write_bytes(content)
    return raw
