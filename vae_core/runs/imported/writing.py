"""A model that was made elsewhere, as a run directory: finished, without rows, and its likelihood not known."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.architecture.layers import POINT_LOGVAR
from vae_core.architecture.onnx_models import decoder_onnx
from vae_core.config import TrainConfig, check_data
from vae_core.data.source import DataCard, Labels, SplitName
from vae_core.runs import records, storage
from vae_core.runs.imported import origin
from vae_core.runs.imported.origin import ImportedFrom
from vae_core.runs.records import (
    CONFIG,
    DATA,
    DECODER,
    EMBEDDING,
    IMPORTED,
    METRICS,
    MODEL,
    REQUIRED_OF_IMPORTED,
    STATUS,
    Embedding,
    Status,
)

ACTIVE_VARIANCE = 1e-2
"""Of a dimension's mean over images, above which it moves with them: Burda et al. 2016, appendix."""
Floats = npt.NDArray[np.float32]


def empty_map(latent_dim: int, classes: int) -> Embedding:
    """The map of a model of which no image is known."""
    labels = np.zeros(0, np.uint32) if classes else None
    none = np.zeros((0, latent_dim), np.float32)
    return Embedding(none, none, labels, np.zeros(0, np.int32), "held-out", 1)


def map_of(mu: Floats, logvar: Floats, labels: Labels | None, split: SplitName) -> Embedding:
    """The map of posteriors (N, D), of a split's first N images."""
    return Embedding(mu, logvar, labels, np.arange(len(mu), dtype=np.int32), split, 1)


def with_figures(imported: ImportedFrom, embedding: Embedding) -> ImportedFrom:
    """What can be said without a likelihood of a map that has points; of posteriors that are points no KL."""
    mu, logvar = embedding.mu.astype(np.float64), embedding.logvar.astype(np.float64)
    if not len(mu):
        return imported
    kl = 0.5 * (np.square(mu) + np.expm1(logvar) - logvar).mean(axis=0)  # (N, D) -> (D,), nats
    has_spread = bool((logvar > POINT_LOGVAR).all())
    return replace(
        imported,
        images=len(mu),
        kl_per_dim_nats=tuple(kl.tolist()) if has_spread else None,
        active_units=int((mu.var(axis=0) > ACTIVE_VARIANCE).sum()),
    )


def write_imported(  # noqa: PLR0913
    tensors: Mapping[str, npt.NDArray[Any]],
    config: TrainConfig,
    card: DataCard,
    embedding: Embedding,
    imported: ImportedFrom,
    *,
    root: Path | None = None,
) -> str:
    """Stores a model as a new run, and returns its id; whole or not at all.

    tensors: of an `ImportedModel`, or the weights of one of ours, which stay as they are.

    Raises ConfigInvalid or ShapeMismatch where model, config and card do not go together, DiskRefused.
    """
    check_data(config, card)
    records.check_weights(tensors, config, card, "the imported model")
    now = time.time()
    files = {
        CONFIG: storage.dump_json(config.model_dump(mode="json")),
        DATA: storage.dump_json(card.as_json()),
        IMPORTED: origin.dump_imported(with_figures(imported, embedding)),
        METRICS: b"",
        MODEL: storage.dump_tensors(tensors),
        EMBEDDING: embedding.to_bytes(),
        DECODER: decoder_onnx(config, tensors, card=card),
    }
    status = Status("finished", step=1, total_steps=1, epoch=1, epochs=1, live_step=1, created_at=now, updated_at=now)
    root = (root or records.runs_root()).absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".upload-", dir=root, ignore_cleanup_errors=True) as staging:
            directory = Path(staging) / "run"
            directory.mkdir()
            for name, data in files.items():
                storage.write_file(directory / name, data)
            storage.write_manifest(directory, REQUIRED_OF_IMPORTED | {DECODER})
            storage.write_file(directory / STATUS, records.dump_status(status))
            return directory.rename(root / records.new_run_id()).name
    except OSError as error:
        raise storage.refused(root, error) from error
