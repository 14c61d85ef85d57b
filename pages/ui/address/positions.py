"""Positions in latent space as the address has them: "0.5,-1.25", `DECIMALS` decimals at most. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST_COORDINATES = 128
LIMIT = 1e6
"""A coordinate of more than this comes from a mistyped URL, not from a map."""
DECIMALS = 4
"""Decimals of a coordinate in the address."""


def coordinates(text: str) -> list[float] | None:
    """The numbers of a position, one or more; None for what is none."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    is_position = 1 <= len(values) <= MOST_COORDINATES and all(math.isfinite(v) and abs(v) <= LIMIT for v in values)
    return values if is_position else None


def as_text(z: Sequence[float]) -> str:
    """The text of a position."""
    return ",".join(f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".") for value in z)
