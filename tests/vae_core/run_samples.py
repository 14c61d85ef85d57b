"""Small run directories for the tests of those who read, write and send them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from vae_core import runs
from vae_core.architecture.layers import weight_shapes
from vae_core.architecture.onnx_models import decoder_onnx
from vae_core.config import TrainConfig, parse_config
from vae_core.data.registry import DATASETS
from vae_core.runs import Embedding, Evaluation, Figures, RunWriter

LISTED = [
    "config.json",
    "data.json",
    "metrics.jsonl",
    "model.safetensors",
    "embedding.safetensors",
    "decoder.onnx",
    "evaluation.json",
]
FIGURES = Figures(21.5, 2.5, 24.0, kl_per_dim_nats=(1.5, 1.0), active_units=2, images=5)
RECORD = Evaluation(12, 1, FIGURES, None)


def small_config() -> TrainConfig:
    """Digits, with a model of 400 weights."""
    return parse_config({"dataset": "digits", "hidden_sizes": (3,)})


def random_weights(config: TrainConfig) -> dict[str, Any]:
    """Weights that fit, the same each time."""
    generator = np.random.default_rng(0)
    shapes = weight_shapes(config, DATASETS["digits"].card)
    return {name: generator.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def embedding_of(count: int, step: int = 12, dims: int = 2) -> Embedding:
    """The posteriors of the first held-out images."""
    mu = np.arange(count * dims, dtype=np.float32).reshape(count, dims)
    return Embedding(mu, -mu, np.arange(count, dtype=np.uint8), np.arange(count, dtype=np.int32), "held-out", step)


def finish(writer: RunWriter, weights: dict[str, Any], **changes: Any) -> runs.Run:
    """Gives a run one row and its end; changes are to what `RunWriter.finish` is given, state among it."""
    writer.append_metrics({"split": "train", "step": 12, "kl_nats": 2.5})
    values: dict[str, Any] = {
        "weights": weights,
        "embedding": embedding_of(5),
        "decoder": decoder_onnx(writer.config, weights),
        "evaluation": RECORD,
        "step": 12,
    }
    writer.finish(**{"state": "finished", **values, **changes})
    return runs.Run(writer.run_id, writer.directory, writer.config, writer.card)


def files_in(directory: Path) -> dict[str, bytes]:
    """Everything below a directory, by relative path."""
    return {str(p.relative_to(directory)): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}
