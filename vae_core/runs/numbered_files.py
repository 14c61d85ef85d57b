"""Files whose names carry the digest of what is in them: `<number>-…-<first half of its SHA-256>.<suffix>`.

Whoever reads one knows whether it is what was written, though no manifest lists it: live files, snapshots, checkpoints.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vae_core.errors import CheckpointDamaged, RunMissing
from vae_core.runs import storage

_DIGITS = 32  # of the digest
_NAME = re.compile(rf"((?:[0-9]{{1,15}}-)+)([0-9a-f]{{{_DIGITS}}})(\.[a-z]+)", re.ASCII)


@dataclass(frozen=True, order=True)
class NamedFile:
    """One such file, by what its name says. numbers: a step, or an epoch and a step. age_ns: when it was written."""

    numbers: tuple[int, ...]
    age_ns: int
    path: Path
    digest: str
    bytes: int


def listed(directory: Path, suffix: str) -> list[NamedFile]:
    """Those of a directory, by their numbers and then by age, the newest last; none if there is no directory.

    Raises DiskRefused where the disk does not say.
    """
    found = []
    for path in storage.paths_in(directory):
        match = _NAME.fullmatch(path.name)
        if not match or match[3] != suffix:
            continue
        try:
            numbers, state = tuple(int(number) for number in match[1].split("-")[:-1]), path.stat()
        except FileNotFoundError:  # deleted just now
            continue
        except OSError as error:
            raise storage.unseen(path, error) from error
        found.append(NamedFile(numbers, state.st_mtime_ns, path, match[2], state.st_size))
    return sorted(found)


def write(directory: Path, numbers: Iterable[int], suffix: str, data: bytes, *, durable: bool = False) -> Path:
    """Writes one, and forgets others of the same numbers; returns its path. Raises DiskRefused."""
    numbers = tuple(numbers)
    path = directory / f"{'-'.join(str(number) for number in numbers)}-{_digest(data)}{suffix}"
    storage.write_file(path, data, durable=durable)
    if durable:
        storage.sync(directory)
    forget(file for file in listed(directory, suffix) if file.numbers == numbers and file.path.name != path.name)
    return path


def read(file: NamedFile) -> bytes:
    """Its bytes, checked against its name. Raises CheckpointDamaged, DiskRefused, or RunMissing if it has gone."""
    what = describe(file)
    try:
        data = file.path.read_bytes()
    except FileNotFoundError:
        raise RunMissing(f"{what} is there no more; ask for a newer one") from None
    except OSError as error:
        raise storage.unseen(file.path, error) from error
    if _digest(data) != file.digest:
        raise CheckpointDamaged(
            f"{what} has digest {_digest(data)[:12]}…, its name says {file.digest[:12]}…; {_ADVICE}"
        )
    return data


_ADVICE = "remove it to use an earlier one, or copy the run again from where it came"


def describe(file: NamedFile) -> str:
    """How errors call it."""
    directory = file.path.parent
    return f"{directory.name}/{file.path.name} of run {directory.parent.name}"


def forget(files: Iterable[NamedFile]) -> None:
    """Deletes them; one that the system keeps, as Windows does while it is read, goes another time."""
    for file in files:
        with suppress(OSError):
            file.path.unlink(missing_ok=True)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
