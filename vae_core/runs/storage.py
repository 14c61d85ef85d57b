"""Files that are either whole or not there: atomic writes, strict JSON, tensors, and manifests with digests.

It knows bytes and names; what the names mean for a run is `vae_core/runs/reader.py`'s.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import secrets
import stat
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from vae_core.errors import CheckpointDamaged, DiskRefused, RunError

MANIFEST = "manifest.json"
Tensors = Mapping[str, npt.NDArray[Any]]
Entry = tuple[str, int]  # SHA-256 in hexadecimal, size in bytes

_SETTLED_NS = 100_000_000  # a file younger than this may change again without its time stamp showing it
_BUSY_TRIES = 40 if os.name == "nt" else 1  # Windows refuses to replace a file while another process reads it


def write_file(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Replaces path by data in one step: a reader, or a crash, meets the old file or the new one.

    durable: wait until the disk has it. Raises DiskRefused, with the earlier file as it was, if the disk refuses.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        _replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise refused(path, error) from error


def make_directory(path: Path) -> None:
    """Makes one directory, if it is not there. Raises DiskRefused."""
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise refused(path, error) from error


def exists(path: Path) -> bool:
    """Whether there is a file or a directory of that name. Raises DiskRefused where the disk does not say.

    Path.exists says no to a disk that fails, from Python 3.14 on: a run would seem to have no manifest.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise unseen(path, error) from error
    return True


