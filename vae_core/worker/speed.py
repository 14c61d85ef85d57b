"""How fast a training is, tried out: some seconds of it, of which nothing is kept."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from vae_core.config import TrainConfig, parse_config
from vae_core.data import registry
from vae_core.data.held_out_class import seen
from vae_core.model.networks import build_vae
from vae_core.training import Training, resolve_device
from vae_core.worker.held_out_probe import on_device

TRIED_S = 2.0
_UNTIMED_STEPS = 3
_EPOCHS = 1000


def images_per_s(config: TrainConfig, data_root: Path | None = None, tried_s: float = TRIED_S) -> float:
    """Images a second, on one thread, once the first few steps are made.

    Raises what loading the data set and building the model raise, and TrainingDiverged.
    """
    torch.set_num_threads(1)
    card, device = registry.card_here(config.dataset, data_root), resolve_device(config.device)
    split = registry.images_of(card, "train", data_root)
    images, labels = on_device(split, device, seen(split, config.left_out_class))
    long = parse_config({**config.model_dump(), "epochs": _EPOCHS})  # the trial ends by the clock
    steps = Training(build_vae(long, card).to(device), images, long, labels).steps()
    for _ in range(_UNTIMED_STEPS):
        next(steps)
    trained, began_s = 0, time.monotonic()
    for metrics in steps:
        trained += metrics.images
        metrics.loss_sum.item()  # waits for the device
        if time.monotonic() - began_s >= tried_s:
            break
    return max(trained, 1) / (time.monotonic() - began_s)
