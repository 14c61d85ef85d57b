"""Starts the process that reads models from elsewhere, and takes its answer: plain numbers, checked again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.architecture.imported_model import ImportedModel, imported_model_in
from vae_core.errors import ModelRefused
from vae_core.runs import storage

Floats = npt.NDArray[np.float32]
COMMAND = (sys.executable, "-B", "-m", "vae_core.interchange.incoming.process")
_ROOT = Path(__file__).parents[3]
MOST_BYTES = 256 * 2**20
"""Of the files of one model: with an optimiser's state, whose numbers are passed over."""
_SECONDS = 60
_LONGER = 300


@dataclass(frozen=True)
class Asked:
    """Something that the files do not say. ask: see `views.WORDS`. shown: pictures (16, C, H, W) for each answer."""

    ask: str
    options: Sequence[str]
    taken: str
    why: str
    shown: Mapping[str, Floats]


@dataclass(frozen=True)
class Proposal:
    """What files were understood as. kind: in words. facts: by `views.WORDS`. shown: pictures (16, C, H, W), 0 to 1."""

    model: ImportedModel
    kind: str
    facts: Mapping[str, str]
    questions: Sequence[Asked]
    notes: Sequence[str]
    shown: Floats


@dataclass(frozen=True)
class Encoded:
    """Posteriors of N images, float32 (N, D) each; and the pixels' mean squared error from what means decode to."""

    model: ImportedModel
    mu: Floats
    logvar: Floats
    mean_squared_error: float


def expect_size(size: int) -> None:
    """Of all files together, in bytes. Raises ModelRefused."""
    if size > MOST_BYTES:
        raise ModelRefused(f"the files have {size / 2**20:,.0f} MiB; at most {MOST_BYTES // 2**20} are taken in")


def propose(files: Mapping[str, bytes], told: Mapping[str, str]) -> Proposal:
    """What files hold, with what somebody has said of them. Raises ModelRefused."""
    tensors, answer = _ask(files, told, None, None)
    shown = {name: np.clip(tensors[f"shown.{index}"], 0, 1) for index, name in enumerate(answer["shown"])}
    questions = [Asked(**each, shown=_of_question(each, shown)) for each in answer["questions"]]
    return Proposal(_model(tensors), answer["kind"], answer["facts"], questions, answer["notes"], shown[""])


def _of_question(question: Mapping[str, Any], shown: Mapping[str, Floats]) -> dict[str, Floats]:
    keys = {option: f"{question['ask']}: {option}" for option in question["options"]}
    return {option: shown[key] for option, key in keys.items() if key in shown}


def encode(
    files: Mapping[str, bytes],
    told: Mapping[str, str],
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.uint32] | None,
) -> Encoded:
    """Posteriors of images (N, C, H, W) by the model that files hold. Raises ModelRefused."""
    tensors, _ = _ask(files, told, images, labels)
    return Encoded(_model(tensors), tensors["mu"], tensors["logvar"], float(tensors["error"].item()))


def _model(tensors: Mapping[str, npt.NDArray[Any]]) -> ImportedModel:
    model = imported_model_in(tensors)
    if model is None:
        raise ModelRefused("the model did not arrive whole; try again")
    return model


def _ask(
    files: Mapping[str, bytes],
    told: Mapping[str, str],
    images: npt.NDArray[np.uint8] | None,
    labels: npt.NDArray[np.uint32] | None,
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    expect_size(sum(map(len, files.values())))
    question = {
        "files": [[name, len(data)] for name, data in files.items()],
        "told": dict(told),
        "images": None if images is None else list(images.shape),
        "labels": labels is not None,
    }
    parts: list[Any] = [json.dumps(question).encode(), b"\n", *files.values()]
    parts += [] if images is None else [np.ascontiguousarray(images).data]
    parts += [] if labels is None else [labels.astype("<u4").tobytes()]
    data = _run(parts, _SECONDS if images is None else _LONGER)
    tensors, _ = storage.parse_tensors(data, "the answer")
    answer = json.loads(tensors.pop("answer").tobytes())
    if "refused" in answer:
        raise ModelRefused(str(answer["refused"])[:1000])
    return tensors, answer


def _run(parts: Sequence[Any], seconds: int) -> bytes:
    """The process's answer. Raises ModelRefused where it ends without one, or does not end."""
    process = subprocess.Popen(
        COMMAND, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        data, _ = process.communicate(b"".join(parts), timeout=seconds)
    except subprocess.TimeoutExpired:
        raise ModelRefused(f"the model was not read within {seconds} s; export a smaller one") from None
    except OSError:
        data = b""
    finally:
        with suppress(OSError):
            process.kill()
        process.wait()
    if not data:
        raise ModelRefused("the file ends the process that reads it; export the model again")
    return data
