"""Weights of our own architectures without their settings: these are found again from the shapes, all but a few.

What no shape tells is the activation, and whether the decoder ends in logits: that is asked, as of anybody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import isqrt, prod
from typing import Any

import numpy.typing as npt

from vae_core.architecture.layers import LOG_SCALE, weight_shapes
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.config import TrainConfig, parse_config
from vae_core.data.source import DataCard, parse_card
from vae_core.errors import LatentStudioError
from vae_core.interchange.incoming import views
from vae_core.interchange.incoming.formats.onnx_files import read_onnx
from vae_core.interchange.incoming.networks import Network
from vae_core.interchange.incoming.views import Understanding

Array = npt.NDArray[Any]

_ACTIVATIONS = {"SiLU": "silu", "ReLU": "relu"}


def own_weights_networks(
    weights: Mapping[str, Array], file: str, about: Understanding
) -> tuple[str, Network, Network] | None:
    """Decoder and encoder, if these are weights of ours; None if they are not."""
    found = _settings(weights)
    if found is None:
        return None
    config, card = found
    why = f"{file} holds weights alone, and these do not say what stands between the layers."
    activation = about.settled("activation", tuple(_ACTIVATIONS), "SiLU", why)
    config = config.model_copy(update={"activation": _ACTIVATIONS[activation]})
    if LOG_SCALE in weights:  # of a likelihood whose mean is what the decoder gives
        about.told = {"range": views.UNIT, **about.told}
    about.told = {"spread": views.LOG_VARIANCE, "encoder_range": views.UNIT, **about.told}
    made = [make(config, weights, card=card) for make in (decoder_onnx, encoder_onnx)]
    decoder, encoder = (read_onnx(data, file) for data in made)
    return "Latent Studio, weights alone", decoder, encoder


def _settings(weights: Mapping[str, Array]) -> tuple[TrainConfig, DataCard] | None:
    """Settings and images whose weights have just these names and shapes; None if there are none."""
    shapes = {name: array.shape for name, array in weights.items()}
    encoder = _of(shapes, "encoder")
    decoder = _of(shapes, "decoder")
    if len(encoder) < 2 or len(decoder) < 2:
        return None
    convolutions = [shape for shape in encoder if len(shape) == 4]
    try:
        card = parse_card(_images(encoder, decoder), "the weights")
        settings = {
            "dataset": card.name,
            "latent_dim": decoder[0][1],
            "objective": "vae" if encoder[-1][0] != decoder[0][1] else "autoencoder",
            "likelihood": "gaussian-learned" if LOG_SCALE in shapes else "gaussian",
        }
        if convolutions:
            settings |= {"architecture": "conv", "channels": tuple(shape[0] for shape in convolutions)}
        else:
            settings |= {"architecture": "mlp", "hidden_sizes": tuple(shape[0] for shape in encoder[:-1])}
        config = parse_config(settings)
        expected = weight_shapes(config, card)
    except (LatentStudioError, IndexError, ValueError):
        return None
    log_scale = {LOG_SCALE: shapes[LOG_SCALE]} if LOG_SCALE in shapes else {}
    return (config, card) if expected | log_scale == shapes else None


def _of(shapes: Mapping[str, tuple[int, ...]], network: str) -> list[tuple[int, ...]]:
    """The shapes of a network's weights, in the order of its layers."""
    parts = [name.split(".") for name in shapes]
    numbers = sorted(int(part[1]) for part in parts if _is_weight(part, network))
    return [shapes[f"{network}.{number}.weight"] for number in numbers]


def _is_weight(part: list[str], network: str) -> bool:
    return len(part) == 3 and part[0] == network and part[1].isdecimal() and part[2] == "weight"


def _images(encoder: list[tuple[int, ...]], decoder: list[tuple[int, ...]]) -> dict[str, Any]:
    """The card of square images of which such networks are."""
    convolutions = [shape for shape in encoder if len(shape) == 4]
    if convolutions:
        widest = next(after for before, after in pairwise(encoder) if len(before) == 4 and len(after) == 2)
        side = isqrt(widest[1] // convolutions[-1][0]) * 2 ** len(convolutions)
        shape = (convolutions[0][1], side, side)
    else:
        pixels = encoder[0][1]
        channels = 1 if isqrt(pixels) ** 2 == pixels else 3
        shape = (channels, isqrt(pixels // channels), isqrt(pixels // channels))
        if prod(shape) != pixels:
            raise ValueError("no square pictures")
    return {
        "name": "weights", "title": "weights", "image_shape": shape, "classes": None, "labels": "none", "train_size": 1,
        "held_out_size": 1,
    }  # fmt: skip
