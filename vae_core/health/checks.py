"""What is wrong with a run before its latent space is looked at: its data, its settings, its learning rate.

A check takes the evidence and gives a finding, or None: what it looks like in numbers, what it means, and what to
try instead. `verdict` asks them in order. Thresholds stand at the head; they are ours unless a source is named.
"""

from __future__ import annotations

import math

from vae_core.config import in_full, options
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.config.schedules import HIGH_RATE
from vae_core.health.evidence import Evidence, Finding, Suggestion, number_to_try
from vae_core.health.wording import nats

SIGMA_OFF = 3.0  # how many times a pixel's σ may be the residual, or the residual σ
GREY_SHARE = 0.6  # of pixels between nearly black and nearly white: more than that, and Bernoulli is no fit
BINARY_SHARE = 0.99  # of pixels that are black or white: no density fits
FLAT_SPREAD = 1e-3  # of full white, from image to image: a quarter of a grey level
BLANK_SHARE = 0.5  # of images
SETBACK = 0.1  # of all that training had gained, lost again


def dead_data(evidence: Evidence) -> Finding | None:
    """Images that are all the same, or have nothing on them."""
    facts = evidence.facts
    if not facts or (facts["spread_grey"] >= FLAT_SPREAD and facts["blank_share"] < BLANK_SHARE):
        return None
    what = "black" if facts["mean_grey"] < FLAT_SPREAD else "of one grey"
    blank = f"{facts['blank_share']:.0%} of the training images are all {what}"
    same = f"the training images differ by {nats(facts['spread_grey'])} of full white"
    return Finding(
        "dead-data",
        "Nothing to learn in the data",
        f"{_capital(blank if facts['blank_share'] >= BLANK_SHARE else same)}.",
        "Whatever the settings, the model can only learn that one picture. Look at the files, and at how "
        "they were read.",
        (("Try Digits instead", {"dataset": "digits"}),),
    )


def divergence(evidence: Evidence) -> Finding | None:
    """The loss left the finite numbers, under a rate that is reason enough."""
    return _diverged(evidence) if evidence.learning_rate > HIGH_RATE else None


def no_pressure(evidence: Evidence) -> Finding | None:
    """β = 0: nothing holds the posteriors to the prior."""
    objective = options.OBJECTIVES[evidence.config.objective]
    if objective.beta is None or evidence.beta > 0:
        return None
    size = "" if math.isnan(evidence.kl) else f"; the dimensions carry {nats(evidence.kl)} nats per image"
    return Finding(
        "no-pressure",
        "No pressure from the prior",
        f"β = 0{size}, and nothing in the loss holds that.",
        "The model is an autoencoder with noise that it may make as small as it likes: reconstructions are sharp, but "
        "samples from the prior fall into gaps between the images.",
        (number_to_try("beta", "β =", objective.beta),),
    )


def wrong_likelihood(evidence: Evidence) -> Finding | None:
    """A likelihood that does not fit the pixels."""
    return _bernoulli_on_grey(evidence) or _density_on_binary(evidence)


def _bernoulli_on_grey(evidence: Evidence) -> Finding | None:
    share = evidence.facts.get("middle_share", 0.0)
    if LIKELIHOODS[evidence.config.likelihood].suits_grey or share <= GREY_SHARE:
        return None
    return _likelihood(
        f"{share:.0%} of the pixels are grey, between 0.1 and 0.9 of full white, and Bernoulli scores them as if each "
        "were black or white.",
        "The entropy of the greys, which no model can take away, fills the reconstruction, and differences between "
        "images hardly count against the KL: the likely end is collapse.",
        (
            ("Try a learned Gaussian σ", {"likelihood": "gaussian-learned", "pixels": "grey"}),
            ("Try the continuous Bernoulli", {"likelihood": "continuous-bernoulli", "pixels": "grey"}),
        ),
    )


def _density_on_binary(evidence: Evidence) -> Finding | None:
    share = evidence.facts.get("extreme_share", 0.0)
    if LIKELIHOODS[evidence.config.likelihood].suits_two_levels or share < BINARY_SHARE:
        return None
    return _likelihood(
        f"{share:.1%} of the pixels are pure black or white, and {evidence.config.likelihood} scores them as grey "
        "levels.",
        "A density may grow without end at a value that comes again and again, so the loss falls for ever and its "
        "nats mean nothing; for two values, Bernoulli is the likelihood.",
        (("Try Bernoulli", {"likelihood": "bernoulli"}),),
    )


def wrong_sigma(evidence: Evidence) -> Finding | None:
    """A fixed pixel σ far from the residuals it should be the size of."""
    residual, sigma = evidence.residual, evidence.config.gaussian_sigma
    if not residual or 1 / SIGMA_OFF <= sigma / residual <= SIGMA_OFF:
        return None
    times = max(sigma / residual, residual / sigma)
    size = "larger" if sigma > residual else "smaller"
    meaning = (
        "Errors hardly count, so the KL wins and the latent space empties; the best σ is the residual itself."
        if sigma > residual
        else "Errors count many times too much, so the KL hardly matters and posteriors shrink; the best σ is the "
        "residual itself."
    )
    return _likelihood(
        f"Pixel σ = {in_full(sigma)} is {times:.1f} times {size} than the residuals, {nats(residual)} of full white.",
        meaning,
        (
            ("Try a learned Gaussian σ", {"likelihood": "gaussian-learned"}),
            number_to_try("gaussian_sigma", "pixel σ =", residual),
        ),
    )


def _likelihood(sentence: str, meaning: str, suggestions: tuple[Suggestion, ...]) -> Finding:
    return Finding("likelihood", "Likelihood does not fit the pixels", sentence, meaning, suggestions)


def high_rate(evidence: Evidence) -> Finding | None:
    """Training lost again what it had gained, or left the finite numbers."""
    if found := _diverged(evidence):
        return found
    setback = evidence.setback(SETBACK * evidence.fall)
    if setback is None:
        return None
    return _too_fast(
        evidence,
        f"From step {setback.step:,} on, training reconstruction rose by {nats(setback.nats)} nats per image over its "
        f"best, {nats(setback.best)}, at learning rate {in_full(evidence.learning_rate)}.",
    )


def _diverged(evidence: Evidence) -> Finding | None:
    if evidence.diverged_step is None:
        return None
    return _too_fast(
        evidence,
        f"The loss left the finite numbers at step {evidence.diverged_step:,}, at learning rate "
        f"{in_full(evidence.learning_rate)}.",
    )


def _too_fast(evidence: Evidence, sentence: str) -> Finding:
    rate = evidence.learning_rate
    slower = rate / 4 if rate <= HIGH_RATE else min(rate / 10, 4e-3)
    try_slower = number_to_try("learning_rate", "learning rate", float(f"{slower:.1g}"))
    return Finding(
        "learning-rate",
        "Learning rate too high",
        sentence,
        "Steps overshoot what they aim at; what is thrown away in one of them may take the rest of the run to learn "
        "again, or a part of the network never comes back.",
        (
            try_slower,
            ("Try the one-cycle schedule", {"schedule": "one-cycle", **try_slower[1]}),
        ),
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
