"""Runs that were deleted, for a day: whole, in a folder beside the others, from where they come back as they were."""

from __future__ import annotations

import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vae_core.errors import CheckpointDamaged, RunLocked, RunMissing
from vae_core.runs import pretrained, records, run_lock, storage
from vae_core.runs.records import RUN_ID

FOLDER = ".deleted"
KEPT_S = 24 * 3600.0
_NAME = re.compile(r"([0-9a-f]{32})-(\d{1,12})", re.ASCII)


@dataclass(frozen=True)
class Deleted:
    """A run that can still come back. deleted_at: in unix seconds."""

    id: str
    directory: Path
    deleted_at: float


def delete(run_id: str, root: Path | None = None, now: float | None = None) -> None:
    """Takes a run out of the list; for `KEPT_S` it can be restored.

    Raises RunMissing (also for what ships with the project), RunLocked while it trains or waits, or DiskRefused.
    """
    directory = _directory(run_id, root)
    if pretrained.directory_of(run_id):
        raise RunMissing(f"run {run_id} ships with the project and cannot be deleted; unpin it, or search for others")
    if not storage.exists(directory):
        raise RunMissing(f"there is no run {run_id} any more; nothing was deleted")
    if _is_in_use(directory):
        raise RunLocked(f"run {run_id} trains, or waits for its turn; stop it first, then delete it")
    try:
        (directory.parent / FOLDER).mkdir(exist_ok=True)
        directory.rename(directory.parent / FOLDER / f"{run_id}-{int(time.time() if now is None else now)}")
    except OSError as error:
        raise storage.refused(directory, error) from error


def restore(run_id: str, root: Path | None = None) -> None:
    """Puts a deleted run back where it was. Raises RunMissing if its day is over, or DiskRefused."""
    directory = _directory(run_id, root)
    kept = [each for each in deleted(root) if each.id == run_id]
    if not kept:
        raise RunMissing(f"run {run_id} was deleted more than a day ago, or is back already; look for it in the list")
    if storage.exists(directory):
        raise RunMissing(f"there is a run {run_id} already; delete that one first")
    try:
        kept[0].directory.rename(directory)
    except OSError as error:
        raise storage.refused(directory, error) from error


def deleted(root: Path | None = None, now: float | None = None) -> list[Deleted]:
    """What can be restored, the last deleted first; what was deleted more than a day ago goes for good.

    Raises DiskRefused where the disk does not say what is there.
    """
    folder, oldest = (root or records.runs_root()) / FOLDER, (time.time() if now is None else now) - KEPT_S
    found = []
    for path in storage.paths_in(folder):
        named = _NAME.fullmatch(path.name)
        if named and int(named[2]) >= oldest:
            found.append(Deleted(named[1], path, float(named[2])))
        elif named or path.name.endswith(_LEAVING):
            _remove(path)
    return sorted(found, key=lambda each: (each.deleted_at, each.id), reverse=True)


_LEAVING = ".leaving"


def _remove(path: Path) -> None:
    """For good; renamed first, so that nobody restores a part of it. What the disk keeps is tried again next time."""
    leaving = path if path.name.endswith(_LEAVING) else path.with_name(path.name + _LEAVING)
    with suppress(OSError):
        if path != leaving:
            path.rename(leaving)
        shutil.rmtree(leaving)


def _is_in_use(directory: Path) -> bool:
    """Whether anybody trains it, or has it in line. A run whose status cannot be read is in use if it is locked."""
    if run_lock.is_held(directory) or run_lock.is_held(directory, records.SERVER_LOCK):
        return True
    with suppress(CheckpointDamaged):
        return not records.read_status(directory).is_final
    return False


def _directory(run_id: str, root: Path | None) -> Path:
    if pretrained.directory_of(run_id) is None and not RUN_ID.fullmatch(run_id):
        raise RunMissing(f"{run_id!r} is no run id; choose a run from the list")
    return (root or records.runs_root()) / run_id
