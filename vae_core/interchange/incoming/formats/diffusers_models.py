"""diffusers' AutoencoderKL and AutoencoderTiny of small size, from config.json and their weights.

Their code is not needed: the networks are written from the numbers, by diffusers/models/autoencoders/vae.py. They are
convolutional, so that they take pictures of any size; one z has at most 64 numbers here, which decides the size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from vae_core.errors import ModelRefused
from vae_core.interchange.incoming import views
from vae_core.interchange.incoming.formats.image_layers import MOST_MULTIPLICATIONS, PER_MILLISECOND, ImageLayers
from vae_core.interchange.incoming.networks import Network
from vae_core.interchange.incoming.views import Understanding

Array = npt.NDArray[Any]
Weights = Mapping[str, Array]
MOST_DIMENSIONS = 64
_OTHER_ACTIVATIONS = "whose activation or blocks are others than those that are read; export its decoder as ONNX"


@dataclass(frozen=True)
class _Ends:
    """What a model reads and makes, of whatever size. factor: how many times smaller latents are than images."""

    factor: int
    latent_channels: int
    channels: int


@dataclass(frozen=True)
class _Sizes:
    """latent: (L, h, w). image: (C, H, W)."""

    latent: tuple[int, int, int]
    image: tuple[int, int, int]


def diffusers_networks(
    kind: str, config: Mapping[str, Any], weights: Weights, file: str, about: Understanding
) -> tuple[str, Network, Network]:
    """What it is, in words; decoder; encoder. Raises ModelRefused, with the figure that keeps it out."""
    build = _Tiny if kind == "AutoencoderTiny" else _KL
    try:
        sizes = _chosen(config, build.ends(config), file, about)
        made = build.decoder(config, weights, sizes, file), build.encoder(config, weights, sizes, file)
    except ModelRefused:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError) as error:
        raise ModelRefused(
            f"{file} and config.json do not go together ({str(error)[:60]}); fetch both from one model"
        ) from None
    for layers in made:
        if layers.multiplications > MOST_MULTIPLICATIONS:
            shape, milliseconds = " × ".join(map(str, sizes.image)), layers.multiplications / PER_MILLISECOND
            raise ModelRefused(
                f"{kind} multiplies {layers.multiplications / 1e9:.1f} billion times for an image of {shape}, about "
                f"{milliseconds:,.0f} ms in a browser, and with more than {MOST_MULTIPLICATIONS / PER_MILLISECOND:.0f} "
                "nothing can be dragged; say smaller images, or take a smaller model"
            )
    about.told = {
        **about.told, "range": views.SIGNED, "encoder_range": views.SIGNED, "image": ", ".join(map(str, sizes.image)),
        "spread": views.POINT if kind == "AutoencoderTiny" else views.LOG_VARIANCE,
    }  # fmt: skip
    return f"diffusers, {kind}", made[0].network, made[1].network


def _chosen(config: Mapping[str, Any], ends: _Ends, file: str, about: Understanding) -> _Sizes:
    """The size that the model was made for where that is small enough, else one that is asked for."""
    most = int((MOST_DIMENSIONS / ends.latent_channels) ** 0.5)
    if most < 1:
        raise ModelRefused(
            f"{file} has {ends.latent_channels} latent channels; at most {MOST_DIMENSIONS} can be dragged through"
        )
    named = {f"{ends.channels}, {ends.factor * side}, {ends.factor * side}": side for side in range(most, 0, -1)}
    options, own = list(named), config.get("sample_size", 0)
    guess, why = f"{ends.channels}, {own}, {own}", None
    if guess not in named:
        numbers = ends.latent_channels * (own // ends.factor) ** 2 if isinstance(own, int) else 0
        of_own = f" At the {own} × {own} of its training a z has {numbers:,} numbers." if numbers else ""
        why = f"{file} takes images of any size, and at most {MOST_DIMENSIONS} numbers can be dragged through.{of_own}"
        guess = options[0]
    if (said := about.told.get("image", guess)) not in named:
        raise ModelRefused(f"{file} is no model for images of {said[:30]}; choose one of {'; '.join(options)}")
    side = named[about.settled("image", options, guess, why)]
    pixels = ends.factor * side
    return _Sizes((ends.latent_channels, side, side), (ends.channels, pixels, pixels))


class _KL:
    """Residual blocks with group normalisation, attention in the middle; σ of each latent is log σ²."""

    @staticmethod
    def ends(config: Mapping[str, Any]) -> _Ends:
        """What config.json says of it. Raises ModelRefused."""
        levels = len(config["block_out_channels"])
        blocks = [*config["down_block_types"], *config["up_block_types"]]
        if set(blocks) - {"DownEncoderBlock2D", "UpDecoderBlock2D"} or config.get("act_fn", "silu") not in _SILU:
            raise ModelRefused(f"config.json is of an AutoencoderKL {_OTHER_ACTIVATIONS}")
        if config.get("out_channels", 3) != config.get("in_channels", 3):
            raise ModelRefused("config.json is of an AutoencoderKL that reads other images than it makes")
        return _Ends(2 ** (levels - 1), int(config["latent_channels"]), int(config.get("in_channels", 3)))

    @staticmethod
    def decoder(config: Mapping[str, Any], weights: Weights, sizes: _Sizes, file: str) -> ImageLayers:
        layers = ImageLayers(weights, file, "z", sizes.latent, int(config.get("norm_num_groups", 32)))
        if config.get("use_post_quant_conv", True):
            layers.convolve("post_quant_conv", padding=0)
        layers.convolve("decoder.conv_in")
        _middle(layers, "decoder.mid_block", has_attention=config.get("mid_block_add_attention", True))
        levels = len(config["block_out_channels"])
        for level in range(levels):
            for number in range(int(config.get("layers_per_block", 1)) + 1):
                layers.residual(f"decoder.up_blocks.{level}.resnets.{number}")
            if level < levels - 1:
                layers.enlarge(2)
                layers.convolve(f"decoder.up_blocks.{level}.upsamplers.0.conv")
        layers.normalise("decoder.conv_norm_out")
        layers.silu()
        layers.convolve("decoder.conv_out")
        layers.end("image", sizes.image)
        return layers

    @staticmethod
    def encoder(config: Mapping[str, Any], weights: Weights, sizes: _Sizes, file: str) -> ImageLayers:
        layers = ImageLayers(weights, file, "image", sizes.image, int(config.get("norm_num_groups", 32)))
        layers.convolve("encoder.conv_in")
        levels = len(config["block_out_channels"])
        for level in range(levels):
            for number in range(int(config.get("layers_per_block", 1))):
                layers.residual(f"encoder.down_blocks.{level}.resnets.{number}")
            if level < levels - 1:
                layers.convolve(f"encoder.down_blocks.{level}.downsamplers.0.conv", stride=2, pads=[0, 0, 1, 1])
        _middle(layers, "encoder.mid_block", has_attention=config.get("mid_block_add_attention", True))
        layers.normalise("encoder.conv_norm_out")
        layers.silu()
        layers.convolve("encoder.conv_out")
        if config.get("use_quant_conv", True):
            layers.convolve("quant_conv", padding=0)
        layers.end_in_halves("mu", "logvar", sizes.latent, (-30.0, 20.0))
        return layers


_SILU = ("silu", "swish")


def _middle(layers: ImageLayers, name: str, *, has_attention: bool) -> None:
    layers.residual(f"{name}.resnets.0")
    if has_attention:
        layers.attend(f"{name}.attentions.0")
    layers.residual(f"{name}.resnets.1")


class _Tiny:
    """Small residual blocks without normalisation; images are encoded to points. Source: autoencoder_tiny.py."""

    @staticmethod
    def ends(config: Mapping[str, Any]) -> _Ends:
        """As `_KL.ends`."""
        levels = len(config["decoder_block_out_channels"])
        is_read = config.get("act_fn", "relu") == "relu" and config.get("upsampling_scaling_factor", 2) == 2
        is_even = levels == len(config["encoder_block_out_channels"])
        is_nearest = config.get("upsample_fn", "nearest") == "nearest"
        if not (is_read and is_even and is_nearest):
            raise ModelRefused(f"config.json is of an AutoencoderTiny {_OTHER_ACTIVATIONS}")
        return _Ends(2 ** (levels - 1), int(config.get("latent_channels", 4)), int(config.get("in_channels", 3)))

    @staticmethod
    def decoder(config: Mapping[str, Any], weights: Weights, sizes: _Sizes, file: str) -> ImageLayers:
        layers = ImageLayers(weights, file, "z", sizes.latent)
        layers.scale(1 / 3)
        layers.node("Tanh")
        layers.scale(3)
        layers.convolve("decoder.layers.0")
        layers.node("Relu")
        counts, index = list(config["num_decoder_blocks"]), 2
        for level, count in enumerate(counts):
            index = _tiny_blocks(layers, "decoder", index, int(count))
            if level < len(counts) - 1:
                layers.enlarge(2)
                index += 1
            layers.convolve(f"decoder.layers.{index}")
            index += 1
        layers.scale(2, -1)
        layers.end("image", sizes.image)
        return layers

    @staticmethod
    def encoder(config: Mapping[str, Any], weights: Weights, sizes: _Sizes, file: str) -> ImageLayers:
        layers, index = ImageLayers(weights, file, "image", sizes.image), 0
        layers.scale(0.5, 0.5)
        for level, count in enumerate(config["num_encoder_blocks"]):
            layers.convolve(f"encoder.layers.{index}", stride=2 if level else 1)
            index = _tiny_blocks(layers, "encoder", index + 1, int(count))
        layers.convolve(f"encoder.layers.{index}")
        layers.end("mu", sizes.latent)
        return layers


def _tiny_blocks(layers: ImageLayers, network: str, index: int, count: int) -> int:
    """So many blocks from a place on; the place after them."""
    for place in range(index, index + count):
        layers.tiny_block(f"{network}.layers.{place}")
    return index + count
