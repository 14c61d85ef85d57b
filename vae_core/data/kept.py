"""Data sets that people have added, kept as plain numbers: one folder for each, under the digest of its images.

Where the same images were added with other labels, too, the beginning of those labels' digest is in the folder's name.

    <root>/kept/<digest>/card.json     what is known of it (`DataCard`), and its name
                         images.npy    uint8 (N, C, H, W): training images, then those held out
                         labels.npy    uint32 (N,); not where images have no class
                         columns.npz   what else is known of each image, by name
                         report.json   how it came in: what was done, and what was skipped
                         files.csv     file by file, why: all that was skipped, or is there twice

Images are mapped from the file, not read into memory. The same images and labels added twice are one data set.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.data import cards, generated
from vae_core.data.source import DataCard, Labels, Pixels, Source, Split, SplitName, digest_of_labels, parse_card
from vae_core.errors import CheckpointDamaged, DatasetDamaged, DatasetMissing, DatasetUnknown

FOLDER = "kept"
CARD, IMAGES, LABELS, COLUMNS, REPORT = "card.json", "images.npy", "labels.npy", "columns.npz", "report.json"
FILES = "files.csv"
MOST_LETTERS = 60
"""Of a data set's name, as commands and addresses have it."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DIRECTORY = re.compile(r"[0-9a-f]{64}(-[0-9a-f]{16})?")
_BESIDES = 4096  # bytes of a file of images that are not pixels, at most


@dataclass(frozen=True)
class Kept:
    """One of them. directory: where it lies."""

    card: DataCard
    directory: Path

    @property
    def id(self) -> str:
        """What tells it from all others, and stays when it is renamed."""
        return self.directory.name

    @property
    def labels_digest(self) -> str | None:
        """See `digest_of_labels`; told from the labels themselves where its card is from before cards said it."""
        if self.card.labels_digest or not self.card.class_count:
            return self.card.labels_digest
        return digest_of_labels(np.load(self.directory / LABELS, allow_pickle=False))

    @property
    def bytes(self) -> int:
        """On the disk."""
        return sum(path.stat().st_size for path in self.directory.iterdir())

    @property
    def report(self) -> dict[str, Any]:
        """How it came in; {} where that was not written down."""
        with suppress(OSError, ValueError):
            values = json.loads((self.directory / REPORT).read_bytes())
            return values if isinstance(values, dict) else {}
        return {}


def kinds(card: DataCard) -> str:
    """What is known of each image, in words."""
    if card.labels == "number":
        return "a number each"
    if not card.classes:
        return "no classes"
    return f"{len(card.classes)} {'classes' if card.labels == 'class' else 'properties'}"


def name_from(title: str) -> str:
    """A data set's name, of small letters, digits and hyphens, from what people call it: "My cats" is my-cats."""
    plain = re.sub(r"[^\w]+|_+", "-", title.casefold()).strip("-")[:MOST_LETTERS].strip("-")
    return plain or "data"


def everything(root: Path) -> list[Kept]:
    """All of them, by name. What cannot be read is passed over."""
    found = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for directory in (root / FOLDER).iterdir():
            if _DIRECTORY.fullmatch(directory.name):
                with suppress(OSError, ValueError, CheckpointDamaged):
                    found.append(_opened(directory))
    return sorted(found, key=lambda each: each.card.name)


def find(root: Path, name: str) -> Kept:
    """The one of a name. Raises DatasetUnknown."""
    for each in everything(root):
        if each.card.name == name:
            return each
    known = ", ".join(each.card.name for each in everything(root)) or "none yet"
    raise DatasetUnknown(f"no data set that was added is called {name!r}; there are: {known}")


def with_images_of(root: Path, card: DataCard) -> Kept | None:
    """The one of a card's images and labels, whatever it is called now; else one of its images and as many classes."""
    found = [each for each in _with_digest(root, card.digest) if each.card.class_count == card.class_count]
    alike = [each for each in found if each.card.labels_digest == card.labels_digest]
    alike = alike or [each for each in found if each.card.classes == card.classes]
    return next(iter(alike or found), None)


def _with_digest(root: Path, digest: str | None) -> list[Kept]:
    if not digest or not _DIGEST.fullmatch(digest):
        return []
    places = [root / FOLDER / digest, *sorted((root / FOLDER).glob(f"{digest}-*"))]
    return [found for place in places if (found := opened_if_whole(place))]


def opened_if_whole(directory: Path) -> Kept | None:
    """What lies in a folder of this layout; None if that is none, or is not whole."""
    if (directory / CARD).is_file() and (directory / IMAGES).is_file():
        with suppress(OSError, ValueError, CheckpointDamaged):
            return _opened(directory)
    return None


def source_of(kept: Kept) -> Source:
    """To load it as any other data set."""
    card = kept.card
    classes = f", {kinds(card)}" if card.labels != "none" else ""
    size = card.size("all")
    whose = "generated pictures" if generated.is_generated(card) else "pictures of yours"
    return Source(
        card,
        about=f"{size:,} {whose}, {card.image_shape[1]}×{card.image_shape[2]}{classes}.",
        load=lambda split, _root: load(kept.directory, card, split),
        is_here=lambda _root: (kept.directory / IMAGES).is_file(),
        card_here=lambda _root: card,
        is_mapped=True,
    )


