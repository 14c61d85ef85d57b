"""Every likelihood of a pixel as facts: words, settings, memory, and the head of an exported decoder. No torch.

Adding one is an entry here, its torch in `vae_core/model/likelihoods.py`, and its nats in
`pages/ui/browser/maths/likelihoods.mjs`; a test compares the three. The sidebar, the command line, memory, ONNX and
health follow: they ask the entry, and none of them knows a likelihood by its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class Node(NamedTuple):
    """An ONNX node: its operator, the values it reads, the value it gives."""

    operator: str
    inputs: tuple[str, ...]
    output: str


@dataclass(frozen=True)
class Head:
    """ONNX nodes that make the value "image", the likelihood's mean, of the decoder's "raw"; numbers: float32 ()."""

    nodes: tuple[Node, ...]
    numbers: Mapping[str, float] = field(default_factory=dict)

    def mean(self, raw: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What the nodes make of raw, any shape."""
        values: dict[str, Any] = {"raw": raw, **self.numbers}
        for operator, inputs, output in self.nodes:
            values[output] = _IN_NUMPY[operator](*(values[name] for name in inputs))
        return np.asarray(values["image"])


_IN_NUMPY: dict[str, Callable[..., Any]] = {
    "Abs": np.abs,
    "Add": np.add,
    "Exp": np.exp,
    "Identity": np.asarray,
    "Less": np.less,
    "Mul": np.multiply,
    "Neg": np.negative,
    "Reciprocal": np.reciprocal,
    "Sigmoid": lambda logits: 0.5 + 0.5 * np.tanh(logits / 2),
    "Sub": np.subtract,
    "Where": np.where,
}
"""ONNX's operators of the heads."""


class Floats(NamedTuple):
    """For each pixel of a batch. kept: until the backward pass. passing: besides, while it is scored. Measured."""

    kept: float
    passing: float


@dataclass(frozen=True)
class Likelihood:
    """title, help: as people write it, and a sentence for the sidebar. note: whether it is a likelihood of grey pixels.

    binarised_note: the same of pixels drawn black or white; "" where they are never drawn so. small, large: memory for
    batches whose tensors are small and large (`architecture.memory.BLOCK`). settings: those that mean something to it
    alone. has_set_sigma: it is a Gaussian of the σ that is a setting. learns_width: its σ, or scale, is a weight.
    is_logistic: that width is a logistic's scale, not a σ. least_log_scale: below which its logarithm is not let.
    suits_grey, suits_two_levels: whether its nats mean something where nearly all pixels are grey, or black and white.
    """

    title: str
    help: str
    note: str
    small: Floats
    large: Floats
    head: Head
    binarised_note: str = ""
    settings: tuple[str, ...] = ()
    has_set_sigma: bool = False
    learns_width: bool = False
    is_logistic: bool = False
    least_log_scale: float = -math.inf
    suits_grey: bool = True
    suits_two_levels: bool = False

    @property
    def has_logits(self) -> bool:
        """Whether the decoder's raw output is not the likelihood's mean itself."""
        return self.head is not _AS_IT_IS

    def note_on(self, *, is_binarised: bool) -> str:
        """Whether it is a likelihood for the pixels at hand, in one sentence."""
        return self.binarised_note if is_binarised and self.binarised_note else self.note


ROUNDING_LOG_SIGMA = -math.log(255 * math.sqrt(12))
"""Log σ of what rounding to 256 grey levels does to a pixel, in units of full white. A density whose σ is learned goes
no lower: around a pixel that is always the same it would grow without bound, and say nothing of the others.
"""
_AS_IT_IS = Head((Node("Identity", ("raw",), "image"),))
_OVER_REAL_NUMBERS = "A likelihood: a density over all real numbers for each pixel, so nats below 0 are no mistake."
_CONTINUOUS_BERNOULLI_MEAN = Head(  # 1 / (1 − e^(−l)) − 1 / l, and its series near 0: `continuous_bernoulli_mean`
    (
        Node("Abs", ("raw",), "size"),
        Node("Less", ("size", "limit"), "is_small"),
        Node("Where", ("is_small", "one", "raw"), "large"),  # what is not used must be finite as well
        Node("Neg", ("large",), "negative"),
        Node("Exp", ("negative",), "power"),
        Node("Sub", ("one", "power"), "rest"),
        Node("Reciprocal", ("rest",), "first"),
        Node("Reciprocal", ("large",), "second"),
        Node("Sub", ("first", "second"), "quotient"),
        Node("Mul", ("raw", "raw"), "square"),
        Node("Mul", ("square", "cubic"), "curve"),
        Node("Add", ("curve", "linear"), "factor"),
        Node("Mul", ("factor", "raw"), "tilt"),
        Node("Add", ("tilt", "half"), "series"),
        Node("Where", ("is_small", "series", "quotient"), "image"),
    ),
    {"limit": 0.3, "one": 1.0, "half": 0.5, "linear": 1 / 12, "cubic": -1 / 720},
)

LIKELIHOODS: dict[str, Likelihood] = {
    "bernoulli": Likelihood(
        "Bernoulli",
        "Cross-entropy: sharp for images that are nearly black and white.",
        "On grey pixels a score, not a likelihood: compare it only with other Bernoulli scores.",
        Floats(0, 3.2),
        Floats(0, 1.8),
        Head((Node("Sigmoid", ("raw",), "image"),)),
        binarised_note="A likelihood: each pixel is drawn black or white anew, so −ELBO bounds −log P(x) in nats.",
        settings=("pixels",),
        suits_grey=False,
        suits_two_levels=True,
    ),
    "continuous-bernoulli": Likelihood(
        "Continuous Bernoulli",
        "Cross-entropy with the constant that makes it a density for grey pixels between 0 and 1.",
        "A likelihood: a density over [0, 1] for each pixel, so nats below 0 are no mistake.",
        Floats(8, 11),
        Floats(5, 3.8),
        _CONTINUOUS_BERNOULLI_MEAN,
    ),
    "gaussian": Likelihood(
        "Gaussian",
        "Squared error scaled by a fixed σ.",
        _OVER_REAL_NUMBERS,
        Floats(1, 4),
        Floats(1, 2),
        _AS_IT_IS,
        settings=("gaussian_sigma",),
        has_set_sigma=True,
        suits_two_levels=True,
    ),
    "gaussian-learned": Likelihood(
        "Learned-σ Gaussian",
        "Squared error scaled by a σ that is learned with the weights (σ-VAE): nothing to tune.",
        _OVER_REAL_NUMBERS,
        Floats(3, 6.5),
        Floats(3, 2.4),
        _AS_IT_IS,
        settings=("widths",),
        learns_width=True,
        least_log_scale=ROUNDING_LOG_SIGMA,
    ),
    "discretised-logistic": Likelihood(
        "Discretised logistic",
        "The probability of each of the 256 grey levels, under a logistic of learned width.",
        "A likelihood: 256 grey levels have probabilities that add up to 1; never below 0 nats.",
        Floats(12, 10.4),
        Floats(8, 4),
        _AS_IT_IS,
        settings=("widths",),
        learns_width=True,
        is_logistic=True,
    ),
}


def with_setting(name: str) -> tuple[str, ...]:
    """The likelihoods to which a setting means something."""
    return tuple(key for key, likelihood in LIKELIHOODS.items() if name in likelihood.settings)
