"""Fetching data sets that torchvision has: each file appears complete and verified, or not at all."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path

from vae_core.data import torchvision_sets
from vae_core.data.registry import data_root, data_root_if_any, is_available, source
from vae_core.errors import DownloadFailed

_STALL_S = 30.0  # a mirror that sends nothing for so long is taken for dead
_LEFTOVER_S = 24 * 3600.0  # a partial download this old belongs to a process that was killed


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
            torchvision_sets.files(source(name).card, root)[0].parent.mkdir(parents=True, exist_ok=True)
            for path in torchvision_sets.files(source(name).card, root):
                fetched = folder / path.relative_to(root)
                _keep_aside(path, fetched)
                fetched.replace(path)
    except (OSError, RuntimeError, HTTPException, EOFError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1].rstrip(".")
        raise DownloadFailed(
            f"{source(name).card.title} could not be downloaded to {root} ({reason}); "
            f"check the network and the space on disk, then try again{_what_lies_there(name, root)}"
        ) from error


def _keep_aside(path: Path, fetched: Path) -> None:
    """What lies in the place of a file and is another stays beside it: it may be somebody's own."""
    if path.exists() and not (path.is_file() and path.read_bytes() == fetched.read_bytes()):
        number = 1
        while (kept := path.with_name(f"{path.name}.replaced-{number}")).exists():
            number += 1
        path.replace(kept)


def _what_lies_there(name: str, root: Path) -> str:
    return torchvision_sets.what_lies_there(source(name).card, root)


def downloaded_bytes(name: str, root: Path | None = None) -> int:
    """How many of `download_bytes` a download, in this or another process, has brought so far."""
    root = root or data_root_if_any()
    if root is None:
        return 0
    try:
        started = [] if is_available(name, root) else sorted(_partial_folders(name, root))
        if started:
            return sum(path.stat().st_size for path in started[-1][1].rglob("*.gz"))
    except FileNotFoundError:
        pass  # the download ended at this moment, well or badly
    return source(name).download_bytes if is_available(name, root) else 0


def _fetch(name: str, folder: Path) -> None:
    """Runs torchvision's download, which checks each file's md5, into folder."""
    from torchvision import datasets as torchvision_datasets  # noqa: PLC0415  (imports torch)

    original = getattr(torchvision_datasets, torchvision_sets.FOLDERS[name])
    mirror = os.environ.get("VAE_DATA_MIRROR")
    mirrors = [f"{mirror.rstrip('/')}/{name}/"] if mirror else original.mirrors  # their file names are the same
    with ExitStack() as stack:  # without a limit, torchvision waits for ever for a connection that went silent
        stack.callback(socket.setdefaulttimeout, socket.getdefaulttimeout())
        socket.setdefaulttimeout(_STALL_S)
        try:
            type(original.__name__, (original,), {"mirrors": mirrors})(folder, download=True)
        except RuntimeError as error:
            if page := next((path for path in folder.rglob("*") if _is_web_page(path)), None):
                raise DownloadFailed(
                    f"{source(name).card.title} could not be downloaded: in place of {page.name} came a web page, as "
                    "from a proxy, or from a network that wants you to sign in first; sign in or allow "
                    f"{' or '.join(mirrors)}, or name another server in VAE_DATA_MIRROR, then try again"
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
