"""A run as one .zip: out for keeping or sending, in again on any machine.

An uploaded archive is untrusted. Nothing of it is executed: weights are read as plain numbers, and the decoder that
browsers will run is built here from these numbers, whatever the archive holds under that name.
"""

from __future__ import annotations

import dataclasses
import io
import shutil
import stat
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np

from vae_core import runs
from vae_core.architecture import onnx_models
from vae_core.data.source import DataCard, Labels
from vae_core.errors import ArchiveRejected, CheckpointDamaged, LatentStudioError
from vae_core.runs import records, storage
from vae_core.runs.listing import marks
from vae_core.runs.reader import Run
from vae_core.runs.records import CHECKPOINTS, DECODER, LIVE, LOCK, OPTIONAL, ORIGIN, REQUIRED, SNAPSHOTS, STATUS

MAX_BYTES = 256 * 2**20
"""Of an archive, and of all that unpacks from it; a run of the default model has 7 MB."""
MAX_TOGETHER = 500
"""Archives of runs in one archive."""
_INNER = ".zip"
_MAX_ENTRIES = 1000  # a folder zipped by hand may hold snapshots, too, and litter beside each
_CHUNK = 2**20
_KNOWN = REQUIRED | OPTIONAL | {STATUS, storage.MANIFEST}
_NEEDED = REQUIRED | {STATUS, storage.MANIFEST}
_OF_ANOTHER_MACHINE = frozenset({ORIGIN, LOCK, records.SERVER_LOCK, records.MARKS, records.ASKED})
_LITTER = frozenset({"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"})
"""What Windows and macOS leave in folders, in small letters; all that is hidden is passed over besides."""
_LITTER_FOLDERS = frozenset(
    {"__macosx", "@eadir", "#recycle", "#snapshot", "$recycle.bin", "system volume information", "lost+found"}
)
"""Likewise, of archives, NAS and disks."""
TENSORBOARD = "tensorboard"
"""The folder in a run's own that an export to TensorBoard goes to."""
_UNSENT_FOLDERS = frozenset(
    {LIVE, SNAPSHOTS, CHECKPOINTS, TENSORBOARD, records.CLAIMS}
)  # a zipped run directory may hold them
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENTRY_SIGNATURE = b"PK\x01\x02"


def export_zip(run: Run) -> bytes:
    """A complete run as a .zip, verified; equal runs give equal bytes. Raises RunMissing or CheckpointDamaged."""
    run.verify()
    names = sorted(name for name in _KNOWN if storage.exists(run.directory / name))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), storage.read_file(run.directory, name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def export_several(chosen: Sequence[Run]) -> bytes:
    """Complete runs as one .zip, which holds the .zip of each. Raises as `export_zip`, ArchiveRejected if too large."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for run in chosen:
            archive.writestr(zipfile.ZipInfo(f"{run.id}{_INNER}"), export_zip(run))
            if buffer.tell() > MAX_BYTES:
                raise ArchiveRejected(f"these runs are more than {MAX_BYTES // 2**20} MiB together; choose fewer")
    return buffer.getvalue()


def size_of(chosen: Iterable[Run]) -> int:
    """Bytes of the files that an archive of these would hold, as they lie on the disk."""
    sizes = 0
    for run in chosen:
        for name in _KNOWN:
            with suppress(OSError):
                sizes += (run.directory / name).stat().st_size
    return sizes


def import_any(data: bytes, root: Path | None = None) -> list[str]:
    """`import_zip`, or for an archive of several runs' archives each of them; the ids of the new runs.

    Raises as `import_zip`, which names the one that is bad; then none of them is left behind.
    """
    inner = _archives_in(data)
    if inner is None:
        return [import_zip(data, root)]
    taken, name = [], ""
    try:
        for name, content in inner:  # noqa: B007  of which archive an error is
            taken.append(import_zip(content, root))
    except LatentStudioError as error:
        for run_id in taken:
            shutil.rmtree((root or runs.runs_root()) / run_id, ignore_errors=True)
        raise type(error)(f"of the archive's {name}: {error}; nothing was taken in") from None
    return taken


def _archives_in(data: bytes) -> Iterator[tuple[str, bytes]] | None:
    """The archives that an archive holds and nothing else; None where it holds anything else, or cannot be read."""
    if len(data) > MAX_BYTES or data.count(_ENTRY_SIGNATURE) > MAX_TOGETHER * 2 * len(_KNOWN):
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, struct.error, ValueError, RuntimeError, NotImplementedError):
        return None
    entries = [entry for entry in archive.infolist() if not entry.filename.startswith("__MACOSX/")]
    are_archives = all(each.filename.endswith(_INNER) and each.compress_type == zipfile.ZIP_STORED for each in entries)
    if not entries or not are_archives or len(entries) > MAX_TOGETHER:
        return None
    return ((entry.filename, _inner(archive, entry)) for entry in entries)


def _inner(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """An archive that lies in an archive as it is. Raises ArchiveRejected."""
    try:
        return archive.read(entry)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError, OSError) as error:
        raise ArchiveRejected(f"it cannot be read ({error}); upload the .zip of runs as it was downloaded") from None


def import_zip(data: bytes, root: Path | None = None) -> str:
    """Stores the run in an archive under a fresh id, which it returns; the files may lie in one folder in it.

    Raises ArchiveRejected (not an archive of a run), CheckpointDamaged, ConfigInvalid, ShapeMismatch, or RunError if
    the disk refuses; then nothing is left behind.
    """
    root = (root or runs.runs_root()).absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".upload-", dir=root, ignore_cleanup_errors=True) as staging:
            directory = Path(staging) / "upload"  # the name that errors show for a run that has no id yet
            directory.mkdir()
            _unpack(data, directory)
            run = runs.open_directory(directory)
            _check(run)
            _settle(run)
            marks.change(directory, came_from="a run archive")
            return directory.rename(root / runs.new_run_id()).name
    except OSError as error:
        raise storage.refused(root, error) from error


# Unpacking


def _unpack(data: bytes, directory: Path) -> None:
    if len(data) > MAX_BYTES or data.count(_ENTRY_SIGNATURE) > _MAX_ENTRIES:  # before zipfile lists what it finds
        raise ArchiveRejected(
            f"the archive has more than {MAX_BYTES // 2**20} MiB or {_MAX_ENTRIES} files; upload the .zip of one run"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            left = MAX_BYTES
            for name, entry in _entries(archive).items():
                with archive.open(entry) as source:
                    left -= _copy(source, directory / name, left)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError) as error:
        raise ArchiveRejected(f"the file is no readable .zip ({error}); upload the .zip of a run directory") from None


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """{file of a run: its entry}. Raises ArchiveRejected for anything else than one run's regular files."""
    found: dict[str, zipfile.ZipInfo] = {}
    folders = set()
    for entry in archive.infolist():
        folder, _, name = entry.filename.rpartition("/")
        is_folder = entry.filename.endswith("/")  # its own is_dir fails for a name of no letters
        if is_folder or _is_litter(folder.split("/"), name):
            continue
        is_plain = stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG) and entry.compress_type in _COMPRESSIONS
        if name not in _KNOWN or not is_plain or "/" in folder or folder in (".", ".."):
            raise ArchiveRejected(
                f"the archive holds {entry.filename[:80]!r}, which is no plain file of a run; "
                f"upload a .zip of a run directory: {', '.join(sorted(_KNOWN))}"
            )
        if name in found:
            raise ArchiveRejected(f"the archive holds {name} twice; upload the .zip of one run directory")
        found[name] = entry
        folders.add(folder if "/" in entry.filename else None)
    needed = _NEEDED - REQUIRED | records.REQUIRED_OF_IMPORTED if records.IMPORTED in found else _NEEDED
    if missing := sorted(needed - found.keys()):
        raise ArchiveRejected(f"the archive lacks {', '.join(missing)}; upload the .zip of a whole, finished run")
    if len(folders) > 1 or "" in folders:
        raise ArchiveRejected("the archive's files lie in different folders; upload the .zip of one run directory")
    return found


