"""What is wrong with a run's latent space, or with what it learns from: see `checks`.

Thresholds stand at the head; they are ours unless a source is named.
"""

from __future__ import annotations

from collections.abc import Sequence

from vae_core.config import TrainConfig, in_full, options
from vae_core.health.evidence import Evidence, Figures, Finding, Row, Suggestion, carried, number_to_try
from vae_core.health.wording import nats

COLLAPSED_KL = 0.01
"""Nats: a dimension whose mean KL is less tells nothing of the image."""
FADING_KL, FADED = 0.1, 4.0
"""The KL vanishes where it is under so many nats per dimension, and has been so many times higher."""
HUGE_KL = 10.0
"""Nats per dimension: that of a mean 4.5 σ from the prior's, or of a σ of e⁻¹⁰."""
HIDING_SIGMA = 0.3
"""Of the prior's σ: in so much noise a mean that moves by a variance under 0.01 tells 0.05 nats at most."""
SMALLEST_SIGMA = 0.01
"""Of the prior's σ."""
GAP = 0.1
"""Of all that training has gained, between held-out images and those of training."""
BY_CHANCE = 3.0
"""Standard errors that a difference may have without anything behind it."""
IDLE_NATS = 0.05
"""Of dimensions that say nothing, together: less than that is no cost worth a word."""
SATURATED_EXCESS = 0.1
"""Of the pixels: so many more are drawn pure black or white than are so in the data."""


def is_collapsed(config: TrainConfig, kl_per_dim: Sequence[float]) -> bool:
    """Whether no dimension carries anything, by the mean KL of each, in nats per image."""
    return bool(kl_per_dim) and not config.is_deterministic and max(kl_per_dim) < COLLAPSED_KL


def is_still(config: TrainConfig, figures: Figures) -> bool:
    """Whether no mean moves with the image by more than its posterior's own noise hides, whatever the KL."""
    if config.is_deterministic or figures.images < 2 or not figures.sigma_per_dim:
        return False
    return figures.active_units == 0 and min(figures.sigma_per_dim) >= HIDING_SIGMA


def collapse(evidence: Evidence) -> Finding | None:
    """No dimension carries anything. Source: Bowman et al. 2016 (arXiv 1511.06349), Lucas et al. 2019."""
    kls = evidence.kl_per_dim
    if not is_collapsed(evidence.config, kls):
        return None
    beta = f", at β = {in_full(evidence.beta)}" if _has_beta(evidence) else ""
    return Finding(
        "collapsed",
        "Posterior collapse",
        f"No dimension carries anything: the largest mean KL of {len(kls)} is {nats(max(kls))} nats per image{beta}.",
        "Every image is encoded to the prior, and the decoder draws the same mean picture wherever you drag: what a "
        "dimension could save in reconstruction is less than its KL costs.",
        (*_less_pressure(evidence), ("Try free bits", {"beta_schedule": "free-bits"})),
    )


def _less_pressure(evidence: Evidence) -> tuple[Suggestion, ...]:
    """Smaller β, if there is one; then a warm-up."""
    if not _has_beta(evidence):
        return ()
    usual = options.OBJECTIVES[evidence.config.objective].beta or 1.0
    less = number_to_try("beta", "β =", 1.0 if evidence.beta > 1 and usual <= 2 else min(usual, evidence.beta / 4))
    return less, ("Try a warm-up of β", {**less[1], "beta_schedule": "warm-up"})


def _has_beta(evidence: Evidence) -> bool:
    return options.OBJECTIVES[evidence.config.objective].beta is not None


def _weighs_kl(evidence: Evidence) -> bool:
    """Whether the loss holds each image's own KL down: not for MMD-VAE, which holds only all of them together."""
    return options.OBJECTIVES[evidence.config.objective].penalty in ("kl", "total correlation")


def exploding_kl(evidence: Evidence) -> Finding | None:
    """Posteriors far out of the prior's reach."""
    kls = evidence.kl_per_dim
    if not kls or not _weighs_kl(evidence) or not evidence.has_full_pressure(evidence.step) or max(kls) < HUGE_KL:
        return None
    beta = max(1.0, 4 * evidence.beta) if _has_beta(evidence) else 1.0
    return Finding(
        "kl-exploding",
        "KL exploding",
        f"Dimension {kls.index(max(kls)) + 1} costs {nats(max(kls))} nats of KL per image, more than {HUGE_KL:g}.",
        "Its means lie far outside the prior, or its posteriors are points: samples from the prior will not look like "
        "the data.",
        (
            number_to_try("beta", "β =", beta),
            number_to_try("learning_rate", "learning rate", evidence.learning_rate / 4),
        ),
    )


def vanishing_kl(evidence: Evidence) -> Finding | None:
    """A KL on its way to collapse."""
    kls = [carried(row) for row in evidence.held_out if not evidence.is_early_at(row["step"])]
    if evidence.config.is_deterministic or not kls or not evidence.is_settled:
        return None
    if evidence.kl >= FADING_KL * evidence.config.latent_dim or max(kls) < FADED * evidence.kl:
        return None
    return Finding(
        "kl-vanishing",
        "KL vanishing",
        f"What the dimensions carry has fallen from {nats(max(kls))} to {nats(evidence.kl)} nats per image.",
        "The latent space empties: less and less of an image gets through to the decoder. It seldom comes back by "
        "itself.",
        _less_pressure(evidence),
    )


