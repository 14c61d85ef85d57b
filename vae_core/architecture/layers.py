"""The one description of the networks: plain values that `model.networks` turns into torch and `onnx_models` into ONNX.

A layer's index in its tuple is its index in torch's `nn.Sequential`, so weights are called `encoder.<i>.weight`.
No torch here, and no batch normalisation: exporters fold it into the weights before it under the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Literal

from vae_core.config import TrainConfig
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.data.source import DataCard, ImageShape
from vae_core.errors import ConfigInvalid


@dataclass(frozen=True)
class Linear:
    """(B, inputs) -> (B, outputs)"""

    inputs: int
    outputs: int


@dataclass(frozen=True)
class Conv:
    """(B, inputs, H, W) -> (B, outputs, H', W'), H' = (H + 2 · padding - kernel) // stride + 1"""

    inputs: int
    outputs: int
    kernel: int
    stride: int
    padding: int


@dataclass(frozen=True)
class ConvTranspose:
    """(B, inputs, H, W) -> (B, outputs, H', W'), H' = (H - 1) · stride - 2 · padding + kernel + output_padding[0]"""

    inputs: int
    outputs: int
    kernel: int
    stride: int
    padding: int
    output_padding: tuple[int, int]  # of height, of width


@dataclass(frozen=True)
class Activation:
    """Element by element; silu(x) = x · sigmoid(x)."""

    kind: Literal["silu", "relu"]


@dataclass(frozen=True)
class Flatten:
    """(B, C, H, W) -> (B, C · H · W)"""


@dataclass(frozen=True)
class Unflatten:
    """(B, C · H · W) -> (B, C, H, W)"""

    channels: int
    height: int
    width: int


Layer = Linear | Conv | ConvTranspose | Activation | Flatten | Unflatten


def encoder_layers(config: TrainConfig, card: DataCard) -> tuple[Layer, ...]:
    """(B, C, H, W) in [0, 1] -> (B, `posterior_width`). Raises ConfigInvalid if the images are too small.

    Where the model is told labels, they join as a one-hot row after Flatten, the layer after which counts them in.
    """
    return _ENCODERS[config.architecture](config, card.image_shape, _label_width(config, card), posterior_width(config))


def classifier_layers(config: TrainConfig, card: DataCard) -> tuple[Layer, ...]:
    """(B, C, H, W) in [0, 1] -> (B, classes) logits, built like an encoder; none where none is inferred. Raises too."""
    if not config.family.infers_labels:
        return ()
    return _ENCODERS[config.architecture](config, card.image_shape, 0, card.class_count)


