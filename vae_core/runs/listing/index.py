"""What a list says of each run, kept in one file, so that a thousand folders need not be read to list them.

One line a run, with a checksum; the last of a run counts. Whoever reads it compares each line with its folder, and
reads the folder where they differ. So several servers may append at once, and the file may be cut, old, or gone.
"""

from __future__ import annotations

import dataclasses
import json
import os
import threading
import time
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from vae_core.config import TrainConfig, parse_config
from vae_core.data.registry import CARDS_OF_0_1_0
from vae_core.errors import ConfigInvalid, DiskRefused, LatentStudioError
from vae_core.runs import checkpoints, pretrained, reader, records, storage
from vae_core.runs.imported.origin import ImportedFrom, read_imported
from vae_core.runs.listing import marks, words
from vae_core.runs.listing.marks import Marks
from vae_core.runs.reader import Run

FILE = ".index.jsonl"
_VERSION = 1
_SETTLED_NS = 100_000_000  # a folder younger than this may change again without its time stamp showing it
_LINES_PER_RUN = 3
"""A file of more lines than that for each run is written anew."""
FIGURES = ("negative_elbo_nats", "reconstruction_nats", "kl_nats", "active_units", "accuracy")


@dataclass(frozen=True)
class Glance:
    """curve: the loss at a few steps, nats per training image. verdict: its title."""

    curve: tuple[float, ...]
    verdict: str


@dataclass(frozen=True)
class Entry:
    """What is known of a run without opening it. settings: as JSON has them. figures: of `FIGURES`, held-out.

    is_complete: it has a trained model. is_damaged: what it has measured cannot be read. made_in: what of, and where, a
    model was made elsewhere. glance: None until somebody has made it. stamp: of the folder when this was read, (0, 0)
    where it was about to change.
    """

    id: str
    directory: Path
    stamp: tuple[int, int]
    state: records.State
    step: int
    created_at: float
    updated_at: float
    data_title: str
    settings: Mapping[str, Any]
    figures: Mapping[str, float] = field(default_factory=dict)
    is_complete: bool = False
    is_damaged: bool = False
    shipped: bool = False
    parent: str | None = None
    made_in: str = ""
    marks: Marks = field(default_factory=Marks)
    glance: Glance | None = None

    @property
    def is_final(self) -> bool:
        """Whether the run will not change any more."""
        return self.state in records.FINAL

    @cached_property
    def text(self) -> str:
        """All the words by which it may be found, in small letters."""
        return words.of(self.settings, self.marks, self.id, self.state, self.data_title, self.made_in).lower()


class Index:
    """The runs below a folder. Its methods may be called from several threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._known: dict[str, Entry] = {}
        self._unreadable: dict[str, tuple[int, int]] = {}
        self._lines = 0
        self._is_loaded = False

    def entries(self) -> list[Entry]:
        """All that can be read, newest first. Raises DiskRefused where the disk does not say what is there."""
        with self._lock:
            if not self._is_loaded:
                self._load()
            self._compare(_stamps(self._root))
            return sorted(self._known.values(), key=lambda each: (each.created_at, each.id), reverse=True)

    def keep_glance(self, entry: Entry, glance: Glance) -> None:
        """What a run is at a glance, for the next time, if the run is still as it was."""
        with self._lock:
            now = self._known.get(entry.id)
            if now is not None and _is_of_one_state(now, entry) and now.glance is None:
                self._known[entry.id] = dataclasses.replace(now, glance=glance)
                self._append([self._known[entry.id]])

    def _compare(self, stamps: Mapping[str, tuple[int, int]]) -> None:
        """Reads anew what has changed, and forgets what has gone. stamps: of every folder, by its name."""
        found: dict[str, Entry] = {}
        unreadable: dict[str, tuple[int, int]] = {}
        changed = []
        for name, stamp in stamps.items():
            before = self._known.get(name)
            if before is not None and before.stamp == stamp and any(stamp):
                found[name] = before
            elif self._unreadable.get(name) == stamp and any(stamp):
                unreadable[name] = stamp
            elif entry := read(self._root / name, stamp, before):
                found[name] = entry
                changed.append(entry)
            else:
                unreadable[name] = stamp
        self._known, self._unreadable = found, unreadable
        self._append([each for each in changed if each.is_final and any(each.stamp)])

    def _append(self, entries: list[Entry]) -> None:
        if not entries:
            return
        self._lines += len(entries)
        path = self._root / FILE
        with suppress(OSError, DiskRefused):  # a folder that takes nothing is read anew by the next server
            if self._lines > _LINES_PER_RUN * len(self._known) + 100:
                kept = [each for each in self._known.values() if each.is_final and any(each.stamp)]
                storage.write_file(path, b"".join(map(_line, kept)))
                self._lines = len(kept)
                return
            with path.open("ab", buffering=0) as file:
                file.write(b"".join(map(_line, entries)))

    def _load(self) -> None:
        self._is_loaded = True
        with suppress(OSError):
            for line in (self._root / FILE).read_bytes().splitlines():
                self._lines += 1
                if entry := _from_line(line, self._root):
                    self._known[entry.id] = entry


@lru_cache(maxsize=16)
def index_of(root: Path) -> Index:
    """The one index of a folder in this process."""
    return Index(root)


def _stamps(root: Path) -> dict[str, tuple[int, int]]:
    """Of every folder named like a run, when its files came, went or were replaced last, and which folder it is.

    (0, 0) where that was just now, or cannot be seen. A thousand take 3 ms; as Paths they would take 20. Raises
    DiskRefused where the disk does not say what is there.
    """
    settled_ns = time.time_ns() - _SETTLED_NS
    found = {}
    try:
        with os.scandir(root) as entries:
            for entry in entries:
                if records.RUN_ID.fullmatch(entry.name):
                    found[entry.name] = _stamp(entry, settled_ns)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise storage.unseen(root, error) from error
    return found


def _stamp(entry: os.DirEntry[str], settled_ns: int) -> tuple[int, int]:
    try:
        state = entry.stat()
    except OSError:
        return 0, 0
    return (state.st_mtime_ns, state.st_ino) if state.st_mtime_ns < settled_ns else (0, 0)


def read(directory: Path, stamp: tuple[int, int] = (0, 0), before: Entry | None = None) -> Entry | None:
    """What is known of a run from its small files; None if that is not enough to list it.

    Digests are left to whoever opens it: a thousand runs are to be listed within a second from their folders alone.
    before: what was known, whose glance stays if the run is where it was.
    """
    try:
        names = set(os.listdir(directory))  # noqa: PTH208  names alone
        settings, status = _settings(directory), records.status_from(_json(directory, records.STATUS))
        parent = checkpoints.read_parent(directory) if records.PARENT in names else None
        imported = read_imported(directory) if records.IMPORTED in names else None
        is_complete = storage.MANIFEST in names or reader.is_complete(directory, status)
        title = _data_title(directory, settings, names)
    except (LatentStudioError, OSError, ValueError, AttributeError, KeyError, TypeError):
        return None
    figures = _figures(directory, imported) if is_complete else {}
    made_in = f"{imported.kind}, {imported.name}" if imported else ""
    written = marks.read(directory) if records.MARKS in names else Marks()
    entry = Entry(
        directory.name, directory, stamp, status.state, status.step, status.created_at, status.updated_at, title,
        settings, figures or {}, is_complete, figures is None, pretrained.is_shipped(directory),
        parent.run_id if parent else None, made_in, written,
    )  # fmt: skip
    return dataclasses.replace(entry, glance=before.glance) if before and _is_of_one_state(before, entry) else entry


def _json(directory: Path, name: str) -> Any:
    """A small file's values. Raises OSError or ValueError."""
    with open(f"{directory}/{name}", "rb") as file:  # noqa: PTH123  a third of the time that Path takes
        return _DECODER.decode(file.read().decode())


