"""Folders that say themselves what model they hold: our own layout, pythae's, and what others' config.json tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vae_core.errors import LatentStudioError, ModelRefused
from vae_core.interchange.incoming import views
from vae_core.interchange.incoming.formats.onnx_files import read_onnx
from vae_core.interchange.incoming.formats.safetensors_files import read_safetensors
from vae_core.interchange.incoming.formats.state_dicts import networks_of, weights_in
from vae_core.interchange.incoming.formats.torch_files import read_torch
from vae_core.interchange.incoming.networks import Network
from vae_core.interchange.incoming.views import Understanding

if TYPE_CHECKING:
    from vae_core.interchange.exports.hugging_face import SavedModel

Files = Mapping[str, bytes]
OWN = "Latent Studio"
CONFIG = "config.json"
PYTHAE_CONFIG = "model_config.json"


def parsed(files: Files, name: str) -> dict[str, Any]:
    """A JSON object among the files; nothing where there is none. Raises ModelRefused."""
    if name not in files:
        return {}
    try:
        values = json.loads(files[name])
    except (ValueError, RecursionError):
        raise ModelRefused(f"{name} is no JSON; copy it again") from None
    return values if isinstance(values, dict) else {}


def own_model(files: Files) -> SavedModel | None:
    """The model in files of our own layout; None if they are of another. Raises ModelRefused."""
    if "model_type" not in parsed(files, CONFIG):
        return None
    from vae_core.interchange.exports import hugging_face  # noqa: PLC0415  a file is refused before this is needed

    if parsed(files, CONFIG)["model_type"] != hugging_face.MODEL_TYPE:
        return None
    if hugging_face.WEIGHTS not in files:
        raise ModelRefused(f"{hugging_face.CONFIG} is of {OWN}, and {hugging_face.WEIGHTS} is missing; choose both")
    try:
        return hugging_face.parse_files(files[hugging_face.CONFIG], files[hugging_face.WEIGHTS])
    except LatentStudioError as error:
        raise ModelRefused(str(error)) from None


def own_networks(saved: SavedModel, about: Understanding) -> tuple[str, Network, Network]:
    """Its graphs as they go out, read again: of a conditional model they ask for the label."""
    from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx  # noqa: PLC0415  a file is refused before this is needed

    about.told = {**about.told, "range": views.UNIT, "encoder_range": views.UNIT, "spread": views.LOG_VARIANCE}
    made = [
        make(saved.config, saved.weights, card=saved.card, asks_label=saved.config.is_conditional)
        for make in (decoder_onnx, encoder_onnx)
    ]
    decoder, encoder = (read_onnx(data, name) for data, name in zip(made, ("decoder", "encoder"), strict=True))
    return OWN, decoder, encoder


def pythae_networks(files: Files, about: Understanding) -> tuple[str, Network, Network]:
    """A folder as pythae saves a model with its default networks. Raises ModelRefused."""
    config = parsed(files, PYTHAE_CONFIG)
    pickles = [name for name in ("encoder.pkl", "decoder.pkl") if name in files]
    own = [name for name in ("encoder", "decoder") if config.get(f"uses_default_{name}") is False]
    if pickles or own:
        what = " and ".join(pickles) or " and ".join(f"{name}.pkl" for name in own)
        raise ModelRefused(
            f"the pythae model has a network of its own in {what}, a pickle: opening it would run whatever its maker "
            "wrote; export decoder and encoder as ONNX"
        )
    if "model.pt" not in files:
        raise ModelRefused(f"{PYTHAE_CONFIG} is pythae's, and model.pt is missing; choose the whole folder")
    shape = config.get("input_dim")
    if isinstance(shape, list) and len(shape) == 3 and "image" not in about.told:
        about.told = {**about.told, "image": ", ".join(str(each)[:5] for each in shape)}
    weights = weights_in(read_torch(files["model.pt"], "model.pt"), "model.pt")
    name = str(config.get("name", "VAEConfig")).removesuffix("Config").removesuffix("_")
    return networks_of(weights, "model.pt", about, f"pythae, {name[:30]}")


_DIFFUSERS = ("AutoencoderKL", "AutoencoderTiny")
_DIFFUSERS_WEIGHTS = "diffusion_pytorch_model"


def is_of_diffusers(files: Files) -> bool:
    """Whether config.json is of one of diffusers' models that are read."""
    return parsed(files, CONFIG).get("_class_name") in _DIFFUSERS


def diffusers_model(files: Files, about: Understanding) -> tuple[str, Network, Network]:
    """A folder as diffusers saves AutoencoderKL or AutoencoderTiny. Raises ModelRefused."""
    from vae_core.interchange.incoming.formats.diffusers_models import diffusers_networks  # noqa: PLC0415  a file is refused before this is needed

    config = parsed(files, CONFIG)
    kind = str(config["_class_name"])
    named = sorted((name for name in files if name.startswith(_DIFFUSERS_WEIGHTS)), key=_is_pickle)
    if not named:
        raise ModelRefused(
            f"{CONFIG} is of diffusers' {kind}, and {_DIFFUSERS_WEIGHTS}.safetensors is missing; choose both"
        )
    read = read_torch if _is_pickle(named[0]) else read_safetensors
    weights = weights_in(read(files[named[0]], named[0]), named[0])
    return diffusers_networks(kind, config, weights, named[0], about)


def _is_pickle(name: str) -> bool:
    return not name.endswith(".safetensors")


def refuse_others(files: Files) -> None:
    """Raises ModelRefused for models of other libraries that are not read, with the figure that keeps them out."""
    config = parsed(files, CONFIG)
    kind = config.get("_class_name") or config.get("model_type")
    if not kind:
        return
    channels, blocks, size = (config.get(key) for key in ("latent_channels", "block_out_channels", "sample_size"))
    latents = ""
    if isinstance(channels, int) and isinstance(blocks, list) and isinstance(size, int) and blocks:
        side = size // 2 ** (len(blocks) - 1)
        numbers = channels * side * side
        latents = f" Its latents are {channels} × {side} × {side} = {numbers:,} numbers, and 64 can be dragged through."
    raise ModelRefused(
        f"config.json is of {str(kind)[:40]!r}, whose networks are not read.{latents} Export its decoder as ONNX"
    )
