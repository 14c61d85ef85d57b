"""Decoders and encoders as the file holds them: ONNX's operators, and numbers rounded as far as nobody sees.

A browser gets no ONNX Runtime with the file, which alone is 14 MB; `pages/ui/browser/graph` computes these few
operators. How far weights may be rounded is measured: nowhere on the map may a pixel move by more than a bound.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
from onnx import AttributeProto, ModelProto, NodeProto, load_from_string, numpy_helper

from pages.ui.demo.numbers import LARGE, Bytes, Kept, rounded, step_of
from vae_core.errors import RunError

FINENESS = range(4, 13)
"""Powers of two of steps in a weight's standard deviation, the coarsest first."""
OPERATORS = frozenset(
    {
        "Abs", "Add", "Cast", "Ceil", "Clip", "Concat", "Conv", "ConvTranspose", "Cos", "Div", "Elu", "Exp",
        "Expand", "Flatten", "Floor", "Gather", "Gemm", "Identity", "LeakyRelu", "Less", "Log", "MatMul", "Max",
        "Min", "Mul", "Neg", "Pow", "Reciprocal", "ReduceSum", "Relu", "Reshape", "Round", "Shape", "Sigmoid",
        "Sign", "Sin", "Softplus", "Softsign", "Split", "Sqrt", "Sub", "Tanh", "Transpose", "Where",
    }
)  # fmt: skip
"""What `pages/ui/browser/graph/operators.mjs` knows."""
SLOW = frozenset({"Conv", "ConvTranspose"})
FEW = 24
"""Probes of a graph with operators that take numpy long."""
Constants = dict[str, npt.NDArray[Any]]


class GraphHeader(TypedDict):
    """A graph without its numbers."""

    outputs: list[str]
    nodes: list[dict[str, Any]]
    constants: dict[str, Kept]
    labels: dict[str, dict[str, Kept]]
    """By class, the constants that are others when that class is told."""


def read(data: bytes) -> tuple[ModelProto, Constants]:
    """An ONNX file and its constants. Raises RunError for operators that the file could not compute."""
    model = load_from_string(data)
    unknown = sorted({node.op_type for node in model.graph.node} - OPERATORS)
    if unknown:
        raise RunError(
            f"a demo's own few operators do not include {', '.join(unknown)}; export the run as ONNX instead"
        )
    return model, {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}


def is_weight(array: npt.NDArray[Any]) -> bool:
    """Whether an array is rounded."""
    return array.dtype == np.float32 and array.size >= LARGE


def computed(
    data: bytes, inputs: Mapping[str, npt.NDArray[np.float32]], outputs: list[str], constants: Constants | None = None
) -> npt.NDArray[np.float64]:
    """What an ONNX file makes of inputs, all outputs one after the other; constants: in place of its own."""
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415  half a second, only for whoever writes a demo

    model, own = read(data)
    evaluator = ReferenceEvaluator(_with(model, constants or own))
    with np.errstate(over="ignore"):  # its sigmoid takes the right one of two branches and computes both
        made = evaluator.run(outputs, dict(inputs))
    return np.concatenate([np.asarray(each, np.float64).ravel() for each in made])


def fineness_for(data: bytes, inputs: Mapping[str, npt.NDArray[np.float32]], outputs: list[str], most: float) -> int:
    """The coarsest of `FINENESS` that moves none of these outputs by more than `most`; the finest if each does."""
    model, constants = read(data)
    if any(node.op_type in SLOW for node in model.graph.node):
        inputs, most = {name: each[:: -(-len(each) // FEW)] for name, each in inputs.items()}, most / 2
    exact = computed(data, inputs, outputs)

    def is_fine(fineness: int) -> bool:
        coarse = {name: rounded(each, fineness) if is_weight(each) else each for name, each in constants.items()}
        return bool(np.abs(computed(data, inputs, outputs, coarse) - exact).max(initial=0.0) <= most)

    return FINENESS[min(bisect_left(FINENESS, True, key=is_fine), len(FINENESS) - 1)]


def _with(model: ModelProto, values: Constants) -> ModelProto:
    made = ModelProto()
    made.CopyFrom(model)
    for each in made.graph.initializer:
        each.CopyFrom(numpy_helper.from_array(values[each.name], each.name))
    return made


def kept(data: bytes, fineness: int, told: Mapping[int, bytes] | None = None) -> tuple[GraphHeader, bytes]:
    """A graph as header and bytes. told: the same graph for each class that it may be told, ONNX."""
    model, constants = read(data)
    to = Bytes()
    steps = {name: step_of(each, fineness) for name, each in constants.items() if is_weight(each)}
    header: GraphHeader = {
        "outputs": [each.name for each in model.graph.output],
        "nodes": [_node(each) for each in model.graph.node],
        "constants": {name: to.keep(each, steps.get(name)) for name, each in constants.items()},
        "labels": {},
    }
    for label, other in (told or {}).items():
        _, changed = read(other)
        differing = {name: each for name, each in changed.items() if not np.array_equal(each, constants[name])}
        header["labels"][str(label)] = {name: to.keep(each) for name, each in differing.items()}
    return header, to.joined()


def _node(node: NodeProto) -> dict[str, Any]:
    return {
        "op": node.op_type,
        "in": list(node.input),
        "out": list(node.output),
        "attributes": dict(_attributes(node.attribute)),
    }


def _attributes(attributes: Iterable[AttributeProto]) -> Iterable[tuple[str, Any]]:
    for each in attributes:
        if each.type == AttributeProto.INT:
            yield each.name, int(each.i)
        elif each.type == AttributeProto.FLOAT:
            yield each.name, float(each.f)
        elif each.type == AttributeProto.INTS:
            yield each.name, [int(number) for number in each.ints]
