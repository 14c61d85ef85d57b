"""Nodes of any opset as opset 17 has them: attributes that became inputs, operators that got other names, and so on.

Where an older or newer node cannot be said in opset 17 by a few others, it is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.architecture.programs import OPERATORS, Node
from vae_core.errors import ModelRefused

Array = npt.NDArray[Any]

FLOATS = {1, 10, 11, 16}
"""ONNX's numbers of float32, float16, float64 and bfloat16: all are float32 here."""


class Modern:
    """Nodes on their way to opset 17. constants: known ones, to which some are added."""

    def __init__(self, opset: int, constants: dict[str, Array], file: str) -> None:
        self.opset, self.constants, self.file = opset, constants, file
        self._count = 0

    def nodes(self, node: Node) -> Iterable[Node]:
        """One node as opset 17 has it: mostly one. Raises ModelRefused."""
        change = _CHANGES.get(node.operator)
        for each in [node] if change is None else change(self, node):
            unknown = each.attributes.keys() - OPERATORS.get(each.operator, frozenset())
            if each.operator not in OPERATORS or unknown:
                what = f" with {min(unknown)[:40]}" if each.operator in OPERATORS else ""
                raise self.refused(each.operator, what)
            yield each

    def refused(self, operator: str, what: str = "") -> ModelRefused:
        """That a graph asks for something that is not among the operators that are let in."""
        return ModelRefused(
            f"{self.file} has the operator {operator[:40]!r}{what}, which is none of the {len(OPERATORS)} that "
            "imported models may have; export the network without it"
        )

    def constant(self, array: Array) -> str:
        """Adds a constant; its name."""
        self._count += 1
        name = f"m{self._count}"
        self.constants[name] = array
        return name

    def value(self, name: str, node: Node) -> Array:
        """A constant that a node reads. Raises ModelRefused if that is computed."""
        if name not in self.constants:
            raise self.refused(node.operator, " with computed sizes")
        return self.constants[name]

    def fresh(self) -> str:
        """A name for a value between two nodes."""
        self._count += 1
        return f"t{self._count}"


def _without(node: Node, *names: str, **others: Any) -> Mapping[str, Any]:
    return {key: value for key, value in node.attributes.items() if key not in names} | others


def _axes_to_input(modern: Modern, node: Node) -> list[Node]:
    """Squeeze, Unsqueeze and ReduceSum: axes were an attribute before opset 13."""
    inputs = node.inputs
    if "axes" in node.attributes:
        inputs = (inputs[0], modern.constant(np.array(node.attributes["axes"], np.int64)))
    if node.attributes.get("noop_with_empty_axes"):
        raise modern.refused(node.operator, " with noop_with_empty_axes")
    return [Node(node.operator, inputs, node.outputs, _without(node, "axes", "noop_with_empty_axes"))]


def _axes_to_attribute(modern: Modern, node: Node) -> list[Node]:
    """The other reductions: axes are an input from opset 18 on."""
    attributes = _without(node, "noop_with_empty_axes", "select_last_index")
    if len(node.inputs) > 1 and node.inputs[1]:
        attributes = {**attributes, "axes": modern.value(node.inputs[1], node).reshape(-1).tolist()}
    return [Node(node.operator, node.inputs[:1], node.outputs, attributes)]


def _split(modern: Modern, node: Node) -> list[Node]:
    inputs = node.inputs
    if "split" in node.attributes:
        inputs = (inputs[0], modern.constant(np.array(node.attributes["split"], np.int64)))
    return [Node("Split", inputs, node.outputs, _without(node, "split", "num_outputs"))]


def _clip(modern: Modern, node: Node) -> list[Node]:
    if not {"min", "max"} & node.attributes.keys():
        return [node]
    ends = [node.attributes.get("min"), node.attributes.get("max")]
    names = ["" if end is None else modern.constant(np.array(end, np.float32)) for end in ends]
    return [Node("Clip", (node.inputs[0], *names), node.outputs)]


def _slice(modern: Modern, node: Node) -> list[Node]:
    if "starts" not in node.attributes:
        return [node]
    starts = node.attributes["starts"]
    parts = [starts, node.attributes["ends"], node.attributes.get("axes", list(range(len(starts))))]
    names = [modern.constant(np.array(part, np.int64)) for part in parts]
    return [Node("Slice", (node.inputs[0], *names), node.outputs)]


def _pad(modern: Modern, node: Node) -> list[Node]:
    if len(node.inputs) > 3:
        raise modern.refused("Pad", " along chosen axes")
    if "pads" not in node.attributes:
        return [node]
    pads = modern.constant(np.array(node.attributes["pads"], np.int64))
    value = modern.constant(np.array(node.attributes.get("value", 0.0), np.float32))
    return [Node("Pad", (node.inputs[0], pads, value), node.outputs, _without(node, "pads", "value"))]


