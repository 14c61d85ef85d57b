"""Columns as CSV, Parquet or .npz, and the two tables of a run: its embedding and its curves.

Columns are {name: one value for each row}; None is a value that is not there.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.errors import RunMissing
from vae_core.runs import Run, records

Columns = Mapping[str, npt.NDArray[Any] | Sequence[Any]]


def csv(columns: Columns) -> bytes:
    """UTF-8, commas, a line of names first; text in quotes, nothing where nothing is known."""
    from pyarrow import csv as writer  # noqa: PLC0415  half a second, only for whoever wants a table

    written = io.BytesIO()
    writer.write_csv(_table(columns), written, writer.WriteOptions(quoting_style="needed"))
    return written.getvalue()


def parquet(columns: Columns) -> bytes:
    """Zstandard inside; float32 stays float32."""
    from pyarrow import parquet as writer  # noqa: PLC0415

    written = io.BytesIO()
    writer.write_table(_table(columns), written, compression="zstd")
    return written.getvalue()


def npz(columns: Columns) -> bytes:
    """An array for each column; text as Unicode, so that `numpy.load` needs no pickle."""
    written = io.BytesIO()
    np.savez_compressed(written, allow_pickle=False, **{name: np.asarray(values) for name, values in columns.items()})
    return written.getvalue()


def _table(columns: Columns) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    return pa.table({name: pa.array(values) for name, values in columns.items()})


def embedding(run: Run) -> dict[str, npt.NDArray[Any]]:
    """A complete run's embedding, a row for each image; see `evaluation.encode_all`, which loads torch."""
    from vae_core.evaluation.encode_all import embedding_rows  # noqa: PLC0415

    return embedding_rows(run)


def curves(run: Run) -> dict[str, list[Any]]:
    """A run's metrics as columns, see `records.COLUMNS`: those that have a value in any row, in that order.

    What has a number for each latent dimension is a column for each, counted from 0. Raises CheckpointDamaged, or
    RunMissing where nothing was measured.
    """
    rows, _ = run.metrics()
    if not rows:
        raise RunMissing(f"run {run.id} has no metrics: nobody watched its training here; export its embedding instead")
    flat = [_flat(row) for row in rows]
    names = dict.fromkeys(name for column in records.COLUMNS for row in flat for name in row if _of(name) == column)
    return {name: [row.get(name) for row in flat] for name in names}


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is nested."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, list):
            values |= {f"{name}.{index}": each for index, each in enumerate(value)}
        elif not isinstance(value, dict):
            values[name] = value
    return values


def _of(name: str) -> str:
    return name.partition(".")[0]
