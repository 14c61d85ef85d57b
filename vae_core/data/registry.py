"""The data sets that this program can find by name. Asked where images are wanted, and what a new run is to learn from.

What a run was trained on it says itself, by its card; `images_of` finds the images of a card, or says why not.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from vae_core.data import digits, torchvision_sets
from vae_core.data.source import DataCard, Source, Split, SplitName, joined
from vae_core.errors import DatasetDamaged, DatasetMissing, DatasetUnknown

DATASETS: dict[str, Source] = {each.card.name: each for each in (digits.SOURCE, *torchvision_sets.SOURCES)}
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


def source(name: str) -> Source:
    """The entry of `DATASETS`. Raises DatasetUnknown."""
    if name not in DATASETS:
        raise DatasetUnknown(f"no data set is called {name!r}; choose one of {', '.join(DATASETS)}")
    return DATASETS[name]


def data_root() -> Path:
    """Where data sets are kept: the folder named by VAE_DATA_DIR, else ~/.cache/latent-studio/data."""
    named = os.environ.get("VAE_DATA_DIR")
    return Path(named).expanduser() if named else Path.home() / ".cache/latent-studio/data"


def is_available(name: str, root: Path | None = None) -> bool:
    """Whether `load` finds its files, by their presence alone. Raises DatasetUnknown."""
    return source(name).is_here(root or data_root())


def load(name: str, split: SplitName, root: Path | None = None) -> Split:
    """One split of a data set, in the order of its files ("all": train, then held-out); the caller owns the arrays.

    Raises DatasetUnknown, DatasetMissing (not downloaded yet) or DatasetDamaged (files of wrong content or length).
    """
    found = source(name)
    if split == "all":
        return joined(load(name, "train", root), load(name, "held-out", root))
    return found.load(split, root or data_root())


def card_here(name: str, root: Path | None = None) -> DataCard:
    """A data set's card as its images on this machine ask for: those may be others than the usual ones.

    While they are not here, what is known without them. Raises DatasetUnknown or DatasetDamaged.
    """
    known, root = source(name), root or data_root()
    try:
        return known.card_here(root) if known.is_here(root) else known.card
    except OSError as error:
        raise DatasetDamaged(f"{name} could not be read ({error.strerror or error}); check the disk") from error


def why_no_images(card: DataCard, root: Path | None = None) -> str | None:
    """Why the images that a card describes cannot be shown on this machine, in a sentence; None if they can.

    Raises DatasetDamaged.
    """
    if card.name not in DATASETS:
        return f"This machine does not know the data set {card.title}, so its real images cannot be shown."
    if not is_available(card.name, root):
        return f"{card.title} is not on this machine; download it on the Explore page to see real images."
    here = card_here(card.name, root)
    if not here.has_images_of(card):
        return f"The images called {card.title} on this machine are others than this run's, so they are not shown."
    return None


def expect_images(card: DataCard, root: Path | None = None) -> None:
    """Raises DatasetMissing with the sentence of `why_no_images`, or DatasetDamaged, unless its images are here."""
    if card.name in DATASETS and not is_available(card.name, root):
        load(card.name, "train", root)  # raises, and names the file and the command
    if reason := why_no_images(card, root):
        raise DatasetMissing(reason.removesuffix("."))


def images_of(card: DataCard, split: SplitName, root: Path | None = None) -> Split:
    """`load` for the images that a card describes, and for no others of that name.

    Raises DatasetMissing with the sentence of `why_no_images`, or DatasetDamaged.
    """
    expect_images(card, root)
    return load(card.name, split, root)
