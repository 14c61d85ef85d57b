"""What a browser fetches of a run: decoder, encoder and map, as they are now or were after an epoch.

Of what no longer changes each is made once, for everyone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypedDict

from pages.ui.server import map_points
from pages.ui.server.map_points import Dims
from vae_core import runs
from vae_core.architecture.beta_modulation import STOPS
from vae_core.architecture.onnx_graph import Weights
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.config import TrainConfig
from vae_core.errors import LatentStudioError, RunMissing
from vae_core.runs.records import parse_embedding

Export = Callable[..., bytes]
"""`decoder_onnx` or `encoder_onnx`."""
POSTERIOR_BYTES = 16 * 2**20
"""Of mu and logvar, in one answer: of more images every k-th is sent."""


class Moment(TypedDict):
    """An epoch that can be looked back on."""

    epoch: int
    """0: before the first, principal components stand for the network."""
    step: int
    reconstruction_nats: float | None
    """Held-out, per image; null in runs from before these were kept."""
    kl_nats: float | None
    beta: float | None
    """Of a finished model that spans β, which is looked at at some of them instead; its epochs count them from 1."""


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


def bounded(data: bytes, run: runs.Run) -> bytes:
    """An embedding's safetensors file as it is sent: one with more than `POSTERIOR_BYTES` has every k-th of its images.

    Its index tells which. Raises CheckpointDamaged or ShapeMismatch.
    """
    if len(data) <= POSTERIOR_BYTES:
        return data
    whole = _parsed(data, run)
    thin = whole.thinned(POSTERIOR_BYTES)
    return data if len(thin.index) == len(whole.index) else thin.to_bytes()


def _parsed(data: bytes, run: runs.Run) -> runs.Embedding:
    return parse_embedding(data, run.config.latent_dim, f"the embedding of run {run.id}")


def absent_classes(run: runs.Run) -> frozenset[int]:
    """The classes of which no image is on a run's map; none while there is no map, or where images have no class."""
    try:
        if not run.card.class_count or (run.imported and not run.imported.images):
            return frozenset()
        if run.is_complete:
            return _absent(run.id, run.digest())
        return _missing_of(run.embedding(), run.card.class_count)
    except LatentStudioError:
        return frozenset()


@lru_cache(maxsize=64)
def _absent(run_id: str, _digest: str) -> frozenset[int]:
    run = runs.open_run(run_id)
    return _missing_of(run.embedding(), run.card.class_count)


def _missing_of(embedding: runs.Embedding, classes: int) -> frozenset[int]:
    return frozenset(range(classes)) - frozenset([] if embedding.labels is None else map(int, embedding.labels))


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


def points(run: runs.Run, step: int, dims: Dims) -> Iterable[bytes]:
    """A run's points at a step on a plane, as the pieces of a compressed points file, see `map_points`.

    Of a complete run they are made once. Raises as `Run.embedding`, and ConfigInvalid where there is no such plane.
    """
    if not (run.is_complete and step == run.step):
        return map_points.compressed(map_points.on_plane(run.embedding(step), dims))
    return _points(run.id, run.digest(), dims)


def whole_points(run: runs.Run, dims: Dims) -> Iterable[bytes]:
    """`points` of a finished run's whole data set, training and held-out. Raises as `whole_embedding` besides."""
    return _whole_points(run.id, run.digest(), dims)


# A million points are 5 MB: eight of each kind are 120 MB at worst, and of maps of ten thousand one.


@lru_cache(maxsize=8)
def _points(run_id: str, _digest: str, dims: Dims) -> Iterable[bytes]:
    return _kept_points(runs.open_run(run_id).embedding(), dims)


@lru_cache(maxsize=8)
def _whole_points(run_id: str, _digest: str, dims: Dims) -> Iterable[bytes]:
    run = runs.open_run(run_id)
    return _kept_points(_parsed(whole_embedding(run), run), dims)


@lru_cache(maxsize=8)
def _past_points(run_id: str, epoch: int, _digest: str, dims: Dims) -> Iterable[bytes]:
    *_, embedding = _looked_at(runs.open_run(run_id), epoch)
    return _kept_points(embedding, dims)


