"""What the process does that reads models from elsewhere: one question in, one answer out.

    stdin    a line of JSON {"files": [["decoder.onnx", 1234], …], "told": {…}, "images": [N, C, H, W] or null,
             "labels": true}, then the files' bytes, the images' (uint8) and their labels (uint32)
    stdout   a safetensors file: the model's tensors, "shown.0" … pictures by option, "mu" and "logvar" of the images,
             and "answer", the JSON of the rest; or "answer" alone, with "refused"

A file may be made to do harm: memory, time and open files are bounded, and it may write no file at all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save

from vae_core.errors import LatentStudioError
from vae_core.interchange.incoming import understanding
from vae_core.interchange.incoming.views import Question

MEMORY = 3 * 2**30
SECONDS, LONGER = 20, 200
"""Of a core: to read a model, and for 10,000 images through an encoder of large convolutions."""
Array = npt.NDArray[Any]


def main() -> int:
    """Runs the process described at the head of this module. Returns its exit status."""
    _bound()
    sys.stdout.buffer.write(answered(sys.stdin.buffer.read()))
    return 0


def _bound() -> None:
    with suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, LONGER))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def _have_longer() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415

        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


def answered(given: bytes) -> bytes:
    """To one question."""
    try:
        tensors, answer = _understood(given)
    except LatentStudioError as error:
        tensors, answer = {}, {"refused": str(error)}
    except MemoryError:
        tensors, answer = {}, {"refused": "the model takes more memory than one may; export a smaller one"}
    except Exception as error:  # a file that is made to confuse may find a way that nobody thought of
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        tensors, answer = {}, {"refused": f"the file is no readable model ({reason}); export it again"}
    text = json.dumps(answer).encode()
    named = {"answer": np.frombuffer(text, np.uint8), **tensors}
    return save({name: np.ascontiguousarray(array) for name, array in named.items()})


def _understood(given: bytes) -> tuple[dict[str, Array], dict[str, Any]]:
    line, _, rest = given.partition(b"\n")
    question = json.loads(line)
    files: dict[str, bytes] = {}
    for name, size in question["files"]:
        files[name], rest = rest[:size], rest[size:]
    told = question["told"]
    found = understanding.understand(files, told)
    tensors: dict[str, Array] = dict(found.model.tensors())
    answer = {
        "kind": found.kind, "facts": dict(found.facts), "notes": list(found.notes),
        "questions": [each.as_json() for each in found.questions],
    }  # fmt: skip
    if question["images"]:
        _have_longer()
        return tensors | _encoded(found, rest, question), answer
    pictures = {"": understanding.lattice(found.model)} | _by_option(files, told, found)
    tensors |= {f"shown.{index}": array for index, array in enumerate(pictures.values())}
    return tensors, {**answer, "shown": list(pictures)}


def _by_option(files: Mapping[str, bytes], told: Mapping[str, str], found: understanding.Understood) -> dict[str, Any]:
    """Pictures for each answer to the first open question, by "question: answer"; those of the next hang on it."""
    shown: dict[str, Any] = {}
    for question in found.questions[:1]:
        show = understanding.redrawn if _is_of_sigma(question) else understanding.lattice
        pictures = understanding.by_option(files, told, question, show)
        shown |= {f"{question.ask}: {option}": each for option, each in pictures.items()}
    return shown


def _is_of_sigma(question: Question) -> bool:
    return question.ask == "spread"


def _encoded(found: understanding.Understood, rest: bytes, question: Mapping[str, Any]) -> dict[str, Array]:
    """Posteriors of images, each told its own class, and what the mean makes of them."""
    shape = tuple(question["images"])
    pixels = np.frombuffer(rest, np.uint8, count=int(np.prod(shape))).reshape(shape)
    images = pixels.astype(np.float32) / 255
    labels = (
        np.frombuffer(rest, np.uint32, offset=pixels.nbytes) if question["labels"] else np.zeros(len(images), np.uint32)
    )
    mu = np.empty((len(images), found.model.latent_dim), np.float32)
    logvar = np.empty_like(mu)
    told = labels if found.model.classes else np.zeros_like(labels)
    squares = 0.0
    for label in np.unique(told):
        rows = told == label
        mu[rows], logvar[rows] = understanding.encode(found.model, images[rows], int(label))
        drawn = understanding.decode(found.model, mu[rows], int(label))
        squares += float(np.square(drawn - images[rows], dtype=np.float64).sum())
    return {"mu": mu, "logvar": logvar, "error": np.array([squares / images.size])}


if __name__ == "__main__":
    sys.exit(main())
