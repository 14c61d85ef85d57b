"""Files in, a model out: what each of them is, what it means, what is left open, and the pictures that it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.architecture.imported_model import ImportedModel, imported_decoder_onnx, imported_encoder_onnx
from vae_core.architecture.programs import check
from vae_core.errors import ModelRefused, ShapeMismatch
from vae_core.interchange.incoming.decoders import understand_decoder
from vae_core.interchange.incoming.encoders import understand_encoder
from vae_core.interchange.incoming.formats import folders
from vae_core.interchange.incoming.formats.onnx_files import read_onnx
from vae_core.interchange.incoming.formats.safetensors_files import read_safetensors
from vae_core.interchange.incoming.formats.state_dicts import networks_of, weights_in
from vae_core.interchange.incoming.formats.torch_files import read_torch
from vae_core.interchange.incoming.networks import Network, Value, model_of, run_onnx
from vae_core.interchange.incoming.views import Question, Understanding
from vae_core.interchange.incoming.wrapping import decoder_program, encoder_program

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Files = Mapping[str, bytes]
SIDE = 4
"""Pictures in a row, and rows, of what a model shows of itself."""
_BATCH = 250


@dataclass(frozen=True)
class Understood:
    """A model, what it is, and what was taken for granted. kind: in words, where it comes from."""

    model: ImportedModel
    kind: str
    facts: Mapping[str, str]
    questions: Sequence[Question]
    notes: Sequence[str]


def understand(files: Files, told: Mapping[str, str]) -> Understood:
    """What files hold, with what somebody said of them. Raises ModelRefused, which says what was expected instead."""
    about = Understanding(told)
    kind, decoder, encoder = _networks(files, about)
    view = understand_decoder(decoder, about)
    back = None if encoder is None else understand_encoder(encoder, view, about)
    dims = prod(view.latent_shape)
    model = ImportedModel(decoder_program(view), None if back is None else encoder_program(back, dims))
    try:
        for program in filter(None, (model.decoder, model.encoder)):
            check(program, decoder.file)
    except ShapeMismatch as error:
        raise ModelRefused(str(error)) from None
    return Understood(model, kind, about.facts, about.questions, about.notes)


def _networks(files: Files, about: Understanding) -> tuple[str, Network, Network | None]:
    """Where they come from, in words; the decoder; the encoder, if there is one."""
    if not files:
        raise ModelRefused("no file was given; choose a decoder, and its encoder if you have it")
    for name, data in files.items():
        _refuse_pages(name, data)
    if saved := folders.own_model(files):
        return folders.own_networks(saved, about)
    if folders.PYTHAE_CONFIG in files:
        return folders.pythae_networks(files, about)
    if folders.is_of_diffusers(files):
        return folders.diffusers_model(files, about)
    folders.refuse_others(files)
    given = {name: data for name, data in files.items() if not name.lower().endswith(".json")}
    weights = [name for name in given if _holds_weights(name, given[name])]
    if weights and len(given) > 1:
        raise ModelRefused(
            f"{' and '.join(given)} were given; choose one file of weights, or a decoder and its encoder"
        )
    if weights:
        found = _weights(weights[0], given[weights[0]])
        from vae_core.interchange.incoming.formats.own_weights import own_weights_networks  # noqa: PLC0415  a file is refused before this is needed

        return own_weights_networks(found, weights[0], about) or networks_of(found, weights[0], about)
    if not 0 < len(given) < 3:
        raise ModelRefused(f"{len(given)} files were given; choose a decoder, and its encoder if you have it")
    return ("ONNX", *_apart([read_onnx(data, name) for name, data in given.items()]))


_OF_WEIGHTS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pt2", ".tar")


def _holds_weights(name: str, data: bytes) -> bool:
    return name.lower().endswith(_OF_WEIGHTS) or data.startswith((b"PK", b"\x80"))


def _weights(name: str, data: bytes) -> dict[str, Array]:
    is_plain = name.lower().endswith(".safetensors")
    return weights_in(read_safetensors(data, name) if is_plain else read_torch(data, name), name)


def _refuse_pages(name: str, data: bytes) -> None:
    start = data[:200].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise ModelRefused(f"{name} is a web page, as a download that asked to sign in leaves it; fetch the file again")
    if start.startswith(b"version https://git-lfs"):
        raise ModelRefused(f"{name} is a pointer of Git LFS, not the file; fetch it with `git lfs pull`")


def _apart(networks: Sequence[Network]) -> tuple[Network, Network | None]:
    """Which is the decoder: the one that makes more numbers than it is given."""
    decoders = [each for each in networks if _growth(each) > 0]
    encoders = [each for each in networks if _growth(each) <= 0]
    if len(decoders) != 1:
        names = " and ".join(each.file for each in networks)
        what = "no decoder" if not decoders else "two decoders"
        raise ModelRefused(
            f"{names}: {what}; expected one that makes an image of few numbers, and perhaps its encoder (of an "
            "autoencoder in one file, export the two parts)"
        )
    return decoders[0], encoders[0] if encoders else None


def _growth(network: Network) -> float:
    """How many more numbers come out than go in; of sizes that are not said, by what weights suggest."""
    inputs, outputs = (max(map(_size, ends)) for ends in (network.inputs or network.outputs, network.outputs))
    if inputs and outputs:
        return outputs - inputs
    matrices = [
        node.inputs[1] for node in network.nodes if node.operator in ("Gemm", "MatMul", "Conv", "ConvTranspose")
    ]
    weights = [network.constants[name] for name in matrices if name in network.constants]
    first, last = (weights[0].size, weights[-1].size) if weights else (0, 0)
    return float(last - first) if inputs == outputs else float(outputs - inputs if outputs else _small(inputs))


def _small(size: int) -> int:
    return 1 if size <= 64 else -1


def _size(value: Value) -> int:
    sizes = value.shape[1:] if len(value.shape) > 1 else value.shape
    return prod(size or 0 for size in sizes) if sizes else 0


# What it shows


def lattice(model: ImportedModel, label: int = 0) -> Floats:
    """Pictures (16, C, H, W) at places around the prior's middle, in the first two dimensions, as the map has them."""
    ends = np.linspace(-1.5, 1.5, SIDE)
    z = np.zeros((SIDE * SIDE, model.latent_dim), np.float32)
    z[:, 0] = np.tile(ends, SIDE)
    if model.latent_dim > 1:
        z[:, 1] = np.repeat(ends[::-1], SIDE)
    return decode(model, z, label)


