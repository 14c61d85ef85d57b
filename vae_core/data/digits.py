"""Digits: 1,797 small handwritten digits that come with scikit-learn and need no network."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vae_core.data.source import DataCard, Labels, Pixels, Source, Split, SplitName, measured
from vae_core.data.statistics import DataFacts

CARD = DataCard(
    name="digits",
    title="Digits",
    image_shape=(1, 8, 8),
    classes=tuple("0123456789"),
    labels="class",
    train_size=1500,
    held_out_size=297,
    digest="4c133ca827ee1de0cbb03fc691d6f25bb8b3bfc67f38d0af7583409ceb585a38",
    statistics=DataFacts(
        images=1500,
        mean_grey=0.3053987336601307,
        spread_grey=0.2707685337137256,
        blank_share=0.0,
        extreme_share=0.5801458333333334,
        middle_share=0.34697916666666667,
    ),
    origin="scikit-learn's load_digits: the test set of UCI's Optical Recognition of Handwritten Digits",
)
_FILE_SHA256 = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
"""Of scikit-learn's own file, from which the card's digest was computed."""


def load(split: SplitName, _root: Path | None = None) -> Split:
    """One split, the caller's own."""
    images, labels, is_held_out = _everything()
    return Split(images, labels)[is_held_out == (split == "held-out")]


@cache
def card_here(_root: Path | None = None) -> DataCard:
    """The card of the images here; told by the file alone where it is the one that is known, which takes no time."""
    path = _file()
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == _FILE_SHA256:
        return CARD
    return measured(CARD, load("train").images, load("held-out").images)


@lru_cache(maxsize=1)
def _everything() -> tuple[Pixels, Labels, npt.NDArray[np.bool_]]:
    """Images (1797, 1, 8, 8), labels (1797,), and which are held out: evenly spaced among those of each label."""
    table = _table()
    images = np.rint(table[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)  # (N, 64) -> (N, 1, 8, 8)
    labels = table[:, -1].astype(np.uint32)
    is_held_out = np.zeros(len(labels), dtype=np.bool_)
    size = CARD.held_out_size
    is_held_out[np.argsort(labels, kind="stable")[(2 * np.arange(size) + 1) * len(labels) // (2 * size)]] = True
    return images, labels, is_held_out


def _table() -> npt.NDArray[np.float64]:
    """(1797, 65): 64 pixels 0..16 and a label. Importing scikit-learn takes 2 s and 80 MB, its file 0.1 s."""
    if _file().is_file():
        return np.loadtxt(_file(), delimiter=",", dtype=np.float64)
    from sklearn.datasets import load_digits  # noqa: PLC0415  (only where the file has moved)

    return np.column_stack(load_digits(return_X_y=True))


def _file() -> Path:
    package = find_spec("sklearn")
    return Path((package and package.origin) or "").parent / "datasets/data/digits.csv.gz"


SOURCE = Source(
    CARD,
    about="1,797 handwritten digits, 8×8; offline.",
    load=load,
    is_here=lambda _root: True,
    card_here=card_here,
)
