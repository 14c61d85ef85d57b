"""What may have happened to an image: blur, then noise, then pixels that are hidden. Linear, but for nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vae_core.data.source import ImageShape
from vae_core.errors import ConfigInvalid

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
MOST_NOISE, MOST_BLUR = 2.0, 10.0
REACH = 4.0  # of the blur's kernel, in its standard deviations


@dataclass(frozen=True)
class Damage:
    """noise_sigma: of each pixel, in units of full white. blur_sigma: of a Gaussian, in pixels. hidden: (H, W), True
    where nothing is seen, in all channels; None where all is.

    Raises ConfigInvalid for numbers out of bounds, and where nothing would be seen at all.
    """

    noise_sigma: float = 0.0
    blur_sigma: float = 0.0
    hidden: Mask | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name, value, most in (("noise", self.noise_sigma, MOST_NOISE), ("blur", self.blur_sigma, MOST_BLUR)):
            if not 0 <= value <= most:
                raise ConfigInvalid(f"{name}: expected a number from 0 to {most:g} and got {value:g}; choose another")
        if self.hidden is not None and self.hidden.all():
            raise ConfigInvalid("all pixels are hidden, and nothing is left to go by; leave some visible")

    @property
    def hides(self) -> bool:
        """Whether a pixel is hidden."""
        return self.hidden is not None and bool(self.hidden.any())

    @property
    def is_exact(self) -> bool:
        """Whether visible pixels are as they were."""
        return self.noise_sigma == 0 and self.blur_sigma == 0

    @property
    def is_none(self) -> bool:
        """Whether nothing happens at all."""
        return self.is_exact and not self.hides

    def visible(self, shape: ImageShape) -> Mask:
        """The mask of what is seen, over all values of an image: (C · H · W,). Raises ConfigInvalid."""
        if self.hidden is None:
            return np.ones(int(np.prod(shape)), dtype=bool)
        if self.hidden.shape != shape[1:]:
            raise ConfigInvalid(
                f"the hidden region is {'×'.join(map(str, self.hidden.shape))} and the images are "
                f"{shape[1]}×{shape[2]}; hide pixels of an image of that size"
            )
        return np.broadcast_to(~self.hidden, shape).reshape(-1)

    def blurred(self, images: Floats) -> Floats:
        """(…, H, W), each blurred; pixels beyond the edge mirror those within."""
        if not self.blur_sigma:
            return images
        rows, columns = (blur_matrix(side, self.blur_sigma) for side in images.shape[-2:])
        return np.asarray(rows @ images @ columns.T)


def damaged(images: Floats, damage: Damage, *, seed: int = 0) -> Floats:
    """Images (N, C, H, W) in [0, 1], blurred and with noise, the same for a seed; hidden pixels are left as they are.

    Noise may carry a value beyond 0 and 1: what is measured is not cut off.
    """
    noise = np.random.default_rng(seed).standard_normal(images.shape) * damage.noise_sigma
    return damage.blurred(images) + noise


def blur_matrix(side: int, sigma: float) -> Floats:
    """A Gaussian blur of one row of pixels, mirrored at its ends, as a matrix (side, side); rows add up to 1."""
    reach = int(REACH * sigma + 0.5)
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights /= weights.sum()
    matrix = np.zeros((side, side))
    for row in range(side):
        at = (row + offsets) % (2 * side)  # a row and its mirror image, again and again
        np.add.at(matrix[row], np.where(at < side, at, 2 * side - 1 - at), weights)
    return matrix


def _part(shape: ImageShape, share: float) -> tuple[int, int]:
    return round(share * shape[1]), round(share * shape[2])


def _hidden(where: tuple[slice, slice], shape: ImageShape) -> Mask:
    mask = np.zeros(shape[1:], dtype=bool)
    mask[where] = True
    return mask


def _middle(shape: ImageShape, share: float) -> Mask:
    height, width = (round(share**0.5 * side) for side in shape[1:])
    top, left = (shape[1] - height) // 2, (shape[2] - width) // 2
    return _hidden((slice(top, top + height), slice(left, left + width)), shape)


REGIONS: dict[str, Callable[[ImageShape, float], Mask]] = {
    "nothing": lambda shape, _: np.zeros(shape[1:], dtype=bool),
    "lower part": lambda shape, share: _hidden((slice(shape[1] - _part(shape, share)[0], None), slice(None)), shape),
    "upper part": lambda shape, share: _hidden((slice(0, _part(shape, share)[0]), slice(None)), shape),
    "left part": lambda shape, share: _hidden((slice(None), slice(0, _part(shape, share)[1])), shape),
    "right part": lambda shape, share: _hidden((slice(None), slice(shape[2] - _part(shape, share)[1], None)), shape),
    "middle": _middle,
    "scattered pixels": lambda shape, share: np.random.default_rng(0).random(shape[1:]) < share,
}
"""What is hidden, by name: (shape, share of the image, 0 to 1) -> (H, W)."""
BRUSH = "brush"
"""The region that somebody painted."""
REGION_TITLES = {name: name.capitalize() for name in REGIONS} | {BRUSH: "Painted"}
MOST_CELLS = 32
"""Cells of a brush's mask in each direction: pixels of a small image, squares of a large one."""


def mask_cells(shape: ImageShape) -> tuple[int, int]:
    """How many rows and columns of cells a brush paints on images (C, H, W)."""
    return min(shape[1], MOST_CELLS), min(shape[2], MOST_CELLS)


def mask_text(cells: Mask) -> str:
    """Cells (R, K) of a brush as text: hexadecimal digits, row by row, 1 where it painted; "" where it did nowhere."""
    return np.packbits(cells).tobytes().hex() if cells.any() else ""


def why_no_mask(text: str, shape: ImageShape) -> str:
    """What is wrong with a text that should be `mask_text`'s, as the end of a sentence; "" for nothing."""
    rows, columns = mask_cells(shape)
    digits = -(-rows * columns // 8) * 2
    if not text or (len(text) == digits and re.fullmatch("[0-9a-f]+", text, re.ASCII)):
        return ""
    return (
        f"expected {digits} hexadecimal digits, a bit for each of {rows} × {columns} cells; got {text[:20]!r}, "
        f"{len(text)} of them"
    )


def mask_from(text: str, shape: ImageShape) -> Mask:
    """The hidden pixels (H, W) that `mask_text` stands for, on images (C, H, W). Raises ConfigInvalid."""
    if reason := why_no_mask(text, shape):
        raise ConfigInvalid(f"hidden: {reason}; paint the region anew")
    rows, columns = mask_cells(shape)
    if not text:
        return np.zeros(shape[1:], dtype=bool)
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(text), dtype=np.uint8))
    cells = bits[: rows * columns].reshape(rows, columns).astype(bool)
    down, across = (np.arange(side) * count // side for side, count in zip(shape[1:], (rows, columns), strict=True))
    return cells[np.ix_(down, across)]
