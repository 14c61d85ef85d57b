"""One trainer and one server per run directory, whichever process or machine they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from vae_core.errors import RunLocked, RunMissing
from vae_core.runs import storage
from vae_core.runs.records import LOCK

_LOOK_S = 0.5
"""How long a lock is tried for: who only looks whether it is held has it for a moment."""


@contextmanager
def hold(directory: Path, name: str = LOCK) -> Iterator[None]:
    """Keeps every other from training the run; the system itself takes the lock from a process that dies.

    name: `SERVER_LOCK` to be the one server that lets it train or wait. Raises RunLocked if somebody else has it and
    keeps it, RunMissing, or DiskRefused if there can be no lock in that place.
    """
    if not storage.exists(directory):  # the library would make it
        raise RunMissing(f"there is no run {directory.name}; choose one from the list, or train a new one")
    lock = filelock.FileLock(directory / name, thread_local=False)
    try:
        lock.acquire(timeout=_LOOK_S, poll_interval=0.02)
    except filelock.Timeout:
        raise RunLocked(
            f"run {directory.name} is being trained by another process; wait until it ends, or stop it there"
        ) from None
    except (OSError, NotImplementedError) as error:
        cause = error if isinstance(error, OSError) else OSError(f"its file system knows no locks: {error}")
        raise storage.refused(directory / name, cause) from cause
    try:
        yield
    finally:
        lock.release()


def is_held(directory: Path, name: str = LOCK) -> bool:
    """Whether somebody has the lock, this process included. Raises DiskRefused where the disk does not say."""
    if not storage.exists(directory / name):  # a look shall leave nothing behind
        return False
    try:
        with hold(directory, name):
            return False
    except RunLocked:
        return True
    except RunMissing:
        return False
