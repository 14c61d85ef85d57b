"""The description of the networks: sizes that fit for every image, and names that torch would give."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from vae_core.architecture.layers import (
    Activation,
    Conv,
    ConvTranspose,
    Flatten,
    Layer,
    Linear,
    Unflatten,
    decoder_layers,
    encoder_layers,
    weight_shapes,
)
from vae_core.config import parse_config
from vae_core.data.registry import DATASETS
from vae_core.data.source import DataCard, ImageShape
from vae_core.errors import ConfigInvalid

IMAGES: list[ImageShape] = [(1, 8, 8), (3, 8, 8), (1, 28, 28), (3, 32, 32), (3, 64, 64), (1, 9, 14), (3, 31, 17)]
NETWORKS = [
    {"architecture": "mlp", "hidden_sizes": "32"},
    {"architecture": "mlp", "hidden_sizes": "64 32 16 8", "activation": "relu"},
    {"architecture": "conv", "channels": "8"},
    {"architecture": "conv", "channels": "8 16"},
    {"architecture": "conv", "channels": "4 8 16", "latent_dim": 5},
]

DIGITS = DATASETS["digits"].card


def card_of(image_shape: ImageShape) -> DataCard:
    """A data set like digits, of other images."""
    return replace(DIGITS, image_shape=image_shape)


def shape_after(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of one image's values after a layer, from the layer's own definition."""
    match layer:
        case Linear(inputs, outputs):
            assert shape == (inputs,)
            return (outputs,)
        case Conv(inputs, outputs, kernel, stride, padding):
            assert shape[0] == inputs
            return (outputs, *((size + 2 * padding - kernel) // stride + 1 for size in shape[1:]))
        case ConvTranspose(inputs, outputs, kernel, stride, padding, extra):
            assert shape[0] == inputs
            assert all(0 <= pixels < stride for pixels in extra)
            sizes = zip(shape[1:], extra, strict=True)
            return (outputs, *((size - 1) * stride - 2 * padding + kernel + more for size, more in sizes))
        case Flatten():
            return (int(np.prod(shape)),)
        case Unflatten(channels, height, width):
            assert shape == (channels * height * width,)
            return (channels, height, width)
        case Activation():
            return shape


@pytest.mark.parametrize("image_shape", IMAGES, ids=str)
@pytest.mark.parametrize("changes", NETWORKS, ids=str)
def test_layers_lead_from_image_to_posterior_and_from_latent_to_image(
    changes: dict[str, object], image_shape: ImageShape
) -> None:
    config = parse_config(changes)
    shape: tuple[int, ...] = image_shape
    for layer in encoder_layers(config, card_of(image_shape)):
        shape = shape_after(layer, shape)
    assert shape == (2 * config.latent_dim,)
    shape = (config.latent_dim,)
    for layer in decoder_layers(config, card_of(image_shape)):
        shape = shape_after(layer, shape)
    assert shape == image_shape


@pytest.mark.parametrize("changes", NETWORKS, ids=str)
def test_no_activation_touches_an_input_or_an_output_and_none_follows_another(changes: dict[str, object]) -> None:
    config = parse_config(changes)
    for network in (encoder_layers(config, DIGITS), decoder_layers(config, DIGITS)):
        kinds = [isinstance(layer, Activation) for layer in network if not isinstance(layer, Flatten | Unflatten)]
        assert not kinds[0]
        assert not kinds[-1]
        assert not any(a and b for a, b in pairwise(kinds))


def test_weights_are_named_and_shaped_as_torch_would() -> None:
    assert weight_shapes(parse_config({"hidden_sizes": "5"}), DIGITS) == {
        "encoder.1.weight": (5, 64),
        "encoder.1.bias": (5,),
        "encoder.3.weight": (4, 5),
        "encoder.3.bias": (4,),
        "decoder.0.weight": (5, 2),
        "decoder.0.bias": (5,),
        "decoder.2.weight": (64, 5),
        "decoder.2.bias": (64,),
    }


@pytest.mark.parametrize("image_shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32)], ids=str)
def test_the_default_convolutional_decoder_is_small_enough_to_follow_a_drag(
    image_shape: ImageShape,
) -> None:
    shapes = weight_shapes(parse_config({"architecture": "conv"}), card_of(image_shape))
    assert sum(int(np.prod(shape)) for name, shape in shapes.items() if name.startswith("decoder")) < 600_000


def test_images_too_small_for_the_channels_are_refused_with_how_many_would_do() -> None:
    config = parse_config({"architecture": "conv", "channels": "4 8 16"})
    with pytest.raises(ConfigInvalid, match=r"^channels: images of 4×7 pixels can be halved 2 times; got 3 numbers"):
        decoder_layers(config, card_of((1, 4, 7)))
