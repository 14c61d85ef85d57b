"""A complete run looked at closely: all that takes seconds and a model, beside the verdict that takes neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from vae_core.errors import DatasetError
from vae_core.evaluation.aggregate_posterior import prior_holes
from vae_core.evaluation.anomaly import anomalies
from vae_core.evaluation.held_out import ACTIVE_VARIANCE
from vae_core.evaluation.kl_decomposition import kl_decomposition
from vae_core.evaluation.probes import probe
from vae_core.health.verdict import verdict
from vae_core.model.networks import build_vae, load_weights
from vae_core.runs import Embedding, Run

Report = Callable[[float, str], None]
MOST_PAIRS = 4e8
"""Of images, times dimensions: 10,000 images in four dimensions, a few seconds. More images are thinned out evenly."""


def diagnose(run: Run, data_root: Path | None = None, report: Report = lambda share, what: None) -> dict[str, Any]:
    """All figures of a complete run's health, as plain JSON.

    {"run", "step", "verdict": `verdict.Verdict`, "rate_nats", "distortion_nats", "kl": `KLDecomposition` or null,
    "holes": `Holes` or null, "probes": `Probes` or null, "anomalies": `Anomalies` or null, "notes": sentences that say
    why something is null}. report is called with the share of the work that is done, 0 to 1, and with what comes next.
    Raises RunMissing, CheckpointDamaged or ShapeMismatch.
    """
    report(0.0, "reading the run")
    notes: list[str] = []
    evaluation, embedding, status = run.evaluation(), run.embedding(), run.status()
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
        "active": active_dimensions(embedding),
        **_latent_figures(run, embedding, report, notes),
    }
    report(0.5, "asking simple classifiers for the classes")
    probes = None if embedding.labels is None else probe(embedding.mu, embedding.labels)
    found["probes"] = asdict(probes) if probes else None
    report(0.7, "showing it foreign images")
    return {**found, "anomalies": _anomalies(run, data_root, notes), "notes": notes}


def active_dimensions(embedding: Embedding) -> list[bool]:
    """For each dimension, whether its mean moves with the image by a variance over 0.01: Burda et al. 2016."""
    return [bool(variance > ACTIVE_VARIANCE) for variance in embedding.mu.astype("float64").var(axis=0)]


def _latent_figures(run: Run, embedding: Embedding, report: Report, notes: list[str]) -> dict[str, Any]:
    """What the posteriors of the held-out images tell together."""
    if run.config.is_deterministic:
        notes.append("An autoencoder has no posteriors and no prior: there is no KL to take apart, and no hole in it.")
        return {"kl": None, "holes": None}
    if run.config.has_covariance:
        notes.append("The KL is taken apart, and holes are found, for diagonal posteriors only.")
        return {"kl": None, "holes": None}
    count = len(embedding.mu)
    most = max(2, int((MOST_PAIRS / embedding.mu.shape[1]) ** 0.5))
    rows = torch.arange(min(count, most)) * count // min(count, most)
    mu, logvar = torch.from_numpy(embedding.mu)[rows], torch.from_numpy(embedding.logvar)[rows]
    report(0.05, "taking the KL apart")
    kl = kl_decomposition(mu, logvar)
    report(0.25, "looking for holes in the prior")
    holes = prior_holes(mu, logvar, draws=len(mu))
    return {"kl": asdict(kl), "holes": asdict(holes)}


def _anomalies(run: Run, data_root: Path | None, notes: list[str]) -> dict[str, Any] | None:
    """None, with a note, where the data set is not on this machine."""
    model = build_vae(run.config, run.card)
    load_weights(model, run.weights())
    try:
        return asdict(anomalies(model, data_root or run.data_root()))
    except DatasetError as error:
        notes.append(f"No foreign images were shown: {error}.")
        return None
