"""Layers of networks of pictures, (N, C, H, W), as nodes one after the other, from weights by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.architecture.programs import Node
from vae_core.interchange.incoming.networks import Network, Value

Array = npt.NDArray[Any]
PER_MILLISECOND = 8_000_000
"""Multiplications of convolutions by ONNX Runtime Web on one thread of a usual processor."""
MOST_MULTIPLICATIONS = 250 * PER_MILLISECOND
"""For one image."""
_EPSILON = 1e-6
"""Of all group normalisations in diffusers' autoencoders."""


class ImageLayers:
    """A network under way. size: (C, H, W) of its input. groups: of its group normalisations.

    Every method raises KeyError for weights that are missing, ValueError for those of another shape.
    """

    def __init__(
        self, weights: Mapping[str, Array], file: str, title: str, size: tuple[int, int, int], groups: int = 1
    ) -> None:
        self.weights, self.file, self.size = weights, file, size
        self.groups = groups
        self.multiplications = 0
        self._input = Value("x", title, "float32", (None, *size))
        self._nodes: list[Node] = []
        self._constants: dict[str, Array] = {}
        self._outputs: list[Value] = []
        self._value = "x"

    @property
    def network(self) -> Network:
        """What was built."""
        return Network(self.file, tuple(self._nodes), self._constants, (self._input,), tuple(self._outputs))

    def node(self, operator: str, *others: str, **attributes: Any) -> None:
        """One more node, which reads the value before."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(Node(operator, (self._value, *others), (name,), attributes))
        self._value = name

    def constant(self, array: Any, kind: Any = np.float32) -> str:
        """Its name."""
        name = f"c{len(self._constants)}"
        self._constants[name] = np.ascontiguousarray(array, kind)
        return name

    def reshape(self, *sizes: int) -> None:
        self.node("Reshape", self.constant(sizes, np.int64))

    def scale(self, factor: float, shift: float = 0.0) -> None:
        """X · factor + shift"""
        self.node("Mul", self.constant(factor))
        if shift:
            self.node("Add", self.constant(shift))

    def silu(self) -> None:
        """X σ(x)"""
        x = self._value
        self.node("Sigmoid")
        self.node("Mul", x)

    def add(self, other: str) -> None:
        self.node("Add", other)

    def convolve(self, name: str, *, stride: int = 1, padding: int | None = None, pads: Sequence[int] = ()) -> None:
        """By the weights of a name. padding: None for half the kernel. pads: top, left, bottom, right."""
        weight = self.weights[f"{name}.weight"]
        outputs, inputs, height, width = weight.shape
        if inputs != self.size[0]:
            raise ValueError(f"{name} reads {inputs} channels of {self.size[0]}")
        around = list(pads) or [height // 2 if padding is None else padding] * 4
        others = [self.constant(weight)]
        if (bias := self.weights.get(f"{name}.bias")) is not None:
            others.append(self.constant(bias))
        self.node("Conv", *others, kernel_shape=[height, width], strides=[stride, stride], pads=around)
        sides = [
            (side + before + after - kernel) // stride + 1
            for side, before, after, kernel in zip(self.size[1:], around[:2], around[2:], (height, width), strict=True)
        ]
        self.size = (outputs, sides[0], sides[1])
        self.multiplications += weight.size * prod(sides)

    def normalise(self, name: str) -> None:
        """Group normalisation: each group of channels to mean 0 and variance 1, then scaled and shifted by channel."""
        channels, height, width = self.size
        scale, shift = (self.weights[f"{name}.{part}"].reshape(1, channels, 1, 1) for part in ("weight", "bias"))
        self.reshape(-1, self.groups, channels // self.groups * height * width)
        ones, zeros = np.ones(self.groups), np.zeros(self.groups)
        self.node("InstanceNormalization", self.constant(ones), self.constant(zeros), epsilon=_EPSILON)
        self.reshape(-1, channels, height, width)
        self.node("Mul", self.constant(scale))
        self.node("Add", self.constant(shift))

    def residual(self, name: str) -> None:
        """Twice normalised, SiLU and a convolution, added to what came in."""
        before, size = self._value, self.size
        for number in (1, 2):
            self.normalise(f"{name}.norm{number}")
            self.silu()
            self.convolve(f"{name}.conv{number}")
        self._add_skip(f"{name}.conv_shortcut", before, size)

    def tiny_block(self, name: str) -> None:
        """Three convolutions with ReLU between, added to what came in, and a ReLU."""
        before, size = self._value, self.size
        for number in (0, 2, 4):
            self.convolve(f"{name}.conv.{number}")
            if number < 4:
                self.node("Relu")
        self._add_skip(f"{name}.skip", before, size)
        self.node("Relu")

    def _add_skip(self, name: str, before: str, size: tuple[int, int, int]) -> None:
        """Adds what came in, through a convolution where there is one for it."""
        made, made_size = self._value, self.size
        self._value, self.size = before, size
        if f"{name}.weight" in self.weights:
            self.convolve(name)
        if self.size != made_size:
            raise ValueError(f"{name} is missing")
        self.add(made)

    def attend(self, name: str) -> None:
        """Every place of the picture looks at all others, by one head, and what it sees is added to it."""
        before, (channels, height, width) = self._value, self.size
        places = height * width
        self.normalise(f"{name}.group_norm")
        self.reshape(-1, channels, places)
        self.node("Transpose", perm=[0, 2, 1])  # (N, P, C)
        tokens = self._value
        named = []
        for new, old in (("to_q", "query"), ("to_k", "key"), ("to_v", "value")):
            self._value = tokens
            self._linear(name, new, old)
            named.append(self._value)
        query, key, value = named
        self._value = key
        self.node("Transpose", perm=[0, 2, 1])  # (N, C, P)
        key, self._value = self._value, query
        self.node("MatMul", key)  # (N, P, P)
        self.scale(channels**-0.5)
        self.node("Softmax", axis=-1)
        self.node("MatMul", value)  # (N, P, C)
        self._linear(name, "to_out.0", "proj_attn")
        self.node("Transpose", perm=[0, 2, 1])
        self.reshape(-1, channels, height, width)
        self.add(before)
        self.multiplications += 4 * places * channels**2 + 2 * channels * places**2

    def _linear(self, name: str, new: str, old: str) -> None:
        """Diffusers renamed these layers; files of both names are about, the older with kernels of 1 × 1."""
        layer = f"{name}.{new}" if f"{name}.{new}.weight" in self.weights else f"{name}.{old}"
        weight = self.weights[f"{layer}.weight"]
        self.node("MatMul", self.constant(weight.reshape(weight.shape[:2]).T))
        self.node("Add", self.constant(self.weights[f"{layer}.bias"]))

    def enlarge(self, factor: int) -> None:
        """Every pixel so many times in both directions."""
        scales = self.constant([1, 1, factor, factor])
        self.node("Resize", "", scales, mode="nearest", coordinate_transformation_mode="asymmetric",
                  nearest_mode="floor")  # fmt: skip
        self.size = (self.size[0], factor * self.size[1], factor * self.size[2])

    def end(self, title: str, size: tuple[int, int, int]) -> None:
        """What there is now is an output. Raises ValueError where it is not of that size."""
        if self.size != size:
            raise ValueError(f"{title} is of {self.size}, expected {size}")
        self._outputs.append(Value(self._value, title, "float32", (None, *size)))

    def end_in_halves(self, first: str, second: str, size: tuple[int, int, int], within: tuple[float, float]) -> None:
        """Two outputs: the channels' first half, and the other, held between two numbers."""
        if self.size != (2 * size[0], *size[1:]):
            raise ValueError(f"{first} and {second} are of {self.size}")
        halves = ("first.half", "second.half")
        self._nodes.append(Node("Split", (self._value, self.constant([size[0]] * 2, np.int64)), halves, {"axis": 1}))
        self.size, self._value = size, halves[1]
        self.node("Clip", *map(self.constant, within))
        clipped, self._value = self._value, halves[0]
        self.end(first, size)
        self._value = clipped
        self.end(second, size)
