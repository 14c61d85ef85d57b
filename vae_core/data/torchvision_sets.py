"""MNIST, Fashion-MNIST and KMNIST in torchvision's own layout, `<root>/MNIST/raw/*-ubyte`, read without torch.

Files that somebody has put there are read under the names that mirrors give them, too: see `found_files`.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from vae_core.data import formats
from vae_core.data.cards import KMNIST
from vae_core.data.source import DataCard, Pixels, Source, Split, SplitName, measured, parse_card
from vae_core.data.statistics import DataFacts
from vae_core.errors import CheckpointDamaged, DatasetDamaged, DatasetMissing

CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
FOLDERS = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}
"""torchvision's class for each of these data sets, and its folder's name."""
KEPT = "card.json"
"""Beside a data set's files: their sizes, times and card, so that only the first process has to read them all."""
_MEASURING = Lock()  # whoever comes while another measures the images waits for it, instead of doing the same
_MEASURED = ("train_size", "held_out_size", "digest", "statistics")
_NAMED = 4  # files in a sentence
_PREFIXES = {"train": "train", "held-out": "t10k"}

MNIST = DataCard(
    name="mnist",
    title="MNIST",
    image_shape=(1, 28, 28),
    classes=tuple("0123456789"),
    labels="class",
    train_size=60_000,
    held_out_size=10_000,
    digest="e0e68338ff1a7e4a594778e6b2d2e5e5869b86cf2f6a4339ef05fecc1ec50329",
    statistics=DataFacts(
        images=60000,
        mean_grey=0.12237128951580631,
        spread_grey=0.2531479675979457,
        blank_share=0.0,
        extreme_share=0.8239130102040816,
        middle_share=0.08610331632653061,
    ),
    origin="torchvision's MNIST: LeCun, Cortes & Burges",
)
FASHION_MNIST = DataCard(
    name="fashion-mnist",
    title="Fashion-MNIST",
    image_shape=(1, 28, 28),
    classes=CLOTHES,
    labels="class",
    train_size=60_000,
    held_out_size=10_000,
    origin="torchvision's FashionMNIST: Xiao, Rasul & Vollgraf 2017 (arXiv 1708.07747)",
)


def files(card: DataCard, root: Path) -> list[Path]:
    """Train images, train labels, held-out images, held-out labels, where torchvision puts them."""
    raw = root / FOLDERS[card.name] / "raw"
    return [raw / f"{p}-{kind}-ubyte" for p in _PREFIXES.values() for kind in ("images-idx3", "labels-idx1")]


def found_files(card: DataCard, root: Path) -> list[Path]:
    """The same four as they lie there, in `raw` or in the folder above, unpacked or not, and named as mirrors do.

    Where one is not there at all, where torchvision would put it.
    """
    places = (root / FOLDERS[card.name] / "raw", root / FOLDERS[card.name])
    return [
        next((path for place in places for path in _named(place, usual.name) if path.is_file()), usual)
        for usual in files(card, root)
    ]


def _named(folder: Path, name: str) -> list[Path]:
    """Names of a file: as torchvision unpacks it, with the dot of some mirrors, and either one still compressed."""
    dotted = name.replace("-idx", ".idx")
    return [folder / f"{each}{suffix}" for suffix in ("", ".gz") for each in (name, dotted)]


def is_here(card: DataCard, root: Path) -> bool:
    """Whether all four files are there."""
    return all(path.is_file() for path in found_files(card, root))


def what_lies_there(card: DataCard, root: Path) -> str:
    """While files are missing: what lies in their place, and what to do with what only lies in a wrong one.

    The end of a sentence, "" if nothing is there. A folder of all data sets may hold these files of any of them: they
    have equal names, so that nobody can tell whose they are.
    """
    usual = files(card, root)
    astray = [path.name for each in usual for path in _named(root, each.name) if path.is_file()]
    if astray:
        return f"; in {root} {_few(astray)}: if these are {card.title}'s, move them to {usual[0].parent}"
    for folder in (usual[0].parent, usual[0].parent.parent):
        with suppress(OSError):
            if found := sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")):
                return f"; in {folder} {_few(found)}, and none of these names is asked for"
    return ""


