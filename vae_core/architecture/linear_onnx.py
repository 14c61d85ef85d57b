"""A linear model as ONNX bytes, with the inputs and outputs of `onnx_models`: whoever runs a network's runs this."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from vae_core.architecture import layers
from vae_core.architecture.linear_model import LinearModel
from vae_core.architecture.onnx_graph import Graph, Shapes
from vae_core.config import TrainConfig
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.data.source import DataCard

LEVELS = 256
_BISECTIONS = 60
_FURTHEST_LOGIT = 600.0
_LOGISTIC_DEVIATION = math.pi / math.sqrt(3)
"""The standard deviation of a logistic of scale 1."""


def raw_of(image: npt.NDArray[np.float32], likelihood: str) -> npt.NDArray[np.float32]:
    """What a likelihood's mean makes this image of, any shape: logits for the Bernoullis, else the image itself.

    For logits the image is rounded to the 256 grey levels, the outermost half a level from black and white: no picture
    is certain.
    """
    if not LIKELIHOODS[likelihood].has_logits:
        return image
    return _logits(likelihood)[np.rint(image * (LEVELS - 1)).astype(np.intp)]


@cache
def _logits(likelihood: str) -> npt.NDArray[np.float32]:
    """The logit whose mean is each grey level, (256,), by bisection: every mean rises with its logit."""
    levels = np.clip(np.arange(LEVELS) / (LEVELS - 1), 0.5 / LEVELS, 1 - 0.5 / LEVELS)
    low, high = np.full(LEVELS, -_FURTHEST_LOGIT), np.full(LEVELS, _FURTHEST_LOGIT)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        is_below = LIKELIHOODS[likelihood].head.mean(middle) < levels
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return high.astype(np.float32)


def log_scale_of(model: LinearModel, config: TrainConfig) -> float | None:
    """The likelihood's width: its setting, else as wide as the model's noise; None where it has none."""
    likelihood = LIKELIHOODS[config.likelihood]
    if likelihood.has_set_sigma:
        return math.log(config.gaussian_sigma)
    if likelihood.learns_width:
        return math.log(model.sigma / (_LOGISTIC_DEVIATION if likelihood.is_logistic else 1))
    return None


def linear_decoder_onnx(model: LinearModel, config: TrainConfig, card: DataCard) -> bytes:
    """As `onnx_models.decoder_onnx`, whatever class is asked for."""
    graph = Graph("z")
    graph.add("Gemm", graph.constant("weight", model.weight), graph.constant("mean", model.mean), transB=1)
    graph.add("Reshape", graph.constant("shape", np.array([-1, *card.image_shape], np.int64)))
    graph.add("Clip", graph.constant("black", _number(0)), graph.constant("white", _number(1)))
    graph.call("image")
    _add_raw(graph, config.likelihood)
    outputs: dict[str, tuple[int | str, ...]] = dict.fromkeys(("image", "raw"), ("N", *card.image_shape))
    if (log_scale := log_scale_of(model, config)) is not None:
        shape = layers.weight_shapes(config, card).get(layers.LOG_SCALE, ())
        graph.node("Identity", [graph.constant("width", np.full(shape, log_scale, np.float32))], ["log_scale"])
        outputs["log_scale"] = shape
    return graph.serialised("decoder", {"z": ("N", model.latent_dim)}, outputs)


def _add_raw(graph: Graph, likelihood: str) -> None:
    """`raw_of` as nodes."""
    if not LIKELIHOODS[likelihood].has_logits:
        graph.node("Identity", ["image"], ["raw"])
        return
    graph.node("Mul", ["image", graph.constant("levels", _number(LEVELS - 1))], ["scaled"])
    graph.node("Round", ["scaled"], ["rounded"])
    graph.node("Cast", ["rounded"], ["level"], to=TensorProto.INT64)
    graph.node("Gather", [graph.constant("logits", _logits(likelihood)), "level"], ["raw"])


def linear_encoder_onnx(model: LinearModel, config: TrainConfig, card: DataCard) -> bytes:
    """As `onnx_models.encoder_onnx`, whatever class is told; an autoencoder's images are points here, too."""
    dim = model.latent_dim
    logvar = np.full(dim, layers.POINT_LOGVAR, np.float32) if config.is_deterministic else model.logvar
    graph = Graph("image")
    graph.add("Flatten")
    graph.add("Sub", graph.constant("mean", model.mean))
    graph.add("MatMul", graph.constant("reading", np.ascontiguousarray(model.reading.T)))  # (N, P) -> (N, D)
    graph.call("mu")
    graph.node("Shape", ["mu"], ["size"])
    graph.node("Expand", [graph.constant("spread", logvar), "size"], ["logvar"])
    outputs: Shapes = dict.fromkeys(("mu", "logvar"), ("N", dim))
    if config.has_covariance:
        graph.node("Concat", ["size", graph.constant("last", np.array([dim], np.int64))], ["square"], axis=0)
        graph.node("Expand", [graph.constant("one", np.diag(np.exp(logvar / 2))), "square"], ["factor"])
        outputs = {**outputs, "factor": ("N", dim, dim)}
    return graph.serialised("encoder", {"image": ("N", *card.image_shape)}, outputs)


def _number(value: float) -> npt.NDArray[np.float32]:
    return np.array(value, np.float32)
