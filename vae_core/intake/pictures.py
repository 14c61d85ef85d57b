"""One picture's file, of any common format and kind of pixels, as the uint8 image that a model learns from."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from vae_core.intake.containers import Unreadable

if TYPE_CHECKING:  # see `marks`
    from vae_core.data.source import ImageShape, Pixels

Fit = Literal["fit", "fill", "stretch"]
ValueRange = tuple[float, float]
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
MOST_PIXELS = 100_000_000
"""Of one picture as it comes: more takes seconds and gigabytes."""
_LARGE, _MOST_IN_A_BYTE = 16_000_000, 200  # pixels: in a larger picture than that, so many stand for nothing
SMALLEST, LARGEST = 8, 128
"""Sides of the images that models learn from, in pixels."""
_TOP_16 = 65535
_PLAIN = frozenset(b"\xe0\xdb\xc4\xdd\xfe")  # APP0, DQT, DHT, DRI, COM: nothing that changes how pixels are shown
_FRAMES = frozenset(b"\xc0\xc2")  # baseline and progressive
_START_OF_SCAN = 0xDA
_FRACTIONS = (8, 4, 2)  # of its size that a JPEG can be decoded at
_SPARE = 2  # times the size that is wanted, at least, is decoded: less would be coarse


@dataclass(frozen=True)
class Preparation:
    """What becomes of each picture. size: (height, width), each `SMALLEST` to `LARGEST`.

    colour: three channels, else one of grey. fit: "fit" shows all of a picture, with borders; "fill" cuts what is too
    much from both sides; "stretch" does neither. ground: 0 (black) to 255, behind transparent pixels and in borders.
    inverted: black becomes white. value_range: of numbers in arrays and tables, which is black and which white; None as
    they are suggested to be, and for pictures' files, which say so themselves.
    """

    size: tuple[int, int]
    colour: bool
    fit: Fit = "fill"
    ground: int = 255
    inverted: bool = False
    value_range: ValueRange | None = None

    @property
    def image_shape(self) -> ImageShape:
        """(C, H, W)"""
        return (3 if self.colour else 1, *self.size)


def decode(data: bytes, wanted: Preparation) -> Pixels:
    """A picture's file as uint8 (C, H, W). Raises Unreadable, which says why, as the end of a sentence.

    Read as people see it: turned by its EXIF orientation, palettes as their colours, transparent pixels over the
    ground, 16 bits scaled to 8 and not cut, of several frames the first.
    """
    return resized(_in_8_bits(_opened(data, wanted.size), wanted.ground), wanted)


def resized(image: Image.Image, wanted: Preparation) -> Pixels:
    """A picture of 8 bits, opaque, as uint8 (C, H, W)."""
    mode = "RGB" if wanted.colour else "L"
    pixels = np.asarray(_resized(image if image.mode == mode else image.convert(mode), wanted))
    pixels = pixels.transpose(2, 0, 1) if wanted.colour else pixels[np.newaxis]  # (H, W, 3) or (H, W) -> (C, H, W)
    return ~pixels if wanted.inverted else pixels


def measure(data: bytes) -> tuple[int, int, bool]:
    """(height, width, whether it has colours) of a picture's file, as people see it. Raises Unreadable."""
    image = _opened(data, (LARGEST, LARGEST))
    small = np.asarray(_in_8_bits(image, 255).convert("RGB").resize((32, 32), Image.Resampling.BOX)).astype(np.int16)
    has_colours = bool(np.abs(small - small.mean(axis=2, keepdims=True)).max() > 12)  # more than a JPEG's own error
    return image.height, image.width, has_colours


def _opened(data: bytes, size: tuple[int, int]) -> Image.Image:
    if plain := _plain_jpeg(data, size):
        return plain
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that Pillow reads past, of sizes that are checked here
            image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
            _expect_plausible(image.width, image.height, len(data))
            image.draft(None, (_SPARE * size[1], _SPARE * size[0]))
            image.load()
            return ImageOps.exif_transpose(image)
    except Unreadable:
        raise
    except UnidentifiedImageError:
        raise Unreadable("no picture of a known format") from None
    except MemoryError:
        raise Unreadable("takes more memory than a picture may") from None
    except Exception as error:  # what Pillow's readers raise for damaged files is of every kind
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise Unreadable(f"damaged ({reason[:120]})") from None


def _expect_plausible(width: int, height: int, size: int) -> None:
    """Raises Unreadable before memory is taken for pixels that a file of so many bytes hardly has."""
    if width * height > MOST_PIXELS:
        raise Unreadable(f"{width}×{height} pixels, more than {MOST_PIXELS // 10**6} million")
    if width * height > max(_LARGE, _MOST_IN_A_BYTE * size):
        raise Unreadable(f"says that it has {width}×{height} pixels, in {size:,} bytes")


