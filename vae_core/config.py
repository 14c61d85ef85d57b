"""One table of every training setting: its type, bounds, default, words, and where it stands on the page.

The sidebar (`pages/ui/forms.py`), the command line (`vae_core/__main__.py`), the URL and `config.json` are all
made from `TrainConfig`, so a setting is described once. This module imports no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from vae_core import datasets
from vae_core.errors import ConfigInvalid

Group = Literal["data", "model", "objective", "optimiser"]
GROUPS: tuple[Group, ...] = ("data", "model", "objective", "optimiser")


@dataclass(frozen=True)
class Setting:
    """How a form shows a field: its label, its group, whether it starts folded, and when it applies at all."""

    label: str
    group: Group
    folded: bool = False
    applies: tuple[str, str] | None = None  # (other field, the value it must have)
    step: float | None = None


def _split_sizes(value: object) -> object:
    """'512, 256' as people type it becomes ('512', '256'); everything else goes on as it is."""
    return tuple(part for part in value.replace(",", " ").split()) if isinstance(value, str) else value


LayerSize = Annotated[int, Field(ge=1, le=4096)]
Sizes = Annotated[tuple[LayerSize, ...], BeforeValidator(_split_sizes), Field(min_length=1, max_length=4)]
ConvSizes = Annotated[tuple[LayerSize, ...], BeforeValidator(_split_sizes), Field(min_length=1, max_length=3)]


SMALL_DATASET = 10_000


def _suited(earlier: Mapping[str, Any], *, small: int, large: int) -> int:
    """A default that depends on the data set's size: on 1,500 images, 12 epochs are too few steps to learn a map."""
    known = datasets.DATASETS.get(earlier.get("dataset", ""))
    return small if known and known.train_size < SMALL_DATASET else large


class TrainConfig(BaseModel):
    """What to train, on what, and how. Immutable; equal configs on equal machines give equal runs."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    dataset: Annotated[str, Setting("Data set", "data")] = Field(
        "digits", description="The images to learn from. Digits works offline; the others are downloaded once."
    )
    architecture: Annotated[Literal["mlp", "conv"], Setting("Architecture", "model")] = Field(
        "mlp",
        description="mlp: fully connected layers, fastest on small images. conv: convolutions, fewer weights, "
        "smoother pictures.",
    )
    hidden_sizes: Annotated[Sizes, Setting("Hidden sizes", "model", applies=("architecture", "mlp"))] = Field(
        (512, 256),
        description="Widths of the encoder's layers, from image to latent space; the decoder mirrors them. "
        "One to four numbers, 1 to 4096.",
    )
    channels: Annotated[ConvSizes, Setting("Channels", "model", applies=("architecture", "conv"))] = Field(
        (16, 32),
        description="Channels of the encoder's convolutions, each halving height and width; the decoder mirrors "
        "them. One to three numbers.",
    )
    latent_dim: Annotated[int, Setting("Latent dimensions", "model")] = Field(
        2, ge=2, le=64, description="Numbers that describe one image. With 2 the map shows all of the latent space."
    )
    activation: Annotated[Literal["silu", "relu"], Setting("Activation", "model", folded=True)] = Field(
        "silu", description="The non-linearity between layers. silu is smooth, so the map changes smoothly too."
    )
    likelihood: Annotated[Literal["bernoulli", "gaussian"], Setting("Likelihood", "objective")] = Field(
        "bernoulli",
        description="How a pixel is scored. bernoulli: cross-entropy, sharp for images that are nearly black and "
        "white (on grey pixels it is a score, not a likelihood). gaussian: squared error scaled by σ.",
    )
    gaussian_sigma: Annotated[float, Setting("Pixel σ", "objective", applies=("likelihood", "gaussian"))] = Field(
        0.2,
        ge=0.01,
        le=2.0,
        description="Standard deviation of a pixel around the decoded value, in units of full white. Smaller: "
        "reconstruction counts more and KL less.",
    )
    beta: Annotated[float, Setting("β, weight of the KL term", "objective", step=0.1)] = Field(
        1.0,
        ge=0.0,
        le=100.0,
        description="Loss = reconstruction + β · KL, both summed, in nats per image. 1 is the ELBO; 0 is an "
        "autoencoder with noise; at 20 the map collapses to the prior.",
    )
    learning_rate: Annotated[float, Setting("Learning rate", "optimiser")] = Field(
        4e-3, ge=1e-6, le=1.0, description="Adam's step size; with one-cycle, the highest it reaches."
    )
    schedule: Annotated[Literal["one-cycle", "constant"], Setting("Schedule", "optimiser", folded=True)] = Field(
        "one-cycle",
        description="one-cycle: rises for the first 30 % of the steps, then falls to nothing (best result for a "
        "fixed number of epochs). constant: stays the same.",
    )
    batch_size: Annotated[int, Setting("Batch size", "optimiser")] = Field(
        default_factory=lambda data: _suited(data, small=64, large=256),
        ge=1,
        le=8192,
        description="Images per step. Smaller: more and noisier steps per epoch.",
    )
    epochs: Annotated[int, Setting("Epochs", "optimiser")] = Field(
        default_factory=lambda data: _suited(data, small=400, large=12),
        ge=1,
        le=1000,
        description="Times the training images are all seen. A small data set needs many for as many steps.",
    )
    seed: Annotated[int, Setting("Seed", "optimiser", folded=True)] = Field(
        0, ge=0, le=2**31 - 1, description="Fixes initial weights, order of images and noise: same seed, same run."
    )
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], Setting("Device", "optimiser", folded=True)] = Field(
        "auto", description="Where to compute. auto takes an NVIDIA or Apple GPU if there is one, else the CPU."
    )

    @field_validator("dataset")
    @classmethod
    def _dataset_is_known(cls, name: str) -> str:
        if name not in datasets.DATASETS:
            raise ValueError(datasets.unknown_message(name))
        return name


def settings() -> dict[str, tuple[Setting, FieldInfo]]:
    """Every field of `TrainConfig` in order: {name: (how a form shows it, its type, bounds, default and help)}."""
    return {
        name: (next(part for part in field.metadata if isinstance(part, Setting)), field)
        for name, field in TrainConfig.model_fields.items()
    }


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
        place = ".".join(str(part) for part in first["loc"]) or "config"
        if first["type"] == "extra_forbidden":
            raise ConfigInvalid(
                f"{place} is no setting; the settings are {', '.join(TrainConfig.model_fields)}"
            ) from None
        reason = first["msg"].removeprefix("Value error, ")
        raise ConfigInvalid(f"{place}: {reason}; got {first['input']!r}, change it and try again") from None


RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "Clear map": (
        "A two-dimensional map in under a minute: fully connected, Bernoulli, one-cycle.",
        {},
    ),
    "Convolutional map": (
        "Two dimensions from convolutions: less than half the weights, smoother pictures, slower epochs.",
        {"architecture": "conv", "learning_rate": 3e-3},
    ),
    "Sharp images": (
        "Twenty dimensions: sharper pictures, most of the map's structure hidden in the dimensions not shown.",
        {"latent_dim": 20, "learning_rate": 2e-3},
    ),
}
"""Three recipes that work out of the box on any data set: {name: (what it is for, settings that differ)}."""
