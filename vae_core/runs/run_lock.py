"""One trainer and one server per run directory, whichever process or machine they belong to.

The system's lock goes with a process that dies, and says nothing of a machine that is only believed dead: one that was
frozen, or cut off, and comes back to write on. So where several machines may train a run, each adds a claim, numbered
and with a body, and looks before each write whether another has followed its own: the last one counts. Generations
are whole numbers without gaps, so that a look is one question to the disk.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import filelock
from pydantic import Field, TypeAdapter, ValidationError

from vae_core.errors import CheckpointDamaged, RunLocked, RunMissing
from vae_core.runs import storage
from vae_core.runs.records import CLAIMS, LOCK

_LOOK_S = 0.5
"""How long a lock is tried for: who only looks whether it is held has it for a moment."""


@contextmanager
def hold(directory: Path, name: str = LOCK, patience_s: float = _LOOK_S) -> Iterator[None]:
    """Keeps every other from training the run; the system itself takes the lock from a process that dies.

    name: `SERVER_LOCK` to be the one server that lets it train or wait. Raises RunLocked if somebody else has it and
    keeps it for so long, RunMissing, or DiskRefused if there can be no lock in that place.
    """
    if not storage.exists(directory):  # the library would make it
        raise RunMissing(f"there is no run {directory.name}; choose one from the list, or train a new one")
    lock = filelock.FileLock(directory / name, thread_local=False)
    try:
        lock.acquire(timeout=patience_s, poll_interval=0.02)
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


# Claims

_NAME = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Claim:
    """One writer's. generation: from 1. step: of the checkpoint that it goes on from, 0 for none."""

    generation: Annotated[int, Field(ge=1)]
    step: Annotated[int, Field(ge=0)]
    machine: str
    process: int
    token: str


_CLAIM = TypeAdapter(Claim)


def is_claimed(directory: Path) -> bool:
    """Whether the run was ever one that several machines may train. Raises DiskRefused."""
    return storage.exists(directory / CLAIMS)


def generations(directory: Path) -> list[int]:
    """All there have been, in order; none for a run that only one machine knew. Raises DiskRefused."""
    return sorted(int(path.name) for path in storage.paths_in(directory / CLAIMS) if _NAME.fullmatch(path.name))


def take_over(directory: Path, step: int = 0) -> Claim:
    """Makes the caller the one writer, whoever it was before. Raises DiskRefused.

    Of two that ask at once each gets a generation of its own, and the later one counts.
    """
    storage.make_directory(directory / CLAIMS)
    generation = max(generations(directory), default=0) + 1
    while True:
        claim = Claim(generation, step, platform.node()[:80], os.getpid(), secrets.token_hex(8))
        if _create(directory / CLAIMS / str(generation), storage.dump_json(asdict(claim))):
            return claim
        generation += 1


def _create(path: Path, body: bytes) -> bool:
    """Makes a file that was not there; False if it was. It has a body, since some network's file systems let two make
    the same empty file, and what is read back tells which of them did.
    """
    try:
        with path.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        storage.sync(path.parent)
        return path.read_bytes() == body
    except FileExistsError:
        return False
    except OSError as error:
        raise storage.refused(path, error) from error


def expect_last(directory: Path, claim: Claim) -> None:
    """Raises RunLocked if somebody has taken the run over since."""
    if storage.exists(directory / CLAIMS / str(claim.generation + 1)):
        raise RunLocked(
            f"run {directory.name} goes on elsewhere since this process was believed dead; nothing is written here "
            "any more"
        )


def tries_at(directory: Path, step: int) -> int:
    """How many of the last claims in a row went on from that step. Raises DiskRefused."""
    tries = 0
    for generation in reversed(generations(directory)):
        try:
            data = storage.read_file(directory / CLAIMS, str(generation))
            claim = _CLAIM.validate_python(storage.parse_json(data, CLAIMS))
        except (CheckpointDamaged, ValidationError):  # cut off in the making: nobody goes by it
            continue
        if claim.step != step:
            break
        tries += 1
    return tries
