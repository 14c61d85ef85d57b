"""Images side by side in one PNG, with room between them; what a model drew wears a thin frame, what is real none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vae_core.data.source import Pixels
from vae_core.interchange.exports import pictures

SIDE = 56
"""Pixels of an image's width, at least."""
FRAME, GAP = 2, 4
ACCENT = (194, 65, 12)
"""The frame's colour, as the app's accent is in light."""


def sheet(images: Pixels, columns: int, is_drawn: Sequence[bool]) -> bytes:
    """Images uint8 (N, C, H, W), row by row, as a PNG whose gaps are transparent; is_drawn: (N,)."""
    colours = _as_colours(images)
    scale = max(1, -(-SIDE // images.shape[3]))
    large = colours.repeat(scale, axis=2).repeat(scale, axis=3)  # (N, 4, h, w)
    edge = FRAME + GAP
    wide = np.pad(large, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
    framed = wide[np.asarray(is_drawn, dtype=bool)]
    inner = slice(GAP, -GAP)
    frame = np.ones(framed.shape[2:], dtype=bool)
    frame[edge:-edge, edge:-edge] = False
    for channel, value in enumerate((*ACCENT, 255)):
        framed[:, channel, inner, inner][:, frame[inner, inner]] = value
    wide[np.asarray(is_drawn, dtype=bool)] = framed
    return pictures.png(pictures.tiled(wide, columns))


def _as_colours(images: Pixels) -> Pixels:
    """(N, C, H, W) -> (N, 4, H, W), opaque: of another number of channels than three the first, as grey."""
    shown = images if images.shape[1] == 3 else images[:, :1].repeat(3, axis=1)
    return np.concatenate([shown, np.full_like(shown[:, :1], 255)], axis=1)
