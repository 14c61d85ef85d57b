"""What a browser fetches of a run: decoder, encoder and map, as they are now or were after an epoch.

Of what no longer changes each is made once, for everyone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypedDict

from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx

Export = Callable[..., bytes]
"""`decoder_onnx` or `encoder_onnx`."""


class Moment(TypedDict):
    """An epoch that can be looked back on."""

    epoch: int
    step: int
    reconstruction_nats: float | None
    """Held-out, per image; null in runs from before these were kept."""
    kl_nats: float | None


@lru_cache(maxsize=48)
def _exported(export: Export, run_id: str, _digest: str, label: int | None) -> bytes:
    run = runs.open_run(run_id)
    return export(run.config, run.weights(), label, card=run.card)


def decoder(run: runs.Run, step: int, label: int | None = None) -> bytes:
    """A run's decoder at a step as ONNX; a complete run's is made from its weights once, the same for everyone.

    label: the class to decode for, if the model is conditional and complete; while it trains there is only class 0's.
    Raises as `Run.decoder`, and ShapeMismatch if the model knows no such class.
    """
    if not (run.is_complete and step == run.step):
        return run.decoder(step)
    return _exported(decoder_onnx, run.id, run.digest(), label if run.config.is_conditional else None)


def encoder(run: runs.Run, step: int, label: int | None = None) -> bytes:
    """A run's encoder at a step as ONNX; label: the class that it is told, as in `decoder`. Raises as that."""
    if not (run.is_complete and step == run.step):
        return run.encoder(step)
    return _exported(encoder_onnx, run.id, run.digest(), label if run.config.is_conditional else None)


def warm() -> None:
    """Make the shipped models' decoders before somebody waits for them."""
    for run_id in runs.SHIPPED:
        run = runs.open_run(run_id)
        decoder(run, run.step)


@lru_cache(maxsize=2)
def _whole_embedding(run_id: str, _digest: str) -> bytes:
    # torch is imported here and nowhere else in the server: 2 s and 200 MB, only for whoever asks for all points.
    from vae_core.evaluation import encode_all  # noqa: PLC0415

    return encode_all.embed_split(runs.open_run(run_id), "all")


def whole_embedding(run: runs.Run) -> bytes:
    """The embedding of a finished run's whole data set, training and held-out, as safetensors; computed once."""
    return _whole_embedding(run.id, run.digest())


def snapshots(run: runs.Run) -> list[Moment]:
    """The epochs that can be looked back on, in order, each with its step and its held-out figures in nats per image.

    Figures are None in runs from before snapshots were scored. Raises CheckpointDamaged.
    """
    return _snapshots(run.id, tuple((each.epoch, each.step, each.digest) for each in run.snapshots()))


def epoch_at(run: runs.Run, step: int) -> int | None:
    """The epoch that ended with a step and of which the run keeps a snapshot, or None."""
    return next((snapshot.epoch for snapshot in run.snapshots() if snapshot.step == step), None)


def past_decoder(run: runs.Run, epoch: int, label: int | None = None) -> bytes:
    """The decoder after an epoch as ONNX; label: the class to decode for, if the model is conditional.

    Raises as `Run.snapshot`, and ShapeMismatch if the model knows no such class.
    """
    return _past_exported(
        decoder_onnx, run.id, epoch, _digest(run, epoch), label if run.config.is_conditional else None
    )


def past_encoder(run: runs.Run, epoch: int, label: int | None = None) -> bytes:
    """The encoder after an epoch as ONNX; label: the class that it is told. Raises as `past_decoder`."""
    return _past_exported(
        encoder_onnx, run.id, epoch, _digest(run, epoch), label if run.config.is_conditional else None
    )


def past_embedding(run: runs.Run, epoch: int) -> bytes:
    """The map after an epoch, as a safetensors file. Raises as `Run.snapshot`."""
    return _past_embedding(run.id, epoch, _digest(run, epoch))


def _digest(run: runs.Run, epoch: int) -> str:
    """That of an epoch's file, which is another once the epoch was trained anew; nothing if there is no such file."""
    return next((snapshot.digest for snapshot in reversed(run.snapshots()) if snapshot.epoch == epoch), "")


@lru_cache(maxsize=16)
def _snapshots(run_id: str, kept: tuple[tuple[int, int, str], ...]) -> list[Moment]:
    rows, _ = runs.open_run(run_id).metrics()
    scored = {row["step"]: row for row in rows if row["split"] == "held-out"}
    figures = [(epoch, step, scored.get(step, {})) for epoch, step, _digest in kept]
    return [
        {
            "epoch": epoch,
            "step": step,
            "reconstruction_nats": row.get("reconstruction_nats"),
            "kl_nats": row.get("kl_nats"),
        }
        for epoch, step, row in figures
    ]


@lru_cache(maxsize=48)
def _past_exported(export: Export, run_id: str, epoch: int, _digest: str, label: int | None) -> bytes:
    run = runs.open_run(run_id)
    weights, _ = run.snapshot(epoch)
    return export(run.config, weights, label, card=run.card)


@lru_cache(maxsize=64)
def _past_embedding(run_id: str, epoch: int, _digest: str) -> bytes:
    _, embedding = runs.open_run(run_id).snapshot(epoch)
    return embedding.to_bytes()
