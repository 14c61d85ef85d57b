"""ONNX files as networks: from their bytes, what others cannot be trusted with refused by name. See `process`."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from vae_core.architecture.programs import MOST_BYTES, MOST_NODES, TYPES, Node
from vae_core.errors import ModelRefused
from vae_core.interchange.incoming.formats.modern_operators import FLOATS, Modern
from vae_core.interchange.incoming.networks import Network, Value, needed

Array = npt.NDArray[Any]

NOISE = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial"}
_CONSTANTS = {"value", "value_float", "value_floats", "value_int", "value_ints"}
_PLAIN_ATTRIBUTES = {AttributeProto.FLOAT, AttributeProto.INT, AttributeProto.STRING, AttributeProto.FLOATS,
                     AttributeProto.INTS}  # fmt: skip
_KINDS = {number: name for name, number in TYPES.items()} | dict.fromkeys(FLOATS, "float32")
_MOST_SIZE = 2**31


def read_onnx(data: bytes, file: str) -> Network:
    """A network from untrusted bytes. Raises ModelRefused, which names the file and what no import may have."""
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except Exception:  # protobuf's own error, of a class that depends on how it was built
        raise ModelRefused(f"{file} is no readable ONNX file; export it again") from None
    graph = model.graph
    if not graph.node or not graph.output:
        raise ModelRefused(f"{file} holds no network; expected an ONNX file of a decoder or an encoder")
    _refuse_what_is_more_than_a_graph(model, file)
    opsets = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    return _Reading(file, max(opsets, default=1)).network(graph)


def _refuse_what_is_more_than_a_graph(model: ModelProto, file: str) -> None:
    graph = model.graph
    found = {
        "functions": len(model.functions),
        "steps of training": len(model.training_info),
        "sparse tensors": len(graph.sparse_initializer),
        "quantised tensors": len(graph.quantization_annotation),
    }
    for what, count in found.items():
        if count:
            raise ModelRefused(f"{file} holds {what}, which are not taken in; export the plain network")
    if len(graph.node) > MOST_NODES:
        raise ModelRefused(f"{file} has {len(graph.node):,} operators; imported models may have {MOST_NODES:,}")
    for node in graph.node:
        if node.domain not in ("", "ai.onnx"):
            raise ModelRefused(
                f"{file} has an operator of the domain {node.domain[:40]!r}, which only its maker knows; "
                "export the network with ONNX's own operators"
            )


class _Reading:
    """One graph on its way in: names of the file's are replaced by ours as they come."""

    def __init__(self, file: str, opset: int) -> None:
        self.file = file
        self.names: dict[str, str] = {"": ""}
        self.constants: dict[str, Array] = {}
        self.modern = Modern(opset, self.constants, file)
        self.bytes_left = MOST_BYTES

    def network(self, graph: GraphProto) -> Network:
        for tensor in graph.initializer:
            self.constants[self.made(tensor.name)] = self.array(tensor)
        given = [each for each in graph.input if each.name not in self.names]  # before IR 4 weights were inputs, too
        inputs = tuple(self.value(each, self.made(each.name)) for each in given)
        nodes = [each for node in graph.node for each in self.read(node)]
        outputs = tuple(self.value(each, self.known(each.name)) for each in graph.output)
        noisy = _hanging_on_noise(nodes)
        clean = tuple(each for each in outputs if each.name not in noisy)
        if not clean:
            raise ModelRefused(
                f"{self.file} draws noise within its graph, so that it gives something else each time; "
                "export the network up to μ and log σ², without the draw"
            )
        live = needed(tuple(nodes), [each.name for each in clean])
        modern = tuple(each for node in live for each in self.modern.nodes(node))
        titles = tuple(each.title for each in outputs if each.name in noisy)
        return Network(self.file, modern, self.constants, inputs, clean, titles).with_outputs(clean)

    def made(self, name: str) -> str:
        """Our name for a value that is made now. Raises ModelRefused for what hides or stands twice."""
        if not name or "\0" in name or name in self.names:
            why = "twice" if name in self.names and name else "with a name that cannot be"
            raise ModelRefused(f"{self.file} has the value {name[:40]!r} {why}; export it again")
        self.names[name] = f"v{len(self.names)}"
        return self.names[name]

    def known(self, name: str) -> str:
        """Our name for a value that is read. Raises ModelRefused where it is not made yet: nothing goes in a circle."""
        if name not in self.names:
            raise ModelRefused(
                f"{self.file} reads {name[:40]!r} before it is made, or in a circle; export the network again"
            )
        return self.names[name]

    def read(self, node: NodeProto) -> Iterable[Node]:
        inputs = tuple(map(self.known, node.input))
        if node.op_type == "Constant":
            self.constants[self.made(node.output[0])] = self.constant(node)
            return
        attributes = {each.name: self.attribute(node, each) for each in node.attribute}
        outputs = tuple(self.made(name) if name else "" for name in node.output)
        yield Node(node.op_type, inputs, outputs, attributes)

    def attribute(self, node: NodeProto, attribute: AttributeProto) -> Any:
        if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
            raise ModelRefused(
                f"{self.file} has a graph within {node.op_type[:40]!r} (a loop or a branch), which is not taken in; "
                "export the network without control flow"
            )
        if attribute.type not in _PLAIN_ATTRIBUTES or attribute.ref_attr_name:
            raise self.modern.refused(node.op_type, f" with {attribute.name[:40]}")
        value = helper.get_attribute_value(attribute)
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        return list(value) if attribute.type in (AttributeProto.FLOATS, AttributeProto.INTS) else value

    def constant(self, node: NodeProto) -> Array:
        given = {each.name: each for each in node.attribute}
        if len(given) != 1 or not given.keys() <= _CONSTANTS:
            raise self.modern.refused("Constant", f" given as {min(given, default='nothing')[:40]}")
        (attribute,) = given.values()
        if attribute.name == "value":
            return self.array(attribute.t)
        kind = np.float32 if "float" in attribute.name else np.int64
        return np.array(helper.get_attribute_value(attribute), kind)

    def array(self, tensor: TensorProto) -> Array:
        """A tensor's numbers; what it says of its size is compared with what it holds before anything is made of it."""
        if tensor.external_data or tensor.data_location == TensorProto.EXTERNAL:
            raise ModelRefused(
                f"{self.file} keeps its weights in another file ({tensor.name[:40]!r}); "
                "save it as one file: onnx.save(onnx.load(path), 'whole.onnx')"
            )
        if tensor.HasField("segment") or tensor.data_type not in helper.get_all_tensor_dtypes():
            raise ModelRefused(f"{self.file}: {tensor.name[:40]!r} is of no known kind of numbers; export it again")
        if tensor.data_type == TensorProto.STRING or any(not 0 <= size < _MOST_SIZE for size in tensor.dims):
            raise ModelRefused(f"{self.file}: {tensor.name[:40]!r} holds no numbers; export the network without it")
        count = prod(tensor.dims)
        self.bytes_left -= 4 * count
        if self.bytes_left < 0:
            raise ModelRefused(
                f"{self.file} has more than {MOST_BYTES // 2**20} MiB of weights as float32, which is more than a "
                "browser carries well; export a smaller model"
            )
        try:
            array = numpy_helper.to_array(tensor)
        except Exception:
            array = np.empty(0)
        if array.size != count:
            raise ModelRefused(f"{self.file}: {tensor.name[:40]!r} does not hold what its shape says; export it again")
        return self.as_known(array, tensor)

    def as_known(self, array: Array, tensor: TensorProto) -> Array:
        if tensor.data_type in FLOATS:
            return array.astype(np.float32)
        if array.dtype.name in TYPES:
            return array
        if array.dtype.kind in "iu":
            return array.astype(np.int64)
        raise ModelRefused(f"{self.file}: {tensor.name[:40]!r} holds {array.dtype.name}; export it as float32")

    def value(self, described: ValueInfoProto, name: str) -> Value:
        tensor = described.type.tensor_type
        if tensor.elem_type not in _KINDS:
            raise ModelRefused(
                f"{self.file}: {described.name[:40]!r} is no tensor of numbers; export the plain network"
            )
        sizes = (each.dim_value if each.HasField("dim_value") else None for each in tensor.shape.dim)
        return Value(name, _shown(described.name), _KINDS[tensor.elem_type], tuple(each or None for each in sizes))


def _shown(name: str) -> str:
    """A name of the file's, to be shown: its visible characters, not too many."""
    return "".join(letter for letter in name if letter.isprintable())[:60] or "?"


def _hanging_on_noise(nodes: list[Node]) -> set[str]:
    """All values that noise reaches."""
    noisy: set[str] = set()
    for node in nodes:
        if node.operator in NOISE or noisy.intersection(node.inputs):
            noisy.update(node.outputs)
    return noisy - {""}
