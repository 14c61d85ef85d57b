"""Stops a training at the first number that is infinite or not a number, and says what the likely cause is."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from vae_core.config import TrainConfig, in_full
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.config.schedules import HIGH_RATE
from vae_core.errors import TrainingDiverged


class LossWatch:
    """Reads each step's loss. On a GPU one step late, so that the GPU computes the next meanwhile."""

    def __init__(self, device: torch.device) -> None:
        self._is_late = device.type == "cuda"
        self._waiting: tuple[int, Tensor, torch.cuda.Event] | None = None

    def first_bad(self, step: int, loss: Tensor) -> int | None:
        """The step whose loss is known by now not to be finite, this one or the one before; None if all is well."""
        if not self._is_late:
            return None if math.isfinite(loss.item()) else step
        due, copied = self._waiting, torch.empty((), pin_memory=True)
        copied.copy_(loss.detach(), non_blocking=True)
        self._waiting = (step, copied, torch.cuda.Event())  # type: ignore[no-untyped-call]
        self._waiting[2].record()
        if due is None:
            return None
        due[2].synchronize()
        return None if math.isfinite(due[1].item()) else due[0]


def check_finite(
    step: int,
    reconstruction_nats: float,
    kl_nats: float,
    config: TrainConfig | None = None,
    learning_rate: float | None = None,
) -> None:
    """Raises TrainingDiverged if either number is infinite or not a number."""
    if not (math.isfinite(reconstruction_nats) and math.isfinite(kl_nats)):
        raise diverged(step, f"reconstruction {reconstruction_nats:g}, KL {kl_nats:g} nats", config, learning_rate)


def check_tensors(step: int, tensors: Mapping[str, Tensor], config: TrainConfig, learning_rate: float) -> None:
    """Raises TrainingDiverged, which names the first of the tensors that holds a number that is not finite."""
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise diverged(step, f"{name} holds a number that is not finite", config, learning_rate)


def diverged(step: int, what: str, config: TrainConfig | None, learning_rate: float | None = None) -> TrainingDiverged:
    """The error for a step, with its likely cause and what to do."""
    return TrainingDiverged(
        f"the training left the finite numbers at step {step} ({what}); {_advice(config, learning_rate)}", step
    )


def _advice(config: TrainConfig | None, learning_rate: float | None) -> str:
    if config is None:
        return "start again with a smaller learning rate"
    rate = config.learning_rate if learning_rate is None else learning_rate
    if rate <= HIGH_RATE and LIKELIHOODS[config.likelihood].has_set_sigma and config.gaussian_sigma < 0.05:
        return (
            f"the likely cause is pixel σ = {in_full(config.gaussian_sigma)}, which makes small errors huge: raise it"
        )
    if rate <= HIGH_RATE and config.beta == 0 and not config.is_deterministic:
        return "the likely cause is β = 0, under which nothing holds the posteriors: raise it"
    return f"the likely cause is the learning rate {in_full(rate)}: try {in_full(float(f'{rate / 10:.1g}'))}"
