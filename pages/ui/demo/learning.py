"""What a browser can learn from within seconds, without Python: the 8×8 digits, and how."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from pages.ui.server import images
from vae_core import runs
from vae_core.data import registry
from vae_core.data.source import DataCard

MOST_PIXELS = 64
MOST_IMAGES = 2_500
HIDDEN = (64, 32)
EPOCHS = 100
BATCH = 64
LEARNING_RATE = 0.015
LATENT_DIM = 2


class LearningFacts(TypedDict):
    """A training's plan; train: how many of the images are learned from, the others are held out."""

    pixels: int
    latentDim: int
    hidden: list[int]
    epochs: int
    batch: int
    learningRate: float
    train: int


def kept(run: runs.Run) -> tuple[LearningFacts, bytes] | None:
    """The plan and all images as bytes; None where there are none here, or too many for seconds."""
    if not (_is_small(run.card) and images.has_images(run)):
        return None
    here = images.expect_images(run)
    train, held_out = (registry.images_of(here, split).images for split in ("train", "held-out"))
    if not np.array_equal(run.embedding().index, np.arange(len(held_out))):
        return None  # the map's images would be others than those that are held out here
    facts: LearningFacts = {
        "pixels": int(np.prod(run.card.image_shape)),
        "latentDim": LATENT_DIM,
        "hidden": list(HIDDEN),
        "epochs": EPOCHS,
        "batch": BATCH,
        "learningRate": LEARNING_RATE,
        "train": len(train),
    }
    return facts, train.tobytes() + held_out.tobytes()


def _is_small(card: DataCard) -> bool:
    return int(np.prod(card.image_shape)) <= MOST_PIXELS and card.train_size <= MOST_IMAGES