def _few(names: list[str]) -> str:
    """So many names as fit a sentence."""
    shown = ", ".join(names[:_NAMED])
    return f"{'lies' if len(names) == 1 else 'lie'} {shown}{' and others' if len(names) > _NAMED else ''}"


def load(card: DataCard, split: SplitName, root: Path) -> Split:
    """One split, in the order of its files. Raises DatasetMissing or DatasetDamaged."""
    images_path, labels_path = (p for p in found_files(card, root) if p.name.startswith(_PREFIXES[split]))
    images = _read_idx(card, root, images_path, dimensions=3)[:, None]  # (N, H, W) -> (N, C, H, W)
    labels = _read_idx(card, root, labels_path, dimensions=1)
    if images.shape[1:] != card.image_shape or len(labels) != len(images) or not len(images):
        raise formats.damaged(images_path, card.name, f"{len(labels)} images of {card.image_shape}", f"{images.shape}")
    if labels.max() >= card.class_count:
        raise DatasetDamaged(
            f"{labels_path} should hold labels from 0 to {card.class_count - 1} and holds labels from {labels.min()} "
            f"to {labels.max()}; number the classes from 0, {card.class_count} at most, or keep these images elsewhere"
        )
    return Split(images, labels.astype(np.uint32))


def card_here(card: DataCard, root: Path) -> DataCard:
    """The card of the files there now; measured once for as long as they stay as they are.

    Raises DatasetMissing or DatasetDamaged.
    """
    try:
        states = tuple(_FileState(path.stat().st_mtime_ns, path.stat().st_size) for path in found_files(card, root))
    except OSError:
        states = ()  # `load` says what is missing
    with _MEASURING:
        return _card_here(card, root, states)


class _FileState(NamedTuple):
    mtime_ns: int
    size: int


@lru_cache(maxsize=8)
def _card_here(card: DataCard, root: Path, states: tuple[_FileState, ...]) -> DataCard:
    kept, state = root / FOLDERS[card.name] / KEPT, [list(each) for each in states]
    with suppress(OSError, ValueError, TypeError, KeyError, CheckpointDamaged):
        values = json.loads(kept.read_bytes())
        found = parse_card({**card.as_json(), **{name: values["card"][name] for name in _MEASURED}}, str(kept))
        if values["files"] == state and found.digest:
            return found
    found = measured(card, load(card, "train", root).images, load(card, "held-out", root).images)
    with suppress(OSError):  # a folder that cannot be written costs the next process a second
        part = kept.with_name(f"{kept.name}.{os.getpid()}")
        part.write_text(json.dumps({"files": state, "card": _measures(found)}))
        part.replace(kept)
    return found


def _measures(card: DataCard) -> dict[str, Any]:
    """What of a card is told from its images; all else is the program's, and may be worded anew in the next."""
    return {name: value for name, value in card.as_json().items() if name in _MEASURED}


def _read_idx(card: DataCard, root: Path, path: Path, dimensions: int) -> Pixels:
    try:
        return formats.idx(formats.read_file(path, card.name), dimensions)
    except (FileNotFoundError, NotADirectoryError):
        raise DatasetMissing(
            f"{card.title} is not on this machine yet ({path} is missing{what_lies_there(card, root)}); "
            f"download it with: python -m vae_core download {card.name}"
        ) from None


def _source(card: DataCard, about: str, download_bytes: int) -> Source:
    return Source(
        card, about, partial(load, card), partial(is_here, card), partial(card_here, card), download_bytes
    )  # fmt: skip


SOURCES = (
    _source(MNIST, "70,000 handwritten digits, 28×28.", 11_594_722),
    _source(FASHION_MNIST, "70,000 clothes, 28×28.", 30_878_645),
    _source(KMNIST, "70,000 cursive Japanese characters, 28×28.", 21_240_888),
)
