"""Pictures that lie in a folder or an archive, a file each."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vae_core.data.source import Pixels
from vae_core.errors import DataRefused
from vae_core.intake.beside import Beside, is_table_name, said_beside
from vae_core.intake.containers import Container, Entry
from vae_core.intake.decoding import Decoded, Progress, decode_all, measure_all
from vae_core.intake.found import Found, suggested_size
from vae_core.intake.layout import is_litter, places, suffix_of
from vae_core.intake.pictures import Preparation

LOOKED_AT = 200
"""Pictures, evenly spaced, whose size and colours suggest what becomes of all."""
_NO_PICTURES = frozenset({".txt", ".md", ".json", ".xml", ".html", ".pdf", ".py", ".ipynb"})


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
    """The pictures of a container, which is called what. Raises DataRefused if there are none.

    Classes and sides come from its folders, unless tables that lie beside the pictures say more of them.
    """
    listed = _listed(container)
    if not listed.pictures:
        raise DataRefused(f"{what} holds no pictures; expected PNG, JPEG, WebP, BMP, GIF or TIFF files")
    beside = said_beside(container, listed.tables, [entry.name for entry in listed.pictures])
    used = beside.used if beside else ()
    useless = {table.name: "a table that names no pictures" for table in listed.tables if table.name not in used}
    notes = [f"{listed.litter:,} hidden files and system files were passed over."] if listed.litter else []
    found = _found(container, listed.pictures, what, beside)
    return replace(found, skipped=listed.skipped | useless, notes=[*notes, *found.notes])


def find_named(container: Container, table: str, what: str) -> Found:
    """The pictures of a container that a table in it names. Raises DataRefused if it names none."""
    pictures = [entry for entry in _listed(container).pictures if entry.name != table]
    beside = said_beside(container, [Entry(table)], [entry.name for entry in pictures])
    if beside is None:
        raise DataRefused(
            f"{what} has neither pixels nor images, and names no pictures that lie beside it; expected 784 columns of "
            "pixels, or those of another square, a column of images, or one of the names of files in its folder"
        )
    rows = np.flatnonzero(beside.is_named)
    return _found(container, [pictures[row] for row in rows], what, beside.of(rows))


@dataclass(frozen=True)
class _Listed:
    """The files of a container by what they are for. litter: how many are for nothing."""

    pictures: list[Entry]
    tables: list[Entry]
    skipped: dict[str, str]
    litter: int


def _listed(container: Container) -> _Listed:
    skipped = {name: why for name, why in container.skipped.items() if not is_litter(name)}
    pictures, tables, litter = list[Entry](), list[Entry](), 0
    for entry in container.entries:
        if is_litter(entry.name):
            litter += 1
        elif is_table_name(entry.name):
            tables.append(entry)
        elif suffix_of(entry.name) in _NO_PICTURES:
            skipped[entry.name] = "no picture"
        else:
            pictures.append(entry)
    return _Listed(pictures, tables, skipped, litter)


def _found(container: Container, entries: list[Entry], what: str, beside: Beside | None) -> Found:
    """Of these entries. What tables say goes before what folders do."""
    found = places([entry.name for entry in entries])
    labels = [place.label or "" for place in found] if any(place.label for place in found) else None
    sides = [place.side for place in found] if any(place.side for place in found) else None
    return Found(
        PictureFiles(container, entries),
        names=[entry.name for entry in entries],
        suggested=suggested_for(container, entries, what),
        labels=(beside.labels if beside else None) or labels,
        sides=(beside.sides if beside else None) or sides,
        columns=beside.columns if beside else {},
        notes=beside.notes if beside else (),
    )


def suggested_for(container: Container, entries: Sequence[Entry], what: str) -> Preparation:
    """What becomes of pictures in what, by the looks of some of them. Raises DataRefused if none could be read."""
    step = max(1, len(entries) // LOOKED_AT)
    measured = measure_all(container, entries[::step][:LOOKED_AT])
    if not measured:
        raise DataRefused(
            f"{what} holds no picture that could be read; expected PNG, JPEG, WebP, BMP, GIF or TIFF files"
        )
    has_colours = sum(colours for _, _, colours in measured) > 0.02 * len(measured)
    return Preparation(suggested_size([(height, width) for height, width, _ in measured]), colour=has_colours)
