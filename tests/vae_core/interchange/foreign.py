"""Small models as other programs export them, each by its producer's habits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]
FLOAT = TensorProto.FLOAT


def numbers(*shape: int, seed: int = 0, scale: float = 0.5) -> Array:
    return (scale * np.random.default_rng(seed + sum(shape)).standard_normal(shape)).astype(np.float32)


def node(operator: str, inputs: str, outputs: str, **attributes: Any) -> NodeProto:
    return helper.make_node(operator, inputs.split(), outputs.split(), **attributes)


def model(
    nodes: Sequence[NodeProto],
    inputs: Mapping[str, tuple[int, Sequence[Any]]],
    outputs: Mapping[str, tuple[int, Sequence[Any]]],
    constants: Mapping[str, Array],
    opset: int = 17,
) -> ModelProto:
    ends = [[helper.make_tensor_value_info(name, *told) for name, told in side.items()] for side in (inputs, outputs)]
    tensors = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "g", ends[0], ends[1], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def torch_mlp(side: int = 6, dims: int = 2, last: str | None = "Sigmoid", rows: Any = "batch") -> ModelProto:
    """As torch exports it: z (batch, D) to (batch, 1, H, W)."""
    nodes = [node("Gemm", "z w0 b0", "h", transB=1), node("Relu", "h", "r")]
    nodes += [node("Gemm", "r w1 b1", "flat", transB=1)]
    nodes += [node(last, "flat", "seen")] if last else [node("Identity", "flat", "seen")]
    nodes += [node("Reshape", "seen shape", "image")]
    constants = {
        "w0": numbers(16, dims), "b0": numbers(16), "w1": numbers(side * side, 16, scale=1.5),
        "b1": numbers(side * side),
        "shape": np.array([-1 if isinstance(rows, str) else rows, 1, side, side], np.int64),
    }  # fmt: skip
    return model(nodes, {"z": (FLOAT, (rows, dims))}, {"image": (FLOAT, (rows, 1, side, side))}, constants)


def torch_encoder(
    names: Sequence[str] = ("mu", "logvar"), side: int = 6, dims: int = 2, spread: str | None = None
) -> ModelProto:
    """(batch, 1, H, W) to two heads, whose second goes through an operator; one name: both in a row."""
    nodes = [node("Flatten", "x", "flat"), node("Gemm", "flat w0 b0", "h", transB=1), node("Tanh", "h", "t")]
    constants = {"w0": numbers(16, side * side), "b0": numbers(16)}
    heads = (dims, dims) if len(names) > 1 else (2 * dims,)
    for index, (name, width) in enumerate(zip(names, heads, strict=True)):
        raw = f"raw{index}" if spread and index else name
        nodes.append(node("Gemm", f"t w{index + 1} b{index + 1}", raw, transB=1))
        nodes += [node(spread, raw, name)] if spread and index else []
        constants |= {f"w{index + 1}": numbers(width, 16, seed=index), f"b{index + 1}": numbers(width, seed=index)}
    outputs = {name: (FLOAT, ("batch", width)) for name, width in zip(names, heads, strict=True)}
    return model(nodes, {"x": (FLOAT, ("batch", 1, side, side))}, outputs, constants)


def rgba_without_rows(side: int = 6) -> ModelProto:
    """One z to a picture that a canvas can put: uint8 (H, W, 4), without a batch."""
    nodes = [
        node("Gemm", "z w b", "flat"), node("Sigmoid", "flat", "p"), node("Mul", "p white", "grey"),
        node("Reshape", "grey shape", "one"), node("Concat", "one one one opaque", "four", axis=2),
        node("Cast", "four", "pixels", to=TensorProto.UINT8),
    ]  # fmt: skip
    constants = {
        "w": numbers(2, side * side, scale=2), "b": numbers(side * side), "white": np.array(255, np.float32),
        "shape": np.array([side, side, 1], np.int64), "opaque": np.full((side, side, 1), 255, np.float32),
    }  # fmt: skip
    return model(nodes, {"z": (FLOAT, (1, 2))}, {"pixels": (TensorProto.UINT8, (side, side, 4))}, constants)


def conditional(kind: int = FLOAT, classes: int = 3, side: int = 6) -> ModelProto:
    """A second input says the class, as a one-hot row or as a number that is looked up."""
    constants = {
        "w": numbers(16 + classes, side * side, scale=1.5), "b": numbers(side * side),
        "shape": np.array([-1, 1, side, side], np.int64), "table": np.eye(classes, dtype=np.float32),
    }  # fmt: skip
    is_number = kind != FLOAT
    nodes = [node("Gather", "table label", "row")] if is_number else [node("Identity", "label", "row")]
    nodes += [
        node("Concat", "z row", "both", axis=1), node("Gemm", "both w b", "flat"), node("Sigmoid", "flat", "p"),
        node("Reshape", "p shape", "image"),
    ]  # fmt: skip
    label = ("batch",) if is_number else ("batch", classes)
    inputs = {"z": (FLOAT, ("batch", 16)), "label": (kind, label)}
    return model(nodes, inputs, {"image": (FLOAT, ("batch", 1, side, side))}, constants)


def keras_colour(side: int = 8) -> ModelProto:
    """Channels last, as tf2onnx leaves them: a convolution between two transposes, opset 17."""
    nodes = [
        node("MatMul", "input_1 w", "m"), node("Add", "m b", "flat"), node("Relu", "flat", "r"),
        node("Reshape", "r shape", "last"), node("Transpose", "last", "first", perm=[0, 3, 1, 2]),
        node("ConvTranspose", "first k", "up", strides=[2, 2], kernel_shape=[4, 4], pads=[1, 1, 1, 1]),
        node("Transpose", "up", "back", perm=[0, 2, 3, 1]), node("Sigmoid", "back", "conv2d"),
    ]  # fmt: skip
    half = side // 2
    constants = {
        "w": numbers(4, half * half * 5), "b": numbers(half * half * 5), "k": numbers(5, 3, 4, 4),
        "shape": np.array([-1, half, half, 5], np.int64),
    }  # fmt: skip
    return model(nodes, {"input_1": (FLOAT, ("unk__1", 4))}, {"conv2d": (FLOAT, ("unk__1", side, side, 3))}, constants)


def tanh_of_one(rows: int = 1, side: int = 8) -> ModelProto:
    """z (rows, 7, 1, 1), exported for so many rows, tanh, opset 9: its batch normalisation and all."""
    nodes = [
        node("ConvTranspose", "noise k0", "a", kernel_shape=[4, 4]),
        node("BatchNormalization", "a gain bias mean var", "n", epsilon=1e-5), node("LeakyRelu", "n", "l", alpha=0.2),
        node("Upsample", "l scales", "u", mode="nearest"), node("Conv", "u k1", "c", kernel_shape=[3, 3], pads=[1] * 4),
        node("Tanh", "c", "output"),
    ]  # fmt: skip
    constants = {
        "k0": numbers(7, 5, 4, 4), "gain": 1 + numbers(5), "bias": numbers(5), "mean": numbers(5),
        "var": np.abs(numbers(5)) + 0.5, "scales": np.array([1, 1, 2, 2], np.float32), "k1": numbers(1, 5, 3, 3),
    }  # fmt: skip
    inputs, outputs = {"noise": (FLOAT, (rows, 7, 1, 1))}, {"output": (FLOAT, (rows, 1, side, side))}
    return model(nodes, inputs, outputs, constants, opset=9)


def flat_logits(side: int = 6) -> ModelProto:
    """z (N, D) to (N, H·W) logits."""
    nodes = [node("Gemm", "z w b", "x_logits")]
    constants = {"w": numbers(2, side * side, scale=4), "b": numbers(side * side, scale=4)}
    return model(nodes, {"z": (FLOAT, (None, 2))}, {"x_logits": (FLOAT, (None, side * side))}, constants)


def sound(samples: int = 1601) -> ModelProto:
    nodes = [node("Gemm", "z w b", "wave")]
    return model(
        nodes, {"z": (FLOAT, ("n", 8))}, {"wave": (FLOAT, ("n", samples))},
        {"w": numbers(8, samples), "b": numbers(samples)},
    )  # fmt: skip
