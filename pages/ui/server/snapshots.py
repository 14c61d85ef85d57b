"""A run's snapshots as the browser reads them: decoder, encoder and map after an epoch, each made once for everyone."""

from __future__ import annotations

from functools import lru_cache

from pages.ui.server.resources import Export
from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx

FIGURES = ("reconstruction_nats", "kl_nats")


def listed(run: runs.Run) -> list[dict[str, float | None]]:
    """The epochs that can be looked back on, in order, each with its step and its held-out figures in nats per image.

    Figures are None in runs from before snapshots were scored. Raises CheckpointDamaged.
    """
    return _listed(run.id, tuple((each.epoch, each.step, each.digest) for each in run.snapshots()))


def epoch_at(run: runs.Run, step: int) -> int | None:
    """The epoch that ended with a step and of which the run keeps a snapshot, or None."""
    return next((snapshot.epoch for snapshot in run.snapshots() if snapshot.step == step), None)


def decoder(run: runs.Run, epoch: int, label: int | None = None) -> bytes:
    """The decoder after an epoch as ONNX; label: the class to decode for, if the model is conditional.

    Raises as `Run.snapshot`, and ShapeMismatch if the model knows no such class.
    """
    return _exported(decoder_onnx, run.id, epoch, _digest(run, epoch), label if run.config.is_conditional else None)


def encoder(run: runs.Run, epoch: int, label: int | None = None) -> bytes:
    """The encoder after an epoch as ONNX; label: the class that it is told. Raises as `decoder`."""
    return _exported(encoder_onnx, run.id, epoch, _digest(run, epoch), label if run.config.is_conditional else None)


def embedding(run: runs.Run, epoch: int) -> bytes:
    """The map after an epoch, as a safetensors file. Raises as `Run.snapshot`."""
    return _embedding(run.id, epoch, _digest(run, epoch))


def _digest(run: runs.Run, epoch: int) -> str:
    """That of an epoch's file, which is another once the epoch was trained anew; nothing if there is no such file."""
    return next((snapshot.digest for snapshot in reversed(run.snapshots()) if snapshot.epoch == epoch), "")


@lru_cache(maxsize=16)
def _listed(run_id: str, snapshots: tuple[tuple[int, int, str], ...]) -> list[dict[str, float | None]]:
    rows, _ = runs.open_run(run_id).metrics()
    scored = {row["step"]: row for row in rows if row["split"] == "held-out"}
    return [
        {"epoch": epoch, "step": step} | {name: scored.get(step, {}).get(name) for name in FIGURES}
        for epoch, step, _digest in snapshots
    ]


@lru_cache(maxsize=48)
def _exported(export: Export, run_id: str, epoch: int, _digest: str, label: int | None) -> bytes:
    run = runs.open_run(run_id)
    weights, _ = run.snapshot(epoch)
    return export(run.config, weights, label)


@lru_cache(maxsize=64)
def _embedding(run_id: str, epoch: int, _digest: str) -> bytes:
    _, embedding = runs.open_run(run_id).snapshot(epoch)
    return embedding.to_bytes()
