"""An ONNX graph in the making: its nodes, its constants, and our few layer kinds, one to three nodes each. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto, ValueInfoProto, helper

from vae_core.architecture import layers
from vae_core.errors import ShapeMismatch

Weights = Mapping[str, npt.NDArray[np.float32]]
Shapes = Mapping[str, Sequence[int | str]]
"""Names of inputs or outputs, float32 but for `LABEL`, and their dimensions; "N" stands for any number."""
LABEL = "label"
"""The input of a graph that asks for each image's class: int64 (N,)."""

OPSET = 17  # every operator used here is in it, and every runtime of the last years reads it
IR_VERSION = 8


@dataclass
class Graph:
    """Nodes and constants so far, and the name of the value that the next node in line reads."""

    value: str
    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def add(self, operator: str, *others: str, output: str | None = None, **attributes: Any) -> None:
        """Appends a node that reads the current value, then others; its output becomes the current value."""
        output = output or f"{len(self.nodes)}.{operator}"
        self.node(operator, [self.value, *others], [output], **attributes)
        self.value = output

    def node(self, operator: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> None:
        """Appends a node beside the line: the current value stays what it is."""
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))

    def call(self, name: str) -> None:
        """Names the current value, which the last node made and none has read yet."""
        self.nodes[-1].output[0] = self.value = name

    def constant(self, name: str, array: npt.NDArray[np.generic]) -> str:
        """Adds a constant; returns its name."""
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        self.constants.append(helper.make_tensor(name, kind, array.shape, array.tobytes(), raw=True))
        return name

    def add_layers(self, network: str, description: Iterable[layers.Layer], weights: Weights, start: int = 0) -> None:
        """A network's layers, one after the other, with its weights by torch's names: "decoder.0.weight", …

        start: the first one's index in the network.
        """
        for index, layer in enumerate(description, start):
            self._add_layer(layer, f"{network}.{index}", weights)

    def join_label(self, classes: int) -> None:
        """The input "label", int64 (N,), joins the current value (N, F) as a one-hot row."""
        depth = self.constant("classes", np.array(classes, dtype=np.int64))
        values = self.constant("off_on", np.array([0, 1], dtype=np.float32))
        self.node("OneHot", [LABEL, depth, values], ["one_hot"], axis=-1)  # (N,) -> (N, K)
        self.add("Concat", "one_hot", axis=1)

    def _add_layer(self, layer: layers.Layer, name: str, weights: Weights) -> None:
        match layer:
            case layers.Linear():
                self.add("Gemm", *self._parameters(name, weights), transB=1)  # torch keeps (outputs, inputs)
            case layers.Conv(_, _, kernel, stride, padding):
                self.add("Conv", *self._parameters(name, weights), **_kernel(kernel, stride, padding))
            case layers.ConvTranspose(_, _, kernel, stride, padding, output_padding):
                size = {**_kernel(kernel, stride, padding), "output_padding": list(output_padding)}
                self.add("ConvTranspose", *self._parameters(name, weights), **size)
            case layers.Activation("relu"):
                self.add("Relu")
            case layers.Activation("silu"):
                x = self.value
                self.add("Sigmoid")
                self.add("Mul", x)
            case layers.Flatten():
                self.add("Flatten")
            case layers.Unflatten(channels, height, width):
                target = np.array([-1, channels, height, width], dtype=np.int64)
                self.add("Reshape", self.constant(f"{name}.shape", target))
            case _:
                raise NotImplementedError(f"{name}: no ONNX nodes are known for {layer}; add them to {__name__}")

    def _parameters(self, name: str, weights: Weights) -> list[str]:
        return [
            self.constant(f"{name}.{kind}", np.ascontiguousarray(weights[f"{name}.{kind}"], dtype=np.float32))
            for kind in ("weight", "bias")
        ]

    def serialised(self, title: str, inputs: Shapes, outputs: Shapes) -> bytes:
        """The graph as the bytes of an ONNX model; equal graphs give equal bytes."""
        graph = helper.make_graph(self.nodes, title, _described(inputs), _described(outputs), self.constants)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="latent-studio",
        )
        return bytes(model.SerializeToString(deterministic=True))


def _kernel(kernel: int, stride: int, padding: int) -> dict[str, Any]:
    return {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [padding] * 4}


def _described(values: Shapes) -> list[ValueInfoProto]:
    kinds = {LABEL: TensorProto.INT64}
    return [helper.make_tensor_value_info(name, kinds.get(name, TensorProto.FLOAT), at) for name, at in values.items()]


def with_label(weights: Weights, layer: str, label: int, classes: int) -> Weights:
    """The weights with one label built into a linear layer: its column, times 1, becomes bias.

    layer: its name, "decoder.0"; the one-hot label is the last that it reads. Raises ShapeMismatch if there is no such
    class.
    """
    if not 0 <= label < classes:
        raise ShapeMismatch(f"class {label} is none of this model's; choose one from 0 to {classes - 1}")
    weight, bias = weights[f"{layer}.weight"], weights[f"{layer}.bias"]  # (F, inputs + K), (F,)
    inputs = weight.shape[1] - classes
    return {**weights, f"{layer}.weight": weight[:, :inputs], f"{layer}.bias": bias + weight[:, inputs + label]}


def check_weights(weights: Weights, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raises ShapeMismatch, which names the first that is missing or of another shape."""
    for name, expected in shapes.items():
        got = weights[name].shape if name in weights else "no such tensor"
        if got != expected:
            raise ShapeMismatch(
                f"tensor {name}: this model's settings ask for {expected}, the weights hold {got}; "
                "open the weights with the config.json that was saved with them"
            )
