"""Networks of others as numbers: nodes of few known operators, and constants. The ONNX graph is written anew from them.

What a program says is checked wherever it comes from: operators and their attributes are those of a list, names are
ours, and every value is made before it is read. No torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper

from vae_core.errors import ShapeMismatch

if TYPE_CHECKING:
    from vae_core.architecture.onnx_graph import Graph

Array = npt.NDArray[Any]

_PLAIN = (
    "Abs Add And Ceil Cos Div Equal Erf Exp Expand Floor Greater GreaterOrEqual Identity Less LessOrEqual Log MatMul "
    "Max Min Mul Neg Not Or Pow PRelu Reciprocal Relu Reshape Round Shape Sigmoid Sign Sin Softplus Softsign Sqrt "
    "Squeeze Sub Tanh Tile Unsqueeze Where Clip Slice HardSwish GlobalAveragePool Sum Mean"
)
_POOL = "kernel_shape strides pads auto_pad ceil_mode"
_CONV = "kernel_shape strides pads dilations group auto_pad"
_WITH = {
    "Concat": "axis",
    "Flatten": "axis",
    "Gather": "axis",
    "Split": "axis",
    "Transpose": "perm",
    "Cast": "to",
    "Gemm": "alpha beta transA transB",
    "Conv": _CONV,
    "ConvTranspose": f"{_CONV} output_padding output_shape",
    "LeakyRelu": "alpha",
    "Elu": "alpha",
    "Celu": "alpha",
    "Selu": "alpha gamma",
    "HardSigmoid": "alpha beta",
    "ThresholdedRelu": "alpha",
    "Softmax": "axis",
    "LogSoftmax": "axis",
    "BatchNormalization": "epsilon",
    "InstanceNormalization": "epsilon",
    "LayerNormalization": "axis epsilon",
    "AveragePool": f"{_POOL} count_include_pad",
    "MaxPool": f"{_POOL} dilations",
    "ReduceMean": "axes keepdims",
    "ReduceMax": "axes keepdims",
    "ReduceMin": "axes keepdims",
    "ReduceL2": "axes keepdims",
    "ReduceSum": "keepdims",
    "ArgMax": "axis keepdims",
    "Pad": "mode",
    "Resize": "mode coordinate_transformation_mode nearest_mode cubic_coeff_a",
    "DepthToSpace": "blocksize mode",
    "OneHot": "axis",
}
OPERATORS: dict[str, frozenset[str]] = {
    **{name: frozenset[str]() for name in _PLAIN.split()},
    **{name: frozenset(attributes.split()) for name, attributes in _WITH.items()},
}
"""The operators that a program may have, as opset 17 has them, and the attributes of each. None draws noise, none reads
a file, none holds a graph.
"""
MOST_NODES = 2000
MOST_BYTES = 64 * 2**20
"""Of a program's constants: what a browser fetches and keeps."""
TYPES = {
    "float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "int32": TensorProto.INT32, "uint8": TensorProto.UINT8,
    "bool": TensorProto.BOOL,
}  # fmt: skip
"""What a program's values are of, and a Cast may make."""


@dataclass(frozen=True)
class Node:
    """One operator: the values it reads ("" for one that is left out), those it makes, and its attributes."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Program:
    """A network. inputs, outputs: float32 values by name, and the shape of one row: without the batch.

    by_row: its nodes know no batch; they compute one row of `inputs`, and are repeated for each.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    by_row: bool = False

    def described(self) -> dict[str, Any]:
        """All but the constants, as plain JSON, from which `program_from` makes it again."""
        return {
            "nodes": [[n.operator, list(n.inputs), list(n.outputs), dict(n.attributes)] for n in self.nodes],
            "inputs": {name: list(shape) for name, shape in self.inputs.items()},
            "outputs": {name: list(shape) for name, shape in self.outputs.items()},
            "constants": sorted(self.constants),
            "by_row": self.by_row,
        }


