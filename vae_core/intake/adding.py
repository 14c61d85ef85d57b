"""From what was found to a data set that is kept: decoded, divided into what is learnt from and held out, and named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from vae_core.data import generated, kept, registry
from vae_core.data.kept import Kept
from vae_core.data.source import MOST_CLASSES, DataCard, ImageShape, Labels, Pixels, digest_of_pieces
from vae_core.data.statistics import data_facts
from vae_core.errors import DataRefused
from vae_core.intake import report, tables
from vae_core.intake.array.files import is_arrays
from vae_core.intake.array.finding import find_arrays
from vae_core.intake.containers import Say, is_archive, open_container, silent
from vae_core.intake.decoding import Progress
from vae_core.intake.files import find_files
from vae_core.intake.found import Found
from vae_core.intake.layout import classes_of
from vae_core.intake.pictures import Preparation
from vae_core.intake.rows import RowsOfFile
from vae_core.intake.splitting import SHARE, divide

_RAW = "pictures.raw"
_COPIED = 2**20  # bytes in one go


@dataclass(frozen=True)
class Added:
    """What came of it. is_new: whether these images, so labelled, were not kept before, perhaps under another name."""

    kept: Kept
    is_new: bool


def find(path: Path, say: Say = silent) -> Found:
    """What lies at a path: a folder or an archive of pictures, a file of arrays, or a table. Raises DataRefused."""
    try:
        if path.is_file() and is_arrays(path):
            return find_arrays(path)
        if path.is_file() and not is_archive(path):
            if tables.is_table(path):
                return tables.find_table(path, say)
            raise DataRefused(
                f"{path.name} is nothing that pictures come in; expected a folder, .zip, .tar, .npz, .npy, IDX, CSV or "
                "Parquet file"
            )
    except OSError as error:
        raise DataRefused(f"{path.name} could not be read ({error.strerror or error}); check the disk") from error
    container = open_container(path, say)
    return tables.find_inside(container, path.name, say) or find_files(container, path.name)


def add(  # noqa: PLR0913
    found: Found,
    title: str,
    root: Path,
    wanted: Preparation | None = None,
    *,
    share: float = SHARE,
    seed: int = 0,
    origin: str = "",
    progress: Progress = lambda _done, _all: None,
) -> Added:
    """Keeps what was found under a title, below root. wanted: as suggested, unless given. share, seed: see `divide`.

    What comes with the column of generated images says so in its title and its origin, see `data.generated`.
    Raises DataRefused, and DatasetDamaged or OSError where the disk refuses; then nothing is left behind.
    """
    wanted = wanted or found.suggested
    found.expect_room(wanted)
    if generated.COLUMN in found.columns:
        title, origin = generated.marked_title(title), generated.marked_origin(origin)
    _expect_free(title, root)
    with kept.staging(root) as folder:
        decoded = found.pictures.write(folder / _RAW, wanted, progress)
        rows = np.array([row for row in range(len(found.names)) if row not in decoded.reasons], np.intp)
        labels, classes = _labelled(found, rows)
        given = None if found.sides is None else [found.sides[row] for row in rows]
        sides = divide(decoded.exact[rows], labels, given, share=share, seed=seed)
        order = rows[np.concatenate([sides.train, sides.held_out])]
        card = _written(folder, order, len(sides.train), wanted.image_shape, _named(title, classes, origin, found))
        chosen = None if labels is None else labels[np.searchsorted(rows, order)]
        columns = {name: column[order] for name, column in found.columns.items()}
        columns["file"] = np.array([found.names[row] for row in order])
        summary = report.summary(found, wanted, decoded, rows, sides)
        (folder / kept.FILES).write_bytes(report.as_csv(report.file_by_file(found, decoded, rows, sides)))
        kept.write_beside(folder, card, chosen, columns, summary)
        return Added(*kept.settle(root, folder))


def _expect_free(title: str, root: Path) -> None:
    """Raises DataRefused if another data set has the name."""
    name = kept.name_from(title)
    if name in registry.DATASETS or name in {each.card.name for each in kept.everything(root)}:
        raise DataRefused(f"a data set is called {name} already; take another name, or remove that one")


def _named(title: str, classes: tuple[str, ...] | None, origin: str, found: Found) -> dict[str, Any]:
    """A card's words."""
    is_number = "label" in found.columns and found.columns["label"].dtype.kind == "f"
    of_one = "class" if classes else "number" if is_number else "none"
    return {
        "name": kept.name_from(title),
        "title": title,
        "classes": classes or (tuple(found.properties) or None),
        "labels": "several" if found.properties and not classes else of_one,
        "origin": origin,
    }


def _labelled(found: Found, rows: npt.NDArray[np.intp]) -> tuple[Labels | None, tuple[str, ...] | None]:
    """Of the pictures that could be read: labels (N,), and the classes that they are of. Raises DataRefused."""
    if found.labels is None:
        return None, None
    texts = [found.labels[row] for row in rows]
    if loose := texts.count(""):
        texts = [text or "(none)" for text in texts] if loose else texts
    classes = classes_of(texts)
    if len(classes) > MOST_CLASSES:
        raise DataRefused(
            f"expected at most {MOST_CLASSES:,} classes, got {len(classes):,} folders; put them into fewer"
        )
    index = {text: number for number, text in enumerate(classes)}
    return np.array([index[text] for text in texts], np.uint32), classes


def _written(
    folder: Path, order: npt.NDArray[np.intp], train_size: int, shape: ImageShape, words: dict[str, Any]
) -> DataCard:
    """Writes the pictures in order, as they are kept, and returns their card."""
    sides = order[:train_size], order[train_size:]
    with (folder / _RAW).open("rb") as raw, (folder / kept.IMAGES).open("wb") as images:
        about = {"descr": "|u1", "fortran_order": False, "shape": (len(order), *shape)}
        np.lib.format.write_array_header_1_0(images, about)
        splits = [((len(rows), *shape), _copied(RowsOfFile(raw, shape, rows), images)) for rows in sides]
        digest = digest_of_pieces(splits)
        statistics = data_facts(RowsOfFile(raw, shape, sides[0]))
    (folder / _RAW).unlink()
    return DataCard(
        **words,
        image_shape=shape,
        train_size=len(sides[0]),
        held_out_size=len(sides[1]),
        digest=digest,
        statistics=statistics,
    )


def _copied(pictures: RowsOfFile, target: IO[bytes]) -> Iterator[Pixels]:
    """Writes pictures and hands them on, a few at a time."""
    step = max(1, _COPIED // int(np.prod(pictures.shape)))
    for start in range(0, len(pictures), step):
        piece = pictures[np.arange(start, min(start + step, len(pictures)))]
        target.write(piece.data)
        yield piece