def _kept_points(embedding: runs.Embedding, dims: Dims) -> Iterable[bytes]:
    return map_points.Replayed(map_points.compressed(map_points.on_plane(embedding, dims)))


def snapshots(run: runs.Run) -> list[Moment]:
    """The epochs that can be looked back on, in order, each with its step and its held-out figures in nats per image.

    Of a finished model that spans β, those of them at which it was measured.
    Figures are None in runs from before snapshots were scored. Raises CheckpointDamaged.
    """
    if is_moved_by_beta(run):
        return _betas(run.id, run.digest())
    return _snapshots(run.id, tuple((each.epoch, each.step, each.digest) for each in run.snapshots()))


def is_moved_by_beta(run: runs.Run) -> bool:
    """Whether what is looked at are not its epochs, but what it is at several β; they take the first steps' numbers."""
    return run.config.spans_beta and run.is_complete and run.step > STOPS and bool(run.betas())


def epoch_at(run: runs.Run, step: int) -> int | None:
    """The epoch that ended with a step and of which the run keeps a snapshot, or None."""
    if is_moved_by_beta(run):
        return step if 1 <= step <= len(run.betas()) else None
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


def past_points(run: runs.Run, epoch: int, dims: Dims) -> Iterable[bytes]:
    """`points` after an epoch. Raises as `Run.snapshot`, and ConfigInvalid where there is no such plane."""
    return _past_points(run.id, epoch, _digest(run, epoch), dims)


def _digest(run: runs.Run, epoch: int) -> str:
    """That of an epoch's file, which is another once the epoch was trained anew; nothing if there is no such file."""
    if is_moved_by_beta(run):
        return run.digest()
    return next((snapshot.digest for snapshot in reversed(run.snapshots()) if snapshot.epoch == epoch), "")


@lru_cache(maxsize=16)
def _snapshots(run_id: str, _kept: tuple[tuple[int, int, str], ...]) -> list[Moment]:
    return moments_of(runs.open_run(run_id))


@lru_cache(maxsize=16)
def _betas(run_id: str, _digest: str) -> list[Moment]:
    return [
        {
            "epoch": number,
            "step": number,
            "reconstruction_nats": stop.reconstruction_nats,
            "kl_nats": stop.kl_nats,
            "beta": stop.beta,
        }
        for number, stop in enumerate(runs.open_run(run_id).betas(), 1)
    ]


def _looked_at(run: runs.Run, epoch: int) -> tuple[TrainConfig, Weights, runs.Embedding]:
    """Settings, weights and map after an epoch, or at the β that counts as one. Raises as `Run.snapshot`."""
    if is_moved_by_beta(run):
        if not 1 <= epoch <= len(run.betas()):
            raise RunMissing(f"run {run.id} was not measured at a β numbered {epoch}; choose one of those listed")
        return run.at_beta(epoch - 1)
    return (run.config, *run.snapshot(epoch))


def moments_of(run: runs.Run) -> list[Moment]:
    """`snapshots` of a run that may lie anywhere, read now."""
    rows, _ = run.metrics()
    scored = {(row["step"], row["split"]): row for row in rows}
    kept = [(each.epoch, each.step) for each in run.snapshots()]
    figures = [(epoch, step, scored.get((step, "held-out" if epoch else "pca"), {})) for epoch, step in kept]
    return [
        {
            "epoch": epoch,
            "step": step,
            "reconstruction_nats": row.get("reconstruction_nats"),
            "kl_nats": row.get("kl_nats"),
            "beta": None,
        }
        for epoch, step, row in figures
    ]


@lru_cache(maxsize=48)
def _past_exported(export: Export, run_id: str, epoch: int, _digest: str, label: int | None) -> bytes:
    run = runs.open_run(run_id)
    config, weights, _ = _looked_at(run, epoch)
    return export(config, weights, label, card=run.card)


@lru_cache(maxsize=64)
def _past_embedding(run_id: str, epoch: int, _digest: str) -> bytes:
    *_, embedding = _looked_at(runs.open_run(run_id), epoch)
    return embedding.to_bytes()
