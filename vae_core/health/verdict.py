"""Is a run healthy? One sentence with its evidence, what it means, and what to try. Pure, and without torch.

    verdict(rows, config, card)  ->  Verdict(condition="collapsed", sentence="No dimension carries anything: …", …)

`evidence` turns rows and settings into numbers, `checks` and `checks_latent` know what each condition looks like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vae_core.config import TrainConfig, parse_config
from vae_core.data.source import DataCard
from vae_core.errors import ConfigInvalid
from vae_core.health.checks import dead_data, divergence, high_rate, no_pressure, wrong_likelihood, wrong_sigma
from vae_core.health.checks_latent import (
    COLLAPSED_KL,
    collapse,
    exploding_kl,
    few_active,
    overfitting,
    saturation,
    vanishing_kl,
    vanishing_sigma,
)
from vae_core.health.evidence import EARLY_SHARE, Check, Evaluation, Evidence, Finding, Row, gather
from vae_core.health.wording import nats

Mood = Literal["early", "healthy", "sick"]

ALWAYS: tuple[Check, ...] = (dead_data, divergence, no_pressure, wrong_likelihood)
"""What can be told from the first step on."""
IN_TIME: tuple[Check, ...] = (
    wrong_sigma, high_rate, collapse, exploding_kl, vanishing_kl, vanishing_sigma, overfitting, few_active, saturation,
)  # fmt: skip
"""What training must have had its time for. Both go from causes to consequences: what is found first is the verdict."""


@dataclass(frozen=True)
class Change:
    """Another run worth trying. label: what to press; settings: those that differ from the run's own."""

    label: str
    settings: Mapping[str, Any]

    def applied_to(self, config: TrainConfig) -> TrainConfig:
        """The config of that run. Raises ConfigInvalid."""
        return parse_config(config.model_dump() | dict(self.settings))


@dataclass(frozen=True)
class Verdict:
    """condition: "healthy", "early", or that of a finding; title: the same in words.

    sentence: what was found, with its evidence, numbers with units. meaning: what that says about the run. changes:
    one or two runs to try, none if it is healthy. also: sentences on whatever else was found.
    """

    condition: str
    title: str
    sentence: str
    meaning: str
    changes: tuple[Change, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def mood(self) -> Mood:
        """How to colour it."""
        return "early" if self.condition == "early" else "healthy" if self.condition == "healthy" else "sick"


def verdict(  # noqa: PLR0913
    rows: Sequence[Row],
    config: TrainConfig,
    card: DataCard,
    evaluation: Evaluation | None = None,
    *,
    diverged_step: int | None = None,
    is_over: bool = False,
) -> Verdict:
    """The verdict on a run, from all its metrics rows so far, its settings and its data set's card.

    evaluation: of a complete run. diverged_step, is_over: of its status. Rows of older runs hold less
    (no σ, no facts about the data); what needs that is then not looked for. The first thing found, in the order of
    `ALWAYS` and `IN_TIME`, from causes to consequences, is the verdict; the others are told in `also`.
    """
    evidence = gather(rows, config, card, evaluation, diverged_step=diverged_step, is_over=is_over)
    checks = ALWAYS if evidence.is_early else (*ALWAYS, *IN_TIME)
    told = {finding.sentence: finding for check in checks if (finding := check(evidence))}
    found = list(told.values())  # two checks may see one thing
    if found:
        first, *others = found
        return Verdict(
            first.condition,
            first.title,
            first.sentence,
            first.meaning,
            _allowed(first, config),
            tuple(other.sentence for other in others),
        )
    return _too_early(evidence) if evidence.is_early else _healthy(evidence)


def _allowed(finding: Finding, config: TrainConfig) -> tuple[Change, ...]:
    """Of the changes that a finding suggests, the first two that this config can take and that change anything."""
    changes = []
    for label, settings in finding.suggestions:
        change = Change(label, settings)
        try:
            if change.applied_to(config) != config:
                changes.append(change)
        except ConfigInvalid:
            continue
    return tuple(changes[:2])


def _too_early(evidence: Evidence) -> Verdict:
    needed = max(1, round(EARLY_SHARE * evidence.total_steps))
    return Verdict(
        "early",
        "Too early to say",
        f"Step {evidence.step:,} of {evidence.total_steps:,}: a verdict stands from step {needed:,} on.",
        "In the first steps reconstruction falls by itself, whatever the settings; only then can they be told apart.",
    )


def _healthy(evidence: Evidence) -> Verdict:
    is_deterministic, pair = evidence.config.is_deterministic, evidence.negative_elbos
    parts = []
    if pair:
        name, side = "Reconstruction" if is_deterministic else "−ELBO", "above" if pair[0] >= pair[1] else "below"
        gap = f"{nats(abs(pair[0] - pair[1]))} {side} training"
        parts += [f"{name} {nats(pair[0])} nats per image on held-out images, {gap}"]
    if not is_deterministic:
        carrying, dims = sum(kl >= COLLAPSED_KL for kl in evidence.kl_per_dim), evidence.config.latent_dim
        whose = f"{carrying} of {dims} dimensions carry" if dims > 1 else "its dimension carries"
        parts += [f"{whose} {nats(evidence.kl)} nats"]
    return Verdict(
        "healthy",
        "Healthy",
        f"{'; '.join(parts)}.",
        "Reconstruction has come down, the latent space is in use, and held-out images fare like those it learns from.",
    )
