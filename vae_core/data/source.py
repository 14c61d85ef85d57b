"""What a data set is: a card that says all that is known of it, and a source that gives its images.

Every run keeps a copy of its data set's card, and is opened, drawn, exported and gone on with by that copy alone; a
source is asked only where images are wanted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, replace
from functools import cache
from itertools import combinations
from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass as checked_dataclass

from vae_core.data.statistics import DataFacts, data_facts
from vae_core.errors import CheckpointDamaged

SplitName = Literal["train", "held-out", "all"]
LabelKind = Literal["none", "class", "several", "number"]
"""What is known of an image: nothing, its one class, which of several properties it has, or a number."""
ImageShape = tuple[int, int, int]  # C, H, W
Pixels = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint32]

MOST_VALUES = 2**22
"""Numbers in an image, at most: a colour picture of a thousand pixels squared."""
MOST_CLASSES = 1000
"""What the addresses of pages have room for."""
_Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Side = Annotated[int, Field(ge=1, le=MOST_VALUES)]


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class DataCard:
    """What is known of a data set without its images. image_shape: (C, H, W). sizes: images in each split.

    classes: the names of the classes, or of the several properties; None where labels are none or numbers.
    digest: see `images_digest`; None where nobody has computed it. statistics: of the training images. origin: where
    they come from, in words. labels_digest: see `digest_of_labels`; None without classes, or where nobody computed it.
    Raises pydantic's ValidationError (see `parse_card`) for what no data set can be.
    """

    name: _Words
    title: _Words
    image_shape: tuple[_Side, _Side, _Side]
    classes: Annotated[tuple[_Words, ...], Field(min_length=1, max_length=MOST_CLASSES)] | None
    labels: LabelKind
    train_size: Annotated[int, Field(ge=1)]
    held_out_size: Annotated[int, Field(ge=1)]
    digest: _Digest | None = None
    statistics: DataFacts | None = None
    origin: Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    labels_digest: _Digest | None = None

    @model_validator(mode="after")
    def _is_of_a_piece(self) -> DataCard:
        if (self.classes is not None) != (self.labels in ("class", "several")):
            raise ValueError(f"labels of kind {self.labels!r} and classes do not go together")
        if prod(self.image_shape) > MOST_VALUES:
            raise ValueError(f"an image has at most {MOST_VALUES} values")
        if self.classes is not None and len(set(self.classes)) < len(self.classes):
            raise ValueError("two classes have one name")
        return self

    @property
    def class_count(self) -> int:
        """How many classes an image may be of; 0 where it is not of one."""
        return len(self.classes) if self.classes is not None and self.labels == "class" else 0

    def size(self, split: SplitName) -> int:
        """Images in a split."""
        sizes = {"train": self.train_size, "held-out": self.held_out_size}
        return sizes[split] if split in sizes else sum(sizes.values())

    def has_images_of(self, other: DataCard) -> bool:
        """Whether two cards describe the same images: by their digests, or, where one has none, by all else there is.

        That is name, shape and number of the training images, and their statistics; without those, all sizes.
        """
        if self.digest and other.digest:
            return self.digest == other.digest
        outlines = [(card.name, card.image_shape, card.train_size) for card in (self, other)]
        if outlines[0] != outlines[1]:
            return False
        if self.statistics and other.statistics:
            return bool(np.allclose(astuple(self.statistics), astuple(other.statistics), rtol=1e-6, atol=1e-9))
        return self.held_out_size == other.held_out_size

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, from which `parse_card` makes an equal card."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        if self.labels_digest is None:  # cards from before there was one stay as they are
            del values["labels_digest"]
        return values


def are_of_the_same_images(cards: Sequence[DataCard]) -> bool:
    """Whether all of these describe the same images, see `DataCard.has_images_of`."""
    return all(one.has_images_of(other) for one, other in combinations(cards, 2))


@cache
def _adapter() -> TypeAdapter[DataCard]:
    return TypeAdapter(DataCard)


def parse_card(values: object, what: str) -> DataCard:
    """A card from untrusted JSON. Raises CheckpointDamaged, which names what and the first field that is wrong."""
    try:
        return _adapter().validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        field_name = ".".join(str(part) for part in first["loc"]) or "its content"
        reason = first["msg"].removeprefix("Value error, ")
        raise CheckpointDamaged(f"{what}: {field_name} is wrong ({reason}); copy the run again") from None


@dataclass(frozen=True)
class Split:
    """images: uint8 (N, C, H, W), 0 (black) to 255. labels: uint32 (N,), index into the card's classes; None without.

    columns: what else is known of each image, by name: (N,), or (N, K) for several properties. A number that is an
    image's label is the column "label", float32.
    """

    images: Pixels
    labels: Labels | None = None
    columns: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def __getitem__(self, rows: npt.NDArray[Any]) -> Split:
        """Some of its images, by their indices or by a mask."""
        labels = None if self.labels is None else self.labels[rows]
        return Split(self.images[rows], labels, {name: column[rows] for name, column in self.columns.items()})


def joined(first: Split, second: Split) -> Split:
    """The images of one split, then those of the other, of the same data set."""
    are_known = first.labels is not None and second.labels is not None
    return Split(
        np.concatenate([first.images, second.images]),
        np.concatenate([first.labels, second.labels]) if are_known else None,
        {name: np.concatenate([column, second.columns[name]]) for name, column in first.columns.items()},
    )


@dataclass(frozen=True)
class Source:
    """A data set that this program can find. about: one sentence. download_bytes: 0 if it needs no download. is_mapped:
    whether its images stay in their file, and are no part of the memory that a training needs.

    load: one split, "train" or "held-out"; the caller owns the arrays. is_here: whether `load` finds its files, by
    their presence alone. card_here: its card as what lies there now asks for (see `measured`). Each is given the folder
    of the data sets, and raises DatasetMissing or DatasetDamaged.
    """

    card: DataCard
    about: str
    load: Callable[[SplitName, Path], Split]
    is_here: Callable[[Path], bool]
    card_here: Callable[[Path], DataCard]
    download_bytes: int = 0
    is_mapped: bool = False


def images_digest(train: Pixels, held_out: Pixels) -> str:
    """The SHA-256, in hexadecimal, of the shapes and pixels of both splits: equal only for the same images in order."""
    return digest_of_pieces([(images.shape, [images]) for images in (train, held_out)])


def digest_of_pieces(splits: Iterable[tuple[tuple[int, ...], Iterable[Pixels]]]) -> str:
    """As `images_digest`, of (its shape, its images piece by piece) of each split."""
    digest = hashlib.sha256()
    for shape, pieces in splits:
        digest.update(repr(shape).encode())
        for images in pieces:
            digest.update(np.ascontiguousarray(images).data)
    return digest.hexdigest()


def digest_of_labels(labels: Labels) -> str:
    """The SHA-256, in hexadecimal, of labels (N,), whatever their classes are called."""
    return hashlib.sha256(labels.astype("<u4").tobytes()).hexdigest()


def measured(card: DataCard, train: Pixels, held_out: Pixels) -> DataCard:
    """The card of these images: as given if they are the ones it describes, else with all that is told from images."""
    digest = images_digest(train, held_out)
    if digest == card.digest:
        return card
    return replace(
        card, train_size=len(train), held_out_size=len(held_out), digest=digest, statistics=data_facts(train)
    )  # fmt: skip
