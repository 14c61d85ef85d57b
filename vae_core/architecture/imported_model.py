"""A model that was made elsewhere: its decoder and encoder as programs, kept among a run's weights. No torch.

Its decoder reads "z" and gives "image", its encoder reads "image" and gives "mu" and "logvar", as `onnx_models` have
them; where it is told a class, both may read "label" besides, a one-hot row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vae_core.architecture.programs import Program, program_from, program_onnx
from vae_core.errors import ShapeMismatch

if TYPE_CHECKING:
    from vae_core.data.source import DataCard

_PREFIX = "imported."
_DESCRIBED = f"{_PREFIX}programs"
_NETWORKS = ("decoder", "encoder")


@dataclass(frozen=True)
class ImportedModel:
    """decoder: "z" (D,), and "label" (K,) where it is told one, -> "image" (C, H, W), 0 black and 1 white.

    encoder: "image" (C, H, W), and "label" likewise, -> "mu" and "logvar" (D,); None where there is none.
    """

    decoder: Program
    encoder: Program | None = None

    @property
    def latent_dim(self) -> int:
        """D."""
        return self.decoder.inputs["z"][0]

    @property
    def image_shape(self) -> tuple[int, ...]:
        """(C, H, W)"""
        return self.decoder.outputs["image"]

    @property
    def classes(self) -> int:
        """K; 0 where it is told none."""
        return self.decoder.inputs.get("label", (0,))[0]

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """What it is stored as, by name."""
        programs = {name: network for name in _NETWORKS if (network := getattr(self, name)) is not None}
        described = {name: program.described() for name, program in programs.items()}
        found: dict[str, npt.NDArray[Any]] = {}
        for name, program in programs.items():
            booleans = [each for each, array in program.constants.items() if array.dtype == np.bool_]
            described[name]["booleans"] = sorted(booleans)
            for each, array in program.constants.items():
                found[f"{_PREFIX}{name}.{each}"] = array.view(np.uint8) if each in booleans else array
        text = json.dumps(described, sort_keys=True, separators=(",", ":")).encode()
        return {_DESCRIBED: np.frombuffer(text, np.uint8), **found}


def is_imported(tensors: Mapping[str, npt.NDArray[Any]]) -> bool:
    """Whether these are the weights of a model that was made elsewhere."""
    return _DESCRIBED in tensors


def imported_model_in(tensors: Mapping[str, npt.NDArray[Any]]) -> ImportedModel | None:
    """The model that tensors hold, checked; None if they hold one of our own. Raises ShapeMismatch."""
    if _DESCRIBED not in tensors:
        return None
    try:
        described = dict(json.loads(tensors[_DESCRIBED].astype(np.uint8).tobytes()))
        programs = {name: _program(name, described[name], tensors) for name in _NETWORKS if name in described}
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ShapeMismatch("the imported model's networks cannot be read; import it again") from None
    model = ImportedModel(programs["decoder"], programs.get("encoder")) if "decoder" in programs else None
    if model is None or not _is_whole(model):
        raise ShapeMismatch("the imported model's networks do not go from z to an image and back; import it again")
    return model


def _program(name: str, described: Any, tensors: Mapping[str, npt.NDArray[Any]]) -> Program:
    prefix = f"{_PREFIX}{name}."
    constants = {each.removeprefix(prefix): array for each, array in tensors.items() if each.startswith(prefix)}
    for each in described.get("booleans", ()):
        constants[each] = constants[each] != 0
    return program_from(described, constants, f"the imported {name}")


def _is_whole(model: ImportedModel) -> bool:
    decoder, encoder = model.decoder, model.encoder
    is_decoder = len(decoder.inputs.get("z", ())) == 1 and len(decoder.outputs.get("image", ())) == 3
    known = {"z", "label", "image"}
    if not is_decoder or not decoder.inputs.keys() <= known - {"image"}:
        return False
    if encoder is None:
        return True
    is_told = encoder.inputs.get("label", decoder.inputs.get("label")) == decoder.inputs.get("label")
    posterior = dict.fromkeys(("mu", "logvar"), decoder.inputs["z"])
    return (
        is_told
        and encoder.inputs.keys() <= known - {"z"}
        and encoder.inputs.get("image") == decoder.outputs["image"]
        and dict(encoder.outputs) == posterior
    )


def check_imported(model: ImportedModel, latent_dim: int, card: DataCard, classes: int) -> None:
    """Raises ShapeMismatch unless a model is of so many dimensions, of a card's images, and told so many classes."""
    got = (model.latent_dim, model.image_shape, model.classes)
    expected = (latent_dim, tuple(card.image_shape), classes)
    if got != expected:
        raise ShapeMismatch(
            f"the imported model has latent dimensions, images and classes {got}, its settings say {expected}; "
            "import it again"
        )


def imported_decoder_onnx(model: ImportedModel, label: int | None) -> bytes:
    """As `onnx_models.decoder_onnx`: "raw" is the image itself."""
    return program_onnx(model.decoder, "decoder", _told(model.decoder, label))


def imported_encoder_onnx(model: ImportedModel, label: int | None) -> bytes:
    """As `onnx_models.encoder_onnx`. Raises ShapeMismatch where the model came without an encoder."""
    if model.encoder is None:
        raise ShapeMismatch("this model came without an encoder: it decodes, and no image can be given a place")
    return program_onnx(model.encoder, "encoder", _told(model.encoder, label))


def _told(program: Program, label: int | None) -> dict[str, npt.NDArray[Any]]:
    if "label" not in program.inputs:
        return {}
    (classes,) = program.inputs["label"]
    if not 0 <= (label or 0) < classes:
        raise ShapeMismatch(f"class {label} is none of this model's; choose one from 0 to {classes - 1}")
    return {"label": np.eye(classes, dtype=np.float32)[label or 0]}
