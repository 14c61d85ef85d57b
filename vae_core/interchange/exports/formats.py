"""Every format that a complete run goes out in: what it is called, what it is for, and the files it is made of."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vae_core.errors import ConfigInvalid
from vae_core.interchange.exports import hugging_face, onnx_pair, pictures, tables, tensorboard
from vae_core.runs import Run, archives, storage

Files = dict[str, bytes]
Make = Callable[[Run], Files]


@dataclass(frozen=True)
class Format:
    """title, about: as people choose it. make: its files by name, of a complete run. is_slow: it computes, by torch.

    home: the folder in the run's own that it is written to unless another is named; "" for none.
    """

    title: str
    about: str
    make: Make
    is_slow: bool = False
    home: str = ""


def _table(name: str, columns: Callable[[Run], tables.Columns], write: Callable[[tables.Columns], bytes]) -> Make:
    return lambda run: {name: write(columns(run))}


FORMATS: dict[str, Format] = {
    "archive": Format(
        "Run archive (.zip)",
        "The run's own folder, to upload here or elsewhere: settings, weights, metrics, embedding, digests.",
        lambda run: {f"{run.id}.zip": archives.export_zip(run)},
    ),
    "hugging-face": Format(
        "Hugging Face folder",
        "config.json, model.safetensors and a model card with the measured figures; vae_core.from_pretrained opens it.",
        hugging_face.files,
    ),
    "onnx": Format(
        "ONNX, encoder and decoder",
        "Two graphs with named inputs, and ten lines of Python and of JavaScript that run them.",
        onnx_pair.files,
    ),
    "state-dict": Format(
        "PyTorch weights (safetensors)",
        "The weights by torch's names: safetensors.torch.load_file gives what load_state_dict takes.",
        lambda run: {"model.safetensors": hugging_face.state_dict(run)},
    ),
    "embedding-csv": Format(
        "Embedding as CSV",
        "A row for each image: μ, log σ², class, split, file, digest, further columns, decoded error.",
        _table("embedding.csv", tables.embedding, tables.csv),
        is_slow=True,
    ),
    "embedding-parquet": Format(
        "Embedding as Parquet",
        "The same rows; numbers stay as they are.",
        _table("embedding.parquet", tables.embedding, tables.parquet),
        is_slow=True,
    ),
    "embedding-npz": Format(
        "Embedding for NumPy (.npz)",
        "The same, an array for each column.",
        _table("embedding.npz", tables.embedding, tables.npz),
        is_slow=True,
    ),
    "curves-csv": Format(
        "Curves as CSV", "Every row of the run's metrics.", _table("curves.csv", tables.curves, tables.csv)
    ),
    "curves-parquet": Format(
        "Curves as Parquet", "Every row of the run's metrics.", _table("curves.parquet", tables.curves, tables.parquet)
    ),
    "grid-png": Format(
        "Decoded grid (PNG)", "What the decoder draws over the first two latent dimensions.", pictures.grid_png, True
    ),
    "grid-pngs": Format(
        "Decoded grid, single PNGs",
        "A picture for each place, and a table of where they lie.",
        pictures.grid_pngs,
        True,
    ),
    "traversal-gif": Format(
        "Traversals (GIF)",
        "An image for each latent dimension, which goes from end to end.",
        pictures.traversal_gif,
        True,
    ),
    "tensorboard": Format(
        "TensorBoard",
        "Curves, and the map for the projector with its images; from the run's own folder, --logdir runs shows it.",
        tensorboard.files,
        is_slow=True,
        home=archives.TENSORBOARD,
    ),
}


def format_of(name: str) -> Format:
    """The format of a name. Raises ConfigInvalid."""
    if name not in FORMATS:
        raise ConfigInvalid(f"no format is called {name!r}; choose one of {', '.join(FORMATS)}")
    return FORMATS[name]


def packed(run: Run, name: str) -> tuple[str, bytes]:
    """A format as one file, its name and its bytes: what has several files is a .zip of them; equal runs, equal bytes.

    Raises ConfigInvalid for an unknown format, RunMissing or CheckpointDamaged, and what the format raises.
    """
    files = format_of(name).make(run)
    if len(files) == 1:
        return next(iter(files.items()))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for file, data in files.items():
            archive.writestr(zipfile.ZipInfo(file), data, zipfile.ZIP_DEFLATED)
    return f"{run.id}-{name}.zip", written.getvalue()


def write(run: Run, name: str, out: Path | None = None) -> list[Path]:
    """Writes a format: what is one file as out, several into out as a folder, which is made. Returns what was written.

    out: None for the file's own name, or for a folder called after run and format, here; of a format that has a home,
    for that in the run's own folder, if it is no shipped one. Raises as `packed`, and
    DiskRefused.
    """
    chosen = format_of(name)
    files = chosen.make(run)
    if chosen.home and out is None and not run.shipped:
        out = run.directory / chosen.home
    if len(files) == 1 and not (out and out.is_dir()):
        targets = {out or Path(file): data for file, data in files.items()}
    else:
        folder = out or Path(f"{run.id}-{name}")
        targets = {folder / file: data for file, data in files.items()}
    for path, data in targets.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage.refused(path.parent, error) from error
        storage.write_file(path, data)
    return list(targets)
