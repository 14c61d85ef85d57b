"""Weights without a network: a VAE of linear layers, seen by names and shapes alone.

Of linear layers in their order, two of one shape after each other are the heads; or one makes twice what the next one
reads. What lies before is the encoder, what comes after the decoder. Where an activation stands between layers, and
which, no weight says: it is known of a few models by their names, and asked of all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.architecture.programs import MOST_BYTES, Node
from vae_core.errors import ModelRefused
from vae_core.interchange.incoming.networks import Network, Value
from vae_core.interchange.incoming.views import Understanding

Array = npt.NDArray[Any]

ACTIVATIONS: Mapping[str, Sequence[tuple[str, dict[str, Any]]]] = {
    "ReLU": [("Relu", {})],
    "SiLU": [("Sigmoid", {})],
    "Tanh": [("Tanh", {})],
    "LeakyReLU": [("LeakyRelu", {"alpha": 0.01})],
    "LeakyReLU 0.2": [("LeakyRelu", {"alpha": 0.2})],
    "ELU": [("Elu", {})],
    "GELU": [],
    "Sigmoid": [("Sigmoid", {})],
}
"""What may stand between layers; SiLU and GELU take more nodes than one."""
_WRAPPERS = ("model_state_dict", "state_dict", "model", "net", "network", "weights", "params", "module", "vae", "ema")
_PREFIXES = re.compile(r"^(module|_orig_mod|model|vae|net|autoencoder)\.")
_EXAMPLE = ("fc1", "fc21", "fc22", "fc3", "fc4")
"""The layers of the VAE among PyTorch's examples, by Kingma & Welling's notation, and of its many copies."""


@dataclass(frozen=True)
class Layer:
    """A linear layer: weight (outputs, inputs), bias (outputs,); norm: the batch normalisation after it, if any."""

    name: str
    weight: Array
    bias: Array
    norm: tuple[Array, ...] | None = None

    @property
    def inputs(self) -> int:
        return int(self.weight.shape[1])

    @property
    def outputs(self) -> int:
        return int(self.weight.shape[0])


@dataclass(frozen=True)
class Parts:
    """heads: one of 2·D outputs, or that of μ and, unless images are encoded to points, that of σ."""

    encoder: Sequence[Layer]
    heads: Sequence[Layer]
    decoder: Sequence[Layer]


def weights_in(found: Mapping[Any, Any], file: str) -> dict[str, Array]:
    """The float32 weights by name in what a checkpoint holds, beside whatever else. Raises ModelRefused."""
    tensors = _tensors(found)
    for key in _WRAPPERS:
        inner = found.get(key)
        if isinstance(inner, Mapping) and len(_tensors(inner)) > len(tensors):
            return weights_in(inner, file)
    if not tensors:
        inside = [each for each in found.values() if isinstance(each, Mapping) and _tensors(each)]
        if len(inside) == 1:
            return weights_in(inside[0], file)
        names = ", ".join(str(key)[:30] for key in list(found)[:6])
        raise ModelRefused(f"{file} holds {names or 'nothing'}, and no weights by name; save the model's state_dict()")
    while len({name.split(".")[0] for name in tensors}) == 1 and all(map(_PREFIXES.match, tensors)):
        tensors = {name.split(".", 1)[1]: array for name, array in tensors.items()}
    if sum(4 * array.size for array in tensors.values()) > MOST_BYTES:
        count = sum(array.size for array in tensors.values())
        raise ModelRefused(
            f"{file} has {count / 1e6:,.0f} million weights; a browser carries {MOST_BYTES // 2**22:,} million at most"
        )
    return {name: array.astype(np.float32) for name, array in tensors.items()}


def _tensors(found: Mapping[Any, Any]) -> dict[str, Array]:
    return {
        key: value for key, value in found.items()
        if isinstance(key, str) and isinstance(value, np.ndarray) and value.dtype.kind in "fiub"
    }  # fmt: skip


def networks_of(
    weights: Mapping[str, Array], file: str, about: Understanding, kind: str = ""
) -> tuple[str, Network, Network]:
    """What it is, in words; decoder; encoder. kind: where more is known than the weights say. Raises ModelRefused."""
    parts = _parts(_in_order(list(_layers(weights, file))), file)
    is_example = tuple(layer.name for layer in (*parts.encoder, *parts.heads, *parts.decoder)) == _EXAMPLE
    if kind:
        activation, last, words = "ReLU", "Sigmoid", kind
    elif is_example:
        activation, last, words = "ReLU", "Sigmoid", "PyTorch, the VAE of its examples"
    else:
        activation, last, words = _activation(parts, file, about), "", "PyTorch"
    about.facts["activation"] = activation
    decoder = _Sequence(file, parts.decoder[0].inputs, "z")
    decoder.add(parts.decoder, activation, last)
    is_log = len(parts.heads) > 1 and re.search(r"log_?_?(var|sigma_?(2|sq))", parts.heads[1].name, re.IGNORECASE)
    names = ("mu", "logvar" if kind or is_example or is_log else "second head")  # a bare linear layer is no σ
    return words, decoder.network([("image", decoder.value, parts.decoder[-1].outputs)]), _encoder(
        parts, names, activation, file
    )  # fmt: skip


def _activation(parts: Parts, file: str, about: Understanding) -> str:
    if not len(parts.encoder) + len(parts.decoder) > 1:
        return "ReLU"
    why = f"{file} holds weights alone, and these do not say what stands between the layers."
    return about.settled("activation", tuple(ACTIVATIONS), "ReLU", why)


def _encoder(parts: Parts, names: Sequence[str], activation: str, file: str) -> Network:
    encoder = _Sequence(file, (parts.encoder or parts.heads)[0].inputs, "image")
    encoder.add(parts.encoder, activation, activation)
    ends = []
    hidden = encoder.value
    for name, head in zip(names, parts.heads, strict=False):
        encoder.value = hidden
        encoder.linear(head)
        ends.append((name, encoder.value, head.outputs))
    return encoder.network(ends)


# The layers, in order


def _layers(weights: Mapping[str, Array], file: str) -> Iterator[Layer]:
    """Linear layers as they stand in the file, with the batch normalisation that follows each. Raises ModelRefused."""
    names = sorted((name.removesuffix(".weight") for name in weights if name.endswith(".weight")), key=_side)
    if wide := [name for name in names if weights[f"{name}.weight"].ndim > 2]:
        raise ModelRefused(
            f"{file} has convolutions ({wide[0][:40]!r}), whose strides and paddings no weight tells; export decoder "
            "and encoder as ONNX"
        )
    linear = [name for name in names if weights[f"{name}.weight"].ndim == 2]
    for name in linear:
        weight = weights[f"{name}.weight"]
        following = names[names.index(name) + 1 :][:1]
        norm = _norm(weights, following[0], len(weight)) if following else None
        yield Layer(name, weight, weights.get(f"{name}.bias", np.zeros(len(weight), np.float32)), norm)


def _in_order(layers: Sequence[Layer]) -> Sequence[Layer]:
    """As they stand, if each reads what one before it gives; else by the numbers in their names: safetensors sorts."""
    widths = {layers[0].inputs} if layers else set()
    for layer in layers:
        if layer.inputs not in widths and 2 * layer.inputs not in widths:
            return sorted(layers, key=lambda each: (_side(each.name), _natural(each.name)))
        widths.add(layer.outputs)
    return layers


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def _side(name: str) -> int:
    """0 in front of 1 in front of 2: encoder, what is neither, decoder; where names say it."""
    return (not re.match(r"enc", name, re.IGNORECASE)) + bool(re.match(r"dec", name, re.IGNORECASE))


def _norm(weights: Mapping[str, Array], name: str, width: int) -> tuple[Array, ...] | None:
    parts = tuple(weights.get(f"{name}.{part}") for part in ("weight", "bias", "running_mean", "running_var"))
    return parts if all(part is not None and part.shape == (width,) for part in parts) else None  # type: ignore[return-value]


def _parts(layers: Sequence[Layer], file: str) -> Parts:
    """Encoder, heads and decoder, cut where it is narrowest. Raises ModelRefused, which lists the layers."""
    cuts = [cut for heads in (3, 2, 1) for start in range(len(layers)) if (cut := _cut(layers, start, heads))]
    if found := [cut for cut in cuts if _is_chain(cut.encoder) and _is_chain(cut.decoder)]:
        return min(found, key=lambda cut: cut.decoder[0].inputs)
    listed = ", ".join(f"{layer.name[:30]} ({layer.inputs} → {layer.outputs})" for layer in layers[:8])
    raise ModelRefused(
        f"{file} has the layers {listed or 'none'}; expected linear ones from an image to μ and σ and back; export "
        "decoder and encoder as ONNX"
    )


def _cut(layers: Sequence[Layer], start: int, count: int) -> Parts | None:
    encoder, heads, decoder = layers[:start], layers[start : start + count], layers[start + count :]
    if len(heads) < count or not decoder or len({head.weight.shape for head in heads}) > 1:
        return None
    image = (encoder or heads)[0].inputs
    fits = decoder[-1].outputs == image and (not encoder or encoder[-1].outputs == heads[0].inputs)
    dims = heads[0].outputs
    joined = count == 1 and dims == 2 * decoder[0].inputs
    is_coded = joined or dims == decoder[0].inputs
    return Parts(encoder, heads[:2], decoder) if fits and is_coded and dims < image else None


def _is_chain(layers: Sequence[Layer]) -> bool:
    return all(one.outputs == other.inputs for one, other in pairwise(layers))


# As nodes


class _Sequence:
    """Nodes one after the other, from one input."""

    def __init__(self, file: str, width: int, title: str) -> None:
        self.file = file
        self.input = Value("x", title, "float32", (None, width))
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = {}
        self.value = "x"

    def node(self, operator: str, *others: str, **attributes: Any) -> None:
        name = f"v{len(self.nodes)}"
        self.nodes.append(Node(operator, (self.value, *others), (name,), attributes))
        self.value = name

    def constant(self, array: Array) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = array
        return name

    def linear(self, layer: Layer) -> None:
        self.node("Gemm", self.constant(layer.weight), self.constant(layer.bias), transB=1)
        if layer.norm:
            self.node("BatchNormalization", *map(self.constant, layer.norm), epsilon=1e-5)

    def add(self, layers: Sequence[Layer], activation: str, last: str) -> None:
        """Layers with an activation after each; after the last another, or none."""
        for index, layer in enumerate(layers):
            self.linear(layer)
            self.activate(activation if index < len(layers) - 1 else last)

    def activate(self, name: str) -> None:
        x = self.value
        for operator, attributes in ACTIVATIONS.get(name, ()):
            self.node(operator, **attributes)
        if name == "SiLU":
            self.node("Mul", x)
        if name == "GELU":  # x Φ(x)
            self.node("Mul", self.constant(np.array(2**-0.5, np.float32)))
            self.node("Erf")
            self.node("Add", self.constant(np.array(1, np.float32)))
            self.node("Mul", x)
            self.node("Mul", self.constant(np.array(0.5, np.float32)))

    def network(self, ends: Sequence[tuple[str, str, int]]) -> Network:
        outputs = tuple(Value(name, title, "float32", (None, width)) for title, name, width in ends)
        return Network(self.file, tuple(self.nodes), self.constants, (self.input,), outputs)