def program_from(described: Any, constants: Mapping[str, Array], what: str) -> Program:
    """A program from untrusted JSON and constants, checked. Raises ShapeMismatch, which names what."""
    try:
        nodes = tuple(
            Node(str(operator), tuple(map(str, inputs)), tuple(map(str, outputs)), dict(attributes))
            for operator, inputs, outputs, attributes in described["nodes"]
        )
        ends = [
            {str(name): tuple(map(int, shape)) for name, shape in described[key].items()}
            for key in ("inputs", "outputs")
        ]
        named = {str(name): constants[name] for name in described["constants"]}
        program = Program(nodes, named, ends[0], ends[1], bool(described["by_row"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ShapeMismatch(f"{what} describes no network; import the model again") from None
    check(program, what)
    return program


def check(program: Program, what: str) -> None:
    """Raises ShapeMismatch, which names what and the first thing that no program may have."""
    if len(program.nodes) > MOST_NODES or sum(each.nbytes for each in program.constants.values()) > MOST_BYTES:
        raise _refused(what, f"is of more than {MOST_NODES} operators or {MOST_BYTES // 2**20} MiB")
    if any(each.dtype.name not in TYPES for each in program.constants.values()):
        raise _refused(what, f"holds numbers of another kind than {', '.join(TYPES)}")
    made = {"", *program.inputs, *program.constants}
    for node in program.nodes:
        if unknown := node.attributes.keys() - OPERATORS.get(node.operator, frozenset()):
            raise _refused(what, f"gives {node.operator[:40]} the attribute {min(unknown)[:40]!r}")
        if node.operator not in OPERATORS:
            raise _refused(what, f"has the operator {node.operator[:40]!r}")
        if not all(map(_is_plain, node.attributes.values())):
            raise _refused(what, f"gives {node.operator} an attribute that is no number and no word")
        if missing := set(node.inputs) - made:
            raise _refused(what, f"reads {min(missing)[:40]!r} before it is made")
        if again := made.intersection(node.outputs) - {""}:
            raise _refused(what, f"makes {min(again)[:40]!r} twice")
        made.update(node.outputs)
    if missing := program.outputs.keys() - made:
        raise _refused(what, f"does not make {min(missing)[:40]!r}")
    if not all(0 < size < 2**24 for shape in (*program.inputs.values(), *program.outputs.values()) for size in shape):
        raise _refused(what, "says a size that none can have")


def _refused(what: str, why: str) -> ShapeMismatch:
    return ShapeMismatch(f"{what} {why}, which no imported network may; import the model again")


def _is_plain(value: object) -> bool:
    is_list = isinstance(value, list) and len(value) <= 64 and all(isinstance(each, int | float) for each in value)
    return is_list or isinstance(value, int | float) or (isinstance(value, str) and len(value) < 64)


def program_onnx(program: Program, title: str, fixed: Mapping[str, Array] | None = None) -> bytes:
    """A program as the bytes of an ONNX model, for any number of rows.

    fixed: inputs that every row has the same, float32 of one row's shape; the others stay inputs, with rows in front.
    """
    from vae_core.architecture.onnx_graph import Graph  # noqa: PLC0415  a file is refused before this is needed

    given = fixed or {}
    free = {name: shape for name, shape in program.inputs.items() if name not in given}
    graph = Graph(next(iter(free)))
    for name in sorted(program.constants):
        graph.constant(name, program.constants[name])
    for name, value in given.items():
        _add_fixed(graph, program, name, value, next(iter(free)))
    if program.by_row:
        _add_scan(graph, program, free)
    else:
        for node in program.nodes:
            graph.node(node.operator, node.inputs, node.outputs, **node.attributes)
    return graph.serialised(title, _with_rows(free), _with_rows(program.outputs))


def _with_rows(ends: Mapping[str, Sequence[int]]) -> dict[str, tuple[int | str, ...]]:
    return {name: ("N", *shape) for name, shape in ends.items()}


def _add_fixed(graph: Graph, program: Program, name: str, value: Array, beside: str) -> None:
    """An input that is the same in every row, as a constant; beside: an input (N, …), from which N is known."""
    row = np.asarray(value, np.float32).reshape(program.inputs[name])
    if program.by_row:
        graph.constant(name, row)
        return
    graph.node("Shape", [beside], ["rows.shape"])
    graph.node("Gather", ["rows.shape", graph.constant("rows.first", np.array([0], np.int64))], ["rows"], axis=0)
    graph.constant("rows.rest", np.array(row.shape, np.int64))
    graph.node("Concat", ["rows", "rows.rest"], ["rows.wanted"], axis=0)
    graph.node("Expand", [graph.constant(f"{name}.row", row[None]), "rows.wanted"], [name])


def _add_scan(graph: Graph, program: Program, free: Mapping[str, Sequence[int]]) -> None:
    """The nodes once for each row: the one graph within a graph that there is, written here."""
    outside = {"", *program.constants, *(program.inputs.keys() - free.keys())}

    def own(names: Sequence[str]) -> list[str]:
        return [name if name in outside else f"row.{name}" for name in names]

    inner = [helper.make_node(n.operator, own(n.inputs), own(n.outputs), **n.attributes) for n in program.nodes]
    ends = [
        [helper.make_tensor_value_info(f"row.{name}", TensorProto.FLOAT, shape) for name, shape in side.items()]
        for side in (free, program.outputs)
    ]
    body = helper.make_graph(inner, "row", ends[0], ends[1])
    graph.node("Scan", list(free), list(program.outputs), body=body, num_scan_inputs=len(free))


def size_of(program: Program) -> int:
    """Numbers in its constants: its weights."""
    return sum(prod(each.shape) for each in program.constants.values() if each.dtype == np.float32)
