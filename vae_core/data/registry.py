"""The data sets that can be found by name: those that everybody has, and those that people have added (`kept`).

Asked where images are wanted, and what a new run is to learn from.

What a run was trained on it says itself, by its card; `images_of` finds the images of a card, or says why not.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from vae_core.data import digits, kept, torchvision_sets
from vae_core.data.source import DataCard, Source, Split, SplitName, joined
from vae_core.errors import DatasetDamaged, DatasetMissing, DatasetUnknown

DATASETS: dict[str, Source] = {each.card.name: each for each in (digits.SOURCE, *torchvision_sets.SOURCES)}
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
    added = {each.card.name: kept.source_of(each) for each in kept.everything(root or data_root())}
    return added | DATASETS if added.keys() & DATASETS.keys() else DATASETS | added


def source(name: str, root: Path | None = None) -> Source:
    """The data set of a name. Raises DatasetUnknown."""
    if name in DATASETS:
        return DATASETS[name]
    known = datasets(root)
    if name not in known:
        raise DatasetUnknown(f"no data set is called {name!r}; choose one of {', '.join(known)}")
    return known[name]


def data_root() -> Path:
    """Where data sets are kept: the folder named by VAE_DATA_DIR, else ~/.cache/latent-studio/data."""
    named = os.environ.get("VAE_DATA_DIR")
    return Path(named).expanduser() if named else Path.home() / ".cache/latent-studio/data"


def is_available(name: str, root: Path | None = None) -> bool:
    """Whether `load` finds its files, by their presence alone. Raises DatasetUnknown."""
    return source(name, root).is_here(root or data_root())


def load(name: str, split: SplitName, root: Path | None = None) -> Split:
    """One split of a data set, in the order of its files ("all": train, then held-out); the caller owns the arrays.

    Raises DatasetUnknown, DatasetMissing (not downloaded yet) or DatasetDamaged (files of wrong content or length).
    """
    return _loaded(source(name, root), split, root)


def card_here(name: str, root: Path | None = None) -> DataCard:
    """A data set's card as its images on this machine ask for: those may be others than the usual ones.

    While they are not here, what is known without them. Raises DatasetUnknown or DatasetDamaged.
    """
    known, root = source(name, root), root or data_root()
    try:
        return known.card_here(root) if known.is_here(root) else known.card
    except OSError as error:
        raise DatasetDamaged(f"{name} could not be read ({error.strerror or error}); check the disk") from error


def source_of(card: DataCard, root: Path | None = None) -> Source | None:
    """The data set that may hold a card's images: what was added, whatever it is called now, or that of its name."""
    root = root or data_root()
    if added := kept.with_digest(root, card.digest):
        return kept.source_of(added)
    return DATASETS.get(card.name) or datasets(root).get(card.name)


def why_no_images(card: DataCard, root: Path | None = None) -> str | None:
    """Why the images that a card describes cannot be shown on this machine, in a sentence; None if they can.

    Raises DatasetDamaged.
    """
    found, root = source_of(card, root), root or data_root()
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
    if found and not found.is_here(root or data_root()):
        found.load("train", root or data_root())  # raises, and names the file and the command
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
    root = root or data_root()
    if split == "all":
        return joined(found.load("train", root), found.load("held-out", root))
    return found.load(split, root)
