"""Decoder and encoder as ONNX bytes, in milliseconds and without torch."""

from __future__ import annotations

import math

import numpy as np

from vae_core.architecture import layers
from vae_core.architecture.imported_model import imported_decoder_onnx, imported_encoder_onnx, imported_model_in
from vae_core.architecture.linear_model import linear_model_in
from vae_core.architecture.linear_onnx import linear_decoder_onnx, linear_encoder_onnx
from vae_core.architecture.onnx_graph import LABEL, Graph, Shapes, Weights, check_weights, with_label
from vae_core.config import TrainConfig
from vae_core.config.likelihoods import LIKELIHOODS, Head
from vae_core.data.registry import source
from vae_core.data.source import DataCard

__all__ = ["decoder_onnx", "encoder_onnx"]


def decoder_onnx(
    config: TrainConfig,
    weights: Weights,
    label: int | None = None,
    *,
    card: DataCard | None = None,
    asks_label: bool = False,
) -> bytes:
    """The decoder up to the likelihood's mean, as a serialised ONNX model.

    weights: by torch's names ("decoder.0.weight", …), float32, the encoder's are ignored; or the tensors of a
    `LinearModel`, or of an `ImportedModel`, which gives "image" alone. Input "z": float32 (N, D), any N. Outputs,
    float32: "image" (N, C, H, W), 0 black and 1 white, the likelihood's mean; "raw", the same shape, what the mean is
    made of: logits for the Bernoullis, else the image; and where the likelihood has a width, "log_scale", (), (C, 1, 1)
    or (C, H, W): the logarithm of σ or of the logistic's scale, in units of full white. label: the class that a
    conditional model draws, 0 if None; the others have none, and it means nothing to them. card: of the images that it
    was trained on; None for the usual ones of the config's data set. asks_label: a conditional model is not told label,
    but has an input "label", int64 (N,), as well.
    Raises ShapeMismatch if a weight is missing or does not fit the config, or if there is no such class.
    """
    card = card or source(config.dataset).card
    if linear := linear_model_in(weights, config.latent_dim, card):
        return linear_decoder_onnx(linear, config, card)
    if imported := imported_model_in(weights):
        return imported_decoder_onnx(imported, label)
    shapes = layers.weight_shapes(config, card)
    check_weights(weights, {name: shapes[name] for name in shapes if name.startswith(("decoder.", layers.LOG_SCALE))})
    inputs: dict[str, tuple[int | str, ...]] = {"z": ("N", config.latent_dim)}
    graph = Graph("z")
    if config.is_conditional and asks_label:
        inputs[LABEL] = ("N",)
        graph.join_label(card.class_count)
    elif config.is_conditional:
        weights = with_label(weights, "decoder.0", label or 0, card.class_count)
    graph.add_layers("decoder", layers.decoder_layers(config, card), weights)
    graph.call("raw")
    _add_mean(graph, LIKELIHOODS[config.likelihood].head)
    outputs: dict[str, tuple[int | str, ...]] = dict.fromkeys(("image", "raw"), ("N", *card.image_shape))
    width = _add_log_scale(graph, config, weights)
    if width is not None:
        outputs["log_scale"] = width
    return graph.serialised("decoder", inputs, outputs)


def _add_mean(graph: Graph, head: Head) -> None:
    """The likelihood's mean from the decoder's raw output, as in `model.likelihoods`."""
    for name, value in head.numbers.items():
        graph.constant(name, np.array(value, dtype=np.float32))
    for operator, inputs, output in head.nodes:
        graph.node(operator, inputs, [output])


def _add_log_scale(graph: Graph, config: TrainConfig, weights: Weights) -> tuple[int, ...] | None:
    """The likelihood's width as an output that depends on no input; its shape, None if there is none."""
    likelihood = LIKELIHOODS[config.likelihood]
    if likelihood.learns_width:
        log_scale = weights[layers.LOG_SCALE]
    elif likelihood.has_set_sigma:
        log_scale = np.array(math.log(config.gaussian_sigma))
    else:
        return None
    graph.node("Identity", [graph.constant("width", log_scale.astype(np.float32))], ["log_scale"])
    return log_scale.shape


