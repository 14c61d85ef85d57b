"""The data sets: names in, images (N, C, H, W) uint8 and labels out.

Digits comes with scikit-learn and needs no network. MNIST and Fashion-MNIST lie in torchvision's own layout
(`<root>/MNIST/raw/*-ubyte`); they are fetched by torchvision and read by numpy, so that reading needs no torch.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from vae_core.errors import DatasetDamaged, DatasetMissing, DatasetUnknown, DownloadFailed

SplitName = Literal["train", "held-out", "all"]
Pixels = npt.NDArray[np.uint8]

_NUMERALS = tuple("0123456789")
_CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
_FOLDERS = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST"}  # torchvision's class, and its folder's name
_PREFIXES = {"train": "train", "held-out": "t10k"}
_STALL_S = 30.0  # a mirror that sends nothing for so long is taken for dead
_LEFTOVER_S = 24 * 3600.0  # a partial download this old belongs to a process that was killed


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set before it is loaded. image_shape: (C, H, W). download_bytes: 0 if offline."""

    name: str
    title: str
    image_shape: tuple[int, int, int]
    classes: tuple[str, ...]
    train_size: int
    test_size: int
    download_bytes: int
    about: str


@dataclass(frozen=True)
class Split:
    """images: uint8 (N, C, H, W), 0 (black) to 255. labels: uint8 (N,), index into the data set's classes."""

    images: Pixels
    labels: Pixels


_INFOS = (
    DatasetInfo("digits", "Digits", (1, 8, 8), _NUMERALS, 1500, 297, 0, "1,797 handwritten digits, 8×8; offline."),
    DatasetInfo(
        "mnist", "MNIST", (1, 28, 28), _NUMERALS, 60_000, 10_000, 11_594_722, "70,000 handwritten digits, 28×28."
    ),
    DatasetInfo(
        "fashion-mnist", "Fashion-MNIST", (1, 28, 28), _CLOTHES, 60_000, 10_000, 30_878_645, "70,000 clothes, 28×28."
    ),
)
DATASETS: dict[str, DatasetInfo] = {info.name: info for info in _INFOS}


def unknown_message(name: str) -> str:
    """The sentence to show for a data set that does not exist."""
    return f"no data set is called {name!r}; choose one of {', '.join(DATASETS)}"


def info(name: str) -> DatasetInfo:
    """The entry of `DATASETS`. Raises DatasetUnknown."""
    if name not in DATASETS:
        raise DatasetUnknown(unknown_message(name))
    return DATASETS[name]


def data_root() -> Path:
    """Where data sets are kept: the folder named by VAE_DATA_DIR, else ~/.cache/latent-studio/data."""
    named = os.environ.get("VAE_DATA_DIR")
    return Path(named).expanduser() if named else Path.home() / ".cache/latent-studio/data"


def is_available(name: str, root: Path | None = None) -> bool:
    """Whether `load` finds its files, by their presence alone. Raises DatasetUnknown."""
    return not info(name).download_bytes or all(path.is_file() for path in _files(name, root))


def load(name: str, split: SplitName, root: Path | None = None) -> Split:
    """One split of a data set, in the order of its files ("all": train, then held-out); the caller owns the arrays.

    Raises DatasetUnknown, DatasetMissing (not downloaded yet) or DatasetDamaged (files of wrong content or length).
    """
    info(name)
    if split == "all":
        parts = [load(name, "train", root), load(name, "held-out", root)]
        return Split(np.concatenate([p.images for p in parts]), np.concatenate([p.labels for p in parts]))
    return _load_digits(split) if name == "digits" else _load_idx(name, split, root)


def download(name: str, root: Path | None = None) -> None:
    """Fetches a data set by torchvision's own download unless it is there already; VAE_DATA_MIRROR (a URL,
    below which each data set has a folder of its name) replaces torchvision's mirrors.

    Each file appears complete and verified, or not at all. Raises DatasetUnknown or DownloadFailed.
    """
    root = root or data_root()
    if is_available(name, root):
        return
    try:
        with _partial_folder(name, root) as folder:
            _fetch(name, folder)
            _files(name, root)[0].parent.mkdir(parents=True, exist_ok=True)
            for path in _files(name, root):
                (folder / path.relative_to(root)).replace(path)
    except (OSError, RuntimeError, HTTPException, EOFError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1].rstrip(".")
        raise DownloadFailed(
            f"{info(name).title} could not be downloaded to {root} ({reason}); "
            "check the network and the space on disk, then try again"
        ) from error


def downloaded_bytes(name: str, root: Path | None = None) -> int:
    """How many of `download_bytes` a download, in this or another process, has brought so far."""
    root = root or data_root()
    try:
        started = [] if is_available(name, root) else sorted(_partial_folders(name, root))
        if started:
            return sum(path.stat().st_size for path in started[-1][1].rglob("*.gz"))
    except FileNotFoundError:
        pass  # the download ended at this moment, well or badly
    return info(name).download_bytes if is_available(name, root) else 0


# Reading


