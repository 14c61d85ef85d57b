"""How runs, settings and figures are put into words, the same on every page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from pages.ui.text.differences import weight_count
from pages.ui.text.markdown import plain
from pages.ui.text.tables import written
from vae_core import runs
from vae_core.config import TrainConfig, in_full, options, total_steps
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.data import registry
from vae_core.data.source import DataCard
from vae_core.runs import checkpoints
from vae_core.runs.imported.origin import ImportedFrom
from vae_core.runs.listing import Entry, marks

STATES = {
    "queued": "waiting",
    "starting": "starting",
    "running": "training",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped early",
    "failed": "failed",
    "damaged": "damaged",
}
USUAL_OBJECTIVE = TrainConfig.model_fields["objective"].default
"""It goes without saying in a run's title."""


def is_training(status: runs.Status | None) -> bool:
    """Whether a process has the run in hand: it trains, or is paused."""
    return status is not None and not status.is_final and status.state != "queued"


def has_beta(config: TrainConfig) -> bool:
    """Whether the objective weighs anything by β."""
    return options.OBJECTIVES[config.objective].beta is not None


def in_force(config: TrainConfig, status: runs.Status) -> dict[str, float]:
    """The settings that can be changed while a run trains, with the values they have now."""
    rate = config.learning_rate if status.learning_rate is None else status.learning_rate
    beta = config.beta if status.beta is None else status.beta
    return {"beta": beta, "learning_rate": rate} if has_beta(config) else {"learning_rate": rate}


def architecture(config: TrainConfig) -> str:
    """'MLP 512-256-2' or 'conv 32-64-2'."""
    sizes = config.hidden_sizes if config.architecture == "mlp" else config.channels
    name = "MLP" if config.architecture == "mlp" else "conv"
    return f"{name} {'-'.join(map(str, (*sizes, config.latent_dim)))}"


def method(config: TrainConfig) -> str:
    """What is trained and how it is scored: 'VAE, diagonal posterior, Bernoulli likelihood'."""
    objective = options.OBJECTIVES[config.objective]
    beta = (
        f" with β {in_full(config.beta)}" if config.objective != USUAL_OBJECTIVE and objective.beta is not None else ""
    )
    posterior = "" if objective.is_deterministic else f", {config.posterior} posterior"
    pixels = " on binarised pixels" if config.is_binarised else ""
    is_single = config.widths == "one" or not LIKELIHOODS[config.likelihood].learns_width
    widths = "" if is_single else f", a width for each {config.widths}"
    likelihood = options.TITLES["likelihood"][config.likelihood]
    return f"{objective.title}{beta}{posterior}, {likelihood} likelihood{widths}{pixels}"


def encoding_note(config: TrainConfig) -> str:
    """What to know of how this model encodes an image that somebody brings, in a sentence or two; '' for nothing."""
    notes = []
    if config.is_deterministic:
        notes.append("An autoencoder encodes an image to a point: there is no ellipse, no KL and nothing to draw.")
    notes.append(options.OBJECTIVES[config.objective].encoding_note)
    if config.is_binarised:
        notes.append("It models pixels of black or white: a grey image's nats are their mean over such draws of it.")
    notes.append(config.family.encoding_note)
    return " ".join(filter(None, notes))


def plan(config: TrainConfig, card: DataCard, images: int | None) -> str:
    """What a config amounts to: 'MLP 512-256-2 on Digits: 332 thousand weights, 9,600 steps. VAE, …'.

    images: how many it learns from; None if that is not known here. Raises ConfigInvalid.
    """
    weights = weight_count(config, card)
    steps = total_steps(config, card.train_size if images is None else images)
    most = "at most " if images is None else ""
    size = f"{weights / 1e6:.1f} million" if weights >= 1e6 else f"{weights / 1e3:.0f} thousand"
    return f"{architecture(config)} on {plain(card.title)}: {size} weights, {most}{steps:,} steps. {method(config)}."


def run_title(run: runs.Run, entry: Entry | None = None) -> str:
    """One line that tells a run from its neighbours in a list: the name it was given, else what it is.

    entry: of the same run, where that is at hand: then no file is read.
    """
    if name := (entry.marks if entry else marks.read(run.directory)).name:
        return name
    return _what_it_is(run, entry)


def _what_it_is(run: runs.Run, entry: Entry | None) -> str:
    config = run.config
    if run.imported:
        return f"{run.imported.name}, from {run.imported.kind}, {_started(run, entry)}"
    parts = [run.card.title, architecture(config)]
    if config.objective != USUAL_OBJECTIVE:
        parts.append(options.OBJECTIVES[config.objective].title)
    is_lesson = run.id in runs.LESSONS
    if run.shipped and not is_lesson:
        return f"{', '.join(parts)} (shipped)"
    if has_beta(config):
        parts.append(f"β {in_full(config.beta)}")
    if is_lesson:
        return f"{', '.join(parts)} (lesson)"
    return f"{', '.join(parts)}, {_started(run, entry)}"


