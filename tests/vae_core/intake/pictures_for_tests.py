"""Small files of every kind that pictures come in."""

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def encoded(pixels: np.ndarray, kind: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    """A picture's file. pixels: (H, W) or (H, W, C)."""
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, kind, **options)
    return buffer.getvalue()


def picture(number: int, side: int = 12, channels: int = 3) -> np.ndarray:
    """(H, W, 3) or (H, W) uint8, smooth, another for each number."""
    y, x = np.mgrid[0:side, 0:side] / side
    waves = [np.sin((number % 7 + 1) * x + c + number) * np.cos((number % 5 + 1) * y) for c in range(channels)]
    pixels = np.rint(127 + 120 * np.stack(waves, axis=-1)).astype(np.uint8)
    return pixels if channels == 3 else pixels[..., 0]


def files(names: list[str], side: int = 12) -> dict[str, bytes]:
    """A different PNG under each name."""
    return {name: encoded(picture(number, side)) for number, name in enumerate(names)}


def write(root: Path, contents: dict[str, bytes]) -> Path:
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def zipped(path: Path, contents: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, contents: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in contents.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return path
