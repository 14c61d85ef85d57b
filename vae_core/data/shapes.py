"""Pictures whose factors are known, drawn from a seed: what a model should find out is written beside each of them.

`draw_shapes` is in the manner of dSprites (Matthey et al. 2017): a shape of some size, angle, place and colour.
`draw_squares` is XYSquares (Michlo et al. 2022, arXiv 2202.13341): three squares that move in steps as wide as they
are, so that one place never overlaps another. However far a square moves, as many pixels change: a loss over pixels
says nothing of which picture is nearer, and models fail by construction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.data.source import Pixels

SIDE = 64
Floats = npt.NDArray[np.floating[Any]]
Factors = dict[str, npt.NDArray[np.float32]]
SHAPES = ("square", "ellipse", "heart")
_SIZES = np.linspace(0.5, 1.0, 6, dtype=np.float32)  # as in dSprites
_ANGLES, _PLACES, _HUES = 40, 32, 12
_LARGEST = 0.17  # half of the largest shape's width, as a share of the picture's: it stays inside at every angle
_REACH = 0.55  # places lie within this share of the picture, in the middle
_SQUARE = 8  # pixels of a square's side in XYSquares, and of its step
_STEPS = SIDE // _SQUARE
_DRAWS = 8  # random numbers for each picture, of which it takes as many as it has factors


@dataclass(frozen=True)
class Drawing:
    """A kind of pictures. title: as people call it. about: a sentence. sizes: how many values each factor has.

    factors: of pictures by their numbers (n,) and a seed: number i of a seed is always the same. draw: makes pictures
    uint8 (n, 3, 64, 64) of them.
    """

    title: str
    about: str
    sizes: dict[str, int]
    factors: Callable[[npt.NDArray[np.intp], int], Factors]
    draw: Callable[[Factors], Pixels]


def shape_factors(numbers: npt.NDArray[np.intp], seed: int) -> Factors:
    """float32 (n,) by name. shape: 0 square, 1 ellipse, 2 heart; size: 0.5 to 1; angle: radians, 0 to 2π; x, y: −1 to
    1, to the right and up; hue: turns, 0 to 1.
    """
    drawn = _values(numbers, seed, DRAWINGS["shapes"].sizes)  # (n, 6)
    return {
        "shape": drawn[:, 0].astype(np.float32),
        "size": _SIZES[drawn[:, 1]],
        "angle": (drawn[:, 2] * (2 * np.pi / _ANGLES)).astype(np.float32),
        "x": (2 * drawn[:, 3] / (_PLACES - 1) - 1).astype(np.float32),
        "y": (2 * drawn[:, 4] / (_PLACES - 1) - 1).astype(np.float32),
        "hue": (drawn[:, 5] / _HUES).astype(np.float32),
    }


def draw_shapes(factors: Factors) -> Pixels:
    """Pictures uint8 (n, 3, 64, 64), anti-aliased on black."""
    shares = _covered(factors)  # (n, 64, 64)
    colours = _coloured(factors["hue"])  # (n, 3)
    return np.rint(255 * shares[:, np.newaxis] * colours[:, :, np.newaxis, np.newaxis]).astype(np.uint8)


def square_factors(numbers: npt.NDArray[np.intp], seed: int) -> Factors:
    """The places of a red, a green and a blue square, 0 to 7 each, float32 (n,) by name."""
    sizes = DRAWINGS["squares"].sizes
    drawn = _values(numbers, seed, sizes)  # (n, 6)
    return {name: drawn[:, index].astype(np.float32) for index, name in enumerate(sizes)}


def draw_squares(factors: Factors) -> Pixels:
    """Pictures uint8 (n, 3, 64, 64): each square is bright in its own channel."""
    places = np.stack([values.astype(np.int64) for values in factors.values()], axis=1)  # (n, 6)
    images = np.zeros((len(places), 3, _STEPS, _SQUARE, _STEPS, _SQUARE), np.uint8)
    rows = np.arange(len(places))
    for channel in range(3):
        images[rows, channel, places[:, 2 * channel + 1], :, places[:, 2 * channel], :] = 255
    return images.reshape(-1, 3, SIDE, SIDE)


def _values(numbers: npt.NDArray[np.intp], seed: int, sizes: dict[str, int]) -> npt.NDArray[np.int64]:
    """(n, factors): which value each picture's factors have, independent of one another and equally likely."""
    first, last = int(numbers.min()), int(numbers.max())
    if last - first > 2 * len(numbers) + 1000:  # scattered: each by itself, and not all that lie between
        return np.concatenate([_values(numbers[index : index + 1], seed, sizes) for index in range(len(numbers))])
    draws = np.random.Philox(key=seed).advance(first * _DRAWS // 4)  # a step of it gives four numbers
    everything = np.random.Generator(draws).random((last - first + 1, _DRAWS))[:, : len(sizes)]
    values = everything[numbers - first] * np.array(list(sizes.values()))
    return np.asarray(np.floor(values), np.int64)


def _covered(factors: Factors) -> Floats:
    """(n, 64, 64): the share of each pixel that the shape covers, by how far its middle lies inside the outline."""
    middles = ((np.arange(SIDE) + 0.5) / SIDE - 0.5).astype(np.float32)
    x = middles[np.newaxis, np.newaxis, :] - _apart(factors["x"] * _REACH / 2)
    y = -middles[np.newaxis, :, np.newaxis] - _apart(factors["y"] * _REACH / 2)
    cos, sin = _apart(np.cos(factors["angle"])), _apart(np.sin(factors["angle"]))
    half = _apart(factors["size"] * _LARGEST)
    u, v = (x * cos + y * sin) / half, (y * cos - x * sin) / half  # in half widths, turned back
    inside = np.empty_like(u)
    for index, distance in enumerate((_to_square, _to_ellipse, _to_heart)):
        own = factors["shape"] == index
        inside[own] = distance(u[own], v[own])
    return np.asarray(np.clip(0.5 - inside * half * SIDE, 0, 1), np.float32)


def _apart(values: Floats) -> Floats:
    return values[:, np.newaxis, np.newaxis]


def _to_square(u: Floats, v: Floats) -> Floats:
    """How far outside the outline, in half widths; negative inside. Of a square with the ellipse's reach."""
    return np.asarray(np.maximum(np.abs(u), np.abs(v)) - np.float32(0.8), np.float32)


def _to_ellipse(u: Floats, v: Floats) -> Floats:
    """Half as high as it is wide; the implicit equation over its slope, which is the distance near the outline."""
    a, b = np.float32(1), np.float32(0.5)
    value = (u / a) ** 2 + (v / b) ** 2 - 1
    return np.asarray(value / np.maximum(2 * np.hypot(u / a**2, v / b**2), np.float32(1e-3)), np.float32)


def _to_heart(u: Floats, v: Floats) -> Floats:
    """(x² + y² − 1)³ = x² y³, likewise."""
    x, y = np.float32(1.15) * u, np.float32(1.15) * v + np.float32(0.1)
    around = x * x + y * y - 1
    value = around**3 - x * x * y**3
    slope_x = 6 * x * around**2 - 2 * x * y**3
    slope_y = 6 * y * around**2 - 3 * x * x * y * y
    return np.asarray(value / np.maximum(np.float32(1.15) * np.hypot(slope_x, slope_y), np.float32(0.05)), np.float32)


def _coloured(hue: Floats) -> Floats:
    """(n, 3): red, green and blue of a full colour, 0 to 1. Source: Smith 1978, HSV with S = V = 1."""
    thirds = np.array([0, 2, 1], np.float32) / 3
    wheel = np.abs(((hue[:, np.newaxis] + 1 - thirds) % 1) * 6 - 3) - 1
    return np.asarray(np.clip(wheel, 0, 1), np.float32)


DRAWINGS = {
    "shapes": Drawing(
        "Shapes",
        "A square, an ellipse or a heart of some size, angle, place and colour: six factors that are known.",
        {"shape": len(SHAPES), "size": len(_SIZES), "angle": _ANGLES, "x": _PLACES, "y": _PLACES, "hue": _HUES},
        shape_factors,
        draw_shapes,
    ),
    "squares": Drawing(
        "XYSquares",
        "Three squares whose places never overlap: a loss over pixels cannot tell near from far, and fails.",
        {f"{axis} of {colour}": _STEPS for colour in ("red", "green", "blue") for axis in ("x", "y")},
        square_factors,
        draw_squares,
    ),
}
"""What can be drawn, by its name."""
