"""Checkpoints: all that a training needs to go on as if it had never stopped, in one file that is whole or not there.

A checkpoint vouches for more than itself: its metadata carries the digest of config.json, and that of the part of
metrics.jsonl that had been written by then. What follows in that file is cut off when the run is resumed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy.typing as npt
from pydantic import Field, TypeAdapter, ValidationError

from vae_core.errors import CheckpointDamaged, RunMissing
from vae_core.runs import numbered_files, storage
from vae_core.runs.numbered_files import NamedFile
from vae_core.runs.records import CHECKPOINTS, CONFIG, DATA, METRICS, PARENT

KEPT = 2
_SUFFIX = ".safetensors"
_OPTIONAL = {"data": DATA, "parent": PARENT}
"""What else a checkpoint vouches for: a run of 0.1.0 has no card, and most runs have no parent."""


@dataclass(frozen=True)
class Parent:
    """The run whose model another run goes on from. digest: of all of it, see `Run.digest`. step: it had made."""

    run_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,64}$")]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    step: Annotated[int, Field(ge=1, lt=2**53)]


def parse_parent(data: bytes, what: str) -> Parent:
    """A parent from untrusted bytes. Raises CheckpointDamaged, which names what."""
    try:
        return TypeAdapter(Parent).validate_python(storage.parse_json(data, what))
    except ValidationError as error:
        name = ".".join(map(str, error.errors()[0]["loc"])) or "its content"
        raise CheckpointDamaged(f"{what}: {name} is missing or wrong; copy the run again") from None


def read_parent(directory: Path) -> Parent | None:
    """What a run goes on from; None if it began by itself. Raises CheckpointDamaged."""
    if not storage.exists(directory / PARENT):
        return None
    return parse_parent(storage.read_file(directory, PARENT), f"{PARENT} of run {directory.name}")


@dataclass(frozen=True)
class Checkpoint:
    """A training after `step` steps. metrics_bytes: how much of metrics.jsonl belongs to it."""

    step: int
    elapsed_s: float
    state: dict[str, npt.NDArray[Any]]
    metrics_bytes: int


def listed(directory: Path) -> list[NamedFile]:
    """The checkpoints of a run directory, the newest last; nothing is read."""
    return numbered_files.listed(directory / CHECKPOINTS, _SUFFIX)


def newest_step(directory: Path) -> int | None:
    """The step that a run could go on from, by the name alone; None if there is no checkpoint."""
    files = listed(directory)
    return files[-1].numbers[0] if files else None


def newest_checkpoint(directory: Path) -> Checkpoint:
    """The newest checkpoint, verified. Raises CheckpointDamaged, which names the file, or RunMissing if there is none.

    Damaged is the checkpoint itself, config.json, data.json, or the part of metrics.jsonl of the time it was written.
    """
    files = listed(directory)
    if not files:
        raise RunMissing(f"run {directory.name} keeps no checkpoint to go on from; start it again")
    return read_checkpoint(files[-1])


def read_checkpoint(file: NamedFile) -> Checkpoint:
    """One of those listed. Raises as `newest_checkpoint`."""
    directory, what = file.path.parent.parent, numbered_files.describe(file)
    state, metadata = storage.parse_tensors(numbered_files.read(file), what)
    try:
        step, elapsed_s = int(metadata["step"]), float(metadata["elapsed_s"])
        size, digest, config = int(metadata["metrics_bytes"]), metadata["metrics_sha256"], metadata["config"]
    except (KeyError, ValueError) as error:
        raise CheckpointDamaged(f"{what} is no checkpoint ({error} is wrong); start the run again") from None
    _expect(directory, CONFIG, config, storage.read_file(directory, CONFIG))
    for key, name in _OPTIONAL.items():
        if key in metadata:
            _expect(directory, name, metadata[key], storage.read_file(directory, name))
    _expect(directory, METRICS, digest, storage.read_file(directory, METRICS)[:size])
    return Checkpoint(step, elapsed_s, state, size)


def _expect(directory: Path, name: str, digest: str, data: bytes) -> None:
    got = hashlib.sha256(data).hexdigest()
    if got != digest:
        raise CheckpointDamaged(
            f"{name} of run {directory.name} has digest {got[:12]}…, its checkpoint says {digest[:12]}…; "
            "copy the run again from where it came, or start it again"
        )


def dump(
    state: Mapping[str, npt.NDArray[Any]],
    *,
    step: int,
    elapsed_s: float,
    digests: Mapping[str, str],
    metrics: tuple[int, str],
) -> bytes:
    """A checkpoint's bytes. digests: as of `digests_of`. metrics: bytes and SHA-256 of metrics.jsonl so far."""
    metadata = {
        "step": str(step),
        "elapsed_s": repr(float(elapsed_s)),
        "metrics_bytes": str(metrics[0]),
        "metrics_sha256": metrics[1],
        **digests,
    }
    return storage.dump_tensors(state, metadata)


def digests_of(directory: Path) -> dict[str, str]:
    """The SHA-256 of what a run was told, which its checkpoints vouch for: its config, and what else there is.

    Raises CheckpointDamaged.
    """
    told = {"config": CONFIG} | {key: name for key, name in _OPTIONAL.items() if storage.exists(directory / name)}
    return {key: hashlib.sha256(storage.read_file(directory, name)).hexdigest() for key, name in told.items()}


def write(directory: Path, step: int, data: bytes) -> None:
    """Adds a checkpoint, durably, and only then deletes those that are too many. Raises DiskRefused."""
    folder = directory / CHECKPOINTS
    if not listed(directory):
        storage.make_directory(folder)
        storage.sync(directory)
        storage.sync(directory.parent)
    numbered_files.write(folder, (step,), _SUFFIX, data, durable=True)
    numbered_files.forget(listed(directory)[:-KEPT])