def vanishing_sigma(evidence: Evidence) -> Finding | None:
    """Posteriors that shrink to points."""
    sigmas = evidence.sigma_per_dim
    if not sigmas or evidence.config.is_deterministic or not evidence.has_full_pressure(evidence.step):
        return None
    if min(sigmas) >= SMALLEST_SIGMA:
        return None
    beta = max(1.0, 4 * evidence.beta)
    return Finding(
        "sigma-zero",
        "Posteriors shrink to points",
        f"In dimension {sigmas.index(min(sigmas)) + 1} the posterior's σ is {min(sigmas):.1g}, under {SMALLEST_SIGMA} "
        "of the prior's.",
        "With so little noise neighbours in latent space need not look alike: the map becomes a list of images with "
        "gaps between them, as an autoencoder's is.",
        (number_to_try("beta", "β =", beta), ("Try a learned Gaussian σ", {"likelihood": "gaussian-learned"})),
    )


def overfitting(evidence: Evidence) -> Finding | None:
    """Held-out images fare much worse than those of training."""
    pair = evidence.negative_elbos
    if pair is None or pair[0] - pair[1] < max(GAP * evidence.fall, BY_CHANCE * evidence.gap_error):
        return None
    best = evidence.best_row
    least = f"; the least was {nats(_sum(best))} at step {best['step']:,}" if best and _sum(best) < pair[0] else ""
    return Finding(
        "overfitted",
        "Overfitting",
        f"Held-out images cost {nats(pair[0])} nats per image, {nats(pair[0] - pair[1])} more than those of training"
        f"{least}.",
        "The model learns its images by heart: what it draws between them is not to be trusted. More images help "
        "most; else a shorter training, or a smaller network.",
        (_shorter(evidence), _smaller(evidence)),
    )


def _sum(row: Row) -> float:
    return float(row["reconstruction_nats"]) + float(row["kl_nats"])


def _shorter(evidence: Evidence) -> Suggestion:
    """An end where held-out images fared best, or at half of the epochs."""
    best, config = evidence.best_row, evidence.config
    share = best["step"] / max(1, evidence.total_steps) if best else 0.5
    epochs = max(1, round(config.epochs * min(share, 0.5)))
    return f"Try {epochs} epochs", {"epochs": epochs}


def _smaller(evidence: Evidence) -> Suggestion:
    """A quarter of each width."""
    config = evidence.config
    if config.architecture == "conv":
        return "Try a smaller network", {"channels": tuple(max(4, size // 4) for size in config.channels)}
    return "Try a smaller network", {"hidden_sizes": tuple(max(8, size // 4) for size in config.hidden_sizes)}


def few_active(evidence: Evidence) -> Finding | None:
    """More than half of the dimensions carry nothing, or one of two; a single one is never few.

    Source: Burda et al. 2016 (arXiv 1509.00519).
    """
    kls, config = evidence.kl_per_dim, evidence.config
    carrying = sum(kl >= COLLAPSED_KL for kl in kls)
    units = evidence.active_units
    active = carrying if units is None else min(carrying, int(units))
    if config.is_deterministic or len(kls) < 2 or not evidence.is_settled or active >= max(2, len(kls) / 2):
        return None
    fewer = (f"Try {max(2, active)} dimensions", {"latent_dim": max(2, active)})
    less = number_to_try("beta", "β =", evidence.beta / 2)
    return Finding(
        "few-active",
        "Few active dimensions",
        f"{active} of {len(kls)} dimensions are active: in the others the mean moves by a variance under 0.01, or the "
        f"KL is under {COLLAPSED_KL} nats.",
        _cost_of_the_idle(evidence, active),
        (fewer, less) if _has_beta(evidence) else (fewer,),
    )


def _cost_of_the_idle(evidence: Evidence, active: int) -> str:
    """What the dimensions that say nothing cost all the same: a posterior that never moves need not be the prior."""
    known = evidence.idle_kl
    least = sum(sorted(evidence.kl_per_dim)[: len(evidence.kl_per_dim) - active])  # whichever of them are active
    cost, about = (least, "at least ") if known is None else (known, "")
    if cost < IDLE_NATS:
        return "The others are noise to the decoder. That costs nothing but memory, unless you wanted them to say more."
    return (
        f"The others are noise to the decoder, and cost {about}{nats(cost)} nats per image for nothing: their "
        "posteriors are the same for every image, and not the prior."
    )


def saturation(evidence: Evidence) -> Finding | None:
    """Far more pure black or white in the decoded images than in the data."""
    drawn, real = evidence.saturated_share, evidence.facts.get("extreme_share")
    if drawn is None or real is None or drawn - real < SATURATED_EXCESS:
        return None
    return Finding(
        "saturated",
        "Saturated pixels",
        f"{drawn:.0%} of the decoded pixels are pure black or white, and {real:.0%} of the data's.",
        "The decoder overshoots: greys are lost, and where its output is at an end, little of the gradient comes back.",
        (
            number_to_try("learning_rate", "learning rate", evidence.learning_rate / 4),
            ("Try a learned Gaussian σ", {"likelihood": "gaussian-learned"}),
        ),
    )