def _not_finite(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


_DECODER = json.JSONDecoder(parse_constant=_not_finite)


def open_listed(entry: Entry) -> Run:
    """The run of an entry, not verified; remembered until its folder changes. Raises LatentStudioError."""
    is_settled = any(entry.stamp) or entry.shipped
    return _opened(entry.directory, entry.stamp) if is_settled else reader.load(entry.directory)


@lru_cache(maxsize=4096)
def _opened(directory: Path, _stamp: tuple[int, int]) -> Run:
    return reader.load(directory)


def _is_of_one_state(one: Entry, other: Entry) -> bool:
    return (one.state, one.step, one.updated_at) == (other.state, other.step, other.updated_at)


def _settings(directory: Path) -> dict[str, Any]:
    """What its config.json says; with the defaults of what there was no setting for yet when it was written."""
    values: dict[str, Any] = _json(directory, records.CONFIG)
    if values.keys() < TrainConfig.model_fields.keys():
        with suppress(ConfigInvalid):  # whoever opens it is told
            return parse_config(values).model_dump(mode="json")
    return values


def _data_title(directory: Path, settings: Mapping[str, Any], names: Collection[str]) -> str:
    """The title of its data set, from its card; a run of 0.1.0 kept none, and has its data set's name for it."""
    if records.DATA not in names:
        known = CARDS_OF_0_1_0.get(settings["dataset"])
        return known.title if known else str(settings["dataset"])
    return str(_json(directory, records.DATA)["title"])


def _figures(directory: Path, imported: ImportedFrom | None) -> dict[str, float] | None:
    """Its held-out figures; None if they cannot be read. imported: of a model that was made elsewhere."""
    if imported:
        return _figures_without_likelihood(imported)
    try:
        held_out = _json(directory, records.EVALUATION)["held-out"]
        values = {name: held_out.get(name) for name in FIGURES}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float) and isfinite(value)}


def _figures_without_likelihood(imported: ImportedFrom) -> dict[str, float]:
    """What is known of a model that was made elsewhere."""
    kl = imported.kl_per_dim_nats
    known = {"kl_nats": None if kl is None else sum(kl), "active_units": imported.active_units}
    return {name: float(value) for name, value in known.items() if value is not None}


# Lines


def _line(entry: Entry) -> bytes:
    values = {each.name: getattr(entry, each.name) for each in dataclasses.fields(entry)}
    del values["directory"]
    values["marks"] = marks.as_json(entry.marks)
    values["glance"] = dataclasses.astuple(entry.glance) if entry.glance else None
    text = json.dumps([_VERSION, values], separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _from_line(line: bytes, root: Path) -> Entry | None:
    """What `_line` wrote; None for what was cut off, mixed with another's, or written by another version."""
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    version, values = json.loads(text)
    if version != _VERSION:
        return None
    glance, values["directory"] = values["glance"], root / values["id"]
    values["glance"] = Glance(tuple(glance[0]), glance[1]) if glance else None
    values["marks"] = marks.from_json(values["marks"])
    values["stamp"] = tuple(values["stamp"])
    return Entry(**values)
