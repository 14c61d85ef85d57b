"""Decoder, encoder and embedding as they are while a run trains: the newest few, for the browser to fetch."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vae_core.errors import RunMissing
from vae_core.runs import numbered_files, storage
from vae_core.runs.numbered_files import NamedFile
from vae_core.runs.records import LIVE

DECODER_SUFFIX, ENCODER_SUFFIX, EMBEDDING_SUFFIX = ".onnx", ".encoder", ".safetensors"
_KEPT = 4  # a browser may still be fetching the step before the newest


def listed(directory: Path) -> list[NamedFile]:
    """The live files of a run directory; nothing is read."""
    suffixes = (DECODER_SUFFIX, ENCODER_SUFFIX, EMBEDDING_SUFFIX)
    return [file for suffix in suffixes for file in numbered_files.listed(directory / LIVE, suffix)]


def newest_step(directory: Path) -> int | None:
    """The newest step that has a map and a decoder, or None."""
    steps = [{f.numbers for f in listed(directory) if f.path.suffix == s} for s in (DECODER_SUFFIX, EMBEDDING_SUFFIX)]
    return max((numbers[0] for numbers in steps[0] & steps[1]), default=None)


def read(directory: Path, step: int | None, suffix: str) -> bytes:
    """One of the files of a step, verified. Raises CheckpointDamaged, which names it, or RunMissing."""
    found = [file for file in numbered_files.listed(directory / LIVE, suffix) if file.numbers == (step,)]
    if not found:
        raise RunMissing(f"run {directory.name} keeps no snapshot of step {step}; ask for its newest")
    return numbered_files.read(found[-1])


def write(directory: Path, step: int, *, decoder: bytes, encoder: bytes, embedding: bytes) -> None:
    """Adds the files of a step, the decoder last: where it is, all are. Raises DiskRefused."""
    folder = directory / LIVE
    storage.make_directory(folder)
    numbered_files.write(folder, (step,), EMBEDDING_SUFFIX, embedding)
    numbered_files.write(folder, (step,), ENCODER_SUFFIX, encoder)
    numbered_files.write(folder, (step,), DECODER_SUFFIX, decoder)


def forget_old(directory: Path) -> None:
    """Leaves the newest few steps."""
    files = listed(directory)
    kept = sorted({file.numbers for file in files})[-_KEPT:]
    forget(file for file in files if file.numbers not in kept)


def forget(files: Iterable[NamedFile]) -> None:
    """Deletes the files of some steps, decoders first: a step whose decoder the system keeps stays whole."""
    files = list(files)
    decoders = {file.numbers: file for file in files if file.path.suffix == DECODER_SUFFIX}
    numbered_files.forget(decoders.values())
    kept = {numbers for numbers, file in decoders.items() if storage.exists(file.path)}
    numbered_files.forget(file for file in files if file.numbers not in kept)
