"""A network as a file has it, before anybody knows what its inputs and outputs mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from vae_core.architecture.programs import Node, Program
from vae_core.errors import ModelRefused

Array = npt.NDArray[Any]
MOST_VALUES = 2**26
"""Numbers that one value may have while a network is tried out."""


@dataclass(frozen=True)
class Value:
    """An input or an output. name: ours. title: the file's. shape: with the batch; None where any size is meant."""

    name: str
    title: str
    kind: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Network:
    """Nodes and constants as in `Program`, with inputs and outputs as the file has them. file: its name, to be shown.

    noisy: titles of outputs that hang on noise within the graph, which were left out.
    """

    file: str
    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    noisy: tuple[str, ...] = ()

    def run(self, given: Mapping[str, Array]) -> dict[str, Array]:
        """Its outputs by our names. Raises ModelRefused, with what the evaluator said."""
        return evaluated(self.nodes, self.constants, given, [each.name for each in self.outputs], self.file)

    def with_outputs(self, outputs: Iterable[Value]) -> Network:
        """The same with some of its outputs alone, and without the nodes that nobody then reads."""
        wanted = tuple(outputs)
        nodes = needed(self.nodes, [each.name for each in wanted])
        read = {name for node in nodes for name in node.inputs} | {each.name for each in wanted}
        constants = {name: array for name, array in self.constants.items() if name in read}
        return replace(self, nodes=nodes, constants=constants, outputs=wanted)


def needed(nodes: tuple[Node, ...], outputs: Iterable[str]) -> tuple[Node, ...]:
    """The nodes that these outputs hang on, in their order."""
    wanted, kept = set(outputs), list[Node]()
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            kept.append(node)
            wanted.update(node.inputs)
    return tuple(reversed(kept))


def evaluated(
    nodes: Iterable[Node], constants: Mapping[str, Array], given: Mapping[str, Array], outputs: list[str], file: str
) -> dict[str, Array]:
    """What nodes make of inputs, by onnx's own evaluator, in numpy. Raises ModelRefused."""
    from vae_core.architecture.onnx_graph import IR_VERSION, OPSET  # noqa: PLC0415  a file is refused before this is needed

    kinds = {name: helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in given.items()}
    graph = helper.make_graph(
        [helper.make_node(node.operator, node.inputs, node.outputs, **node.attributes) for node in nodes],
        "network",
        [helper.make_tensor_value_info(name, kind, None) for name, kind in kinds.items()],
        [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in outputs],
        [_constant(name, array) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    return run_onnx(model, given, outputs, file)


def run_onnx(model: Any, given: Mapping[str, Array], outputs: list[str], file: str) -> dict[str, Array]:
    """`evaluated` for a model that is written already."""
    try:
        with np.errstate(all="ignore"):
            made = ReferenceEvaluator(model).run(outputs, dict(given))
    except MemoryError:
        raise ModelRefused(f"{file} takes more memory than a model may; export a smaller one") from None
    except Exception as error:  # whatever numpy says of shapes that do not go together
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        raise ModelRefused(f"{file} cannot be computed ({reason}); export the model again") from None
    return {name: np.asarray(value) for name, value in zip(outputs, made, strict=True)}


def _constant(name: str, array: Array) -> TensorProto:
    kind = helper.np_dtype_to_tensor_dtype(array.dtype)
    return helper.make_tensor(name, kind, array.shape, np.ascontiguousarray(array).tobytes(), raw=True)


def program_of(network: Network, inputs: Mapping[str, tuple[int, ...]], outputs: Mapping[str, tuple[int, ...]],
               *, by_row: bool) -> Program:  # fmt: skip
    """As a program, of these inputs and outputs."""
    return Program(network.nodes, network.constants, inputs, outputs, by_row)


def model_of(data: bytes) -> Any:
    """An ONNX model of our own making, parsed again."""
    return onnx.load_model_from_string(data)
