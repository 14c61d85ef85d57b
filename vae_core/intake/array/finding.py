"""The pictures of a file of arrays, with what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vae_core.errors import DataRefused
from vae_core.intake.array.files import UNREADABLE, Array, Piece, pieces
from vae_core.intake.array.labels import known_of
from vae_core.intake.array.pixels import ArrayPictures, Stack, laid_out
from vae_core.intake.found import Found, suggested_size
from vae_core.intake.pictures import Preparation


def find_arrays(path: Path) -> Found:
    """The pictures of a file of arrays. Raises DataRefused."""
    try:
        parts = list(pieces(path))
    except DataRefused:
        raise
    except UNREADABLE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")[:160]
        raise DataRefused(f"{path.name} is no readable file of arrays ({reason}); save it again") from None
    return found_in(parts, path.name)


def found_in(parts: Sequence[Piece], what: str) -> Found:
    """The pictures of arrays, which lie in what. Raises DataRefused."""
    stack = Stack(tuple(laid_out(piece.images, what) for piece in parts))
    names = [f"{piece.key}[{row}]" for piece in parts for row in range(len(piece.images))]
    levels = stack.levels(names)
    low, high = levels.black_white
    shape = stack.parts[0].shape
    known = known_of(parts)
    return Found(
        ArrayPictures(stack, levels),
        names=names,
        suggested=Preparation(
            suggested_size([(shape[1], shape[2])]), colour=shape[3] >= 3, fit="fit", ground=0, value_range=(low, high)
        ),
        labels=known.labels,
        properties=known.properties,
        sides=[piece.side for piece in parts for _ in piece.images] if any(piece.side for piece in parts) else None,
        columns={**_columns(parts), **known.columns},
        notes=[f"Numbers from {_said(low)} to {_said(high)} were read as black to white ({levels.why})."],
        extent=levels.extent,
    )


def _said(number: float) -> str:
    return (f"{number:g}" if number == round(number) else f"{number:.3g}").replace("-", "−")


def _columns(parts: Sequence[Piece]) -> dict[str, Array]:
    """Those that all arrays have."""
    names = [name for name in parts[0].columns if all(name in piece.columns for piece in parts)] if parts else []
    columns = {name: np.concatenate([piece.columns[name] for piece in parts]) for name in names}
    if "file" in columns:
        columns["file before"] = columns.pop("file")  # each picture has a "file" of its own
    return columns
