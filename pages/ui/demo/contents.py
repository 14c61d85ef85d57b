"""What of a run goes into the file: models, points, real images, epochs, and what the canvas is told of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pages.ui.address import state
from pages.ui.components.latent_canvas.canvas_data import CanvasData, Visit, canvas_data
from pages.ui.demo import checking, epochs, graphs, learning, points
from pages.ui.server import images
from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.data import registry
from vae_core.errors import DatasetMissing, LatentStudioError, RunMissing

MOST_PICTURES = 2_000
PICTURE_BYTES = 4 * 2**20
"""Of real images: of larger ones there are fewer."""
PIXEL_BOUND = 0.75 / 255
"""No pixel is further from the app's than this before both are rounded to 256 levels."""
POSTERIOR_BOUND = 0.006
"""In units of z, of the means and of their log variances."""
WRONG = 0.05
"""What is further off than this is no rounding but another picture, or another place."""
PROBES = 200
REACH = 2.5
BASE = "inside/"
"""The address of the run in the file."""


@dataclass
class Contents:
    """facts: what can be told as JSON. blobs: by name, what cannot."""

    facts: dict[str, Any]
    blobs: dict[str, bytes] = field(default_factory=dict)


def contents(run: runs.Run, *, label: int | None = None, visit: Visit | None = None) -> Contents:
    """All of a finished run that the file needs. label: the class that it decodes for, of a conditional model.

    visit: what is on the canvas at first, None for three handles.

    Raises RunMissing while there is no model, CheckpointDamaged, or RunError for a model that the file cannot compute.
    """
    if not run.is_complete:
        raise RunMissing(
            f"run {run.id} has no trained model yet, so there is nothing to export; wait until it has ended"
        )
    embedding = points.bounded(run.embedding())
    found = Contents({"step": run.step})
    _add_models(found, run, embedding, label)
    found.facts["posteriors"], found.blobs["posteriors"] = points.kept(embedding)
    pictured = _add_pictures(found, run, embedding)
    found.facts["epochs"], of_epochs = epochs.kept(run, found.facts["decoder"], label)
    found.blobs |= of_epochs
    if learned := learning.kept(run):
        found.facts["learning"], found.blobs["learning"] = learned
    data = canvas_data(run, run.status(), label=label, visit=visit or first_visit())
    found.facts["data"] = _of_the_file(data, pictured, run, has_epochs=bool(of_epochs))
    return found


def first_visit() -> Visit:
    """Three handles, and real images where one comes close."""
    return {
        "handles": [{"name": "", "z": list(place)} for place in state.START],
        "active": 0,
        "show": ["pictures"],
        "options": {},
    }


def _of_the_file(data: CanvasData, pictured: list[int], run: runs.Run, *, has_epochs: bool) -> dict[str, Any]:
    """What the canvas is told here: no address of a server, nothing of another visit."""
    return {
        **data,
        "assets": "",
        "run": {**data["run"], "base": BASE},
        "images": bool(pictured),
        "pictured": pictured,
        "replay": {"epochs": run.config.epochs} if has_epochs else None,
        "runtime": True,
    }


def _add_models(found: Contents, run: runs.Run, embedding: runs.Embedding, label: int | None) -> None:
    """Decoder and encoder, rounded as far as the bounds let; some models from elsewhere have no encoder."""
    labels = range(run.card.class_count) if run.config.is_conditional else ()
    weights = run.weights()
    decoder = decoder_onnx(run.config, weights, label, card=run.card)
    probes = {"z": _probes(embedding)}
    fineness = graphs.fineness_for(decoder, probes, ["image"], PIXEL_BOUND)
    told = {each: decoder_onnx(run.config, weights, each, card=run.card) for each in labels}
    found.facts["decoder"], found.blobs["decoder"] = kept = graphs.kept(decoder, fineness, told)
    checking.check(decoder, kept, probes, "image", WRONG)
    try:
        encoder = encoder_onnx(run.config, weights, card=run.card)
    except LatentStudioError as error:
        found.facts["encoder"], found.facts["noEncoder"] = None, f"{str(error)[:1].upper()}{str(error)[1:]}."
        return
    probes = {"image": _images(run)}
    fineness = graphs.fineness_for(encoder, probes, ["mu", "logvar"], POSTERIOR_BOUND)
    told = {each: encoder_onnx(run.config, weights, each, card=run.card) for each in labels}
    found.facts["encoder"], found.blobs["encoder"] = kept = graphs.kept(encoder, fineness, told)
    checking.check(encoder, kept, probes, "mu", WRONG)


def _probes(embedding: runs.Embedding) -> npt.NDArray[np.float32]:
    """(2 · PROBES, D): where images are, and all over what the map shows."""
    mu = embedding.mu[:: max(1, len(embedding.mu) // PROBES)][:PROBES]
    drawn = np.random.default_rng(0).uniform(-REACH, REACH, (PROBES, mu.shape[1]))
    return np.concatenate([mu, drawn.astype(np.float32)])


def _images(run: runs.Run) -> npt.NDArray[np.float32]:
    """Some real images (n, C, H, W), 0 to 1; noise where they are not here."""
    if images.has_images(run):
        found = registry.images_of(images.expect_images(run), "held-out").images[:PROBES]
        return found.astype(np.float32) / np.float32(255)
    noise: npt.NDArray[np.float32] = np.random.default_rng(0).random((16, *run.card.image_shape), dtype=np.float32)
    return noise


def _add_pictures(found: Contents, run: runs.Run, embedding: runs.Embedding) -> list[int]:
    """Real images of some of the points, evenly; returns their numbers, none where they are not here."""
    if not images.has_images(run):
        return []
    most = max(1, min(MOST_PICTURES, PICTURE_BYTES // int(np.prod(run.card.image_shape))))
    rows = np.unique(np.linspace(0, len(embedding.index) - 1, min(most, len(embedding.index))).round().astype(int))
    numbers = embedding.index[rows]
    try:
        here = registry.images_of(images.expect_images(run), embedding.split).images
    except DatasetMissing:
        return []
    if numbers.max(initial=-1) >= len(here):
        return []
    found.blobs["pictures"] = here[numbers].tobytes()
    return [int(number) for number in numbers]
