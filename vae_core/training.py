"""The training loop, as a generator of metrics: it knows no threads, no files and no screens."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from vae_core.config import TrainConfig, total_steps
from vae_core.errors import DeviceUnavailable, TrainingDiverged
from vae_core.models import VAE, scale
from vae_core.objectives import elbo_terms

_TRAINING_STREAM = 2**31  # added to the seed, so that order and noise do not repeat the initial weights' numbers


@dataclass(frozen=True)
class StepMetrics:
    """What one step did, before its update: nats summed over its images, left on the device, 0-d, not yet read."""

    step: int  # from 1
    epoch: int  # from 1
    images: int
    reconstruction_sum: Tensor
    kl_sum: Tensor


def resolve_device(name: str) -> torch.device:
    """The device for a config's "auto", "cpu", "cuda" or "mps". Raises DeviceUnavailable."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(device for device, is_there in available.items() if is_there))
    if not available.get(name):
        there = ", ".join(device for device, is_there in available.items() if is_there)
        raise DeviceUnavailable(f"device {name} is not on this machine, which has {there}; choose one of them")
    return torch.device(name)


def train(model: VAE, images: Tensor, config: TrainConfig) -> Iterator[StepMetrics]:
    """Trains model in place by Adam, one step for each metrics yielded; stop by not asking for the next.

    images: uint8 (N, C, H, W), on the model's device. Equal configs, images, devices and numbers of threads give
    bitwise equal weights. Nothing waits for the device: read the metrics' sums rarely, and pass them to
    `check_finite`. Raises ShapeMismatch.
    """
    generator = torch.Generator(images.device).manual_seed(config.seed + _TRAINING_STREAM)
    optimizer = Adam(model.parameters(), lr=config.learning_rate, fused=True)
    schedule = _schedule(optimizer, config, total_steps(config, len(images)))
    step = 0
    for epoch in range(1, config.epochs + 1):
        order = torch.randperm(len(images), generator=generator, device=images.device)
        for batch in torch.split(order, config.batch_size):
            x = scale(images.index_select(0, batch))  # uint8 (N, C, H, W) -> float32 (B, C, H, W)
            noise = torch.randn(len(batch), config.latent_dim, generator=generator, device=images.device)
            terms = elbo_terms(model, x, noise, config.beta)
            optimizer.zero_grad()
            torch.autograd.backward(terms.loss.mean())
            optimizer.step()
            schedule.step()
            step += 1
            sums = terms.reconstruction.detach().sum(), terms.kl.detach().sum()
            yield StepMetrics(step, epoch, len(batch), *sums)


def check_finite(step: int, reconstruction_nats: float, kl_nats: float) -> None:
    """Raises TrainingDiverged if either number is infinite or not a number."""
    if not (math.isfinite(reconstruction_nats) and math.isfinite(kl_nats)):
        raise TrainingDiverged(
            f"the loss stopped being finite at step {step} (reconstruction {reconstruction_nats}, KL {kl_nats} nats); "
            "start again with a smaller learning rate"
        )


def _schedule(optimizer: Adam, config: TrainConfig, steps: int) -> LRScheduler:
    if config.schedule == "constant":
        return LambdaLR(optimizer, lambda step: 1.0)
    return OneCycleLR(optimizer, max_lr=config.learning_rate, total_steps=steps)