def posterior_width(config: TrainConfig) -> int:
    """How many numbers the encoder emits for an image: mu, then log σ², then the covariance's factor (`posteriors`)."""
    dim = config.latent_dim
    if config.is_deterministic:
        return dim
    return 2 * dim + (dim * (dim - 1) // 2 if config.has_covariance else 0)


def decoder_layers(config: TrainConfig, card: DataCard) -> tuple[Layer, ...]:
    """(B, D), with a one-hot label joined where the model is told one -> (B, C, H, W): logits for the Bernoulli kinds,
    means for the others. Raises ConfigInvalid likewise.
    """
    return _DECODERS[config.architecture](config, card.image_shape, config.latent_dim + _label_width(config, card))


def weight_shapes(config: TrainConfig, card: DataCard) -> dict[str, tuple[int, ...]]:
    """Every weight of a model: {"encoder.1.weight": (512, 784), …}, in torch's own layout and order."""
    networks = {
        "encoder": encoder_layers(config, card),
        "decoder": decoder_layers(config, card),
        "classifier": classifier_layers(config, card),
    }
    learns_width = LIKELIHOODS[config.likelihood].learns_width
    scale = {LOG_SCALE: width_shape(config, card)} if learns_width else {}
    return scale | {
        f"{network}.{index}.{kind}": shape
        for network, layers in networks.items()
        for index, layer in enumerate(layers)
        for kind, shape in (_shapes(layer) | _modulation_shape(config, layer)).items()
    }


MODULATION = "modulation"
"""The weight by which a layer's outputs follow β, see `beta_modulation`."""
MODULATION_ROWS = 4


def _modulation_shape(config: TrainConfig, layer: Layer) -> dict[str, tuple[int, ...]]:
    """Of a layer with weights, where the model spans β: so many numbers for each of its outputs."""
    match layer:
        case Linear(_, outputs) | Conv(_, outputs) | ConvTranspose(_, outputs) if config.spans_beta:
            return {MODULATION: (MODULATION_ROWS, outputs)}
        case _:
            return {}


def width_shape(config: TrainConfig, card: DataCard) -> tuple[int, ...]:
    """Of the log scales that a likelihood learns, as they fit images (C, H, W)."""
    shapes: dict[str, tuple[int, ...]] = {
        "one": (),
        "channel": (card.image_shape[0], 1, 1),
        "pixel": tuple(card.image_shape),
    }
    return shapes[config.widths]


def output_shape(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """What a layer makes of one image, or of what stands for it: shapes without the batch."""
    match layer:
        case Linear(_, outputs):
            return (outputs,)
        case Conv(_, outputs, kernel, stride, padding):
            height, width = ((side + 2 * padding - kernel) // stride + 1 for side in shape[1:])
            return (outputs, height, width)
        case ConvTranspose(_, outputs, kernel, stride, padding, extra):
            height, width = (
                (side - 1) * stride - 2 * padding + kernel + more for side, more in zip(shape[1:], extra, strict=True)
            )
            return (outputs, height, width)
        case Flatten():
            return (prod(shape),)
        case Unflatten(channels, height, width):
            return (channels, height, width)
        case Activation():
            return shape


def weight_count(layer: Layer) -> int:
    """Numbers of a layer that training adjusts."""
    return sum(prod(shape) for shape in _shapes(layer).values())


LOG_SCALE = "log_scale"
"""The weight of a likelihood that learns its width, or widths."""
POINT_LOGVAR = -60.0
"""The log variance of an image that is encoded to a point: a σ of e⁻³⁰."""


def _label_width(config: TrainConfig, card: DataCard) -> int:
    return card.class_count if config.is_conditional else 0


def _shapes(layer: Layer) -> dict[str, tuple[int, ...]]:
    match layer:
        case Linear(inputs, outputs):
            return {"weight": (outputs, inputs), "bias": (outputs,)}
        case Conv(inputs, outputs, kernel):
            return {"weight": (outputs, inputs, kernel, kernel), "bias": (outputs,)}
        case ConvTranspose(inputs, outputs, kernel):  # torch keeps inputs first here
            return {"weight": (inputs, outputs, kernel, kernel), "bias": (outputs,)}
        case _:
            return {}


# Fully connected


def _mlp(config: TrainConfig, widths: tuple[int, ...]) -> tuple[Layer, ...]:
    """Linear layers between consecutive widths, with an activation after each but the last."""
    layers = [layer for sizes in pairwise(widths) for layer in (Linear(*sizes), Activation(config.activation))]
    return tuple(layers[:-1])


def _mlp_encoder(config: TrainConfig, image_shape: ImageShape, joined: int, width: int) -> tuple[Layer, ...]:
    return (Flatten(), *_mlp(config, (prod(image_shape) + joined, *config.hidden_sizes, width)))


def _mlp_decoder(config: TrainConfig, image_shape: ImageShape, width: int) -> tuple[Layer, ...]:
    widths = (width, *reversed(config.hidden_sizes), prod(image_shape))
    return (*_mlp(config, widths), Unflatten(*image_shape))


# Convolutional: kernel 4 and stride 2, so that each output pixel of a transposed convolution has as many inputs as
# the next and no checkerboard appears. Between the feature maps and the latent space stands one hidden layer: without
# it two latent dimensions reach the feature maps by a single linear map, and MNIST ends ten nats worse.

CONV_HIDDEN = 128


def _halvings(config: TrainConfig, image_shape: ImageShape) -> list[ImageShape]:
    """The shapes from image to the smallest feature map: (1, 28, 28), (32, 14, 14), (64, 7, 7)."""
    shapes = [image_shape]
    for channels in config.channels:
        _, height, width = shapes[-1]
        if min(height, width) < 2:
            raise ConfigInvalid(
                f"channels: images of {image_shape[1]}×{image_shape[2]} pixels can be halved "
                f"{len(shapes) - 1} times; got {len(config.channels)} numbers, remove the last ones"
            )
        shapes.append((channels, height // 2, width // 2))
    return shapes


def _conv_encoder(config: TrainConfig, image_shape: ImageShape, joined: int, width: int) -> tuple[Layer, ...]:
    shapes = _halvings(config, image_shape)
    layers: list[Layer] = []
    for (inputs, _, _), (outputs, _, _) in pairwise(shapes):
        layers += [Conv(inputs, outputs, kernel=4, stride=2, padding=1), Activation(config.activation)]
    return (*layers, Flatten(), *_mlp(config, (prod(shapes[-1]) + joined, CONV_HIDDEN, width)))


def _conv_decoder(config: TrainConfig, image_shape: ImageShape, dim: int) -> tuple[Layer, ...]:
    shapes = _halvings(config, image_shape)[::-1]
    layers = [*_mlp(config, (dim, CONV_HIDDEN, prod(shapes[0]))), Unflatten(*shapes[0])]
    for (inputs, height, width), (outputs, next_height, next_width) in pairwise(shapes):
        output_padding = (next_height - 2 * height, next_width - 2 * width)  # the row that halving an odd size drops
        layers += [Activation(config.activation), ConvTranspose(inputs, outputs, 4, 2, 1, output_padding)]
    return tuple(layers)


_ENCODERS: dict[str, Callable[[TrainConfig, ImageShape, int, int], tuple[Layer, ...]]] = {
    "mlp": _mlp_encoder,
    "conv": _conv_encoder,
}
_DECODERS: dict[str, Callable[[TrainConfig, ImageShape, int], tuple[Layer, ...]]] = {
    "mlp": _mlp_decoder,
    "conv": _conv_decoder,
}
