"""The decoder as ONNX bytes, in milliseconds and without torch: our few layer kinds, one to three nodes each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, helper

from vae_core import layers
from vae_core.config import TrainConfig
from vae_core.datasets import DATASETS
from vae_core.errors import ShapeMismatch

Weights = Mapping[str, npt.NDArray[np.float32]]

OPSET = 17  # every operator used here is in it, and every runtime of the last years reads it
IR_VERSION = 8


@dataclass
class _Graph:
    """Nodes and constants in the making, and the name of the value that the next node reads."""

    value: str
    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def add(self, operator: str, *others: str, output: str | None = None, **attributes: Any) -> None:
        """Appends a node that reads the current value, then others; its output becomes the current value."""
        output = output or f"{len(self.nodes)}.{operator}"
        self.nodes.append(helper.make_node(operator, [self.value, *others], [output], **attributes))
        self.value = output

    def constant(self, name: str, array: npt.NDArray[np.generic]) -> str:
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        self.constants.append(helper.make_tensor(name, kind, array.shape, array.tobytes(), raw=True))
        return name


def decoder_onnx(config: TrainConfig, weights: Weights, label: int | None = None) -> bytes:
    """The decoder up to the likelihood's mean, as a serialised ONNX model.

    weights: by torch's names ("decoder.0.weight", …), float32; the encoder's are ignored. Input "z": float32 (N, D),
    any N. Output "image": float32 (N, C, H, W), 0 black and 1 white; sigmoid is inside for bernoulli. label: the class
    that a conditional model draws, 0 if None; the others have none, and it means nothing to them.
    Raises ShapeMismatch if a weight is missing or does not fit the config, or if there is no such class.
    """
    shape = DATASETS[config.dataset].image_shape
    _check(weights, layers.weight_shapes(config, shape))
    if config.is_conditional:
        weights = _with_label(config, weights, label or 0)
    graph = _Graph("z")
    for index, layer in enumerate(layers.decoder_layers(config, shape)):
        _append(graph, layer, f"decoder.{index}", weights)
    _append_mean(graph, config.likelihood)
    z = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", config.latent_dim])
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", *shape])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "decoder", [z], [image], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="latent-studio",
    )
    return bytes(model.SerializeToString(deterministic=True))


def _with_label(config: TrainConfig, weights: Weights, label: int) -> Weights:
    """The decoder's first layer told the label once and for all: its column of the weights becomes part of the bias."""
    classes = len(DATASETS[config.dataset].classes)
    if not 0 <= label < classes:
        raise ShapeMismatch(f"class {label} is none of this model's; choose one from 0 to {classes - 1}")
    weight, bias = weights["decoder.0.weight"], weights["decoder.0.bias"]  # (F, D + K), (F,)
    dim = config.latent_dim
    return {**weights, "decoder.0.weight": weight[:, :dim], "decoder.0.bias": bias + weight[:, dim + label]}


def _append_mean(graph: _Graph, likelihood: str) -> None:
    """The likelihood's mean from the decoder's raw output, as in `likelihoods.LIKELIHOODS`."""
    if likelihood == "bernoulli":
        graph.add("Sigmoid", output="image")
    elif likelihood == "continuous-bernoulli":
        _append_continuous_bernoulli_mean(graph)
    else:
        graph.add("Identity", output="image")


def _append_continuous_bernoulli_mean(graph: _Graph) -> None:
    """1 / (1 − e^(−l)) − 1 / l, and its series near 0: see `likelihoods.continuous_bernoulli_mean`."""
    numbers = {"limit": 0.3, "one": 1.0, "half": 0.5, "linear": 1 / 12, "cubic": -1 / 720}
    for name, value in numbers.items():
        graph.constant(name, np.array(value, dtype=np.float32))
    logits = graph.value
    steps = [
        ("Abs", [logits], "size"),
        ("Less", ["size", "limit"], "is_small"),
        ("Where", ["is_small", "one", logits], "large"),  # what is not used must be finite as well
        ("Neg", ["large"], "negative"),
        ("Exp", ["negative"], "power"),
        ("Sub", ["one", "power"], "rest"),
        ("Reciprocal", ["rest"], "first"),
        ("Reciprocal", ["large"], "second"),
        ("Sub", ["first", "second"], "quotient"),
        ("Mul", [logits, logits], "square"),
        ("Mul", ["square", "cubic"], "curve"),
        ("Add", ["curve", "linear"], "factor"),
        ("Mul", ["factor", logits], "tilt"),
        ("Add", ["tilt", "half"], "series"),
        ("Where", ["is_small", "series", "quotient"], "image"),
    ]
    graph.nodes += [helper.make_node(operator, inputs, [output]) for operator, inputs, output in steps]


def _append(graph: _Graph, layer: layers.Layer, name: str, weights: Weights) -> None:
    """One layer's nodes, and its weights under torch's names."""
    match layer:
        case layers.Linear():
            graph.add("Gemm", *_parameters(graph, name, weights), transB=1)  # torch keeps (outputs, inputs)
        case layers.ConvTranspose(_, _, kernel, stride, padding, output_padding):
            graph.add(
                "ConvTranspose",
                *_parameters(graph, name, weights),
                kernel_shape=[kernel] * 2,
                strides=[stride] * 2,
                pads=[padding] * 4,
                output_padding=list(output_padding),
            )
        case layers.Activation("relu"):
            graph.add("Relu")
        case layers.Activation("silu"):
            x = graph.value
            graph.add("Sigmoid")
            graph.add("Mul", x)
        case layers.Unflatten(channels, height, width):
            target = np.array([-1, channels, height, width], dtype=np.int64)
            graph.add("Reshape", graph.constant(f"{name}.shape", target))
        case _:
            raise NotImplementedError(f"{name}: no ONNX nodes are known for {layer}; add them to {__name__}")


def _parameters(graph: _Graph, name: str, weights: Weights) -> list[str]:
    return [
        graph.constant(f"{name}.{kind}", np.ascontiguousarray(weights[f"{name}.{kind}"], dtype=np.float32))
        for kind in ("weight", "bias")
    ]


def _check(weights: Weights, shapes: Mapping[str, tuple[int, ...]]) -> None:
    for name, expected in shapes.items():
        got = weights[name].shape if name in weights else "no such tensor"
        if name.startswith("decoder.") and got != expected:
            raise ShapeMismatch(
                f"tensor {name}: this model's settings ask for {expected}, the weights hold {got}; "
                "open the weights with the config.json that was saved with them"
            )
