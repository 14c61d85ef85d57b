"""One trainer per run directory, whichever process or server it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from vae_core.errors import RunLocked, RunMissing
from vae_core.runs import storage
from vae_core.runs.records import LOCK


@contextmanager
def hold(directory: Path) -> Iterator[None]:
    """Keeps every other from training the run; the system itself takes the lock from a process that dies.

    Raises RunLocked at once if somebody else has it, RunMissing, or DiskRefused if there can be no lock in that place.
    """
    if not storage.exists(directory):  # the library would make it
        raise RunMissing(f"there is no run {directory.name}; choose one from the list, or train a new one")
    lock = filelock.FileLock(directory / LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise RunLocked(
            f"run {directory.name} is being trained by another process; wait until it ends, or stop it there"
        ) from None
    except (OSError, NotImplementedError) as error:
        cause = error if isinstance(error, OSError) else OSError(f"its file system knows no locks: {error}")
        raise storage.refused(directory / LOCK, cause) from cause
    try:
        yield
    finally:
        lock.release()
