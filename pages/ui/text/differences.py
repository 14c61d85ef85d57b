"""What sets runs apart: their held-out figures beside each other, and the settings that are not the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from statistics import median
from typing import Any

from vae_core.architecture import layers
from vae_core.config import TrainConfig, in_full, settings, title_of
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.data.source import DataCard, are_of_the_same_images
from vae_core.runs import Figures

NATS = {"negative_elbo_nats": "−ELBO", "reconstruction_nats": "Reconstruction", "kl_nats": "KL"}
CHANGE = "Δ "
"""Before a figure's name: its difference from the first run's."""


@dataclass(frozen=True)
class Measured:
    """One run's figures. held_out: in nats per image. rows: its metrics. epochs: those trained."""

    name: str
    config: TrainConfig
    card: DataCard
    held_out: Figures
    rows: Sequence[Mapping[str, Any]]
    epochs: int


def likelihood_of(config: TrainConfig) -> tuple[Any, ...]:
    """What must be equal for nats of two runs on the same images to mean the same."""
    sigma = config.gaussian_sigma if LIKELIHOODS[config.likelihood].has_set_sigma else None
    return config.likelihood, config.is_binarised, sigma


def weight_count(config: TrainConfig, card: DataCard) -> int:
    """Numbers that training adjusts."""
    return sum(prod(shape) for shape in layers.weight_shapes(config, card).values())


def seconds(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """How long the training took; None where that was not recorded, as in the shipped runs."""
    return max((float(row.get("elapsed_s") or 0.0) for row in rows), default=0.0) or None


def images_per_second(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """The usual speed of training; None where that was not recorded."""
    speeds = [float(row["images_per_s"]) for row in rows if row.get("images_per_s")]
    return median(speeds) if speeds else None


def figures_table(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """A row for each run: its figures, and beside each its difference from the first run's.

    Differences in nats are None where the nats mean something else, see `why_not_comparable`; so are figures that a
    model has none of: an autoencoder encodes to points, and has no KL and no bound.
    """
    first = measured[0]
    return [_figures_row(each, first) for each in measured]


def _figures_row(run: Measured, first: Measured) -> dict[str, Any]:
    row: dict[str, Any] = {"Run": run.name}
    is_comparable = not why_other_nats([run.config, first.config], [run.card, first.card])
    for key, title in NATS.items():
        value, reference = _nats(run, key), _nats(first, key)
        has_change = run is not first and is_comparable and value is not None and reference is not None
        row |= {title: value, CHANGE + title: value - reference if has_change else None}  # type: ignore[operator]
    return row | {
        "Active": f"{run.held_out.active_units} of {run.config.latent_dim}",
        "Epochs": run.epochs,
        "Seconds": seconds(run.rows),
        "Images/s": images_per_second(run.rows),
        "Parameters": weight_count(run.config, run.card),
    }


def _nats(run: Measured, key: str) -> float | None:
    if run.config.is_deterministic and key != "reconstruction_nats":
        return None
    return float(getattr(run.held_out, key))


def why_not_comparable(configs: Sequence[TrainConfig], cards: Sequence[DataCard]) -> list[str]:
    """What keeps these runs' nats from being compared, a sentence each; none if nothing does."""
    reasons = why_other_nats(configs, cards)
    if len({config.is_deterministic for config in configs}) > 1:
        reasons.append(
            "An autoencoder has no KL and no bound; its reconstruction, from points without noise, is lower for that "
            "reason alone."
        )
    return reasons


def why_other_nats(configs: Sequence[TrainConfig], cards: Sequence[DataCard]) -> list[str]:
    """Why nats of these runs do not mean the same, a sentence each; none if they do.

    The one rule by which runs are put into a table of differences, or into one plane of rate and distortion.
    """
    reasons = []
    if not are_of_the_same_images(cards):
        reasons.append(
            "Nats of different data sets are no measure of which model is better: more pixels, or more varied ones, "
            "cost more nats."
        )
    elif len({config.left_out_class for config in configs}) > 1:
        reasons.append(
            "Where another class is left out, other held-out images are measured, and nats are no measure of which "
            "model is better."
        )
    if len({_is_given_labels(config) for config in configs}) > 1:
        reasons.append(
            "A conditional VAE is given each image's class: its nats are of the rest, −log p(x|y), and lower for that "
            "reason alone."
        )
    if len({likelihood_of(config) for config in configs}) > 1:
        reasons.append(
            "Nats under different likelihoods are of different scales: a density over greys can be negative, a "
            "cross-entropy cannot."
        )
    return reasons


def _is_given_labels(config: TrainConfig) -> bool:
    """M2 is not: it infers them, and pays for it."""
    return config.is_conditional and not config.family.infers_labels


Rows = list[tuple[str, list[str]]]


def setting_rows(configs: Sequence[TrainConfig], cards: Sequence[DataCard]) -> tuple[Rows, Rows]:
    """The settings as (label, a text for each run): first those that differ, then those that are the same.

    A setting that means nothing beside a run's others has the text '–'; one that means nothing in any run is left out.
    """
    told = [(config.model_dump(), card) for config, card in zip(configs, cards, strict=True)]
    rows = [
        (setting.label, [_text(name, each, card) if setting.is_needed(each) else "–" for each, card in told])
        for name, (setting, _) in settings().items()
    ]
    meant = [row for row in rows if set(row[1]) != {"–"}]
    return [row for row in meant if len(set(row[1])) > 1], [row for row in meant if len(set(row[1])) == 1]


def _text(name: str, values: Mapping[str, Any], card: DataCard) -> str:
    value = values[name]
    if isinstance(value, str):
        return title_of(name, value, card)
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return in_full(value) if isinstance(value, float) else str(value)


def markdown_table(rows: Sequence[tuple[str, list[str]]], names: Sequence[str]) -> str:
    """Settings as a table of Markdown; what differs from the first run is bold."""
    lines = [("Setting", *names), ("---",) * (len(names) + 1)]
    for label, texts in rows:
        marked = [text if index == 0 or text == texts[0] else f"**{text}**" for index, text in enumerate(texts)]
        lines.append((label, *marked))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