def _started(run: runs.Run, entry: Entry | None) -> str:
    created_at = entry.created_at if entry else run.status().created_at
    return f"{datetime.fromtimestamp(created_at).astimezone():%d %b %H:%M}"


def titles(listed: Mapping[str, runs.Run], entries: Mapping[str, Entry] | None = None) -> dict[str, str]:
    """Titles by id that tell apart all that are listed: a choice among them is known to Streamlit by its title alone.

    Runs of equal titles, started within a minute, have the beginnings of their ids behind them. entries: by id, see
    `run_title`.
    """
    found = {run_id: run_title(run, (entries or {}).get(run_id)) for run_id, run in listed.items()}
    counts = Counter(found.values())
    return {run_id: title if counts[title] == 1 else f"{title}, {run_id[:8]}" for run_id, title in found.items()}


def _active(units: int | None, dims: int) -> str:
    if dims > 1:
        return f"{units} of {dims} dimensions active"
    return "its one dimension is active" if units else "its one dimension is not active"


def decimal(value: float, digits: int) -> str:
    """A number with fixed decimals and a true minus, thousands apart: '−3,418.0'; never '−0.0'."""
    return written(value, f",.{digits}f")


def summary(run: runs.Run) -> str:
    """A finished run's held-out figures in one sentence of Markdown. Raises RunMissing before it is complete."""
    if run.imported:
        return made_elsewhere(run.imported)
    figures = run.evaluation().held_out
    if run.config.is_deterministic:
        return f"Held-out reconstruction **{decimal(figures.reconstruction_nats, 1)}** nats per image."
    accuracy = figures.accuracy
    named = "" if accuracy is None else f"; **{accuracy:.1%}** of the held-out images given their right class"
    return (
        f"Held-out −ELBO **{decimal(figures.negative_elbo_nats, 1)}** = "
        f"reconstruction **{decimal(figures.reconstruction_nats, 1)}** + KL **{decimal(figures.kl_nats, 1)}** "
        "nats per image; "
        f"{_active(figures.active_units, run.config.latent_dim)}{named}."
    )


def made_elsewhere(imported: ImportedFrom) -> str:
    """What is known of a model that was not trained here, and what is not."""
    words = "Made elsewhere: its likelihood is not known, so that there is no reconstruction in nats and no ELBO."
    if imported.likelihood:
        words = f"Made elsewhere, under the likelihood {imported.likelihood}; its ELBO was not measured here."
    if not imported.has_encoder:
        return f"{words} It came without an encoder: no image can be given a place."
    if imported.kl_per_dim_nats is not None and imported.active_units is not None:
        dims = len(imported.kl_per_dim_nats)
        words += (
            f" KL {decimal(sum(imported.kl_per_dim_nats), 1)} nats per image; {_active(imported.active_units, dims)}."
        )
    if imported.mean_squared_error is not None:
        words += f" A pixel's mean squared error is {imported.mean_squared_error:.4f}."
    return words


def parent(run: runs.Run, visible: Iterable[runs.Run]) -> str | None:
    """From whose model a run goes on, by its title if that is among those visible; None if it began by itself."""
    if run.parent is None:
        return None
    known = next((each for each in visible if each.id == run.parent.run_id), None)
    title = f"{plain(run_title(known))} (run {run.parent.run_id[:8]})" if known else f"run {run.parent.run_id}"
    return f"Goes on from {title}, after its {run.parent.step:,} steps."


def resume_advice(run: runs.Run) -> str | None:
    """From where a run that was stopped, or has failed, can go on; None if it cannot."""
    if not run.is_resumable:
        return None
    advice = f"Resume goes on from step {checkpoints.newest_step(run.directory):,}."
    if run.status().diverged_step is None:
        return f"{advice} β and the learning rate can be changed first."
    return (
        f"{advice} Press Change and resume for a smaller learning rate (a quarter is filled in); "
        "unchanged, it would come to the same step again."
    )


def images_hint(run: runs.Run) -> str:
    """What to say while the real images behind a map are not on this machine."""
    source = registry.source(run.card.name)
    return (
        f"The map shows the embedding that was stored with the model. The real {plain(run.card.title)} images appear "
        f"beside the decoded ones after the download ({source.download_bytes / 1e6:.0f} MB, once)."
    )
