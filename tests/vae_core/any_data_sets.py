"""Tiny data sets of the kinds that are not digits: in colour and not square, without labels, with a number as label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from vae_core.data.registry import DATASETS
from vae_core.data.source import DataCard, ImageShape, LabelKind, Source, Split, SplitName, images_digest
from vae_core.data.statistics import data_facts

SHAPE = (3, 12, 20)
SIZES: Mapping[SplitName, int] = {"train": 130, "held-out": 65}


def tiny_source(
    name: str,
    labels: LabelKind,
    classes: int = 0,
    sizes: Mapping[SplitName, int] = SIZES,
    shape: ImageShape = SHAPE,
) -> Source:
    """Stripes whose place and colour go by their label, or by a number."""
    splits = {split: _split(labels, classes, size, shape) for split, size in sizes.items()}
    train, held_out = splits["train"].images, splits["held-out"].images
    card = DataCard(
        name=name,
        title=name.capitalize(),
        image_shape=shape,
        classes=tuple(f"kind {number}" for number in range(classes)) or None,
        labels=labels,
        train_size=len(train),
        held_out_size=len(held_out),
        digest=images_digest(train, held_out),
        statistics=data_facts(train),
        origin="made up",
    )

    def load(split: SplitName, _root: Path) -> Split:
        return splits[split][np.arange(sizes[split])]

    return Source(card, "Made up.", load, lambda _: True, lambda _: card)


def _split(labels: LabelKind, classes: int, size: int, shape: ImageShape) -> Split:
    generator = np.random.default_rng(size)
    numbers = np.arange(size) % max(classes, 7)
    images = generator.integers(0, 60, (size, *shape), dtype=np.uint8)
    for image, number in zip(images, numbers, strict=True):
        image[number % shape[0], :, number % shape[2]] = 255
    known = numbers.astype(np.uint32) if labels == "class" else None
    columns = {"label": numbers.astype(np.float32) / 2} if labels == "number" else {}
    return Split(images, known, columns)


SOURCES = {
    "colours": tiny_source("colours", "class", 13),
    "unlabelled": tiny_source("unlabelled", "none"),
    "numbers": tiny_source("numbers", "number"),
    "tiles": tiny_source("tiles", "class", 7, {"train": 60, "held-out": 40}, (1, 6, 6)),
    "single": tiny_source("single", "class", 7, {"train": 1, "held-out": 1}),
}


@contextmanager
def known_here(name: str) -> Iterator[Source]:
    """Within it, this machine has one of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, name, SOURCES[name])
        yield SOURCES[name]
