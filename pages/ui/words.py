"""How runs, settings and figures are put into words, the same on every page."""

from __future__ import annotations

from datetime import datetime
from math import prod

from pages.ui import resources
from vae_core import datasets, layers, runs
from vae_core.config import TrainConfig, total_steps

STATES = {
    "queued": "waiting",
    "starting": "starting",
    "running": "training",
    "finished": "finished",
    "stopped": "stopped early",
    "failed": "failed",
    "damaged": "damaged",
}


def architecture(config: TrainConfig) -> str:
    """'MLP 512-256-2' or 'conv 32-64-2'."""
    sizes = config.hidden_sizes if config.architecture == "mlp" else config.channels
    name = "MLP" if config.architecture == "mlp" else "conv"
    return f"{name} {'-'.join(map(str, (*sizes, config.latent_dim)))}"


def plan(config: TrainConfig) -> str:
    """What a config amounts to: 'MLP 512-256-2 on Digits: 332 thousand weights, 9,600 steps.' Raises ConfigInvalid."""
    info = datasets.DATASETS[config.dataset]
    weights = sum(prod(shape) for shape in layers.weight_shapes(config, info.image_shape).values())
    steps = total_steps(config, info.train_size)
    size = f"{weights / 1e6:.1f} million" if weights >= 1e6 else f"{weights / 1e3:.0f} thousand"
    return f"{architecture(config)} on {info.title}: {size} weights, {steps:,} steps."


def run_title(run: runs.Run) -> str:
    """One line that tells a run from its neighbours in a list."""
    config = run.config
    title = datasets.DATASETS[config.dataset].title
    if run.shipped:
        return f"{title}, {architecture(config)} (shipped)"
    started = datetime.fromtimestamp(run.status().created_at).astimezone()
    return f"{title}, {architecture(config)}, β {config.beta:g}, {started:%d %b %H:%M}"


def summary(run: runs.Run) -> str:
    """A finished run's held-out figures in one sentence of Markdown. Raises RunMissing before it is complete."""
    figures = run.evaluation()["held-out"]
    return (
        f"Held-out −ELBO **{figures['negative_elbo_nats']:.1f}** = "
        f"reconstruction **{figures['reconstruction_nats']:.1f}** + KL **{figures['kl_nats']:.1f}** nats per image; "
        f"{figures['active_units']} of {run.config.latent_dim} dimensions active."
    )


def images_hint(run: runs.Run) -> str | None:
    """What to say while the real images behind a map are not on this machine."""
    if resources.has_images(run):
        return None
    info = datasets.DATASETS[run.config.dataset]
    return (
        f"The map shows the embedding that was stored with the model. The real {info.title} images appear beside the "
        f"decoded ones after the download ({info.download_bytes / 1e6:.0f} MB, once)."
    )
