"""Pictures that lie in a folder or an archive, a file each."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vae_core.data.source import Pixels
from vae_core.errors import DataRefused
from vae_core.intake.containers import Container, Entry
from vae_core.intake.decoding import Decoded, Progress, decode_all, measure_all
from vae_core.intake.found import Found, suggested_size
from vae_core.intake.layout import is_litter, places
from vae_core.intake.pictures import Preparation

LOOKED_AT = 200
"""Pictures, evenly spaced, whose size and colours suggest what becomes of all."""
_NO_PICTURES = frozenset(
    {".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".html", ".pdf", ".py", ".ipynb", ".parquet"}
)


@dataclass(frozen=True)
class PictureFiles:
    """The files of a container that are to be pictures."""

    container: Container
    entries: Sequence[Entry]

    def write(self, target: Path, wanted: Preparation, progress: Progress) -> Decoded:
        """As `Pictures`."""
        return decode_all(self.container, self.entries, wanted, target, progress)

    def sample(self, rows: Sequence[int], wanted: Preparation) -> tuple[Pixels, npt.NDArray[np.bool_]]:
        """As `Pictures`."""
        entries = [self.entries[row] for row in rows]
        with tempfile.TemporaryDirectory(prefix="latent-studio-") as folder:
            target = Path(folder) / "sample"
            decoded = decode_all(self.container, entries, wanted, target, lambda _done, _all: None)
            images = np.fromfile(target, np.uint8).reshape(len(rows), *wanted.image_shape)
        return images, np.array([index not in decoded.reasons for index in range(len(rows))], np.bool_)


def find_files(container: Container, what: str) -> Found:
    """The pictures of a container, which is called what. Raises DataRefused if there are none."""
    skipped = {name: why for name, why in container.skipped.items() if not is_litter(name)}
    entries, litter = [], 0
    for entry in container.entries:
        if is_litter(entry.name):
            litter += 1
        elif Path(entry.name).suffix.casefold() in _NO_PICTURES:
            skipped[entry.name] = "no picture"
        else:
            entries.append(entry)
    if not entries:
        raise DataRefused(f"{what} holds no pictures; expected PNG, JPEG, WebP, BMP, GIF or TIFF files")
    found = places([entry.name for entry in entries])
    have_classes = any(place.label for place in found)
    have_sides = any(place.side for place in found)
    return Found(
        PictureFiles(container, entries),
        names=[entry.name for entry in entries],
        suggested=_suggested(container, entries, what),
        labels=[place.label or "" for place in found] if have_classes else None,
        sides=[place.side for place in found] if have_sides else None,
        skipped=skipped,
        notes=[f"{litter:,} hidden files and system files were passed over."] if litter else [],
    )


def _suggested(container: Container, entries: Sequence[Entry], what: str) -> Preparation:
    step = max(1, len(entries) // LOOKED_AT)
    measured = measure_all(container, entries[::step][:LOOKED_AT])
    if not measured:
        raise DataRefused(
            f"{what} holds no picture that could be read; expected PNG, JPEG, WebP, BMP, GIF or TIFF files"
        )
    has_colours = sum(colours for _, _, colours in measured) > 0.02 * len(measured)
    return Preparation(suggested_size([(height, width) for height, width, _ in measured]), colour=has_colours)
