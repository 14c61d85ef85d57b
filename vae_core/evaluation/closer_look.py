"""A complete run looked at closely: all that takes seconds and a model, beside the verdict that takes neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae_core.data.factors import drawn_factors
from vae_core.errors import DataRefused, DatasetError
from vae_core.evaluation.aggregate_posterior import prior_holes
from vae_core.evaluation.anomaly import anomalies
from vae_core.evaluation.evaluated_posteriors import Posteriors, posteriors_of
from vae_core.evaluation.held_out import ACTIVE_VARIANCE
from vae_core.evaluation.kl_decomposition import kl_decomposition
from vae_core.evaluation.probes import probe
from vae_core.evaluation.told_factors import told_of_factors
from vae_core.health.verdict import verdict
from vae_core.model.networks import build_vae, load_weights
from vae_core.runs import Run

Report = Callable[[float, str], None]
MOST_PAIRS = 4e8
"""Of images, times dimensions: 10,000 images in four dimensions, a few seconds. More images are thinned out evenly."""


def diagnose(
    run: Run,
    data_root: Path | None = None,
    report: Report = lambda share, what: None,
    *,
    factors: Sequence[str] = (),
    beside: Sequence[Run] = (),
) -> dict[str, Any]:
    """All figures of a complete run's health, as plain JSON.

    {"run", "step", "verdict": `verdict.Verdict`, "rate_nats", "distortion_nats", "label_kl_nats": the part of M2's rate
    that is the label's, else null, "active": for each dimension, or null, "kl": `KLDecomposition` or null, "holes":
    `Holes` or null, "probes": `Probes` or null, "factors": see `told_of_factors`, or null, "anomalies": `Anomalies` or
    null, "notes": sentences that say why something is null}. All that is told of posteriors is told of the evaluation's
    own, see `posteriors_of`. report is called with the share of the work that is done, 0 to 1, and what comes next.
    factors: columns of the data set; where none is named, those that pictures were drawn from. beside: runs that differ
    in their seed alone. Raises RunMissing, CheckpointDamaged or ShapeMismatch.
    """
    report(0.0, "reading the run")
    notes: list[str] = []
    evaluation, status = run.evaluation(), run.status()
    posteriors = _posteriors(run, data_root, notes)
    held_out = evaluation.held_out
    found: dict[str, Any] = {
        "run": run.id,
        "step": run.step,
        "verdict": asdict(
            verdict(
                run.metrics()[0], run.config, run.card, evaluation, diverged_step=status.diverged_step, is_over=True
            )
        ),
        "rate_nats": held_out.kl_nats,
        "distortion_nats": held_out.reconstruction_nats,
        **_latent_figures(run, posteriors, report, notes),
    }
    report(0.5, "asking simple classifiers for the classes")
    found["probes"] = _probes(posteriors, notes)
    report(0.6, "asking each dimension for what is known of the images")
    found["factors"], why_none = _factors(run, posteriors, factors, beside, data_root)
    notes += why_none
    report(0.8, "showing it foreign images")
    return {**found, "anomalies": _anomalies(run, data_root, notes), "notes": notes}


def _posteriors(run: Run, data_root: Path | None, notes: list[str]) -> Posteriors | None:
    """None, with a note, where they cannot be told without images that are not on this machine."""
    try:
        return posteriors_of(run, data_root)
    except DatasetError as error:
        notes.append(f"The KL is not taken apart, nor are holes and classes looked for: {error}.")
        return None


def _latent_figures(run: Run, posteriors: Posteriors | None, report: Report, notes: list[str]) -> dict[str, Any]:
    """What the posteriors of the held-out images tell together."""
    none: dict[str, Any] = {"label_kl_nats": None, "active": None, "kl": None, "holes": None}
    if posteriors is None:
        return none
    known = none | {"label_kl_nats": posteriors.label_kl_nats}
    if len(posteriors.shares) < 2:
        notes.append(
            "One held-out image shows neither which dimensions are active, nor what the KL is made of, nor holes in "
            "the prior: these need two or more."
        )
        return known
    known |= {
        "active": [bool(variance > ACTIVE_VARIANCE) for variance in posteriors.means.var(axis=0)],
    }
    if run.config.is_deterministic:
        notes.append("An autoencoder has no posteriors and no prior: there is no KL to take apart, and no hole in it.")
        return known
    if run.config.has_covariance:
        notes.append("The KL is taken apart, and holes are found, for diagonal posteriors only.")
        return known
    report(0.05, "taking the KL apart")
    kl = kl_decomposition(*posteriors.flat())
    report(0.25, "looking for holes in the prior")
    mu, logvar = posteriors.one_of_each()
    most = max(2, int((MOST_PAIRS / mu.shape[1]) ** 0.5))
    rows = torch.arange(min(len(mu), most)) * len(mu) // min(len(mu), most)
    holes = prior_holes(mu[rows], logvar[rows], draws=len(rows))
    return known | {"kl": asdict(kl), "holes": asdict(holes)}


def _probes(posteriors: Posteriors | None, notes: list[str]) -> dict[str, Any] | None:
    """None where no classes are known, and with a note where there are too few to tell apart."""
    if posteriors is None or posteriors.labels is None:
        return None
    found = probe(posteriors.means.astype(np.float32), posteriors.labels)
    if found is None:
        notes.append("How well classes can be told apart needs two classes with two held-out images or more.")
    return asdict(found) if found else None


def _factors(
    run: Run, posteriors: Posteriors | None, names: Sequence[str], beside: Sequence[Run], data_root: Path | None
) -> tuple[dict[str, Any] | None, list[str]]:
    """None where no factors are known, and with a note where nothing can be said of them."""
    names = names or drawn_factors(run.card)
    if not names or posteriors is None:
        return None, []
    try:
        return told_of_factors(run, posteriors.means, names, beside, data_root), []
    except (DatasetError, DataRefused) as error:
        return None, [f"Nothing is said of factors: {str(error).removesuffix('.')}."]


def _anomalies(run: Run, data_root: Path | None, notes: list[str]) -> dict[str, Any] | None:
    """None, with a note, where the data set is not on this machine."""
    model = build_vae(run.config, run.card)
    load_weights(model, run.weights())
    try:
        return asdict(anomalies(model, data_root or run.data_root()))
    except DatasetError as error:
        notes.append(f"No foreign images were shown: {error}.")
        return None
