"""Data sets that are prepared once, from files as they are handed out, in the layout of `kept`, below <root>/by-name.

MNIST, Fashion-MNIST and KMNIST are read from their own files instead, see `torchvision_sets`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Lock

import numpy as np

from vae_core.data import cards, formats, kept
from vae_core.data.formats import Content
from vae_core.data.source import DataCard, Source, Split, SplitName, measured
from vae_core.errors import DatasetDamaged, DatasetMissing

FOLDER = "by-name"
_PREPARING = Lock()  # whoever comes while another prepares a data set waits for it, instead of doing the same


@dataclass(frozen=True)
class Recipe:
    """How a data set comes from its files.

    fetched: files as they are handed out. files: the same unpacked, by whose names they are known as well, in the order
    in which `read` takes them. folders: below the folder of data sets, in which they may lie, beside that folder itself
    for what is fetched; the first is the one that people are told. read: gives both splits, or raises DatasetDamaged.
    unopened: files that somebody may have instead, and what to do. download_bytes: about.
    """

    card: DataCard
    about: str
    fetched: tuple[str, ...]
    files: tuple[str, ...]
    folders: tuple[str, ...]
    read: Callable[[Sequence[Content]], tuple[Split, Split]]
    download_bytes: int
    unopened: tuple[str, ...] = ()

    @property
    def is_archive(self) -> bool:
        """Whether one archive holds all its files."""
        return len(self.fetched) < len(self.files)


# Files that somebody has put there


def find(recipe: Recipe, root: Path) -> list[Path]:
    """Its files as they lie there, packed or not, in the order of `recipe.files`, or their one archive; else []."""
    files = [_first(recipe, root, _spellings(name)) for name in recipe.files]
    found = [path for path in files if path]
    if len(found) == len(files):
        return found
    archive = _first(recipe, root, _archive_spellings(recipe.fetched[0])) if recipe.is_archive else None
    return [archive] if archive else []


def _first(recipe: Recipe, root: Path, names: Sequence[str]) -> Path | None:
    places = [root / folder for folder in recipe.folders]
    if set(names) & {spelling for name in recipe.fetched for spelling in _spellings(name)}:
        places.append(root)  # names that tell whose they are
    return next((path for place in places for name in names if (path := place / name).is_file()), None)


def _spellings(name: str) -> list[str]:
    """Names of a file: as it is handed out and unpacked, with the dot of some mirrors, and still compressed."""
    plain = name.removesuffix(".gz").removesuffix(".bz2")
    return [f"{each}{suffix}" for suffix in ("", ".gz", ".bz2") for each in (plain, plain.replace("-idx", ".idx"))]


def _archive_spellings(name: str) -> list[str]:
    return [name, name.replace(".tar.gz", ".tgz"), name.removesuffix(".gz"), f"emnist-{name}"]


def _contents(recipe: Recipe, paths: Sequence[Path]) -> list[Content]:
    name = recipe.card.name
    if len(paths) < len(recipe.files):
        return formats.read_archive(paths[0], recipe.files, name)
    return [formats.read_file(path, name) for path in paths]


def by_hand(recipe: Recipe, root: Path) -> str:
    """The end of a sentence: where its files go, and what lies there instead of them, if something does."""
    named = f"{', '.join(recipe.fetched[:-1])}{' and ' if recipe.fetched[1:] else ''}{recipe.fetched[-1]}"
    known = {name for each in (*recipe.fetched, *recipe.files) for name in _spellings(each)}
    others = [root / name for name in recipe.unopened if (root / name).exists()]
    for folder in recipe.folders:
        with suppress(OSError):
            lying = sorted(path for path in (root / folder).iterdir() if not path.name.startswith("."))
            others += [path for path in lying if path.name not in known and path.is_file()]
    there = f" ({others[0]} is another file, and is not opened)" if others else ""
    return f"put {named} into {root / recipe.folders[0]}, packed or not{there}"


# Prepared


def _place(recipe: Recipe, root: Path) -> Path:
    return root / FOLDER / recipe.card.name


def prepared(recipe: Recipe, root: Path) -> DataCard | None:
    """The card of what was prepared; None if it was not, or is not whole."""
    found = kept.opened_if_whole(_place(recipe, root))
    if found is None:
        return None
    card = found.card  # what is told from its images; all words are the program's own
    return replace(
        recipe.card,
        train_size=card.train_size,
        held_out_size=card.held_out_size,
        digest=card.digest,
        statistics=card.statistics,
    )


def prepare(recipe: Recipe, paths: Sequence[Path], root: Path) -> DataCard:
    """Makes it of its files, unless it is there. Raises DatasetDamaged."""
    with _PREPARING:
        if there := prepared(recipe, root):
            return there
        train, held_out = recipe.read(_contents(recipe, paths))
        try:
            with kept.staging(root, FOLDER) as folder:
                card = _write(folder, recipe.card, train, held_out)
                _settle(folder, recipe, root)
                return card
        except OSError as error:
            raise DatasetDamaged(
                f"{recipe.card.title} could not be prepared in {root} ({error.strerror or error}); "
                "check the space on disk, and whether the folder can be written"
            ) from error


def _write(folder: Path, card: DataCard, train: Split, held_out: Split) -> DataCard:
    both = [train, held_out]
    shape = (len(train.images) + len(held_out.images), *card.image_shape)
    images = np.lib.format.open_memmap(folder / kept.IMAGES, "w+", np.uint8, shape)
    images[: len(train.images)] = train.images
    images[len(train.images) :] = held_out.images
    images.flush()
    card = measured(card, images[: len(train.images)], images[len(train.images) :])
    labels = np.concatenate([each.labels for each in both if each.labels is not None])
    columns = {name: np.concatenate([each.columns[name] for each in both]) for name in train.columns}
    kept.write_beside(folder, card, labels, columns, {})
    return card


def _settle(folder: Path, recipe: Recipe, root: Path) -> None:
    """Gives a prepared data set its place, unless another process was faster."""
    place = _place(recipe, root)
    if prepared(recipe, root) is None:
        shutil.rmtree(place, ignore_errors=True)  # half of one
        folder.chmod(0o755)  # a temporary folder is its maker's alone, and data sets are shared
        folder.rename(place)


def _here(recipe: Recipe, root: Path) -> DataCard:
    """Raises DatasetMissing or DatasetDamaged."""
    if card := prepared(recipe, root):
        return card
    if paths := find(recipe, root):
        return prepare(recipe, paths, root)
    raise DatasetMissing(
        f"{recipe.card.title} is not on this machine yet; download it with: python -m vae_core download "
        f"{recipe.card.name}, or {by_hand(recipe, root)}"
    )


def _load(recipe: Recipe, split: SplitName, root: Path) -> Split:
    card, place = _here(recipe, root), _place(recipe, root)
    return kept.load(place, card, split, f"delete {place}, then download {card.name} again")


def _is_here(recipe: Recipe, root: Path) -> bool:
    return prepared(recipe, root) is not None or bool(find(recipe, root))


def _source(recipe: Recipe) -> Source:
    return Source(
        recipe.card,
        recipe.about,
        partial(_load, recipe),
        partial(_is_here, recipe),
        partial(_here, recipe),
        recipe.download_bytes,
        is_mapped=True,
    )


# The data sets


def _idx_files(prefix: str, labels: str = "labels-idx1-ubyte") -> tuple[str, ...]:
    return tuple(f"{prefix}-{part}-{kind}" for part in ("train", "test") for kind in ("images-idx3-ubyte", labels))


def _emnist(card: DataCard, about: str, first: int) -> Recipe:
    return Recipe(
        card, about, ("gzip.zip",), _idx_files(card.name),
        ("EMNIST/raw", "EMNIST", "EMNIST/raw/gzip", "EMNIST/gzip", "gzip"),
        partial(formats.read_emnist, first=first, classes=card.class_count), 561_753_746, ("matlab.zip",),
    )  # fmt: skip


def _cifar(card: DataCard, about: str, files: tuple[str, ...], folders: tuple[str, ...], download_bytes: int) -> Recipe:
    pickles = (f"{card.name}-python.tar.gz", f"{card.name}-batches-py", f"{card.name}-python")
    return Recipe(
        card, about, (f"{card.name}-binary.tar.gz",), files, folders,
        partial(formats.read_cifar, classes=card.class_count), download_bytes, pickles,
    )  # fmt: skip


RECIPES = {
    recipe.card.name: recipe
    for recipe in (
        Recipe(
            cards.QMNIST,
            "MNIST's digits made anew from their sources, with all 60,000 for tests and who wrote them, 28×28.",
            tuple(f"{name}.gz" for name in _idx_files("qmnist", "labels-idx2-int")),
            _idx_files("qmnist", "labels-idx2-int"),
            ("QMNIST/raw", "QMNIST"),
            formats.read_qmnist,
            20_436_162,
        ),
        _emnist(cards.EMNIST_LETTERS, "145,600 handwritten letters, large and small alike, 28×28.", 1),
        _emnist(cards.EMNIST_BALANCED, "131,600 handwritten digits and letters of 47 classes, 28×28.", 0),
        Recipe(
            cards.USPS, "9,298 digits from envelopes, 16×16.", ("usps.bz2", "usps.t.bz2"), ("usps", "usps.t"),
            ("USPS",), formats.read_usps, 8_411_109,
        ),
        Recipe(
            cards.SVHN, "99,289 house numbers from the street, in colour, 32×32.",
            ("train_32x32.mat", "test_32x32.mat"), ("train_32x32.mat", "test_32x32.mat"), ("SVHN", "svhn"),
            formats.read_svhn, 246_316_178,
        ),
        _cifar(
            cards.CIFAR_10, "60,000 photographs of animals and vehicles, in colour, 32×32.",
            (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"),
            ("cifar-10-batches-bin", "CIFAR10", "cifar10"), 170_052_171,
        ),
        _cifar(
            cards.CIFAR_100, "60,000 photographs of 100 classes, in colour, 32×32.", ("train.bin", "test.bin"),
            ("cifar-100-binary", "CIFAR100", "cifar100"), 168_513_733,
        ),
        Recipe(
            cards.OLIVETTI, "400 faces of 40 people, 64×64.", ("olivettifaces.mat",), ("olivettifaces.mat",),
            ("olivetti",), formats.read_olivetti, 4_032_000, ("olivetti.pkz",),
        ),
    )
}  # fmt: skip


def sharing(recipe: Recipe) -> Iterator[Recipe]:
    """It, and what else is in the same archive."""
    return (each for each in RECIPES.values() if (each.fetched, each.folders) == (recipe.fetched, recipe.folders))


SOURCES = tuple(map(_source, RECIPES.values()))