def _resize(modern: Modern, node: Node) -> list[Node]:
    """Resize of opset 10, Upsample of 7 and 9, and what opset 18 added where it is not used."""
    attributes = dict(_without(node, "scales", "antialias", "keep_aspect_ratio_policy", "exclude_outside",
                               "extrapolation_value", "width_scale", "height_scale"))  # fmt: skip
    if node.attributes.get("antialias") or node.attributes.get("exclude_outside") or "axes" in attributes:
        raise modern.refused(node.operator, " with antialias, exclude_outside or axes")
    inputs = node.inputs
    if "scales" in node.attributes:
        inputs = (inputs[0], modern.constant(np.array(node.attributes["scales"], np.float32)))
    if len(inputs) == 2:  # scales alone: as it was before opset 11
        attributes |= {"coordinate_transformation_mode": "asymmetric"}
        attributes |= {"nearest_mode": "floor"} if attributes.get("mode", "nearest") == "nearest" else {}
        inputs = (inputs[0], "", inputs[1])
    return [Node("Resize", inputs, node.outputs, attributes)]


def _inference_only(modern: Modern, node: Node) -> list[Node]:
    """Dropout does nothing to a trained network, whatever else it may say of itself."""
    return [Node("Identity", node.inputs[:1], node.outputs[:1])]


def _batch_normalization(modern: Modern, node: Node) -> list[Node]:
    if node.attributes.get("training_mode"):
        raise modern.refused("BatchNormalization", " in training mode")
    return [Node("BatchNormalization", node.inputs, node.outputs[:1],
                 _without(node, "momentum", "training_mode", "spatial"))]  # fmt: skip


def _reshape(modern: Modern, node: Node) -> list[Node]:
    if "shape" in node.attributes:  # before opset 5
        shape = modern.constant(np.array(node.attributes["shape"], np.int64))
        return [Node("Reshape", (node.inputs[0], shape), node.outputs)]
    if node.attributes.get("allowzero"):
        raise modern.refused("Reshape", " with allowzero")
    return [Node("Reshape", node.inputs, node.outputs)]


def _shape(modern: Modern, node: Node) -> list[Node]:
    if not {"start", "end"} & node.attributes.keys():
        return [node]
    whole = modern.fresh()
    start, end = node.attributes.get("start", 0), node.attributes.get("end", 2**31)
    names = [modern.constant(np.array([each], np.int64)) for each in (start, end)]
    return [Node("Shape", node.inputs, (whole,)), Node("Slice", (whole, *names), node.outputs)]


def _cast(modern: Modern, node: Node) -> list[Node]:
    to = int(node.attributes.get("to", 0))
    to = 1 if to in FLOATS else to
    if to not in {1, 2, 6, 7, 9}:
        raise modern.refused("Cast", " to a kind of number that is none of float, integers, bytes and booleans")
    return [Node("Cast", node.inputs[:1], node.outputs, {"to": to})]


def _softmax(modern: Modern, node: Node) -> list[Node]:
    """Before opset 13 it was over all dimensions from axis on, 1 if nothing was said."""
    axis = int(node.attributes.get("axis", -1 if modern.opset >= 13 else 1))
    return [Node(node.operator, node.inputs, node.outputs, {"axis": axis})]


def _swish(modern: Modern, node: Node) -> list[Node]:
    if node.attributes.get("alpha", 1.0) != 1.0:
        raise modern.refused("Swish", " with alpha")
    gate = modern.fresh()
    return [Node("Sigmoid", node.inputs, (gate,)), Node("Mul", (node.inputs[0], gate), node.outputs)]


def _mish(modern: Modern, node: Node) -> list[Node]:
    soft, gate = modern.fresh(), modern.fresh()
    return [
        Node("Softplus", node.inputs, (soft,)),
        Node("Tanh", (soft,), (gate,)),
        Node("Mul", (node.inputs[0], gate), node.outputs),
    ]


def _gelu(modern: Modern, node: Node) -> list[Node]:
    """As x Φ(x); the approximation by tanh is another function."""
    if node.attributes.get("approximate", "none") != "none":
        raise modern.refused("Gelu", " by an approximation")
    root, one, half = (modern.constant(np.array(each, np.float32)) for each in (2**-0.5, 1.0, 0.5))
    scaled, error, raised, halved = (modern.fresh() for _ in range(4))
    (x,) = node.inputs
    return [
        Node("Mul", (x, root), (scaled,)),
        Node("Erf", (scaled,), (error,)),
        Node("Add", (error, one), (raised,)),
        Node("Mul", (x, half), (halved,)),
        Node("Mul", (halved, raised), node.outputs),
    ]


def _once(*names: str) -> Callable[[Modern, Node], list[Node]]:
    """Without attributes that say nothing to a network that is only computed."""
    return lambda modern, node: [Node(node.operator, node.inputs, node.outputs[:1], _without(node, *names))]


_CHANGES: dict[str, Callable[[Modern, Node], list[Node]]] = {
    **dict.fromkeys(("Squeeze", "Unsqueeze", "ReduceSum"), _axes_to_input),
    **dict.fromkeys(("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2"), _axes_to_attribute),
    **dict.fromkeys(("Resize", "Upsample"), _resize),
    **dict.fromkeys(("Softmax", "LogSoftmax"), _softmax),
    "Split": _split,
    "Clip": _clip,
    "Slice": _slice,
    "Pad": _pad,
    "Dropout": _inference_only,
    "BatchNormalization": _batch_normalization,
    "Reshape": _reshape,
    "Shape": _shape,
    "Cast": _cast,
    "Swish": _swish,
    "Mish": _mish,
    "Gelu": _gelu,
    "ArgMax": _once("select_last_index"),
    "MaxPool": _once("storage_order"),
    "LayerNormalization": _once("stash_type"),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _once("consumed_inputs")),
}
