"""Pure noise, and labels that mean nothing, put to use: how often a part says that it is no better than chance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from tests.vae_core.run_samples import finish
from vae_core import runs
from vae_core.apply.job import carry_out
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.data.source import DataCard, Split, SplitName
from vae_core.model.networks import build_vae, weights
from vae_core.runs import RunWriter
from vae_core.training import train

SETTINGS = {
    "anomalies": {"normal": "class-3", "against": "others", "draws": "4"},
    "features": {},
    "denoising": {"starts": "2"},
    "few-labels": {},
    "augmentation": {"count": "10", "labels": "5", "ratio": "2"},
}
"""Of each part, so that it takes seconds."""


def nothing_to_find(part: str, seed: int) -> dict[SplitName, Split]:
    """Digits by split: pixels of noise for what repairs them, else real ones under labels of others."""
    random, found = np.random.default_rng(seed), {}
    splits: tuple[SplitName, ...] = ("train", "held-out")
    for split in splits:
        data = registry.load("digits", split)
        assert data.labels is not None
        images = data.images
        if part == "denoising":
            images = random.integers(0, 256, images.shape, dtype=np.uint8)
        found[split] = Split(images, random.permutation(data.labels))
    return found


@contextmanager
def data_is(found: dict[SplitName, Split]) -> Iterator[None]:
    """Within it, these are the images of every card."""

    def images_of(card: DataCard, split: SplitName, root: Path | None = None) -> Split:
        return found[split]

    with patch.object(registry, "images_of", images_of):
        yield


def trained(found: dict[SplitName, Split], folder: Path, seed: int) -> runs.Run:
    """A small run that has learnt from them."""
    config = parse_config({"dataset": "digits", "hidden_sizes": (32,), "epochs": 3, "seed": seed})
    model = build_vae(config)
    for _ in train(model, torch.from_numpy(found["train"].images), config):
        pass
    return finish(RunWriter.create(config, folder), weights(model))


def verdicts(part: str, times: int, folder: Path) -> list[str]:
    """The kind of each verdict, over so many seeds."""
    kinds = []
    for seed in range(times):
        found = nothing_to_find(part, seed)
        with data_is(found):
            kinds.append(carry_out(part, trained(found, folder, seed), SETTINGS[part]).result.verdict.kind)
    return kinds
