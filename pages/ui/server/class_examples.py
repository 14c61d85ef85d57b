"""A few images of each class of a data set, and how many there are: read once for everyone, in the background."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from pages.ui.server.background import Background
from vae_core.data import registry
from vae_core.data.source import Labels, Pixels
from vae_core.errors import DatasetDamaged

PER_ROW = 10
UNLABELLED_ROWS = 4
MOST_ROWS = 12
"""Of more classes, the first so many are shown."""
_LONGEST_SIDE = 64  # pixels of an image in the atlas; larger ones are thinned out


@dataclass(frozen=True)
class ClassExamples:
    """atlas_png: `per_row` images in each row, a row for each name, `side` pixels each. counts: images of that class.

    names: of the classes; '' for each where nothing is known of the images. more: classes beyond these.
    """

    atlas_png: bytes
    names: tuple[str, ...]
    counts: tuple[int, ...]
    per_row: int
    side: int
    more: int = 0


_examples = Background[ClassExamples]("class-examples", 16)


def ask(dataset: str) -> ClassExamples | None:
    """The training images of a data set that is on this machine; None while they are read: ask again then.

    Raises DatasetUnknown, DatasetMissing or DatasetDamaged.
    """
    return _examples.ask(_key(dataset), partial(read, dataset))


def is_ready(dataset: str) -> bool:
    """Whether `ask` has something to give or to raise, or nothing is on its way any more."""
    task = _examples.get(_key(dataset))
    return task is None or task.is_done


def _key(dataset: str) -> str:
    """Of these images and labels alone: others may come to lie under the same name."""
    try:
        card = registry.card_here(dataset)
        return f"{dataset} {card.digest} {card.labels_digest}"
    except DatasetDamaged:
        return dataset  # reading them says what is wrong


def read(dataset: str) -> ClassExamples:
    """The same, at once."""
    split, card = registry.load(dataset, "train"), registry.source(dataset).card
    return rows_of(split.images, split.labels, card.classes if card.labels == "class" else None)


def rows_of(images: Pixels, labels: Labels | None, classes: tuple[str, ...] | None) -> ClassExamples:
    """images: uint8 (N, C, H, W). labels: (N,) indices into classes; without, images from all over are shown."""
    if labels is None or not classes:
        chosen = spread(np.arange(len(images)), PER_ROW * UNLABELLED_ROWS)
        rows = [chosen[start : start + PER_ROW] for start in range(0, len(chosen), PER_ROW)]
        return ClassExamples(_atlas(images, rows), ("",) * len(rows), (0,) * len(rows), PER_ROW, max(images.shape[2:]))
    members = [np.flatnonzero(labels == label) for label in range(len(classes))][:MOST_ROWS]
    return ClassExamples(
        _atlas(images, [spread(indices, PER_ROW) for indices in members]),
        classes[:MOST_ROWS],
        tuple(map(len, members)),
        PER_ROW,
        max(images.shape[2:]),
        more=len(classes) - len(members),
    )


def thinning(shape: tuple[int, ...]) -> int:
    """Of images (C, H, W), every how many rows and columns a small picture of them takes."""
    return max(1, -(-max(shape[1:]) // _LONGEST_SIDE))


def spread(indices: npt.NDArray[np.intp], count: int) -> npt.NDArray[np.intp]:
    """So many of them, evenly spaced; all, if there are fewer."""
    return indices if len(indices) <= count else indices[np.arange(count) * len(indices) // count]


def _atlas(images: Pixels, rows: list[npt.NDArray[np.intp]]) -> bytes:
    """The images of each row of indices, `PER_ROW` at most, as one PNG; between them the ground is seen."""
    thin = thinning(images.shape[1:])
    _, channels, height, width = images[:1, :, ::thin, ::thin].shape
    gap = max(1, min(height, width) // 14)
    shape = (len(rows), height + gap, PER_ROW, width + gap, channels + 1)  # of the last, the alpha
    atlas = np.zeros(shape, dtype=np.uint8)
    for row, indices in enumerate(rows):
        chosen = images[indices][:, :, ::thin, ::thin]  # (n, C, H, W)
        atlas[row, :height, : len(indices), :width, :-1] = chosen.transpose(2, 0, 3, 1)
        atlas[row, :height, : len(indices), :width, -1] = 255
    return png(atlas.reshape(len(rows) * (height + gap), PER_ROW * (width + gap), channels + 1))


def png(pixels: Pixels) -> bytes:
    """uint8 (H, W, C) as a PNG: grey, grey and alpha, RGB, RGB and alpha; of other numbers of channels the first."""
    from PIL import Image  # noqa: PLC0415  30 ms that a page without pictures need not spend

    written = io.BytesIO()
    Image.fromarray(pixels if pixels.shape[2] in (2, 3, 4) else pixels[..., 0]).save(written, "png", optimize=True)
    return written.getvalue()
