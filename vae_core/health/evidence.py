"""What a run's metrics and settings show about its health, as numbers; `checks` says what they mean. No torch."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Protocol

from vae_core.config import TrainConfig, bounds, in_full, schedules, total_steps
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.data.source import DataCard
from vae_core.data.statistics import DataFacts

Row = Mapping[str, Any]
EARLY_SHARE = 0.05
"""Of a run's steps: before that, figures still fall by themselves and say nothing about how it will end."""
SETTLED_SHARE = 0.25
"""Of a run's steps: by then every dimension that is to be used is in use, or on its way."""
_BY_CHANCE = 4.0  # scatters of a row, between the lowest and the highest of some hundred means of three rows
_NEAR = 32  # rows that a row's scatter is taken from
_WINDOW = 3  # rows that a rise is averaged over, so that one unlucky batch is none


class Figures(Protocol):
    """What is looked at of a model's means over images, in nats per image; a run keeps them as `runs.Figures`."""

    @property
    def reconstruction_nats(self) -> float:
        """A mean over images, as all of these."""

    @property
    def kl_nats(self) -> float:
        """Of all dimensions together, and for M2 of the label."""

    @property
    def kl_per_dim_nats(self) -> tuple[float, ...]:
        """(D,)"""

    @property
    def active_units(self) -> int:
        """Dimensions whose mean moves with the image."""

    @property
    def images(self) -> int:
        """How many there were."""

    @property
    def sigma_per_dim(self) -> tuple[float, ...] | None:
        """(D,), the posterior's; None where it was not recorded."""

    @property
    def saturated_share(self) -> float | None:
        """Of the decoded pixels, those of pure black or white, 0 to 1; None where it was not recorded."""

    @property
    def idle_kl_nats(self) -> float | None:
        """Of the dimensions whose mean does not move with the image; None where it was not recorded."""


class Evaluation(Protocol):
    """The figures of a complete run; a run keeps them as `runs.Evaluation`."""

    @property
    def held_out(self) -> Figures:
        """Of all held-out images."""

    @property
    def train(self) -> Figures | None:
        """Of all training images; None for a run that was stopped."""


