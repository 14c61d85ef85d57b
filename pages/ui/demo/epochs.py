"""Earlier epochs of a run: each one's map, and its decoder as what its weights differ from the next one's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from pages.ui.demo import graphs, points
from pages.ui.demo.graphs import Constants, GraphHeader
from pages.ui.demo.numbers import Bytes, Kept, levels, planes
from pages.ui.server import artifacts
from pages.ui.server.artifacts import Moment
from vae_core import runs
from vae_core.architecture.onnx_graph import Weights
from vae_core.architecture.onnx_models import decoder_onnx

MOST_EPOCHS = 16
MOST_BYTES = 3_700_000
"""Of all decoders together: the fewer weights there are, the finer they are kept."""
SHIFTS = range(8)
"""Halvings of how fine the final weights are kept."""
Levels = dict[str, npt.NDArray[np.int32]]


class EpochFacts(TypedDict):
    """What is known of an epoch. decoder: a graph of its own, or null: the final one's with other numbers."""

    moment: Moment
    points: points.PointsFacts
    decoder: GraphHeader | None
    weights: dict[str, Kept]
    """Of the final decoder's constants: 'levels' are what is to be added to those of the epoch after it."""


class EpochsFacts(TypedDict):
    """Every epoch that is kept, in order."""

    shift: int
    epochs: list[EpochFacts]


def kept(run: runs.Run, final: GraphHeader, label: int | None) -> tuple[EpochsFacts, dict[str, bytes]]:
    """Facts, and bytes by name: "points-3", "decoder-3". final: of the decoder now. Raises as `Run.snapshot`."""
    moments = _chosen([each for each in artifacts.moments_of(run) if each["step"] < run.step])
    past = {each["epoch"]: run.snapshot(each["epoch"]) for each in moments}
    decoders = {epoch: _decoder(run, weights, label) for epoch, (weights, _) in past.items()}
    read = {epoch: graphs.read(data)[1] for epoch, data in decoders.items()}
    _, now = graphs.read(_decoder(run, run.weights(), label))
    alike = {epoch: constants for epoch, constants in read.items() if _is_alike(constants, now)}
    shift, differing = _within_bounds(alike, now, final)
    embedding = points.bounded(run.embedding())
    facts: list[EpochFacts] = []
    blobs: dict[str, bytes] = {}
    for moment in moments:
        epoch = moment["epoch"]
        of_points, blobs[f"points-{epoch}"] = points.kept(points.bounded(past[epoch][1]), embedding)
        header = None
        if epoch in differing:
            weights, blobs[f"decoder-{epoch}"] = differing[epoch]
        else:
            weights = {}
            header, blobs[f"decoder-{epoch}"] = graphs.kept(decoders[epoch], graphs.FINENESS[-1])
        facts.append({"moment": moment, "points": of_points, "decoder": header, "weights": weights})
    return {"shift": shift, "epochs": facts}, blobs


def _decoder(run: runs.Run, weights: Weights, label: int | None) -> bytes:
    return decoder_onnx(run.config, weights, label, card=run.card)


def _chosen(moments: list[Moment]) -> list[Moment]:
    """As many as the file holds, evenly, the first and the last among them."""
    if len(moments) <= MOST_EPOCHS:
        return moments
    return [moments[row] for row in np.linspace(0, len(moments) - 1, MOST_EPOCHS).round().astype(int)]


def _is_alike(constants: Constants, now: Constants) -> bool:
    return constants.keys() == now.keys() and all(constants[name].shape == each.shape for name, each in now.items())


Differing = dict[int, tuple[dict[str, Kept], bytes]]


def _within_bounds(alike: Mapping[int, Constants], now: Constants, final: GraphHeader) -> tuple[int, Differing]:
    """The finest that `MOST_BYTES` have room for."""
    found: Differing = {}
    for shift in SHIFTS:
        found = _all_differing(alike, now, final, shift)
        if sum(_least_bytes(data) for _, data in found.values()) <= MOST_BYTES:
            break
    return shift, found


def _least_bytes(data: bytes) -> float:
    """What a plane of bytes shrinks to at best, by how often each value stands there; half of the data is one plane."""
    halves = np.array_split(np.frombuffer(data, dtype=np.uint8), 2)
    return sum(_entropy_bits(np.bincount(half, minlength=256)) * len(half) / 8 for half in halves)


def _entropy_bits(counts: npt.NDArray[np.intp]) -> float:
    shares = counts[counts > 0] / max(1, counts.sum())
    return float(-(shares * np.log2(shares)).sum())


def _all_differing(alike: Mapping[int, Constants], now: Constants, final: GraphHeader, shift: int) -> Differing:
    """From the last epoch to the first, each as its difference from the one after it."""
    after = {
        name: _coarse(levels(now[name], each["step"]), shift)
        for name, each in final["constants"].items()
        if each["step"]
    }
    found: Differing = {}
    for epoch in sorted(alike, reverse=True):
        to = Bytes()
        own: Levels = {}
        weights: dict[str, Kept] = {}
        for name, each in final["constants"].items():
            array = alike[epoch][name]
            if not each["step"]:
                weights[name] = to.keep(array)
                continue
            step = each["step"] * 2**shift
            own[name] = levels(array, step).astype(np.int32)
            start = to.add(planes((own[name] - after[name]).astype(np.int16)))
            weights[name] = {"dims": list(array.shape), "kind": "levels", "start": start, "step": step}
        found[epoch] = weights, to.joined()
        after = own
    return found


def _coarse(values: npt.NDArray[np.int16], shift: int) -> npt.NDArray[np.int32]:
    """Levels of a step that is 2^shift times as wide, halves upwards: whole numbers, the same in the browser."""
    half = (1 << shift) >> 1
    return (values.astype(np.int32) + half) >> shift
