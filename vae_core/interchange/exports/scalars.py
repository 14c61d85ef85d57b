"""A run's curves as the numbers that trackers of experiments show: a name, a step, a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vae_core.runs import Run


@dataclass
class Moment:
    """What was measured at a step. time: in unix seconds. values: by "kl_nats/train", "kl_nats/held-out", and so on."""

    step: int
    time: float
    values: dict[str, float] = field(default_factory=dict)


def moments(run: Run) -> list[Moment]:
    """All that a run measured, in the order of its steps, those of one step together. Raises CheckpointDamaged."""
    rows, _ = run.metrics()
    begun = run.status().created_at
    found: dict[int, Moment] = {}
    for row in rows:
        moment = found.setdefault(row["step"], Moment(row["step"], begun + (row.get("elapsed_s") or 0.0)))
        moment.values |= values_of(row)
    return [found[step] for step in sorted(found)]


def values_of(row: Mapping[str, Any]) -> dict[str, float]:
    """What a row of metrics measured.

    What has a number for each latent dimension is a name for each, counted from 0: "kl_per_dim_nats.0/held-out".
    """
    return {
        f"{name}{'' if dim is None else f'.{dim}'}/{row['split']}": float(number)
        for name, value in row.items()
        for dim, number in (enumerate(value) if isinstance(value, list | tuple) else [(None, value)])
        if name not in ("step", "epoch", "elapsed_s") and isinstance(number, int | float)
    }