@dataclass(frozen=True)
class Evidence:
    """A run's rows, settings and data card, and what follows from them.

    held_out, train: rows in order, each from the first step on. diverged_step, is_over: of its status. evaluation: of
    a complete run.
    """

    config: TrainConfig
    card: DataCard
    held_out: Sequence[Row]
    train: Sequence[Row]
    edits: Sequence[Row]
    evaluation: Evaluation | None = None
    diverged_step: int | None = None
    is_over: bool = False

    @cached_property
    def facts(self) -> Mapping[str, float]:
        """The training set's `DataFacts`; empty for a run that was recorded before these were."""
        return next((row["data"] for row in self.held_out if row.get("data")), {})

    @cached_property
    def step(self) -> int:
        """The newest that anything is known of."""
        return max((int(row["step"]) for row in (*self.held_out[-1:], *self.train[-1:])), default=0)

    @cached_property
    def total_steps(self) -> int:
        """The steps of the whole run."""
        images = max(1, int(self.facts.get("images", self.card.train_size)))
        return total_steps(self.config, images)

    @property
    def is_early(self) -> bool:
        """Whether it is too soon to judge what depends on training."""
        if self.is_over and self.step > 0:
            return False
        return self.is_early_at(self.step) or len(self.held_out) < 3

    def is_early_at(self, step: int) -> bool:
        """Whether figures of that step still fall by themselves."""
        return step < EARLY_SHARE * self.total_steps

    @property
    def is_settled(self) -> bool:
        """Whether dimensions that carry nothing have had their time to wake up."""
        return self.is_over or self.step >= SETTLED_SHARE * self.total_steps

    @cached_property
    def beta(self) -> float:
        """In force now, before its schedule."""
        return self._in_force("beta", self.config.beta)

    @cached_property
    def learning_rate(self) -> float:
        """In force now, before its schedule."""
        return self._in_force("learning_rate", self.config.learning_rate)

    def _in_force(self, name: str, given: float) -> float:
        return next((float(row[name]) for row in reversed(self.edits) if row.get(name) is not None), given)

    def has_full_pressure(self, step: int) -> bool:
        """Whether β, or C, has risen to its full value at a step."""
        if self.config.beta_schedule == "capacity":
            return step >= self.config.ramp_share * self.total_steps
        return schedules.pressure(self.config, 1.0, step, self.total_steps).beta >= 1.0

    # The newest held-out figures; those of all held-out images where the run is complete

    @property
    def _whole(self) -> Figures | None:
        return self.evaluation.held_out if self.evaluation else None

    @property
    def _newest(self) -> Row:
        return self.held_out[-1] if self.held_out else {}

    @property
    def _is_single(self) -> bool:
        """Whether figures are of one image, which does not show what moves from one to the next."""
        return self.card.held_out_size == 1 or (self._whole is not None and self._whole.images == 1)

    @property
    def kl(self) -> float:
        """What the dimensions carry together, the mean KL of held-out images; nan before there is one."""
        return sum(self._whole.kl_per_dim_nats) if self._whole else carried(self._newest)

    @property
    def kl_per_dim(self) -> tuple[float, ...]:
        """Mean KL of each dimension, nats per image; empty before there is one."""
        return self._whole.kl_per_dim_nats if self._whole else tuple(self._newest.get("kl_per_dim_nats", ()))

    @property
    def active_units(self) -> int | None:
        """Dimensions whose mean moves with the image; None where that was not recorded, or there is but one image."""
        if self._is_single:
            return None
        return self._whole.active_units if self._whole else self._newest.get("active_units")

    @property
    def reconstruction(self) -> float:
        """Mean reconstruction of held-out images; nan before there is one."""
        whole = self._whole
        return whole.reconstruction_nats if whole else float(self._newest.get("reconstruction_nats", math.nan))

    @property
    def sigma_per_dim(self) -> tuple[float, ...] | None:
        """The posterior's σ in each dimension, geometric means; None where it was not recorded."""
        found = (self._whole.sigma_per_dim if self._whole else None) or self._newest.get("sigma_per_dim")
        return tuple(found) if found else None

    @property
    def saturated_share(self) -> float | None:
        """Of the decoded pixels, those of pure black or white, 0 to 1; None where it was not recorded."""
        found = self._whole.saturated_share if self._whole else None
        return self._newest.get("saturated_share") if found is None else found

    @property
    def idle_kl(self) -> float | None:
        """The KL of dimensions whose mean does not move, nats per image; None as `active_units`."""
        if self._is_single:
            return None
        return self._whole.idle_kl_nats if self._whole else self._newest.get("idle_kl_nats")

    @property
    def pixels(self) -> int:
        """Of an image."""
        return math.prod(self.card.image_shape)

    @property
    def residual(self) -> float | None:
        """Root mean square distance of pixels from the decoded ones, in units of full white: what a Gaussian
        likelihood's reconstruction says of it. None for other likelihoods.
        """
        if not LIKELIHOODS[self.config.likelihood].has_set_sigma or math.isnan(self.reconstruction):
            return None
        sigma = self.config.gaussian_sigma
        excess = self.reconstruction / self.pixels - math.log(sigma) - 0.5 * math.log(2 * math.pi)
        return sigma * math.sqrt(max(0.0, 2 * excess))

    # How it went

    @cached_property
    def fall(self) -> float:
        """How far held-out reconstruction has come down from the first row to the best: the scale of what matters."""
        values = [float(row["reconstruction_nats"]) for row in self.held_out]
        return max(values[0] - min(values), 1e-9) if values else 1e-9

    @cached_property
    def best_row(self) -> Row | None:
        """The held-out row of least −ELBO."""
        return min(self.held_out, key=_negative_elbo, default=None)

    @cached_property
    def negative_elbos(self) -> tuple[float, float] | None:
        """Held-out and training −ELBO, nats per image; None before there are both."""
        if self.evaluation and self.evaluation.train:
            held_out, train = self.evaluation.held_out, self.evaluation.train
            return held_out.reconstruction_nats + held_out.kl_nats, train.reconstruction_nats + train.kl_nats
        if not self.held_out or not self.train:
            return None
        return _negative_elbo(self.held_out[-1]), _negative_elbo(self.train[-1])

    @property
    def gap_error(self) -> float:
        """Standard error of the two's difference, nats per image: some images are harder, and chance splits them."""
        row = _scatter([float(row["reconstruction_nats"]) for row in self.train[-_NEAR:]])  # of a batch
        whole = self.evaluation
        images = (whole.held_out.images, whole.train.images) if whole and whole.train else (self.card.held_out_size, 0)
        batch = self.config.batch_size
        return row * math.sqrt(sum(batch / count if count else 1.0 for count in images))

    def setback(self, least: float) -> Setback | None:
        """The largest rise of the training reconstruction over its best, since the last edit, under full pressure.

        Of at least so many nats, and only what chance would not make: some batches are much harder than others.
        """
        if self.config.beta_schedule == "cyclical":  # there β itself makes it rise, again and again
            return None
        since = int(self.edits[-1]["step"]) if self.edits else 0
        rows = [row for row in self.train if row["step"] > since and self.has_full_pressure(int(row["step"]))]
        values = [float(row["reconstruction_nats"]) for row in rows]
        best, found = math.inf, None
        for start in range(len(values) - _WINDOW + 1):
            mean = sum(values[start : start + _WINDOW]) / _WINDOW
            rise, end = mean - best, start + _WINDOW
            if rise >= least and rise > _BY_CHANCE * _scatter(values[max(0, end - _NEAR) : end]):
                found, least = Setback(int(rows[start]["step"]), best, rise), rise
            best = min(best, mean)
        return found


