"""From a network and what its ends mean to a program with our ends: z (N, D) to an image from 0 to 1, and back."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from vae_core.architecture.programs import TYPES, Node, Program
from vae_core.interchange.incoming import views
from vae_core.interchange.incoming.networks import Network, Value
from vae_core.interchange.incoming.views import DecoderView, EncoderView, Label

Array = npt.NDArray[Any]


class _Chain:
    """Nodes one after the other around a network's own; `value` is what the next one reads."""

    def __init__(self, network: Network, batch: int | None) -> None:
        self.nodes: list[Node] = []
        self.network, self.batch = network, batch
        self.constants: dict[str, Array] = dict(network.constants)
        self.value = ""

    @property
    def rows(self) -> int:
        """The first of a Reshape's sizes: as many as there are, or one."""
        return -1 if self.batch is None else 1

    def add(self, operator: str, *others: str, output: str = "", **attributes: Any) -> None:
        name = output or f"w{len(self.nodes)}"
        self.nodes.append(Node(operator, (self.value, *others), (name,), attributes))
        self.value = name

    def constant(self, array: Array) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = array
        return name

    def number(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def reshape(self, *sizes: int, output: str = "") -> None:
        self.add("Reshape", self.constant(np.array(sizes, np.int64)), output=output)

    def enter(self, value: Value, sizes: tuple[int, ...]) -> None:
        """Hands the current value, (N, …) or one row, to the network's input, in the rows that it was exported for."""
        if self.batch is None:
            self.reshape(-1, *sizes)
        elif self.batch == 0:
            self.reshape(*sizes)
        else:
            self.reshape(1, *sizes)
            self.add("Expand", self.constant(np.array([self.batch, *sizes], np.int64)))
        if value.kind != "float32":
            self.add("Cast", to=TYPES[value.kind])
        self.add("Identity", output=value.name)

    def leave(self, value: Value, *sizes: int, has_rows: bool = True) -> None:
        """Takes up an output of the network as (N, sizes), or as one row of (1, sizes)."""
        self.value = value.name
        if self.batch and has_rows:
            self.add("Gather", self.constant(np.array([0], np.int64)), axis=0)
        if value.kind != "float32":
            self.add("Cast", to=TensorProto.FLOAT)
        self.reshape(self.rows, *sizes)

    def end(self, name: str, *sizes: int) -> None:
        """Calls the current value by its name outside."""
        self.reshape(*((-1, *sizes) if self.batch is None else sizes), output=name)

    def tell(self, label: Label | None) -> Mapping[str, tuple[int, ...]]:
        """Hands the class on, which comes as the one-hot row "label"; the program's input that this takes."""
        if label is None:
            return {}
        self.value = "label"
        if label.kind == views.ONE_HOT:
            self.enter(label.value, (label.classes,))
        else:
            numbers = np.arange(label.classes, dtype=np.float32)[:, None]
            self.add("MatMul", self.constant(numbers))  # (N, K) -> (N, 1), or (K,) -> (1,)
            self.enter(label.value, (1,) if len(label.value.shape) == 2 else ())
        return {"label": (label.classes,)}

    def program(self, inputs: Mapping[str, tuple[int, ...]], outputs: Mapping[str, tuple[int, ...]]) -> Program:
        return Program(tuple(self.nodes), self.constants, inputs, outputs, by_row=self.batch is not None)


def decoder_program(view: DecoderView) -> Program:
    """From "z" (D,), perhaps "label" (K,), to "image" (C, H, W) from 0 to 1."""
    chain = _Chain(view.network, view.batch)
    chain.value = "z"
    chain.enter(view.z, view.latent_shape)
    label = chain.tell(view.label)
    chain.nodes += view.network.nodes
    _leave_as_image(chain, view)
    return chain.program({"z": (prod(view.latent_shape),), **label}, {"image": view.picture.shape})


def _leave_as_image(chain: _Chain, view: DecoderView) -> None:
    output, picture = view.network.outputs[0], view.picture
    channels, height, width = picture.shape
    if picture.layout == views.CHANNELS_LAST:
        chain.leave(output, height, width, picture.stored, has_rows=view.gives_rows)
        chain.add("Transpose", perm=[0, 3, 1, 2])
    else:
        chain.leave(output, picture.stored, height, width, has_rows=view.gives_rows)
    if picture.stored > channels:
        ends = [chain.constant(np.array([each], np.int64)) for each in (0, channels, 1)]
        chain.add("Slice", *ends)
    if picture.range == views.LOGITS:
        chain.add("Sigmoid")
    if picture.range == views.SIGNED:
        chain.add("Mul", chain.number(0.5))
        chain.add("Add", chain.number(0.5))
    if picture.range == views.BYTES:
        chain.add("Mul", chain.number(1 / 255))
    chain.end("image", channels, height, width)


def encoder_program(view: EncoderView, dims: int) -> Program:
    """From "image" (C, H, W) from 0 to 1, perhaps "label" (K,), to "mu" and "logvar" (D,)."""
    chain = _Chain(view.network, view.batch)
    chain.value = "image"
    _enter_as_wanted(chain, view)
    label = chain.tell(view.label)
    chain.nodes += view.network.nodes
    if view.is_joined:
        chain.leave(view.mu, 2 * dims)
        halves, sizes = ("mu.raw", "spread.raw"), chain.constant(np.array([dims, dims], np.int64))
        chain.nodes.append(Node("Split", (chain.value, sizes), halves, {"axis": 1}))
        chain.value = halves[0]
    else:
        chain.leave(view.mu, dims)
    chain.end("mu", dims)
    _leave_as_logvar(chain, view, dims)
    return chain.program({"image": view.picture.shape, **label}, {"mu": (dims,), "logvar": (dims,)})


def _enter_as_wanted(chain: _Chain, view: EncoderView) -> None:
    picture, (channels, height, width) = view.picture, view.picture.shape
    if picture.range == views.SIGNED:
        chain.add("Mul", chain.number(2))
        chain.add("Sub", chain.number(1))
    if picture.range == views.BYTES:
        chain.add("Mul", chain.number(255))
    sizes: tuple[int, ...] = picture.shape
    if picture.layout == views.CHANNELS_LAST:
        chain.reshape(chain.rows, channels, height, width)
        chain.add("Transpose", perm=[0, 2, 3, 1])
        sizes = (height, width, channels)
    flat = {1: (channels * height * width,), 2: (height, width)}
    chain.enter(view.image, flat.get(picture.stored, sizes))


def _leave_as_logvar(chain: _Chain, view: EncoderView, dims: int) -> None:
    if view.meaning == views.POINT:
        from vae_core.architecture.layers import POINT_LOGVAR  # noqa: PLC0415  a file is refused before this is needed

        chain.value = "mu"
        chain.add("Mul", chain.number(0))
        chain.add("Add", chain.number(POINT_LOGVAR))
        chain.end("logvar", dims)
        return
    if view.spread is not None:
        chain.leave(view.spread, dims)
    else:
        chain.value = "spread.raw"
    if view.meaning in (views.VARIANCE, views.SIGMA):
        chain.add("Log")
    if view.meaning in (views.SIGMA, views.LOG_SIGMA):
        chain.add("Mul", chain.number(2))
    chain.end("logvar", dims)
