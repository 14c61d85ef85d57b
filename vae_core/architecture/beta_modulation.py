"""One model for every β of a range: each layer's outputs are scaled and shifted by what β is, and all else is shared.

A layer that makes W x + b makes s · (W x + b) + d instead, s = 1 + s₁ t + s₂ t² and d = d₁ t + d₂ t² for each output,
t being where log β lies in the range, −1 to 1. At the config's own β, t is 0 and the model is that of its weights as
they are. At any other it is an ordinary one as well, of weights s · W and s · b + d: nothing that reads, exports,
shows or measures models need know of β. No torch.

Source: Dosovitskiy & Djolonga 2020, "You Only Train Once" (ICLR), eq. 3, whose layers are modulated by the weights of
the loss; for β and its rate–distortion curve Bae et al. 2022 (arXiv 2212.03905), section 4. The polynomial is ours.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from vae_core.architecture import layers
from vae_core.architecture.layers import MODULATION
from vae_core.architecture.onnx_graph import Weights
from vae_core.config import TrainConfig
from vae_core.data.source import DataCard
from vae_core.errors import ConfigInvalid

STOPS = 9
"""Of the slider: β at which a finished run is measured and its map kept, evenly on a logarithmic scale."""


def beta_range(config: TrainConfig) -> tuple[float, float]:
    """The least and the greatest β that a model knows."""
    span = config.beta_span if config.spans_beta else 1.0
    return config.beta / span, config.beta * span


def stops(config: TrainConfig) -> list[float]:
    """`STOPS` β from the least to the greatest, the config's own in the middle."""
    return [config.beta * config.beta_span ** (2 * index / (STOPS - 1) - 1) for index in range(STOPS)]


def place_of(config: TrainConfig, beta: float) -> float:
    """Where log β lies in the range, −1 to 1. Raises ConfigInvalid outside it, and where the model knows one β."""
    least, most = beta_range(config)
    if not config.spans_beta:
        raise ConfigInvalid(f"this model knows one β, {config.beta:g}; train one with β after training above 1")
    if not least * (1 - 1e-9) <= beta <= most * (1 + 1e-9):
        raise ConfigInvalid(f"β should be {least:g} to {most:g}, which this model was trained for; got {beta:g}")
    return math.log(beta / config.beta) / math.log(config.beta_span)


def config_at(config: TrainConfig, beta: float) -> TrainConfig:
    """The settings of the ordinary model that `weights_at` makes."""
    place_of(config, beta)
    return config.model_copy(update={"beta": beta, "beta_span": 1.0})


def weights_at(
    config: TrainConfig, card: DataCard, weights: Weights, beta: float
) -> dict[str, npt.NDArray[np.float32]]:
    """The weights of the ordinary model that the one of config and weights is at a β. Raises ConfigInvalid."""
    place = place_of(config, beta)
    made = {name: array for name, array in weights.items() if not name.endswith(f".{MODULATION}")}
    for name, is_transposed in _modulated(config, card).items():
        factors = weights[f"{name}.{MODULATION}"].astype(np.float64).reshape(2, 2, -1)  # of s and d, of t and t²
        scale, shift = np.array([place, place**2]) @ factors  # (2, outputs)
        weight, bias = made[f"{name}.weight"], made[f"{name}.bias"]
        across = (1 + scale).reshape([-1 if axis == is_transposed else 1 for axis in range(weight.ndim)])
        made[f"{name}.weight"] = (weight * across).astype(np.float32)
        made[f"{name}.bias"] = ((1 + scale) * bias + shift).astype(np.float32)
    return made


def _modulated(config: TrainConfig, card: DataCard) -> dict[str, bool]:
    """The layers that follow β, by name, and whether outputs are the second dimension of their weights."""
    networks = {"encoder": layers.encoder_layers(config, card), "decoder": layers.decoder_layers(config, card)}
    return {
        f"{network}.{index}": isinstance(layer, layers.ConvTranspose)
        for network, description in networks.items()
        for index, layer in enumerate(description)
        if layers.weight_count(layer)
    }
