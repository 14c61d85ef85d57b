"""What else a data set knows of each image, as numbers that a map of one dimension can stand its points at."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pages.ui.server import images
from vae_core import runs
from vae_core.data import registry
from vae_core.data.source import DataCard, SplitName
from vae_core.errors import ConfigInvalid


@lru_cache(maxsize=4)
def _columns(card: DataCard, split: SplitName) -> dict[str, npt.NDArray[np.float32]]:
    found = registry.images_of(card, split).columns
    return {name: np.asarray(each, np.float32) for name, each in found.items() if each.ndim == 1 and _is_number(each)}


def _is_number(values: npt.NDArray[np.generic]) -> bool:
    return bool(np.issubdtype(values.dtype, np.number) or np.issubdtype(values.dtype, np.bool_))


def names(run: runs.Run) -> list[str]:
    """Of the columns with a number for each image; [] while the run's images are not on this machine."""
    return list(_columns(images.expect_images(run), "held-out")) if images.has_images(run) else []


def values(run: runs.Run, name: str, split: SplitName) -> bytes:
    """A column's float32 numbers, image by image in the split's own order. Raises ConfigInvalid or DatasetMissing."""
    known = _columns(images.expect_images(run), split)
    if name not in known:
        raise ConfigInvalid(f"name: {run.card.title} has no column {name[:40]!r}; ask for one of {', '.join(known)}")
    return known[name].tobytes()