def load(directory: Path, card: DataCard, split: SplitName, advice: str = "add them again") -> Split:
    """A split from a folder of this layout. The images are mapped: a change to them is the caller's own.

    Raises DatasetMissing or DatasetDamaged, whose sentence ends with the advice.
    """
    rows = slice(None, card.train_size) if split == "train" else slice(card.train_size, None)
    try:
        images: Pixels = np.load(directory / IMAGES, mmap_mode="c", allow_pickle=False)
        labels: Labels | None = np.load(directory / LABELS, allow_pickle=False) if card.class_count else None
        columns = _columns(directory)
    except FileNotFoundError:
        raise DatasetMissing(f"the images of {card.title} are gone; {advice}") from None
    except (OSError, ValueError) as error:
        raise DatasetDamaged(f"the images of {card.title} could not be read ({error}); {advice}") from error
    count = card.size("all")
    is_whole = images.shape == (count, *card.image_shape) and images.dtype == np.uint8
    if not is_whole or (labels is not None and labels.shape != (count,)):
        raise DatasetDamaged(f"{card.title} is damaged: expected {count} images and their classes; {advice}")
    chosen = {name: column[rows] for name, column in columns.items()}
    return Split(images[rows], None if labels is None else labels[rows], chosen)


def _columns(directory: Path) -> dict[str, npt.NDArray[Any]]:
    with suppress(FileNotFoundError), np.load(directory / COLUMNS, allow_pickle=False) as file:
        return {str(name): file[f"column_{index}"] for index, name in enumerate(file["names"])}
    return {}


def _opened(directory: Path) -> Kept:
    about = (directory / CARD).stat()
    return _read(directory, about.st_mtime_ns, about.st_size)


def _apart(card: DataCard) -> DataCard:
    """Under another name, if a data set that everybody has got that name after this one was added."""
    return replace(card, name=f"{card.name}-added") if card.name in cards.NAMES else card


@lru_cache(maxsize=256)
def _read(directory: Path, _changed_ns: int, _size: int) -> Kept:
    """Pages ask for every card at every turn: each is read once as long as its file stays as it is."""
    card = parse_card(json.loads((directory / CARD).read_bytes()), str(directory))
    return Kept(_apart(card), directory)


# Changing


@contextmanager
def staging(root: Path, home: str = FOLDER) -> Iterator[Path]:
    """A folder on the same disk, to make a data set in; what is left in it afterwards goes. See `settle`."""
    (root / home).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=root / home, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def write_beside(
    folder: Path,
    card: DataCard,
    labels: Labels | None,
    columns: Mapping[str, npt.NDArray[Any]],
    report: Mapping[str, Any],
) -> None:
    """Writes what belongs to a data set beside its images, which lie in the folder already."""
    if labels is not None:
        card = replace(card, labels_digest=digest_of_labels(labels))
        np.save(folder / LABELS, labels, allow_pickle=False)
    if columns:
        numbered = {f"column_{index}": column for index, column in enumerate(columns.values())}
        numbered["names"] = np.array(list(columns))  # apart: a name may be one of numpy's own
        np.savez(folder / COLUMNS, **numbered)  # type: ignore[arg-type]
    (folder / REPORT).write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / CARD).write_text(json.dumps(card.as_json(), ensure_ascii=False), encoding="utf-8")


def settle(root: Path, folder: Path) -> tuple[Kept, bool]:
    """Gives a folder from `staging` its place, unless the same images with the same labels have one already.

    Returns what stands there, and whether it is new.
    """
    card = parse_card(json.loads((folder / CARD).read_bytes()), str(folder))
    for there in _with_digest(root, card.digest):
        if there.labels_digest == card.labels_digest:
            return there, False
    place = root / FOLDER / str(card.digest)
    if opened_if_whole(place):  # with other labels
        place = place.with_name(f"{card.digest}-{(card.labels_digest or '0' * 64)[:16]}")
    shutil.rmtree(place, ignore_errors=True)  # half of one, if somebody tidied there
    folder.rename(place)
    return _opened(place), True


def rename(kept: Kept, title: str) -> Kept:
    """Calls it otherwise; of generated images the title says so whatever it is. Runs that learnt from it find it by its
    images. Raises DatasetDamaged for no name at all.
    """
    title = generated.marked_title(title) if generated.is_generated(kept.card) else title
    card = parse_card(kept.card.as_json() | {"title": title, "name": name_from(title)}, "the new name")
    written = kept.directory / f".{CARD}"
    written.write_text(json.dumps(card.as_json(), ensure_ascii=False), encoding="utf-8")
    written.replace(kept.directory / CARD)
    return Kept(card, kept.directory)


def remove(kept: Kept) -> None:
    """Takes it off the disk: at once out of every list, then file by file."""
    gone = kept.directory.with_name(f".removing-{kept.directory.name}")
    kept.directory.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
