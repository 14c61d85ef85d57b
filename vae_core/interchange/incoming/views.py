"""What the inputs and outputs of a network mean: the record of it, and the words in which it is asked and corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.interchange.incoming.networks import Network, Value

Floats = npt.NDArray[np.float32]

LOGITS, UNIT, SIGNED, BYTES = "logits", "0 to 1", "-1 to 1", "0 to 255"
RANGES = (LOGITS, UNIT, SIGNED, BYTES)
"""What a picture's numbers mean; logits become probabilities by a sigmoid."""
CHANNELS_FIRST, CHANNELS_LAST = "channels first", "channels last"
LAYOUTS = (CHANNELS_FIRST, CHANNELS_LAST)
LOG_VARIANCE, VARIANCE, SIGMA, LOG_SIGMA, POINT = "log σ²", "σ²", "σ", "log σ", "nothing"
SPREADS = (LOG_VARIANCE, VARIANCE, SIGMA, LOG_SIGMA)
"""What an encoder's second output means."""
INDEX, ONE_HOT = "number", "one-hot"

WORDS: dict[str, str] = {
    "latents": "Input that is z",
    "label": "Input that is the class",
    "classes": "Number of classes",
    "latent_dim": "Latent dimensions",
    "image": "Image (channels, height, width)",
    "layout": "Channels",
    "range": "Pixels' numbers",
    "encoder_range": "Numbers that the encoder reads",
    "spread": "Second output of the encoder",
    "activation": "Activation between layers",
}
"""Everything that may be corrected, and how it is called."""


@dataclass(frozen=True)
class Question:
    """Something that the files do not say. ask: of `WORDS`. taken: what is assumed until somebody says otherwise."""

    ask: str
    options: tuple[str, ...]
    taken: str
    why: str

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"ask": self.ask, "options": list(self.options), "taken": self.taken, "why": self.why}


@dataclass(frozen=True)
class Label:
    """The input that is told the class. kind: a number, or a one-hot row."""

    value: Value
    kind: str
    classes: int


@dataclass(frozen=True)
class Picture:
    """How an image lies in a network's numbers. shape: (C, H, W). stored: channels that the numbers have, C or 4."""

    shape: tuple[int, int, int]
    layout: str
    range: str
    stored: int


@dataclass(frozen=True)
class DecoderView:
    """batch: None for any number of rows, 0 for none, else how many it was exported for.

    gives_rows: whether what it gives has rows, too, where it is given so many.
    """

    network: Network
    z: Value
    latent_shape: tuple[int, ...]
    batch: int | None
    label: Label | None
    picture: Picture
    gives_rows: bool = True


@dataclass(frozen=True)
class EncoderView:
    """mu and spread: its outputs; spread is None for an encoder to points, and mu holds both where joined.

    batch: as in `DecoderView`.
    """

    network: Network
    image: Value
    batch: int | None
    label: Label | None
    picture: Picture
    mu: Value
    spread: Value | None
    is_joined: bool
    meaning: str


@dataclass
class Understanding:
    """What is told, what was asked, and what was noticed, while a model is being understood."""

    told: Mapping[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    def settled(self, ask: str, options: Sequence[str], guess: str, why: str | None) -> str:
        """What somebody said, else the guess; it is asked where `why` says what the files leave open."""
        said = self.told.get(ask)
        if said is not None and said in options:
            self.facts[ask] = said
            return said
        self.facts[ask] = guess
        if why is not None:
            self.questions.append(Question(ask, tuple(options), guess, why))
        return guess