def decode(model: ImportedModel, z: Floats, label: int = 0) -> Floats:
    """Images (N, C, H, W) of z (N, D). Raises ModelRefused."""
    return _in_batches(imported_decoder_onnx(model, label), "z", ["image"], z)[0]


def encode(model: ImportedModel, images: Floats, label: int = 0) -> tuple[Floats, Floats]:
    """Posteriors of images (N, C, H, W) from 0 to 1: mu and logvar (N, D). Raises ModelRefused, or ShapeMismatch."""
    mu, logvar = _in_batches(imported_encoder_onnx(model, label), "image", ["mu", "logvar"], images)
    if not (np.isfinite(mu).all() and np.isfinite(logvar).all()):
        raise ModelRefused(
            "the encoder gives numbers that are not finite; correct what its second output means, or the numbers that "
            "it reads"
        )
    return mu, logvar


def _in_batches(data: bytes, given: str, outputs: list[str], rows: Floats) -> list[Floats]:
    model = model_of(data)
    batches = [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]
    made = [run_onnx(model, {given: batch}, outputs, "the model") for batch in batches]
    return [np.concatenate([each[name] for each in made]).astype(np.float32) for name in outputs]


def by_option(files: Files, told: Mapping[str, str], question: Question, show: Callable[[ImportedModel], Floats],
              ) -> dict[str, Floats]:  # fmt: skip
    """What the model shows for each answer to a question; answers with which it cannot be computed show nothing."""
    shown = {}
    for option in question.options:
        try:
            shown[option] = show(understand(files, {**told, question.ask: option}).model)
        except (ModelRefused, ShapeMismatch):
            continue
    return shown


def redrawn(model: ImportedModel) -> Floats:
    """What σ does, to be seen: pictures, encoded, drawn from their posteriors and decoded again, (16, C, H, W)."""
    pictures = lattice(model)[:: SIDE + 1]
    mu, logvar = encode(model, pictures)
    noise = np.random.default_rng(2).standard_normal((len(mu), SIDE, mu.shape[1]))
    z = mu[:, None] + np.exp(np.clip(logvar, -60, 20) / 2)[:, None] * noise  # (4, 4, D)
    return decode(model, z.reshape(-1, mu.shape[1]).astype(np.float32))
