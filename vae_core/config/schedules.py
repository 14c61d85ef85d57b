"""How β and the learning rate go over a run: pure functions of the step, so that a resumed run needs no other state."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vae_core.config.train_config import TrainConfig

HIGH_RATE = 0.02
"""Learning rates above it are suspected first: Adam moves every weight by about as much, in every step."""
ONE_CYCLE_RISE = 0.3  # share of the steps
ONE_CYCLE_START, ONE_CYCLE_END = 1 / 25, 1 / 250_000  # of the highest rate
MOMENTUM = 0.9
ONE_CYCLE_MOMENTUM = (0.95, 0.85)  # at the lowest rate, at the highest


@dataclass(frozen=True)
class Pressure:
    """What regularises one step: β, and where its schedule has them, C (per image) or free nats (per dimension)."""

    beta: float = 1.0
    capacity_nats: float | None = None
    free_nats: float | None = None


def pressure(config: TrainConfig, beta: float, step: int, total_steps: int, *, has_risen: bool = False) -> Pressure:
    """The pressure of a step (from 0) whose full β is beta: nats, and nats per nat.

    has_risen: β, or C, has done so in the run that this one goes on from, and stays; cycles begin anew.

    Sources: warm-up, Bowman et al. 2016 (arXiv 1511.06349); cyclical, Fu et al. 2019 (arXiv 1903.10145), eq. 6;
    capacity, Burgess et al. 2018 (arXiv 1804.03599), eq. 8; free bits, Kingma et al. 2016 (arXiv 1606.04934), eq. 15.
    """
    progress = step / max(1, total_steps)
    match config.beta_schedule:
        case "warm-up":
            return Pressure(beta if has_risen else beta * _ramp(progress, config.ramp_share))
        case "cyclical":
            return Pressure(beta * _ramp(progress * config.cycles % 1.0, config.ramp_share))
        case "capacity":
            risen = 1.0 if has_risen else _ramp(progress, config.ramp_share)
            return Pressure(beta, capacity_nats=config.capacity_nats * risen)
        case "free-bits":
            return Pressure(beta, free_nats=config.free_bits_nats)
        case _:
            return Pressure(beta)


@dataclass(frozen=True)
class Rate:
    """share: of the learning rate in force, 0 to 1. momentum: Adam's β₁."""

    share: float
    momentum: float


def rate(kind: str, step: int, total_steps: int) -> Rate:
    """The learning rate of a step (from 0), as a share of the highest.

    Sources: one-cycle, Smith & Topin 2018 (arXiv 1708.07120), with a cosine in place of straight lines and the
    momentum going the other way; cosine, Loshchilov & Hutter 2017 (arXiv 1608.03983), eq. 5, without restarts.
    """
    match kind:
        case "one-cycle":
            return _one_cycle(step, total_steps)
        case "cosine":
            return Rate(_cosine(1.0, 0.0, step / max(1, total_steps)), MOMENTUM)
        case _:
            return Rate(1.0, MOMENTUM)


def _one_cycle(step: int, total_steps: int) -> Rate:
    rise = max(1e-9, ONE_CYCLE_RISE * total_steps - 1)
    fall = max(1e-9, total_steps - 1 - rise)
    low, high = ONE_CYCLE_MOMENTUM
    if step <= rise:
        return Rate(_cosine(ONE_CYCLE_START, 1.0, step / rise), _cosine(low, high, step / rise))
    along = min(1.0, (step - rise) / fall)
    return Rate(_cosine(1.0, ONE_CYCLE_END, along), _cosine(high, low, along))


def _ramp(progress: float, share: float) -> float:
    """From 0 to 1 in the first share of the way."""
    return min(1.0, progress / share)


def _cosine(start: float, end: float, along: float) -> float:
    """Half a cosine from start (at 0) to end (at 1)."""
    return end + (start - end) * (1 + math.cos(math.pi * along)) / 2