def encoder_onnx(
    config: TrainConfig,
    weights: Weights,
    label: int | None = None,
    *,
    card: DataCard | None = None,
    asks_label: bool = False,
) -> bytes:
    """The encoder up to the posterior's parameters, as a serialised ONNX model.

    weights: by torch's names; the decoder's are ignored. Input "image": float32 (N, C, H, W), any N, 0 black and 1
    white. Outputs, float32: "mu" and "logvar" (N, D), the mean and the logarithm of each dimension's own variance; for
    a full covariance L Lᵀ also "factor" (N, D, D), the lower triangular L: see `posteriors`. label: the class that a
    conditional model, M2 among them, is told of every image, 0 if None; it means nothing to the others. card,
    asks_label: as in `decoder_onnx`. Raises ShapeMismatch if a weight is missing or does not fit, or if there is no
    such class.
    """
    card = card or source(config.dataset).card
    if linear := linear_model_in(weights, config.latent_dim, card):
        return linear_encoder_onnx(linear, config, card)
    if imported := imported_model_in(weights):
        return imported_encoder_onnx(imported, label)
    shapes = layers.weight_shapes(config, card)
    check_weights(weights, {name: shapes[name] for name in shapes if name.startswith("encoder.")})
    description = layers.encoder_layers(config, card)
    joined = description.index(layers.Flatten()) + 1
    inputs: dict[str, tuple[int | str, ...]] = {"image": ("N", *card.image_shape)}
    if config.is_conditional and not asks_label:
        weights = with_label(weights, f"encoder.{joined}", label or 0, card.class_count)
    graph = Graph("image")
    graph.add_layers("encoder", description[:joined], weights)
    if config.is_conditional and asks_label:
        inputs[LABEL] = ("N",)
        graph.join_label(card.class_count)
    graph.add_layers("encoder", description[joined:], weights, joined)
    outputs = _add_posterior(graph, config)
    return graph.serialised("encoder", inputs, outputs)


def _add_posterior(graph: Graph, config: TrainConfig) -> Shapes:
    """The posterior's parameters from the encoder's last layer, as in `posteriors.posterior_of`; their shapes."""
    dim = config.latent_dim
    outputs: dict[str, tuple[int | str, ...]] = dict.fromkeys(("mu", "logvar"), ("N", dim))
    if config.is_deterministic:
        graph.call("mu")
        graph.constant("point", np.array(layers.POINT_LOGVAR, dtype=np.float32))
        graph.node("Shape", ["mu"], ["shape"])
        graph.node("Expand", ["point", "shape"], ["logvar"])
        return outputs
    if not config.has_covariance:
        graph.node("Split", [graph.value, _sizes(graph, dim, dim)], ["mu", "logvar"], axis=1)
        return outputs
    sizes = _sizes(graph, dim, dim, dim * (dim - 1) // 2)
    graph.node("Split", [graph.value, sizes], ["mu", "log_diagonal", "below"], axis=1)
    _add_factor(graph, dim)
    return {**outputs, "factor": ("N", dim, dim)}


def _sizes(graph: Graph, *sizes: int) -> str:
    return graph.constant("sizes", np.array(sizes, dtype=np.int64))


def _add_factor(graph: Graph, dim: int) -> None:
    """L from what stands on its diagonal and, row by row, below it; and log diag(L Lᵀ), the dimensions' variances."""
    indices = np.zeros((dim, dim), dtype=np.int64)  # of each entry of L, among those that are given
    np.fill_diagonal(indices, np.arange(dim))
    rows, columns = np.tril_indices(dim, -1)
    indices[rows, columns] = dim + np.arange(len(rows))
    graph.constant("places", indices)
    graph.constant("is_given", np.tri(dim, dtype=np.bool_))
    graph.constant("half", np.array(0.5, dtype=np.float32))
    graph.constant("zero", np.array(0.0, dtype=np.float32))
    graph.constant("columns", np.array([2], dtype=np.int64))
    graph.node("Mul", ["log_diagonal", "half"], ["log_sigma"])
    graph.node("Exp", ["log_sigma"], ["diagonal"])
    graph.node("Concat", ["diagonal", "below"], ["given"], axis=1)
    graph.node("Gather", ["given", "places"], ["square"], axis=1)  # (N, D (D + 1) / 2) -> (N, D, D)
    graph.node("Where", ["is_given", "square", "zero"], ["factor"])
    graph.node("Mul", ["factor", "factor"], ["squares"])
    graph.node("ReduceSum", ["squares", "columns"], ["variance"], keepdims=0)  # (N, D, D) -> (N, D)
    graph.node("Log", ["variance"], ["logvar"])
