"""A finished run for MLflow, Weights & Biases or Trackio, where these are installed: settings, curves and figures.

Each goes where that package is told to by its own settings and variables: to a folder here, or to a server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Any

from vae_core.errors import ConfigInvalid, RunMissing
from vae_core.interchange.exports import scalars
from vae_core.runs import Run

PROJECT = "latent-studio"


def to_mlflow(run: Run) -> None:
    """One more run of MLflow's experiment. Raises RunMissing where mlflow is not installed, and what mlflow raises."""
    mlflow = _package("mlflow")
    figures, settings = _figures(run), _settings(run)
    mlflow.set_experiment(PROJECT)
    with mlflow.start_run(run_name=run.id):
        mlflow.log_params(settings)
        for moment in scalars.moments(run):
            mlflow.log_metrics(moment.values, step=moment.step)
        mlflow.log_metrics(figures, step=run.step)


def to_wandb(run: Run) -> None:
    """One more run of a project of Weights & Biases. Raises RunMissing where wandb is not installed, and as wandb."""
    tracked = _package("wandb").init(project=PROJECT, name=run.id, config=_settings(run))
    for moment in scalars.moments(run):
        tracked.log(moment.values, step=moment.step)
    tracked.summary.update(_figures(run))
    tracked.finish()


def to_trackio(run: Run) -> None:
    """One more run of a project of Trackio. Raises RunMissing where trackio is not installed, and as trackio."""
    trackio = _package("trackio")
    trackio.init(project=PROJECT, name=run.id, config=_settings(run))
    for moment in scalars.moments(run):
        trackio.log(moment.values, step=moment.step)
    trackio.log(_figures(run), step=run.step)
    trackio.finish()


TRACKERS: dict[str, Callable[[Run], None]] = {"mlflow": to_mlflow, "wandb": to_wandb, "trackio": to_trackio}


def track(run: Run, name: str) -> None:
    """Sends a run to the tracker of a name. Raises ConfigInvalid, RunMissing, CheckpointDamaged, and as the tracker."""
    if name not in TRACKERS:
        raise ConfigInvalid(f"no tracker is called {name!r}; choose one of {', '.join(TRACKERS)}")
    TRACKERS[name](run)


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise RunMissing(
            f"{name} is not installed, and a run is sent to it by that package; pip install {name}"
        ) from None


def _settings(run: Run) -> dict[str, Any]:
    return {**run.config.model_dump(mode="json"), "image_shape": list(run.card.image_shape), "run": run.id}


def _figures(run: Run) -> dict[str, float]:
    """Of all held-out and all training images: "evaluation.negative_elbo_nats/held-out" and so on."""
    evaluation = run.evaluation()
    splits = {"held-out": evaluation.held_out, "train": evaluation.train}
    return {
        f"evaluation.{name}/{split}": float(value)
        for split, figures in splits.items()
        if figures
        for name, value in asdict(figures).items()
        if isinstance(value, int | float)
    }
