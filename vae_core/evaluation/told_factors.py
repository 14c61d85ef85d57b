"""What a run's dimensions tell of factors that are known of its images, and how that differs from seed to seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.data.factors import Factors, factors_of
from vae_core.data.held_out_class import load_seen
from vae_core.errors import DataRefused
from vae_core.evaluation.disentanglement import Disentanglement, measure_disentanglement
from vae_core.evaluation.evaluated_posteriors import posteriors_of
from vae_core.runs import Run

Means = npt.NDArray[np.float64]


def told_of_factors(
    run: Run, means: Means, names: Sequence[str], beside: Sequence[Run] = (), data_root: Path | None = None
) -> dict[str, Any]:
    """All measures of a complete run's posterior means (N, D) against columns of its held-out images, as plain JSON.

    beside: complete runs of the same images and settings, which differ in their seed alone.
    {"names", "kinds": of the F factors, "rows": images that were looked at, "ours", "common": see
    `disentanglement.Figures`, "shares": (F, D), "constant_factors", "constant_dimensions": indices, "seeds": for each
    of these runs, itself first, {"run", "seed", "ours", "common"}}.
    Raises DataRefused, DatasetMissing, DatasetDamaged or ShapeMismatch.
    """
    split = load_seen(run.card, run.config.left_out_class, "held-out", data_root or run.data_root())
    factors = factors_of(split.columns, names)
    own = _measured(means, factors)
    seeds = [_draw(run, own)]
    for other in beside:
        seeds.append(_draw(other, _measured(posteriors_of(other, data_root).means, factors)))
    return {
        "names": list(factors.names),
        "kinds": list(factors.kinds),
        "rows": own.rows,
        "ours": asdict(own.ours),
        "common": asdict(own.common),
        "shares": own.shares.tolist(),
        "constant_factors": list(own.constant_factors),
        "constant_dimensions": list(own.constant_dimensions),
        "seeds": seeds,
    }


def _measured(means: Means, factors: Factors) -> Disentanglement:
    """Of the images whose factors are all known."""
    if len(means) != len(factors.values):
        raise DataRefused(
            f"the run tells where {len(means):,} images lie, and factors are known of {len(factors.values):,}; measure "
            "a run of all held-out images"
        )
    is_known = np.isfinite(factors.values).all(axis=1)
    return measure_disentanglement(means[is_known], factors.values[is_known], factors.kinds)


def _draw(run: Run, found: Disentanglement) -> dict[str, Any]:
    return {"run": run.id, "seed": run.config.seed, "ours": asdict(found.ours), "common": asdict(found.common)}
