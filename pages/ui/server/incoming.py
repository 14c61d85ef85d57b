"""What visitors have sent and not kept yet: received into a file each, looked into, shown, and kept or forgotten."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from anyio import to_thread
from streamlit import config as streamlit_config

from pages.ui.server import class_examples
from pages.ui.server.background import Background, Task
from pages.ui.server.class_examples import ClassExamples
from vae_core.data import registry
from vae_core.data.shapes import DRAWINGS
from vae_core.errors import DataRefused, DatasetMissing
from vae_core.intake import adding, drawn
from vae_core.intake.adding import Added
from vae_core.intake.containers import Say
from vae_core.intake.found import Found
from vae_core.intake.layout import classes_of
from vae_core.intake.pictures import Preparation
from vae_core.intake.splitting import SHARE

FOLDER = "incoming"
_ID = re.compile(r"[0-9a-f]{32}")
_FORGOTTEN_S = 24 * 3600.0
_CHUNK = 2**20
_found = Background[Found]("incoming-found", 16)
_sheets = Background[ClassExamples]("incoming-sheets", 32)
_kept = Background[Added]("incoming-kept", 8)


def most_bytes() -> int:
    """How much is taken in one go: VAE_UPLOAD_MB, else eight times what Streamlit's own uploads may have."""
    given = os.environ.get("VAE_UPLOAD_MB", "")
    megabytes = int(given) if given.isdecimal() else 8 * int(streamlit_config.get_option("server.maxUploadSize"))
    return megabytes * 2**20


@dataclass(frozen=True)
class Incoming:
    """What was sent, lies on this machine or is to be drawn. id: what its tasks go by. name: what people call it.

    find: what is found in it, saying how far that is. path: the file or folder, if there is one.
    """

    id: str
    name: str
    find: Callable[[Say], Found]
    path: Path | None = None


# Receiving


async def receive(name: str, chunks: AsyncIterator[bytes]) -> str:
    """Writes what a visitor sends into a file of its own, and returns the id it is kept under, for a day.

    Raises DataRefused if it is too much, and OSError if the disk refuses; then nothing of it stays.
    """
    identity = secrets.token_hex(16)
    folder = registry.data_root() / FOLDER / identity
    await to_thread.run_sync(_begin, folder)
    try:
        await _write(folder / _safe(name), chunks)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return identity


async def _write(path: Path, chunks: AsyncIterator[bytes]) -> None:
    limit, waiting, written = most_bytes(), bytearray(), 0
    with path.open("xb", buffering=0) as file:
        async for chunk in chunks:
            waiting += chunk
            written += len(chunk)
            if written > limit:
                raise DataRefused(f"expected at most {limit // 2**20:,} MiB in one go; take fewer or smaller pictures")
            if len(waiting) >= _CHUNK:
                await to_thread.run_sync(file.write, bytes(waiting))
                waiting.clear()
        await to_thread.run_sync(file.write, bytes(waiting))


def _begin(folder: Path) -> None:
    folder.mkdir(parents=True)
    for old in folder.parent.iterdir():
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > _FORGOTTEN_S:
                shutil.rmtree(old, ignore_errors=True)


def _safe(name: str) -> str:
    """A file's name as it may stand on any disk; what it is called for people is kept apart."""
    return re.sub(r"[^\w.-]+", "_", name)[-100:].lstrip(".") or "pictures"


def sent(identity: str) -> Incoming:
    """What was received under an id. Raises DatasetMissing if it is forgotten."""
    folder = registry.data_root() / FOLDER / identity
    if _ID.fullmatch(identity) and (files := list(folder.glob("*"))):
        return Incoming(identity, files[0].name, partial(adding.find, files[0]), files[0])
    raise DatasetMissing("what was sent is no longer kept; send it again")


def forget(incoming: Incoming) -> None:
    """Removes what was sent; what lies elsewhere on the machine stays."""
    folder = registry.data_root() / FOLDER / incoming.id
    if _ID.fullmatch(incoming.id):
        shutil.rmtree(folder, ignore_errors=True)


def on_this_machine(path: Path) -> Incoming:
    """A folder or a file of this machine, as it is now."""
    with suppress(OSError):
        return Incoming(f"{path} {path.stat().st_mtime_ns}", path.name, partial(adding.find, path), path)
    raise DataRefused(f"there is no {path}; name a folder or a file of this machine")


def drawn_here(name: str, count: int, seed: int) -> Incoming:
    """Pictures that are drawn, with their factors."""
    return Incoming(f"drawn {name} {count} {seed}", DRAWINGS[name].title, lambda _say: drawn.draw(name, count, seed))


# Looking into it


def found_in(incoming: Incoming) -> Task[Found]:
    """What is found in it: begun by whoever asks first."""
    return _found.get(incoming.id) or _found.start(incoming.id, partial(_find, incoming))  # also if it has failed


def _find(incoming: Incoming, task: Task[Found]) -> Found:
    return incoming.find(partial(setattr, task, "doing"))


def sheet(incoming: Incoming, wanted: Preparation) -> Task[ClassExamples]:
    """Some pictures of each class, as they would be kept."""
    key = f"{incoming.id} {wanted}"
    return _sheets.get(key) or _sheets.start(key, partial(_sheet, incoming, wanted))


def _sheet(incoming: Incoming, wanted: Preparation, _task: Task[ClassExamples]) -> ClassExamples:
    task = found_in(incoming)
    task.wait()
    what = task.result()
    if what.labels is None:
        rows = class_examples.spread(
            np.arange(len(what.names)), class_examples.PER_ROW * class_examples.UNLABELLED_ROWS
        )
        images, is_read = what.pictures.sample(rows.tolist(), wanted)
        return class_examples.rows_of(images[is_read], None, None)
    counts = Counter(what.labels)
    classes = classes_of(counts)[: class_examples.MOST_ROWS]
    everything = np.array(what.labels)
    members = [class_examples.spread(np.flatnonzero(everything == name), class_examples.PER_ROW) for name in classes]
    images, is_read = what.pictures.sample(np.concatenate(members).tolist(), wanted)
    labels = np.repeat(np.arange(len(classes), dtype=np.uint32), [len(rows) for rows in members])
    shown = class_examples.rows_of(images[is_read], labels[is_read], tuple(name or "(none)" for name in classes))
    return replace(shown, counts=tuple(counts[name] for name in classes), more=len(counts) - len(classes))


# Keeping


def keep(incoming: Incoming, title: str, wanted: Preparation, *, held_out: float = SHARE, seed: int = 0) -> Task[Added]:
    """Keeps it as a data set; its share says how far that is. held_out, seed: see `divide`."""
    add = partial(adding.add, title=title, wanted=wanted, share=held_out, seed=seed)
    return _kept.start(incoming.id, partial(_keep, incoming, add))


def keeping(incoming: Incoming) -> Task[Added] | None:
    """The keeping of it, if it was begun."""
    return _kept.get(incoming.id)


def _keep(incoming: Incoming, add: Callable[..., Added], task: Task[Added]) -> Added:
    def progress(done: int, count: int) -> None:
        task.share, task.doing = done / max(1, count), f"{done:,} of {count:,} pictures"

    what = found_in(incoming)
    what.wait()
    origin = f"added from {incoming.name}"[:500] if incoming.path else incoming.id
    return add(what.result(), root=registry.data_root(), origin=origin, progress=progress)
