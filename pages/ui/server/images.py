"""The real images behind runs, and what is known of each: whether they are here, how they get here, some of them."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from typing import get_args

import numpy as np
import numpy.typing as npt

from pages.ui.server import artifacts
from pages.ui.server.background import Background, Task
from pages.ui.server.browser_runtime import ROOT
from pages.ui.server.urls import Split
from vae_core import runs
from vae_core.config import TrainConfig
from vae_core.data import columns, downloads, registry
from vae_core.data.held_out_class import seen
from vae_core.data.source import DataCard, Pixels, SplitName
from vae_core.errors import ConfigInvalid, DatasetDamaged, DatasetMissing, DownloadFailed

MOST_IMAGES = 1024
"""Real images in one answer."""
MOST_DIGITS = 9
SPLITS: tuple[Split, ...] = get_args(Split)

_downloads = Background[None]("downloads", 16, workers=4)


def why_no_images(run: runs.Run) -> str | None:
    """Why the real images behind a run's map cannot be shown, in a sentence; None if they can."""
    if run.imported and not run.imported.images:
        return "It was shown no images: the map is the prior's, and has no points."
    try:
        return registry.why_no_images(run.card)
    except DatasetDamaged as error:  # all else that can be shown of a run does without them
        return str(error)


def has_images(run: runs.Run) -> bool:
    """Whether the real images behind a run's map are on this machine."""
    return why_no_images(run) is None


def can_download(run: runs.Run) -> bool:
    """Whether a download would bring the real images: their data set is known, and not on this machine yet."""
    return run.card.name in registry.DATASETS and not registry.is_available(run.card.name)


def expect_images(run: runs.Run) -> DataCard:
    """The card of the run's real images as they lie here; raises DatasetMissing, which says why, unless they do."""
    if reason := why_no_images(run):
        raise DatasetMissing(reason.removesuffix("."))
    return registry.card_here(registry.expect_images(run.card).card.name)


def download(name: str) -> Task[None]:
    """The download of a data set that is on its way, or a new one: two visitors never fetch the same files twice."""
    return _downloads.start(name, lambda _: _download(name), anew=True)


def running_download(name: str) -> Task[None] | None:
    """The download of that name if it is on its way."""
    task = _downloads.get(name)
    return task if task and not task.is_done else None


def downloaded_share(name: str) -> float:
    """Part of a data set's bytes that has arrived, 0 to 1."""
    return min(1.0, downloads.downloaded_bytes(name) / max(1, registry.DATASETS[name].download_bytes))


def _download(name: str) -> None:
    """In a process of its own, so that the server never imports torchvision. Raises DownloadFailed."""
    command = [sys.executable, "-m", "vae_core", "download", name]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        messages = done.stderr.strip().splitlines()
        raise DownloadFailed(messages[-1] if messages else f"{name} could not be downloaded")


@lru_cache(maxsize=32)
def _seen_images(card: DataCard, left_out_class: str) -> int:
    return len(seen(registry.images_of(card, "train"), left_out_class))


def train_images(config: TrainConfig) -> int | None:
    """How many images a training learns from; None if only the data set can tell and it is not on this machine.

    Raises DatasetDamaged, or ConfigInvalid if it is none.
    """
    card = registry.card_here(config.dataset)
    if config.left_out_class == "none":
        return card.train_size
    return _seen_images(card, config.left_out_class) if registry.is_available(config.dataset) else None


# What is kept of images is kept by their card: another data set may come to lie under the same name.


@lru_cache(maxsize=4)
def _images(card: DataCard, split: SplitName, wanted: bytes) -> bytes:
    """wanted: int32 row numbers, as bytes because those are hashable."""
    rows, found = np.frombuffer(wanted, dtype=np.int32), registry.images_of(card, split).images
    if rows.max(initial=-1) >= len(found):
        raise DatasetMissing(
            f"{card.title} on this machine has {len(found):,} {split} images, and this run's map is of more; "
            "put the images that it was trained on there to see them"
        )
    return found[rows].tobytes()