def paths_in(directory: Path) -> list[Path]:
    """What lies in a directory, in no order; nothing if it is not there. Raises DiskRefused where the disk fails.

    Path.glob passes over what a failing disk does not say, from Python 3.13 on: a run would seem to have no checkpoint.
    """
    try:
        return list(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unseen(directory, error) from error


def remove_temporaries(directory: Path) -> None:
    """Deletes what was written in part; what the system keeps does no harm."""
    with suppress(OSError):
        for path in directory.rglob(".*.tmp"):
            with suppress(OSError):
                path.unlink()


def unseen(path: Path, error: OSError) -> DiskRefused:
    """The error to raise, from the given one, when the disk did not say what it holds."""
    return DiskRefused(
        f"{path} could not be looked at ({error.strerror or error}); check the disk and who may read there, then "
        "try again"
    )


def refused(path: Path, error: OSError) -> DiskRefused:
    """The error to raise, from the given one, when the disk did not take a file."""
    return DiskRefused(
        f"{path} could not be written ({error.strerror or error}); what was there before is untouched: "
        "make room or allow writing there, then try again"
    )


def _replace(source: Path, target: Path) -> None:
    for left in reversed(range(_BUSY_TRIES)):
        try:
            source.replace(target)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(0.005)


def sync(path: Path) -> None:
    """Waits until the disk has a file's content, or a directory's names if such can be opened. Raises DiskRefused."""
    try:
        is_directory = stat.S_ISDIR(path.stat().st_mode)
        if is_directory and os.name == "nt":
            return
        descriptor = os.open(path, os.O_RDONLY if is_directory else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a network's file system, which has no such thing for directories
            raise refused(path, error) from error


# JSON


def dump_json(value: object) -> bytes:
    """The one way a value is written: sorted, readable, no NaN, so that equal values are equal bytes."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def parse_json(data: bytes, what: str) -> Any:
    """A value from untrusted bytes; NaN and infinities are refused. Raises CheckpointDamaged, which names what."""
    try:
        return json.loads(data, parse_constant=_not_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise CheckpointDamaged(f"{what} is not valid JSON ({error}); copy it again from where it came") from None


def _not_finite(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _not_finite(text)


# Tensors


def dump_tensors(tensors: Tensors, metadata: Mapping[str, str] | None = None) -> bytes:
    """A safetensors file; equal arguments give equal bytes. The values are copied once: the library does it five times.

    They lie as the library lays them, by kind and then by name, widest first, so that all are aligned.
    """
    order = list(_KINDS)
    arrays = sorted(tensors.items(), key=lambda item: (order.index(item[1].dtype.name), item[0]))
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, array in arrays:
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": _KINDS[array.dtype.name], "shape": array.shape, "data_offsets": [begin, end]}
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    values = (np.asarray(array, order="C").reshape(-1).view(np.uint8).data for _, array in arrays)
    return b"".join([len(text).to_bytes(8, "little"), text, *values])


_KINDS = {"int64": "I64", "float64": "F64", "float32": "F32", "int32": "I32", "uint32": "U32", "uint8": "U8"}


def parse_tensors(data: bytes, what: str) -> tuple[dict[str, npt.NDArray[Any]], dict[str, str]]:
    """Tensors and metadata from untrusted bytes; nothing is executed. Raises CheckpointDamaged, which names what."""
    try:
        tensors = safetensors.load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    except (SafetensorError, ValueError, KeyError) as error:
        raise CheckpointDamaged(f"{what} is no safetensors file ({error}); copy it again from where it came") from None
    return tensors, header.get("__metadata__") or {}


# Manifests


def write_manifest(directory: Path, names: Iterable[str]) -> None:
    """Records digest and size of each named file in manifest.json. Raises DiskRefused, or OSError in reading."""
    files = {name: _digest_of(directory / name) for name in names}
    content = {"files": {name: {"sha256": digest, "bytes": size} for name, (digest, size) in files.items()}}
    write_file(directory / MANIFEST, dump_json(content), durable=True)


def read_manifest(directory: Path, required: frozenset[str], optional: frozenset[str]) -> dict[str, Entry]:
    """{name: (digest, bytes)} of a directory's manifest.json.

    Raises CheckpointDamaged if it is missing, names other files than it may, or differs by one byte from what
    `write_manifest` would have written: so that damage to the manifest itself does not pass either.
    """
    data = read_file(directory, MANIFEST)
    content = parse_json(data, f"{MANIFEST} of run {directory.name}")
    try:
        entries = {str(name): (str(entry["sha256"]), int(entry["bytes"])) for name, entry in content["files"].items()}
    except (TypeError, KeyError, ValueError, AttributeError):
        entries = {}
    if not required <= entries.keys() <= required | optional or dump_json(content) != data:
        raise _damaged(directory, MANIFEST, "is not as it was written")
    return entries


def verify_file(directory: Path, name: str, expected: Entry) -> None:
    """Compares a file with its manifest entry; quick if it has not changed since the last time.

    Raises CheckpointDamaged.
    """
    try:
        got = _digest_of(directory / name)
    except OSError as error:
        raise _unreadable(directory, name, error) from None
    _compare(directory, name, expected, got)


def read_verified(directory: Path, name: str, expected: Entry) -> bytes:
    """A file's bytes, checked as read against its manifest entry. Raises CheckpointDamaged."""
    data = read_file(directory, name)
    _compare(directory, name, expected, (hashlib.sha256(data).hexdigest(), len(data)))
    return data


def read_file(directory: Path, name: str) -> bytes:
    """A file's bytes as they are. Raises CheckpointDamaged if it is missing, DiskRefused if the disk fails."""
    try:
        return (directory / name).read_bytes()
    except OSError as error:
        raise _unreadable(directory, name, error) from None


def _compare(directory: Path, name: str, expected: Entry, got: Entry) -> None:
    if got[1] != expected[1]:
        raise _damaged(directory, name, f"has {got[1]} bytes, {MANIFEST} says {expected[1]}")
    if got[0] != expected[0]:
        raise _damaged(directory, name, f"has digest {got[0][:12]}…, {MANIFEST} says {expected[0][:12]}…")


def _unreadable(directory: Path, name: str, error: OSError) -> RunError:
    """A file that a failing disk does not give is not damaged: nothing may be done in its place."""
    is_missing = isinstance(error, FileNotFoundError)
    return _damaged(directory, name, "is missing") if is_missing else unseen(directory / name, error)


def _damaged(directory: Path, name: str, why: str) -> CheckpointDamaged:
    return CheckpointDamaged(f"{name} of run {directory.name} {why}; copy the run again from where it came")


def _digest_of(path: Path) -> Entry:
    state = path.stat()
    key = (path, state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino)
    is_settled = time.time_ns() - state.st_mtime_ns > _SETTLED_NS
    return _digest(*key) if is_settled else _digest.__wrapped__(*key)


@lru_cache(maxsize=4096)
def _digest(path: Path, mtime_ns: int, ctime_ns: int, size: int, inode: int) -> Entry:
    """The file's digest, remembered for as long as its time stamps, size and inode stay what they are."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size
