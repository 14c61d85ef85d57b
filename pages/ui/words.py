"""How runs, settings and figures are put into words, the same on every page."""

from __future__ import annotations

from datetime import datetime

from pages.ui import resources
from vae_core import datasets, runs
from vae_core.config import TrainConfig

STATES = {
    "queued": "waiting",
    "starting": "starting",
    "running": "training",
    "finished": "finished",
    "stopped": "stopped early",
    "failed": "failed",
}


def architecture(config: TrainConfig) -> str:
    """'MLP 512-256-2' or 'conv 32-64-2'."""
    sizes = config.hidden_sizes if config.architecture == "mlp" else config.channels
    name = "MLP" if config.architecture == "mlp" else "conv"
    return f"{name} {'-'.join(map(str, (*sizes, config.latent_dim)))}"


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