def embedded_images(run: runs.Run) -> bytes:
    """Real images, one per row of the run's embedding as it is sent: uint8 (N, C, H, W) as bytes.

    Raises DatasetMissing while the data set is not on this machine.
    """
    here, embedding = expect_images(run), run.embedding().thinned(artifacts.POSTERIOR_BYTES)
    return _images(here, embedding.split, embedding.index.tobytes())


def thumbnails(run: runs.Run, numbers: str, split: str) -> bytes:
    """Some images of the data set that a run was trained on, in the order asked: uint8 (n, C, H, W) as bytes.

    numbers: at most `MOST_IMAGES` whole numbers with commas between, as an embedding's `index` has them. split: of
    which images these are the numbers, "held-out" or "all", see `artifacts.whole_embedding`.
    Raises ConfigInvalid (numbers or split cannot be) or DatasetMissing.
    """
    wanted = _parsed(numbers)
    if split not in SPLITS:
        raise ConfigInvalid(f"split: there is no {split[:40]!r}; ask for one of {', '.join(SPLITS)}")
    here = expect_images(run)
    if split == "all":
        return _of_both(here, wanted).tobytes()
    held_out = _pixels(here, "held-out")
    return held_out[_within(wanted, len(held_out))].tobytes()


def _of_both(card: DataCard, wanted: npt.NDArray[np.int64]) -> Pixels:
    """Images by their numbers among the training images and, after them, those that are held out."""
    train, held_out = _pixels(card, "train"), _pixels(card, "held-out")
    wanted = _within(wanted, len(train) + len(held_out))
    is_late = wanted >= len(train)
    found = np.empty((len(wanted), *train.shape[1:]), dtype=np.uint8)
    found[~is_late] = train[wanted[~is_late]]
    found[is_late] = held_out[wanted[is_late] - len(train)]
    return found


@lru_cache(maxsize=2)
def _pixels(card: DataCard, split: SplitName) -> Pixels:
    """A split's images, kept: pictures are asked for as one moves over the map."""
    return registry.images_of(card, split).images


def _parsed(numbers: str) -> npt.NDArray[np.int64]:
    parts = numbers.split(",", MOST_IMAGES)
    if len(parts) > MOST_IMAGES:
        raise ConfigInvalid(f"numbers: expected at most {MOST_IMAGES:,} and got more; ask for the others separately")
    for part in parts:
        if not (part.isascii() and part.isdecimal() and len(part) <= MOST_DIGITS):
            raise ConfigInvalid(f"numbers: expected whole numbers such as 1,5,9 and got {part[:40]!r}; ask for those")
    return np.array(parts, dtype=np.int64)


def _within(wanted: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    if wanted.max() >= count:
        raise ConfigInvalid(f"numbers: there is no image {wanted.max()}; these are numbered 0 to {count - 1}")
    return wanted


# What else the data set knows of each image


def column_list(run: runs.Run) -> list[columns.ListedColumn]:
    """The columns of the run's data set; [] while its images are not on this machine."""
    known = columns.columns_of(expect_images(run)) if has_images(run) else {}
    return [{"name": name, "kind": columns.kind_of(values)} for name, values in known.items()]


def number_names(run: runs.Run) -> list[str]:
    """Of the columns with a number for each image."""
    return [column["name"] for column in column_list(run) if column["kind"] == "number"]


def column_file(run: runs.Run, name: str, split: Split) -> bytes:
    """A column, image by image in the split's own order, see `columns`. Raises ConfigInvalid or DatasetMissing."""
    card = expect_images(run)
    known = columns.columns_of(card)
    if name not in known:
        raise ConfigInvalid(f"name: {run.card.title} has no column {name[:40]!r}; ask for one of {', '.join(known)}")
    return columns.packed(known[name], slice(0 if split == "all" else card.train_size, None))
