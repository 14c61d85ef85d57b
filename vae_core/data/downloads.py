"""Fetching data sets from the network: each appears complete and verified, or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

from vae_core.data import by_name, torchvision_sets
from vae_core.data.registry import data_root, data_root_if_any, is_available, source
from vae_core.errors import DatasetDamaged, DownloadFailed

_STALL_S = 30.0  # a mirror that sends nothing for so long is taken for dead
_LEFTOVER_S = 24 * 3600.0  # a partial download this old belongs to a process that was killed

CIFAR_BINARIES = {
    "cifar-10": ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"),
    "cifar-100": ("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8"),
}
"""Where CIFAR's binary versions lie, and their md5, as its own page says: what torchvision fetches are pickles."""


class Remote(NamedTuple):
    """A file in the network. checksum: its md5, or, of 64 letters, its SHA-256."""

    url: str
    name: str
    checksum: str


def download(name: str, root: Path | None = None) -> None:
    """Fetches a data set by torchvision's own download unless it is there already; VAE_DATA_MIRROR (a URL,
    below which each data set has a folder of its name) replaces the usual servers.

    It appears complete and verified, or not at all. Raises DatasetUnknown or DownloadFailed.
    """
    root = root or data_root()
    if is_available(name, root) and _is_readable(name, root):
        return
    try:
        with _partial_folder(name, root) as folder, _giving_up_on_silence():
            if recipe := by_name.RECIPES.get(name):
                _fetch_files(name, folder)
                for each in by_name.sharing(recipe):
                    by_name.prepare(each, by_name.find(each, folder), root)
            else:
                _fetch_by_class(name, folder)
                _put_in_place(name, folder, root)
    except (OSError, RuntimeError, HTTPException, EOFError, DatasetDamaged) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1].rstrip(".")
        raise DownloadFailed(
            f"{source(name).card.title} could not be downloaded to {root} ({reason}); "
            f"check the network and the space on disk, then try again{_by_hand(name, root)}"
        ) from error


def _is_readable(name: str, root: Path) -> bool:
    """Whether what lies there can be used: files that somebody has put there may be prepared at first."""
    if name in by_name.RECIPES:
        with suppress(DatasetDamaged):
            source(name).card_here(root)
            return True
        return False
    return True


def _put_in_place(name: str, folder: Path, root: Path) -> None:
    torchvision_sets.files(source(name).card, root)[0].parent.mkdir(parents=True, exist_ok=True)
    for path in torchvision_sets.files(source(name).card, root):
        fetched = folder / path.relative_to(root)
        _keep_aside(path, fetched)
        fetched.replace(path)


def _keep_aside(path: Path, fetched: Path) -> None:
    """What lies in the place of a file and is another stays beside it: it may be somebody's own."""
    if path.exists() and not (path.is_file() and path.read_bytes() == fetched.read_bytes()):
        number = 1
        while (kept := path.with_name(f"{path.name}.replaced-{number}")).exists():
            number += 1
        path.replace(kept)


def _by_hand(name: str, root: Path) -> str:
    if recipe := by_name.RECIPES.get(name):
        return f", or {by_name.by_hand(recipe, root)}"
    files = torchvision_sets.files(source(name).card, root)
    names = ", ".join(f"{path.name}.gz" for path in files)
    there = torchvision_sets.what_lies_there(source(name).card, root)
    return f", or put {names} into {files[0].parent}, packed or not{there}"


def downloaded_bytes(name: str, root: Path | None = None) -> int:
    """How many of `download_bytes` a download, in this or another process, has brought so far."""
    root = root or data_root_if_any()
    if root is None:
        return 0
    try:
        started = [] if is_available(name, root) else sorted(_partial_folders(name, root))
        if started:
            packed = "*" if name in by_name.RECIPES else "*.gz"
            return sum(path.stat().st_size for path in started[-1][1].rglob(packed))
    except FileNotFoundError:
        pass  # the download ended at this moment, well or badly
    return source(name).download_bytes if is_available(name, root) else 0


# From the network


def _fetch_by_class(name: str, folder: Path) -> None:
    """Runs the download of torchvision's class, which checks each file's md5, into folder."""
    from torchvision import datasets as torchvision_datasets  # noqa: PLC0415  (imports torch)

    original = getattr(torchvision_datasets, torchvision_sets.FOLDERS[name])
    mirrors = [mirror] if (mirror := _mirror(name)) else original.mirrors  # their file names are the same
    with _web_pages_told(name, folder, mirrors):
        type(original.__name__, (original,), {"mirrors": mirrors})(folder, download=True)


def _fetch_files(name: str, folder: Path) -> None:
    """Fetches the files of a recipe by torchvision's function, which checks each one's md5, into folder."""
    from torchvision.datasets.utils import download_url  # noqa: PLC0415  (imports torch)

    mirror = _mirror(name)
    for remote in remotes(name):
        url = f"{mirror}{remote.name}" if mirror else remote.url
        is_md5 = len(remote.checksum) == 32
        with _web_pages_told(name, folder, [url]):
            download_url(url, folder, remote.name, md5=remote.checksum if is_md5 else None)
            if not is_md5 and hashlib.sha256((folder / remote.name).read_bytes()).hexdigest() != remote.checksum:
                raise RuntimeError(f"{remote.name} is not the file that was promised, by its SHA-256")


def remotes(name: str) -> list[Remote]:
    """The files of a recipe in the network, as torchvision, or scikit-learn, knows them."""
    from torchvision import datasets as known  # noqa: PLC0415  (imports torch)

    if name == "olivetti":
        from sklearn.datasets._olivetti_faces import FACES  # noqa: PLC0415

        return [Remote(FACES.url, FACES.filename, FACES.checksum)]
    if name in CIFAR_BINARIES:
        return [_named(*CIFAR_BINARIES[name])]
    if name == "qmnist":
        return [_named(*each) for split in ("train", "test") for each in known.QMNIST.resources[split]]
    if name in ("usps", "svhn"):
        files = {"usps": known.USPS, "svhn": known.SVHN}[name].split_list
        return [Remote(*files[split]) for split in ("train", "test")]
    return [_named(known.EMNIST.url, known.EMNIST.md5)]


def _named(url: str, checksum: str) -> Remote:
    return Remote(url, url.rpartition("/")[2], checksum)


def _mirror(name: str) -> str | None:
    mirror = os.environ.get("VAE_DATA_MIRROR")
    return f"{mirror.rstrip('/')}/{name}/" if mirror else None


@contextmanager
def _giving_up_on_silence() -> Iterator[None]:
    """Without a limit, torchvision waits for ever for a connection that went silent."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_STALL_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _web_pages_told(name: str, folder: Path, servers: list[str]) -> Iterator[None]:
    """A file that is not the one that was promised may be a web page: then the error says that."""
    try:
        yield
    except RuntimeError as error:
        if page := next((path for path in folder.rglob("*") if _is_web_page(path)), None):
            raise DownloadFailed(
                f"{source(name).card.title} could not be downloaded: in place of {page.name} came a web page, as "
                "from a proxy, or from a network that wants you to sign in first; sign in or allow "
                f"{' or '.join(servers)}, or name another server in VAE_DATA_MIRROR, then try again"
            ) from error
        raise


def _is_web_page(path: Path) -> bool:
    """Whether a file that should be an archive is HTML."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html"))


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