def _is_litter(folders: list[str], name: str) -> bool:
    """Whether a file is none of the run's, but of the machine or the program that it passed through."""
    parts = [*folders, name]
    return (
        any(part.startswith(".") and part != "." and not part.startswith("..") for part in parts)
        or any(folder.lower() in _LITTER_FOLDERS for folder in folders)
        or name.lower() in _LITTER
        or name in _OF_ANOTHER_MACHINE
        or folders[-1] in _UNSENT_FOLDERS
    )


def _copy(source: IO[bytes], target: Path, limit: int) -> int:
    """Copies at most limit bytes, counted as they come: what an archive says of its sizes need not be true."""
    copied = 0
    with target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            copied += len(chunk)
            if copied > limit:
                raise ArchiveRejected(
                    f"the archive unpacks to more than {MAX_BYTES // 2**20} MiB; upload the .zip of one run"
                )
            file.write(chunk)
    return copied


# Trusting


def _check(run: Run) -> None:
    """Reads everything that pages will read, so that what is wrong with it is said now."""
    embedding, card = run.embedding(), run.card
    arrays = {"the weights": run.weights().values(), "the embedding": (embedding.mu, embedding.logvar)}
    for what, values in arrays.items():
        if not all(np.isfinite(array).all() for array in values):
            raise CheckpointDamaged(f"{what} of the uploaded run hold numbers that are not finite; train it again")
    size = card.size(embedding.split)
    is_inside = embedding.index.min(initial=0) >= 0 and embedding.index.max(initial=0) < size
    if len(embedding.index) > size or not is_inside or not _fits(embedding.labels, card):
        raise CheckpointDamaged("the uploaded run's embedding names images or classes that its data set does not have")
    if not run.imported:
        run.evaluation()
    if not all(isinstance(row, dict) for row in run.metrics()[0]):
        raise CheckpointDamaged("metrics.jsonl of the uploaded run holds lines that are no rows; copy the run again")


def _fits(labels: Labels | None, card: DataCard) -> bool:
    """Whether labels are of the classes that a card names; whether there are none, where it names none."""
    return labels is None if not card.class_count else labels is not None and labels.max(initial=0) < card.class_count


def _settle(run: Run) -> None:
    """Replaces what the archive cannot vouch for: the decoder's program, and the status, which no manifest covers."""
    status = run.status()
    if status.state not in ("finished", "stopped"):
        raise ArchiveRejected(f"the uploaded run is {status.state}; upload one that is finished or was stopped")
    step, now = run.embedding().step, time.time()
    decoder = onnx_models.decoder_onnx(run.config, run.weights(), card=run.card)
    storage.write_file(run.directory / DECODER, decoder)
    kept = {name for name in OPTIONAL if storage.exists(run.directory / name)}  # the decoder among them
    required = records.REQUIRED_OF_IMPORTED if run.imported else REQUIRED
    storage.write_manifest(run.directory, required | kept)
    status = dataclasses.replace(status, step=step, live_step=step, error=None, created_at=now, updated_at=now)
    storage.write_file(run.directory / STATUS, records.dump_status(status))
