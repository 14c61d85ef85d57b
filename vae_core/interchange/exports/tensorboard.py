"""A run for TensorBoard: its curves as an event file, and its map for the projector, with the images as thumbnails.

Written into a folder of the run, so that `tensorboard --logdir runs` shows all runs that were exported.
"""

from __future__ import annotations

import json
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt

from vae_core.data import registry
from vae_core.interchange.exports import pictures, scalars
from vae_core.interchange.exports.event_file import event_file
from vae_core.interchange.exports.pictures import Images
from vae_core.runs import Embedding, Run

EVENTS = "events.out.tfevents.0000000000.latent-studio"
"""TensorBoard knows such a file by the middle of its name."""
MOST_POINTS = 10_000
"""TensorBoard's projector shows no more."""
LEAST_DIMENSIONS = 3
MOST_PIXELS = 8192
"""Of a sprite's side: browsers refuse larger textures."""


def files(run: Run) -> dict[str, bytes]:
    """Event file, projector's configuration, means, metadata and sprite. Raises RunMissing, CheckpointDamaged."""
    embedding = run.embedding()
    chosen = np.arange(len(embedding.index))[:: max(1, ceil(len(embedding.index) / MOST_POINTS))]
    sprite, side = _sprite(_images(run, embedding, chosen))
    return {
        EVENTS: curves(run),
        "projector_config.pbtxt": _config(side).encode(),
        "mu.tsv": _means(embedding.mu[chosen]).encode(),
        "metadata.tsv": _metadata(run, embedding, chosen).encode(),
        "sprite.png": sprite,
    }


def curves(run: Run) -> bytes:
    """All that a run has measured by now, as an event file. Raises CheckpointDamaged."""
    measured = scalars.moments(run)
    return event_file(run.status().created_at, [(each.time, each.step, each.values) for each in measured])


def _config(side: int) -> str:
    """In protocol buffers' text format."""
    paths = {"tensor_name": "mu", "tensor_path": "mu.tsv", "metadata_path": "metadata.tsv"}
    named = "".join(f"  {name}: {json.dumps(value)}\n" for name, value in paths.items())
    size = f"single_image_dim: {side} single_image_dim: {side}"
    return f'embeddings {{\n{named}  sprite {{ image_path: "sprite.png" {size} }}\n}}\n'


def _means(mu: npt.NDArray[np.float32]) -> str:
    """A line of numbers for each point. The projector draws nothing of fewer than three dimensions: zeros are added."""
    wide = np.pad(mu, ((0, 0), (0, max(0, LEAST_DIMENSIONS - mu.shape[1]))))
    return "".join("\t".join(map(str, row)) + "\n" for row in wide)


def _metadata(run: Run, embedding: Embedding, chosen: pictures.Rows) -> str:
    """A line for each point under a line of names. A tab or new line in a class's name would shift all that follow."""
    names, labels = run.card.classes or (), embedding.labels
    classes = ["" if labels is None else _one_line(names[labels[row]]) for row in chosen]
    lines = [f"{name}\t{embedding.index[row]}\n" for name, row in zip(classes, chosen, strict=True)]
    return "".join([f"class\t{embedding.split} image\n", *lines])


def _one_line(name: str) -> str:
    return " ".join(name.split())


def _images(run: Run, embedding: Embedding, chosen: pictures.Rows) -> Images:
    """The real images behind these points if they are on this machine, else what the decoder makes of their means."""
    root = run.data_root()
    if registry.why_no_images(run.card, root):
        return pictures.decoded(run, embedding.mu[chosen])
    return registry.images_of(run.card, embedding.split, root).images[embedding.index[chosen]]


def _sprite(images: Images) -> tuple[bytes, int]:
    """uint8 (N, C, H, W) as one square PNG, row by row, and the side of an image in it, which is square, too.

    Images that are not square stand in the middle of black: TensorBoard would cut them off. Large ones are thinned out.
    """
    columns = max(1, ceil(sqrt(len(images))))
    thin = max(1, ceil(columns * max(images.shape[2:]) / MOST_PIXELS))
    small = images[:, :, ::thin, ::thin]
    side = max(small.shape[2:])
    top, left = ((side - length) // 2 for length in small.shape[2:])
    square = np.zeros((columns * columns, small.shape[1], side, side), dtype=np.uint8)
    square[: len(small), :, top : top + small.shape[2], left : left + small.shape[3]] = small
    return pictures.png(pictures.tiled(square, columns)), side