@lru_cache(maxsize=1)
def _digits() -> tuple[Pixels, Pixels, npt.NDArray[np.bool_]]:
    """Images (1797, 1, 8, 8), labels (1797,), and which are held out: evenly spaced among those of each label."""
    table = _digits_table()
    images = np.rint(table[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)  # (N, 64) -> (N, 1, 8, 8)
    labels = table[:, -1].astype(np.uint8)
    is_held_out = np.zeros(len(labels), dtype=np.bool_)
    size = DATASETS["digits"].test_size
    is_held_out[np.argsort(labels, kind="stable")[(2 * np.arange(size) + 1) * len(labels) // (2 * size)]] = True
    return images, labels, is_held_out


def _digits_table() -> npt.NDArray[np.float64]:
    """(1797, 65): 64 pixels 0..16 and a label. Importing scikit-learn takes 2 s and 80 MB, its file 0.1 s."""
    package = find_spec("sklearn")
    path = Path((package and package.origin) or "").parent / "datasets/data/digits.csv.gz"
    if path.is_file():
        return np.loadtxt(path, delimiter=",", dtype=np.float64)
    from sklearn.datasets import load_digits  # noqa: PLC0415  (only where the file has moved)

    return np.column_stack(load_digits(return_X_y=True))


def _load_digits(split: SplitName) -> Split:
    images, labels, is_held_out = _digits()
    chosen = is_held_out == (split == "held-out")
    return Split(images[chosen], labels[chosen])


def _files(name: str, root: Path | None) -> list[Path]:
    """Train images, train labels, held-out images, held-out labels, where torchvision puts them."""
    raw = (root or data_root()) / _FOLDERS[name] / "raw"
    return [raw / f"{p}-{kind}-ubyte" for p in _PREFIXES.values() for kind in ("images-idx3", "labels-idx1")]


def _load_idx(name: str, split: SplitName, root: Path | None) -> Split:
    images_path, labels_path = (p for p in _files(name, root) if p.name.startswith(_PREFIXES[split]))
    images = _read_idx(name, images_path, dimensions=3)[:, None]  # (N, H, W) -> (N, C, H, W)
    labels = _read_idx(name, labels_path, dimensions=1)
    if images.shape[1:] != info(name).image_shape or len(labels) != len(images) or not len(images):
        raise _damaged(images_path, f"{len(labels)} images of {info(name).image_shape}", f"{images.shape}")
    if labels.max() >= len(info(name).classes):
        raise _damaged(labels_path, f"labels below {len(info(name).classes)}", f"{labels.max()}")
    return Split(images, labels)


def _read_idx(name: str, path: Path, dimensions: int) -> Pixels:
    """An IDX file of bytes: 0, 0, 8 (uint8), the number of dimensions, each as a big-endian uint32, the values."""
    try:
        data = np.fromfile(path, dtype=np.uint8)
    except (FileNotFoundError, NotADirectoryError):
        raise DatasetMissing(
            f"{info(name).title} is not on this machine yet ({path} is missing); "
            f"download it with: python -m vae_core download {name}"
        ) from None
    except OSError as error:
        raise _damaged(path, "readable bytes", f"what gives {error}") from error
    start = 4 + 4 * dimensions
    if len(data) < start or data[:4].tolist() != [0, 0, 8, dimensions]:
        raise _damaged(path, f"an IDX file of {dimensions} dimensions", f"{len(data)} bytes that begin otherwise")
    shape = tuple(data[4:start].view(">u4").tolist())
    if len(data) - start != int(np.prod(shape, dtype=np.float64)):
        raise _damaged(path, f"{shape} values", f"{len(data) - start} bytes")
    return data[start:].reshape(shape)


def _damaged(path: Path, expected: str, got: str) -> DatasetDamaged:
    return DatasetDamaged(f"{path} should hold {expected} and holds {got}; delete it and download the data set again")


# Downloading


def _fetch(name: str, folder: Path) -> None:
    """Runs torchvision's download, which checks each file's md5, into folder."""
    from torchvision import datasets as torchvision_datasets  # noqa: PLC0415  (imports torch)

    original = getattr(torchvision_datasets, _FOLDERS[name])
    mirror = os.environ.get("VAE_DATA_MIRROR")
    mirrors = [f"{mirror.rstrip('/')}/{name}/"] if mirror else original.mirrors  # their file names are the same
    with ExitStack() as stack:  # without a limit, torchvision waits for ever for a connection that went silent
        stack.callback(socket.setdefaulttimeout, socket.getdefaulttimeout())
        socket.setdefaulttimeout(_STALL_S)
        type(original.__name__, (original,), {"mirrors": mirrors})(folder, download=True)


def _partial_folders(name: str, root: Path) -> list[tuple[float, Path]]:
    return [(path.stat().st_mtime, path) for path in root.glob(f".{name}-*.partial")]


@contextmanager
def _partial_folder(name: str, root: Path) -> Iterator[Path]:
    """A folder for one download, removed afterwards; so are those of downloads that were killed long ago."""
    root.mkdir(parents=True, exist_ok=True)
    for started, leftover in _partial_folders(name, root):
        if time.time() - started > _LEFTOVER_S:
            shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", suffix=".partial", dir=root) as folder:
        yield Path(folder)
