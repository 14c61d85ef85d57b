"""How complex an image is by itself: the length of its compressed file. No torch."""

from __future__ import annotations

import io
import math
import zlib

import numpy as np
import numpy.typing as npt

from vae_core.data.source import Pixels

_LEAST_WHITE = 128


def compressed_nats(images: Pixels, *, two_levels: bool) -> npt.NDArray[np.float64]:
    """The length of each image's compressed file: (N,) nats, 8 log 2 for each byte.

    images: uint8 (N, C, H, W). As PNG; of other numbers of channels than one or three by the same method, deflate,
    without PNG's filters. two_levels: of the image in black and white alone, as a Bernoulli's nats are.
    Taken from −log p(x) it leaves how much longer the model's description is than one that knows nothing of the data:
    Serrà et al. 2020 (arXiv 1909.11480), eq. 3, in nats instead of bits for each dimension.
    """
    files = [_black_and_white(image) if two_levels else _grey(image) for image in images]
    return np.array([len(file) for file in files], dtype=np.float64) * 8 * math.log(2)


def _black_and_white(image: Pixels) -> bytes:
    if len(image) != 1:
        return zlib.compress(np.packbits(image >= _LEAST_WHITE, axis=2).tobytes(), 9)
    return _png((image[0] >= _LEAST_WHITE).astype(np.uint8) * 255, "1")


def _grey(image: Pixels) -> bytes:
    if len(image) not in (1, 3):
        return zlib.compress(np.ascontiguousarray(image).tobytes(), 9)
    return _png(np.ascontiguousarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)), None)


def _png(pixels: npt.NDArray[np.uint8], mode: str | None) -> bytes:
    from PIL import Image  # noqa: PLC0415

    picture, written = Image.fromarray(pixels), io.BytesIO()
    (picture.convert(mode, dither=Image.Dither.NONE) if mode else picture).save(written, "png", optimize=True)
    return written.getvalue()