def _plain_jpeg(data: bytes, size: tuple[int, int]) -> Image.Image | None:
    """A JPEG that nothing is special about, decoded without Pillow's own reading of its head, which takes twice as long
    as a small picture. None for all others, and for damaged ones.
    """
    frame = _HEADS.frame_of(data)
    if frame is None:
        return None
    height, width, channels = frame
    if not height * width or channels not in (1, 3):
        return None
    _expect_plausible(width, height, len(data))
    mode = "L" if channels == 1 else "RGB"
    spare = min(height // size[0], width // size[1]) // _SPARE
    part = next((each for each in _FRACTIONS if each <= spare), 1)
    try:
        return Image.frombytes(mode, (-(-width // part), -(-height // part)), data, "jpeg", mode, "", part, 0)
    except (ValueError, OSError, SyntaxError):
        return None


def _frame_of(data: bytes) -> tuple[tuple[int, int, int] | None, int]:
    """(height, width, channels) of a JPEG whose segments are all of `_PLAIN`, and where its scan begins; None of any
    other file.
    """
    if data[:2] != b"\xff\xd8":
        return None, 0
    position, frame = 2, None
    while position + 9 < len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == _START_OF_SCAN:
            return frame, position + 2
        if marker in _FRAMES and data[position + 4] == 8:  # bits
            height, width = (
                int.from_bytes(data[position + 5 : position + 7]),
                int.from_bytes(data[position + 7 : position + 9]),
            )
            frame = (height, width, data[position + 9])
        elif marker not in _PLAIN:
            return None, 0
        position += 2 + int.from_bytes(data[position + 2 : position + 4])
    return None, 0


class _Heads:
    """Files of one maker begin alike: the head that was read last is looked for first."""

    def __init__(self) -> None:
        self._last: tuple[bytes, tuple[int, int, int] | None] = (b"-", None)

    def frame_of(self, data: bytes) -> tuple[int, int, int] | None:
        """As `_frame_of`."""
        if data.startswith(self._last[0]):
            return self._last[1]
        frame, end = _frame_of(data)
        if frame:
            self._last = (data[:end], frame)
        return frame


_HEADS = _Heads()


def _in_8_bits(image: Image.Image, ground: int) -> Image.Image:
    """In a mode that `convert` turns to grey or colours as people see it: L, RGB, CMYK and the like."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return Image.fromarray(_scaled_down(np.asarray(image)))
    is_see_through = image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info
    if is_see_through:
        image = image.convert("RGBA")
        behind = Image.new("RGBA", image.size, (ground, ground, ground, 255))
        return Image.alpha_composite(behind, image).convert("RGB")
    return image.convert("RGB") if image.mode == "P" else image


def _scaled_down(values: npt.NDArray[np.generic]) -> Pixels:
    """Whole numbers to 65,535, or numbers from 0 to 1 or to 255, as uint8. Raises Unreadable."""
    if not np.isfinite(values).all():
        raise Unreadable("has pixels that are no numbers (NaN)")
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        return np.rint(values.astype(np.float64) * 255).astype(np.uint8)
    if low >= 0 and high <= 255 and values.dtype != np.uint16:
        return np.rint(values.astype(np.float64)).astype(np.uint8)
    if low >= 0 and high <= _TOP_16 and values.dtype.kind != "f":
        return ((values.astype(np.uint32) * 255 + _TOP_16 // 2) // _TOP_16).astype(np.uint8)
    raise Unreadable(f"has pixels from {low:g} to {high:g}; expected 0 to 1, to 255, or whole numbers to 65,535")


def _resized(image: Image.Image, wanted: Preparation) -> Image.Image:
    """Grey or RGB, in the size that is wanted."""
    height, width = wanted.size
    if image.size == (width, height):
        return image
    if wanted.fit == "stretch":
        return image.resize((width, height), _filter(image, height, width), reducing_gap=3.0)
    across, down = width / image.width, height / image.height
    if wanted.fit == "fill":
        scale = max(across, down)
        cut_x, cut_y = (image.width - width / scale) / 2, (image.height - height / scale) / 2
        box = (cut_x, cut_y, image.width - cut_x, image.height - cut_y)
        return image.resize((width, height), _filter(image, height, width), box=box, reducing_gap=3.0)
    scale = min(across, down)
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    framed = Image.new(image.mode, (width, height), wanted.ground if image.mode == "L" else (wanted.ground,) * 3)
    shrunk = image.resize(inner, _filter(image, inner[1], inner[0]), reducing_gap=3.0)
    framed.paste(shrunk, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return framed


def _filter(image: Image.Image, height: int, width: int) -> Image.Resampling:
    """Down, each pixel is the mean of what it covers, softly; up, it is smooth."""
    is_down = height * width < image.width * image.height
    return Image.Resampling.LANCZOS if is_down else Image.Resampling.BICUBIC
