"""Where a model was made that was not trained here, as imported.json has it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from vae_core.errors import CheckpointDamaged
from vae_core.runs import storage
from vae_core.runs.records import IMPORTED


@checked_dataclass(frozen=True, config=ConfigDict(allow_inf_nan=False, extra="forbid"))
class ImportedFrom:
    """Where a model was made that was not trained here.

    kind: "ONNX" and so on. files: their names. facts: what was read from them or said of them, by words. images: how
    many were encoded; over these are the mean squared error of a pixel, 0 to 1, the KL of each dimension from the prior
    N(0, I) in nats, and how many dimensions move with the image. likelihood: the title of that which the model was
    trained under, where its files say so; "" where they do not.
    """

    name: str
    kind: str
    files: tuple[str, ...]
    facts: dict[str, str]
    has_encoder: bool
    images: int = 0
    mean_squared_error: float | None = None
    kl_per_dim_nats: tuple[float, ...] | None = None
    active_units: int | None = None
    likelihood: str = ""


_IMPORTED_FROM = TypeAdapter(ImportedFrom)


def read_imported(directory: Path) -> ImportedFrom | None:
    """Where a run's model was made, if that was elsewhere. Raises CheckpointDamaged."""
    if not storage.exists(directory / IMPORTED):
        return None
    what = f"{IMPORTED} of run {directory.name}"
    return _checked(storage.parse_json(storage.read_file(directory, IMPORTED), what), what)


def dump_imported(imported: ImportedFrom) -> bytes:
    """imported.json's bytes."""
    return storage.dump_json(dataclasses.asdict(imported))


def _checked(values: object, what: str) -> ImportedFrom:
    try:
        return _IMPORTED_FROM.validate_python(values)
    except ValidationError:
        raise CheckpointDamaged(f"{what} is not as it was written; copy the run again") from None