def _scatter(values: Sequence[float]) -> float:
    """Standard deviation of a row about the curve: what three neighbours lie off a line, whose median a few large ones
    do not move, is 0.6745 √6 of it. 0 for fewer than three.
    """
    bends = [abs(a - 2 * b + c) for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    return statistics.median(bends) / (0.6745 * math.sqrt(6)) if bends else 0.0


@dataclass(frozen=True)
class Setback:
    """From the best reconstruction before, best nats, training lost so many nats per image again, from a step on."""

    step: int
    best: float
    nats: float


Suggestion = tuple[str, Mapping[str, Any]]
"""What to press, and the settings that change."""


def number_to_try(name: str, words: str, value: float) -> Suggestion:
    """A suggestion to set a number, of two figures and within its bounds, so that the button says what it sets.

    words: the setting's name on the button.
    """
    low, high = bounds(name)
    wanted = min(max(float(f"{value:.2g}"), low), high)
    return f"Try {words} {in_full(wanted)}", {name: wanted}


@dataclass(frozen=True)
class Finding:
    """A condition that a check found, as in `verdict.Verdict`. suggestions: what to try instead, the best first."""

    condition: str
    title: str
    sentence: str
    meaning: str
    suggestions: tuple[Suggestion, ...] = ()


Check = Callable[[Evidence], Finding | None]
"""Reads the evidence; None where it finds nothing wrong."""


def _negative_elbo(row: Row) -> float:
    return float(row["reconstruction_nats"]) + float(row["kl_nats"])


def carried(row: Row) -> float:
    """What the dimensions carry together in a held-out row, nats per image: M2's KL has the label's as well."""
    per_dim = row.get("kl_per_dim_nats")
    return float(sum(per_dim) if per_dim else row.get("kl_nats", math.nan))


def gather(  # noqa: PLR0913
    rows: Sequence[Row],
    config: TrainConfig,
    card: DataCard,
    evaluation: Evaluation | None = None,
    *,
    diverged_step: int | None = None,
    is_over: bool = False,
) -> Evidence:
    """The evidence in a run's metrics rows, in their order; rows without figures that can be read are left out."""
    splits: dict[str, list[Row]] = {"held-out": [], "train": [], "edit": []}
    for row in rows:
        split = row.get("split") if isinstance(row, Mapping) else None
        needed = _NEEDED.get(split) if isinstance(split, str) else None
        if needed and all(_is_number(row.get(name)) for name in needed):
            splits[str(split)].append(_readable(row, config.latent_dim))
    return Evidence(
        config, card, splits["held-out"], splits["train"], splits["edit"], evaluation, diverged_step, is_over
    )


NUMBERS = ("active_units", "saturated_share", "idle_kl_nats", "beta", "learning_rate")
VECTORS = ("kl_per_dim_nats", "sigma_per_dim")
"""Columns of a metrics row that a run may lack: numbers, and vectors of one for each dimension."""
_FIGURES = ("step", "reconstruction_nats", "kl_nats")
_NEEDED = {"held-out": _FIGURES, "train": _FIGURES, "edit": ("step",)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _readable(row: Row, dims: int) -> Row:
    """A row without what is not of its kind: it may come from an upload."""
    kept = dict(row)
    for name in VECTORS:
        values = kept.get(name)
        if not (isinstance(values, list | tuple) and len(values) == dims and all(map(_is_number, values))):
            kept.pop(name, None)
    for name in NUMBERS:
        if not _is_number(kept.get(name)):
            kept.pop(name, None)
    facts = kept.get("data")
    if not (isinstance(facts, Mapping) and all(_is_number(facts.get(each.name)) for each in fields(DataFacts))):
        kept.pop("data", None)
    return kept
