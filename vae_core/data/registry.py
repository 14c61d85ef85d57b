"""The data sets that can be found by name: those that everybody has, and those that people have added (`kept`).

Asked where images are wanted, and what a new run is to learn from.

What a run was trained on it says itself, by its card; `images_of` finds the images of a card, or says why not.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

from vae_core.data import by_name, digits, kept, torchvision_sets
from vae_core.data.source import DataCard, Source, Split, SplitName, joined
from vae_core.errors import DatasetDamaged, DatasetMissing, DatasetUnknown

DATASETS: dict[str, Source] = {
    each.card.name: each for each in (digits.SOURCE, *torchvision_sets.SOURCES, *by_name.SOURCES)
}
"""Those that everybody has, or can download."""
CARDS_OF_0_1_0 = {
    each.name: each
    for each in (
        digits.CARD,
        replace(torchvision_sets.MNIST, digest=None, statistics=None),
        torchvision_sets.FASHION_MNIST,
    )
}
"""What runs were trained on that were made before runs kept a card. Any files of that name and shape were taken then:
which ones these were, nobody wrote down.
"""


def datasets(root: Path | None = None) -> dict[str, Source]:
    """All of them by name: `DATASETS`, then what was added."""
    added = {each.card.name: kept.source_of(each) for each in kept.everything(_folder(root))}
    return added | DATASETS if added.keys() & DATASETS.keys() else DATASETS | added


def known(name: str, root: Path | None = None) -> Source | None:
    """The data set of a name, or None. The disk is asked only for a name that not everybody has."""
    return DATASETS.get(name) or datasets(root).get(name)


def source(name: str, root: Path | None = None) -> Source:
    """The data set of a name. Raises DatasetUnknown."""
    if name in DATASETS:
        return DATASETS[name]
    known = datasets(root)
    if name not in known:
        raise DatasetUnknown(f"no data set is called {name!r}; choose one of {', '.join(known)}")
    return known[name]


def data_root() -> Path:
    """Where data sets are kept: the folder named by VAE_DATA_DIR, else ~/.cache/latent-studio/data.

    Raises DatasetMissing where the user has no home folder.
    """
    named = os.environ.get("VAE_DATA_DIR")
    try:
        return Path(named or "~/.cache/latent-studio/data").expanduser()
    except RuntimeError:  # no HOME, and no entry among the users: such as in a container
        got = f"VAE_DATA_DIR is {named} and" if named else "VAE_DATA_DIR is not set and"
        raise DatasetMissing(
            f"there is no folder for data sets: {got} this user has no home folder; set VAE_DATA_DIR to a whole path"
        ) from None


def data_root_if_any() -> Path | None:
    """`data_root`, or None where there is none: then there are the data sets that need no files."""
    try:
        return data_root()
    except DatasetMissing:
        return None


def _folder(root: Path | None) -> Path:
    """Where to look: root, else `data_root`, else a folder in which nothing is."""
    return root or data_root_if_any() or Path(os.devnull) / "no home folder"


def _load(found: Source, split: Literal["train", "held-out"], root: Path | None) -> Split:
    folder = _folder(root)
    if not root and not found.is_here(folder):
        data_root()  # raises, if that is why
    return found.load(split, folder)


def is_available(name: str, root: Path | None = None) -> bool:
    """Whether `load` finds its files, by their presence alone. Raises DatasetUnknown."""
    return source(name, root).is_here(_folder(root))


def load(name: str, split: SplitName, root: Path | None = None) -> Split:
    """One split of a data set, in the order of its files ("all": train, then held-out); the caller owns the arrays.

    Raises DatasetUnknown, DatasetMissing (not downloaded yet) or DatasetDamaged (files of wrong content or length).
    """
    return _loaded(source(name, root), split, root)


def card_here(name: str, root: Path | None = None) -> DataCard:
    """A data set's card as its images on this machine ask for: those may be others than the usual ones.

    While they are not here, what is known without them. Raises DatasetUnknown or DatasetDamaged.
    """
    known, root = source(name, root), _folder(root)
    try:
        return known.card_here(root) if known.is_here(root) else known.card
    except OSError as error:
        raise DatasetDamaged(f"{name} could not be read ({error.strerror or error}); check the disk") from error


def source_of(card: DataCard, root: Path | None = None) -> Source | None:
    """The data set that may hold a card's images: what was added, whatever it is called now, or that of its name."""
    if added := kept.with_images_of(_folder(root), card):
        return kept.source_of(added)
    return known(card.name, root)


def is_mapped(card: DataCard, root: Path | None = None) -> bool:
    """Whether the images of a card stay in their file while they are read."""
    found = source_of(card, root)
    return found is not None and found.is_mapped


def why_no_images(card: DataCard, root: Path | None = None) -> str | None:
    """Why the images that a card describes cannot be shown on this machine, in a sentence; None if they can.

    Raises DatasetDamaged.
    """
    found, root = source_of(card, root), _folder(root)
    if found is None:
        return f"This machine does not know the data set {card.title}, so its real images cannot be shown."
    if not found.is_here(root):
        return f"{card.title} is not on this machine; download it on the Explore page to see real images."
    here = card_here(found.card.name, root)
    if not here.has_images_of(card):
        return f"The images called {card.title} on this machine are others than this run's, so they are not shown."
    return None


def expect_images(card: DataCard, root: Path | None = None) -> Source:
    """The data set that holds the images of a card. Raises DatasetMissing with the sentence of `why_no_images`, or
    DatasetDamaged, unless they are here.
    """
    found = source_of(card, root)
    if found and not found.is_here(_folder(root)):
        _load(found, "train", root)  # raises, and names the file and the command
    if reason := why_no_images(card, root):
        raise DatasetMissing(reason.removesuffix("."))
    assert found is not None
    return found


def images_of(card: DataCard, split: SplitName, root: Path | None = None) -> Split:
    """`load` for the images that a card describes, and for no others of that name.

    Raises DatasetMissing with the sentence of `why_no_images`, or DatasetDamaged.
    """
    return _loaded(expect_images(card, root), split, root)


def _loaded(found: Source, split: SplitName, root: Path | None) -> Split:
    if split == "all":
        return joined(_load(found, "train", root), _load(found, "held-out", root))
    return _load(found, split, root)
