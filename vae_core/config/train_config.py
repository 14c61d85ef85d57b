"""One table of every training setting: its type, bounds, default, words, and where it stands on the page.

The sidebar (`pages/ui/train/forms.py`), the command line (`vae_core/cli/main.py`), the URL and `config.json` are all
made from `TrainConfig`, so a setting is described once. This module imports no torch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo

from vae_core.config import likelihoods, options, usual
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.config.typed_numbers import read_number
from vae_core.data import registry
from vae_core.data.source import DataCard
from vae_core.errors import ConfigInvalid

Group = Literal["data", "model", "objective", "optimiser"]
GROUPS: tuple[Group, ...] = ("data", "model", "objective", "optimiser")


@dataclass(frozen=True)
class Setting:
    """How a form shows a field: its label, its group, whether it starts folded, and when it applies at all.

    applies: {other field: the values it may have}. options: {each allowed value: one sentence on it}.
    """

    label: str
    group: Group
    folded: bool = False
    applies: Mapping[str, Collection[str]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    def is_needed(self, values: Mapping[str, Any]) -> bool:
        """Whether the setting means anything beside the values of those before it."""
        return all(values.get(name) in allowed for name, allowed in self.applies.items())


_THOUSANDS = re.compile(r"(?<!\d)([1-4])[,\s]([0-9]{3})(?!\d)")
"""A width that fits, written with a mark after its thousands, or two widths: nobody can tell."""


def _split_sizes(value: object) -> object:
    """'512, 256' as people type it becomes ('512', '256'); everything else goes on as it is."""
    if not isinstance(value, str):
        return value
    if unclear := _THOUSANDS.search(value):
        first, second = unclear.groups()
        raise ValueError(
            f"{unclear[0]!r} can be read as {first}{second} and as two; type {first}{second}, or '{first}, {second}'"
        )
    return tuple(value.replace(",", " ").split())


LayerSize = Annotated[int, Field(ge=1, le=4096)]
Sizes = Annotated[tuple[LayerSize, ...], BeforeValidator(_split_sizes), Field(min_length=1, max_length=4)]
ConvSizes = Annotated[tuple[LayerSize, ...], BeforeValidator(_split_sizes), Field(min_length=1, max_length=6)]
LeftOut = Annotated[str, Field(pattern=r"^(none|0|[1-9][0-9]{0,8})$")]


def _suited(name: str) -> Callable[[dict[str, Any]], Any]:
    """The default of a setting that depends on the data set (`usual`), from the settings before it."""
    return lambda earlier: usual.settings(_card_of(earlier))[name]


def _card_of(values: Mapping[str, Any]) -> DataCard | None:
    known = registry.known(values.get("dataset", ""))
    return known.card if known else None


_POSTERIORS = {name: posterior.help for name, posterior in options.POSTERIORS.items()}
_LIKELIHOODS = {name: likelihood.help for name, likelihood in LIKELIHOODS.items()}
_OBJECTIVES = {name: objective.help for name, objective in options.OBJECTIVES.items()}
_PROBABILISTIC = [name for name, objective in options.OBJECTIVES.items() if not objective.is_deterministic]
_SPANS_BETA = {"objective": options.spanning_beta()}
_HAS_BETA = {"objective": [name for name, objective in options.OBJECTIVES.items() if objective.beta is not None]}


def _usual_beta(earlier: Mapping[str, Any]) -> float:
    """The β to start from, which depends on what it weighs."""
    known = options.OBJECTIVES.get(earlier.get("objective", "vae"))
    return known.beta if known and known.beta is not None else 1.0


class TrainConfig(BaseModel):
    """What to train, on what, and how. Immutable; equal configs on equal machines give equal runs."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    dataset: Annotated[str, Setting("Data set", "data")] = Field(
        "digits",
        min_length=1,
        max_length=200,
        description="The images to learn from. Digits works offline; the others are downloaded once.",
    )
    left_out_class: Annotated[LeftOut, Setting("Class left out", "data", folded=True)] = Field(
        "none",
        description="A class, by its number, that training never sees; Health in Runs tells how foreign it looks.",
    )
    architecture: Annotated[Literal["mlp", "conv"], Setting("Architecture", "model")] = Field(
        default_factory=_suited("architecture"),
        description="MLP: fully connected layers, fastest on small images. Convolutional: fewer weights, smoother "
        "pictures.",
    )
    hidden_sizes: Annotated[Sizes, Setting("Hidden sizes", "model", applies={"architecture": ("mlp",)})] = Field(
        (512, 256),
        description="Widths of the encoder's layers, from image to latent space; the decoder mirrors them. "
        "One to four numbers, 1 to 4096.",
    )
    channels: Annotated[ConvSizes, Setting("Channels", "model", applies={"architecture": ("conv",)})] = Field(
        default_factory=_suited("channels"),
        description="Channels of the encoder's one to six convolutions, each halving height and width; mirrored.",
    )
    latent_dim: Annotated[int, Setting("Latent dimensions", "model")] = Field(
        2,
        ge=1,
        le=64,
        description="Numbers that describe one image. With 2 the map shows all of the latent space; with 1 it shows "
        "that number against how many images have it, or against their class.",
    )
    activation: Annotated[Literal["silu", "relu"], Setting("Activation", "model", folded=True)] = Field(
        "silu", description="The non-linearity between layers. SiLU is smooth, so the map changes smoothly too."
    )
    objective: Annotated[str, Setting("Objective", "objective", options=_OBJECTIVES)] = Field(
        "vae", description="What training makes small: reconstruction alone, or with a regulariser that shapes the map."
    )
    posterior: Annotated[
        str, Setting("Posterior", "objective", True, {"objective": _PROBABILISTIC}, options=_POSTERIORS)
    ] = Field("diagonal", description="The distribution over latent space that an image is encoded to.")
    likelihood: Annotated[str, Setting("Likelihood", "objective", options=_LIKELIHOODS)] = Field(
        default_factory=_suited("likelihood"), description="How a pixel is scored."
    )
    pixels: Annotated[
        Literal["grey", "binarised"],
        Setting("Pixels", "objective", True, {"likelihood": likelihoods.with_setting("pixels")}),
    ] = Field(
        "grey",
        description="Grey: as they are, 0 to 1. Binarised: each pixel is drawn black or white with its grey as the "
        "probability, anew in every batch; then Bernoulli is a likelihood.",
    )
    gaussian_sigma: Annotated[
        float, Setting("Pixel σ", "objective", applies={"likelihood": likelihoods.with_setting("gaussian_sigma")})
    ] = Field(
        0.2,
        ge=0.01,
        le=2.0,
        description="Standard deviation of a pixel around the decoded value, in units of full white. Smaller: "
        "reconstruction counts more and KL less.",
    )
    widths: Annotated[
        Literal["one", "channel", "pixel"],
        Setting("Learned widths", "objective", True, {"likelihood": likelihoods.with_setting("widths")}),
    ] = Field(
        "one",
        description="How many σ, or scales of the logistic, are learned with the weights: one, one for each channel, "
        "or one for each pixel. More of them let what is easy to draw count more than what is not.",
    )
    noise_sigma: Annotated[
        float, Setting("Noise σ", "objective", applies={"objective": options.with_setting("noise_sigma")})
    ] = Field(
        0.3,
        ge=0.0,
        le=2.0,
        description="Standard deviation of the noise on the images that the encoder sees, in units of full white.",
    )
    importance_samples: Annotated[
        int, Setting("Samples k", "objective", applies={"objective": options.with_setting("importance_samples")})
    ] = Field(5, ge=1, le=100, description="Draws from the posterior for each image; 1 is the ELBO.")
    labelled_images: Annotated[
        int, Setting("Labelled images", "objective", applies={"objective": options.with_setting("labelled_images")})
    ] = Field(100, ge=10, le=60_000, description="How many images keep their label, the same number of each class.")
    beta: Annotated[float, Setting("β, weight of the regulariser", "objective", applies=_HAS_BETA)] = Field(
        default_factory=_usual_beta,
        ge=0.0,
        le=10_000.0,
        description="Loss = reconstruction + β · KL, both summed, in nats per image. 1 is the ELBO; 0 is an "
        "autoencoder with noise; at 20 the map collapses to the prior. For β-TC-VAE it weighs the total correlation, "
        "for MMD-VAE the MMD.",
    )
    beta_span: Annotated[float, Setting("β after training", "objective", True, _SPANS_BETA)] = Field(
        1.0,
        ge=1.0,
        le=100.0,
        description="Above 1, one model learns every β from so many times less to so many times more at once, and is "
        "moved along them once it is trained. 1: β alone.",
    )
    beta_schedule: Annotated[
        str, Setting("Schedule of β", "objective", True, _HAS_BETA, options=options.BETA_SCHEDULES)
    ] = Field("constant", description="How β goes over the run.")
    ramp_share: Annotated[
        float,
        Setting("Ramp", "objective", True, {**_HAS_BETA, "beta_schedule": ("warm-up", "cyclical", "capacity")}),
    ] = Field(
        0.25,
        ge=0.01,
        le=1.0,
        description="Share of the steps, or of each cycle, in which β (or C) rises to its full value.",
    )
    cycles: Annotated[int, Setting("Cycles", "objective", True, {**_HAS_BETA, "beta_schedule": ("cyclical",)})] = Field(
        4, ge=1, le=100, description="How often β starts again from 0."
    )
    capacity_nats: Annotated[
        float, Setting("Capacity C", "objective", True, {**_HAS_BETA, "beta_schedule": ("capacity",)})
    ] = Field(10.0, ge=0.0, le=1000.0, description="The KL, in nats per image, at which C ends.")
    free_bits_nats: Annotated[
        float, Setting("Free nats", "objective", True, {**_HAS_BETA, "beta_schedule": ("free-bits",)})
    ] = Field(0.25, ge=0.0, le=10.0, description="The KL, in nats per dimension, that costs nothing more.")
    learning_rate: Annotated[float, Setting("Learning rate", "optimiser")] = Field(
        default_factory=_suited("learning_rate"),
        ge=1e-6,
        le=1.0,
        description="Adam's step size; with a schedule, the highest it reaches.",
    )
    schedule: Annotated[str, Setting("Schedule of the rate", "optimiser", True, options=options.LEARNING_RATES)] = (
        Field("one-cycle", description="How the learning rate goes over the run.")
    )
    batch_size: Annotated[int, Setting("Batch size", "optimiser")] = Field(
        default_factory=_suited("batch_size"),
        ge=1,
        le=8192,
        description="Images per step. Smaller: more and noisier steps per epoch.",
    )
    epochs: Annotated[int, Setting("Epochs", "optimiser")] = Field(
        default_factory=_suited("epochs"),
        ge=1,
        le=1000,
        description="Times the training images are all seen. A small data set needs many for as many steps.",
    )
    seed: Annotated[int, Setting("Seed", "optimiser", folded=True)] = Field(
        0, ge=0, le=2**31 - 1, description="Fixes initial weights, order of images and noise: same seed, same run."
    )
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], Setting("Device", "optimiser", folded=True)] = Field(
        "auto", description="Where to compute. Automatic takes an NVIDIA or Apple GPU if there is one, else the CPU."
    )
    precision: Annotated[Literal["float32", "bfloat16"], Setting("Precision", "optimiser", folded=True)] = Field(
        "float32",
        description="What the layers multiply in while training. bfloat16 has half the bits, and is faster on recent "
        "NVIDIA GPUs; weights, losses and all figures of the finished model stay float32.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _number_is_read_as_meant(cls, value: object, info: ValidationInfo) -> object:
        kind = cls.model_fields[info.field_name or ""].annotation
        is_typed = isinstance(value, str) and kind in {int, float}
        return read_number(str(value), is_whole=kind is int) if is_typed else value

    @field_validator("objective", "posterior", "likelihood", "beta_schedule", "schedule")
    @classmethod
    def _choice_is_offered(cls, value: str, info: ValidationInfo) -> str:
        offered = choices(info.field_name or "")
        if value not in offered:
            raise ValueError(f"expected one of {', '.join(offered)}")
        return value

    @model_validator(mode="after")
    def _choices_go_together(self) -> TrainConfig:
        objective = options.OBJECTIVES[self.objective]
        if self.beta_schedule in ("capacity", "free-bits") and not objective.is_negative_elbo:
            *others, last = (name for name, each in options.OBJECTIVES.items() if each.is_negative_elbo)
            names = f"{', '.join(others)} and {last}"
            raise ValueError(f"β schedule {self.beta_schedule} is for {names}, not for {self.objective}")
        if self.spans_beta and (self.beta == 0 or self.beta_schedule != "constant"):
            raise ValueError(
                f"β after training needs a β above 0 and a constant schedule; got {self.beta:g}, {self.beta_schedule}"
            )
        if self.has_covariance and objective.penalty == "total correlation":
            raise ValueError(f"{self.objective} needs a diagonal posterior, whose dimensions it can tell apart")
        return self

    @property
    def is_binarised(self) -> bool:
        """Whether the images are drawn black and white, anew each time they are looked at."""
        return "pixels" in LIKELIHOODS[self.likelihood].settings and self.pixels == "binarised"

    @property
    def family(self) -> options.Family:
        """What the model does with labels."""
        return options.OBJECTIVES[self.objective].family

    @property
    def is_conditional(self) -> bool:
        """Whether encoder and decoder are told a label."""
        return self.family.is_told_labels

    @property
    def has_covariance(self) -> bool:
        """Whether a posterior's dimensions may vary together."""
        return options.POSTERIORS[self.posterior].has_covariance

    @property
    def spans_beta(self) -> bool:
        """Whether the model is one of all β of a range."""
        return self.beta_span > 1 and self.objective in _SPANS_BETA["objective"]

    @property
    def is_deterministic(self) -> bool:
        """Whether an image is encoded to a point instead of a distribution."""
        return options.OBJECTIVES[self.objective].is_deterministic


def settings() -> dict[str, tuple[Setting, FieldInfo]]:
    """Every field of `TrainConfig` in order: {name: (how a form shows it, its type, bounds, default and help)}."""
    return {
        name: (next(part for part in field.metadata if isinstance(part, Setting)), field)
        for name, field in TrainConfig.model_fields.items()
    }


def bounds(name: str) -> tuple[float, float]:
    """The least and the most that a number setting may be."""
    metadata = settings()[name][1].metadata
    low = next(part.ge for part in metadata if isinstance(part, Ge))
    high = next(part.le for part in metadata if isinstance(part, Le))
    return float(str(low)), float(str(high))


def choices(name: str) -> tuple[str, ...]:
    """The values that a setting may have, if they can be counted; else none."""
    setting, about = settings()[name]
    return tuple(setting.options) or (get_args(about.annotation) if get_origin(about.annotation) is Literal else ())


def title_of(name: str, value: str, card: DataCard | None = None) -> str:
    """A value of a setting as people write it, "β-VAE" for beta-vae. card: whose classes `left_out_class` names."""
    if name == "dataset" and card and value == card.name:
        return card.title
    if name == "dataset" and (known := registry.known(value)):
        return known.card.title
    if name == "left_out_class":
        classes = (card.classes if card else None) or ()
        return classes[int(value)] if value.isdecimal() and int(value) < len(classes) else value.capitalize()
    return options.TITLES.get(name, {}).get(value, value)


def default_of(name: str, values: Mapping[str, Any]) -> Any:
    """A setting's default, given the settings before it; batch size and epochs depend on the data set."""
    return TrainConfig.model_fields[name].get_default(call_default_factory=True, validated_data=dict(values))


def total_steps(config: TrainConfig, n_images: int) -> int:
    """How many steps a training makes: the last batch of an epoch may be smaller, and counts."""
    return config.epochs * ceil(n_images / config.batch_size)


def parse_config(values: Mapping[str, Any]) -> TrainConfig:
    """A validated config from untrusted values (a form, a URL, a file).

    Raises ConfigInvalid with one sentence that names the first offending setting, what it allows and what came.
    """
    try:
        return TrainConfig.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"]) or "config"
        if first["type"] == "extra_forbidden":
            raise ConfigInvalid(
                f"{setting} is no setting; the settings are {', '.join(TrainConfig.model_fields)}"
            ) from None
        reason = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:  # of the settings together
            raise ConfigInvalid(f"{reason}; change one of them and try again") from None
        raise ConfigInvalid(f"{setting}: {reason}; got {first['input']!r}, change it and try again") from None
