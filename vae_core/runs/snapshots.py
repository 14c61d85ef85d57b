"""Snapshots: the model and its map after an epoch, a bounded number of them, so that a run can be looked back on; and
of a model that spans β, its map at some of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.architecture.linear_model import linear_model_in
from vae_core.config import TrainConfig
from vae_core.data.source import DataCard
from vae_core.errors import CheckpointDamaged, RunMissing
from vae_core.runs import numbered_files, records, storage
from vae_core.runs.numbered_files import NamedFile
from vae_core.runs.records import SNAPSHOTS, Embedding

MAX_COUNT = 64
MAX_BYTES = 192 * 2**20
_SUFFIX = ".safetensors"
_PREFIX = "model."


@dataclass(frozen=True, order=True)
class Snapshot:
    """What can be looked back on: the model after an epoch, which is after a step. digest: its file's."""

    epoch: int
    step: int
    digest: str = field(default="", compare=False)


def listed(directory: Path) -> list[NamedFile]:
    """The snapshots of a run directory, the newest last; nothing is read."""
    return [file for file in numbered_files.listed(directory / SNAPSHOTS, _SUFFIX) if len(file.numbers) == 2]


def stride(epochs: Iterable[int]) -> int:
    """The power of two at which the epochs that are kept follow each other."""
    common = math.gcd(*epochs)
    return common & -common or 1


def read(
    directory: Path, epoch: int, config: TrainConfig, card: DataCard
) -> tuple[dict[str, npt.NDArray[np.float32]], Embedding]:
    """Weights and map after an epoch; of epoch 0, a linear model's.

    Raises RunMissing, CheckpointDamaged (naming the file) or ShapeMismatch.
    """
    file = next((file for file in reversed(listed(directory)) if file.numbers[0] == epoch), None)
    if file is None:
        raise RunMissing(f"run {directory.name} keeps no snapshot of epoch {epoch}; choose one of those listed")
    what = numbered_files.describe(file)
    tensors, metadata = storage.parse_tensors(numbered_files.read(file), what)
    weights = {name.removeprefix(_PREFIX): array for name, array in tensors.items() if name.startswith(_PREFIX)}
    rest = {name: array for name, array in tensors.items() if not name.startswith(_PREFIX)}
    if linear_model_in(weights, config.latent_dim, card) is None:
        records.check_weights(weights, config, card, what)
    return weights, records.embedding_from(rest, metadata, config.latent_dim, what)


def dump(weights: Mapping[str, npt.NDArray[np.float32]], embedding: Embedding) -> bytes:
    """A snapshot's bytes."""
    tensors: dict[str, npt.NDArray[Any]] = {f"{_PREFIX}{name}": array for name, array in weights.items()}
    return storage.dump_tensors(tensors | embedding.tensors(), embedding.metadata())


def write(directory: Path, epoch: int, step: int, data: bytes) -> Path | None:
    """Adds a snapshot and returns its path. Raises DiskRefused.

    Where there would be too many, every second one goes first, which may be the new one too: then None.
    """
    if len(data) > MAX_BYTES:
        return None
    folder = directory / SNAPSHOTS
    storage.make_directory(folder)
    sizes = {file.numbers[0]: file.bytes for file in listed(directory)} | {epoch: len(data)}
    every = stride(sizes.keys() - {epoch})
    kept = {each for each in sizes if each % every == 0}
    while len(kept) > MAX_COUNT or sum(sizes[each] for each in kept) > MAX_BYTES:
        every *= 2
        kept = {each for each in kept if each % every == 0}
    numbered_files.forget(file for file in listed(directory) if file.numbers[0] not in kept)
    if epoch not in kept:
        return None
    numbered_files.forget(file for file in listed(directory) if file.numbers[0] == epoch and file.numbers[1] != step)
    return numbered_files.write(folder, (epoch, step), _SUFFIX, data)


@dataclass(frozen=True)
class BetaStop:
    """A β at which a model that spans them was measured, on a sample of what is held out: nats per image."""

    beta: float
    reconstruction_nats: float
    kl_nats: float


def dump_betas(stops: Sequence[tuple[BetaStop, Embedding]]) -> bytes:
    """The bytes of a run's `BETAS`, the least β first; all maps are of the same images."""
    tensors: dict[str, npt.NDArray[Any]] = {"stops": np.array([astuple(stop) for stop, _ in stops])}  # (S, 3), float64
    for index, (_, embedding) in enumerate(stops):
        tensors |= {f"{index}.{name}": array for name, array in embedding.tensors().items()}
    return storage.dump_tensors(tensors, stops[0][1].metadata())


def parse_betas(data: bytes, latent_dim: int, what: str) -> list[tuple[BetaStop, Embedding]]:
    """What `dump_betas` was given. Raises CheckpointDamaged or ShapeMismatch."""
    tensors, metadata = storage.parse_tensors(data, what)
    figures = tensors.get("stops", np.zeros(0))
    if figures.ndim != 2 or figures.shape[1] != 3 or not np.isfinite(figures).all():
        raise CheckpointDamaged(f"{what} should tell β, reconstruction and KL of each map; copy the run again")
    found = []
    for index, row in enumerate(figures.tolist()):
        prefix = f"{index}."
        own = {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}
        found.append((BetaStop(*row), records.embedding_from(own, metadata, latent_dim, what)))
    return found
