"""The files of a model, by name: as they were chosen, or as a folder holds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from vae_core.errors import ModelRefused
from vae_core.interchange.incoming.asking import expect_size

SUFFIXES = (".onnx", ".pt", ".pth", ".bin", ".ckpt", ".safetensors", ".json", ".pkl")
"""Of the files that are looked at; a pickle only to say why not."""
_MOST_FILES = 64
_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def read_paths(paths: Sequence[Path]) -> dict[str, bytes]:
    """Files and folders of one model as bytes by name. Raises ModelRefused, before much is read."""
    here = [path if path.exists() else _from_hub(path) for path in paths]
    found = [file for path in here for file in (_in_folder(path) if path.is_dir() else [path])]
    if not found:
        raise ModelRefused(f"{paths[0] if paths else 'the folder'} holds none of {', '.join(SUFFIXES)}; name the files")
    names = [file.name for file in found]
    if len(set(names)) < len(names) or len(names) > _MOST_FILES:
        raise ModelRefused(
            f"{len(names)} files were given, some of one name; name the decoder, and perhaps its encoder"
        )
    try:
        expect_size(sum(file.stat().st_size for file in found))
        return {file.name: file.read_bytes() for file in found}
    except OSError as error:
        raise ModelRefused(
            f"{error.filename} could not be read ({error.strerror}); name a file that is there"
        ) from None


def _from_hub(path: Path) -> Path:
    """A repository of the Hugging Face Hub as a folder here, where a path looks like the name of one; else the path.

    Raises ModelRefused where huggingface_hub is not installed, or does not get it.
    """
    if path.is_absolute() or not _REPOSITORY.fullmatch(path.as_posix()):
        return path
    try:
        hub = import_module("huggingface_hub")
    except ImportError:
        raise ModelRefused(
            f"{path} is no file here; if it is a repository of the Hugging Face Hub, install huggingface_hub for it"
        ) from None
    patterns = [f"*{suffix}" for suffix in SUFFIXES]
    try:
        return Path(hub.snapshot_download(path.as_posix(), allow_patterns=patterns))
    except Exception as error:  # of its own and of whatever it fetches with
        reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        raise ModelRefused(f"{path} did not come from the Hugging Face Hub ({reason}); check its name") from None


def _in_folder(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
