"""Every format that a complete run goes out in: what it is called, what it is for, and the files it is made of."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vae_core.errors import ConfigInvalid, RunMissing
from vae_core.interchange.exports import hugging_face, one_file, onnx_pair, pictures, tables, tensorboard
from vae_core.runs import Run, archives, storage

Files = dict[str, bytes]
Make = Callable[[Run], Files]


@dataclass(frozen=True)
class Format:
    """title, about: as people choose it. make: its files by name, of a complete run.

    file: the name of its one file, with the run's id where {run} stands; "" of a folder. is_slow: it takes seconds.
    home: the folder in the run's own that it is written to unless another is named; "" for none. is_of_ours: it is made
    of what only a model has that was trained here.
    """

    title: str
    about: str
    make: Make
    file: str = ""
    is_slow: bool = False
    home: str = ""
    is_of_ours: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it has several files."""
        return not self.file


def _one(  # noqa: PLR0913
    file: str,
    make: Callable[[Run], bytes],
    title: str,
    about: str,
    *,
    is_slow: bool = False,
    is_of_ours: bool = False,
) -> Format:
    def files(run: Run) -> Files:
        return {file.format(run=run.id): make(run)}

    return Format(title, about, files, file, is_slow=is_slow, is_of_ours=is_of_ours)


def _embedding(write: Callable[[tables.Columns], bytes]) -> Callable[[Run], bytes]:
    return lambda run: write(tables.embedding(run))


FORMATS: dict[str, Format] = {
    "archive": _one(
        "{run}.zip",
        archives.export_zip,
        "Run archive (.zip)",
        "The run's own folder, to upload here or elsewhere: settings, weights, metrics, embedding, digests.",
    ),
    "demo": _one(
        "{run}.html",
        one_file.demo_html,
        "Demo, one HTML file",
        "The canvas with model, map and images in one file: it opens from a disk in any browser, without a network.",
        is_slow=True,
    ),
    "hugging-face": Format(
        "Hugging Face folder",
        "config.json, model.safetensors and a model card with the measured figures; vae_core.from_pretrained opens it.",
        hugging_face.files,
        is_of_ours=True,
    ),
    "onnx": Format(
        "ONNX, encoder and decoder",
        "Two graphs with named inputs, and ten lines of Python and of JavaScript that run them.",
        onnx_pair.files,
    ),
    "state-dict": _one(
        "model.safetensors",
        hugging_face.state_dict,
        "PyTorch weights (safetensors)",
        "The weights by torch's names: safetensors.torch.load_file gives what load_state_dict takes.",
        is_of_ours=True,
    ),
    "embedding-csv": _one(
        "embedding.csv",
        _embedding(tables.csv),
        "Embedding as CSV",
        "A row for each image: μ, log σ², class, split, file, digest, further columns, decoded error.",
        is_slow=True,
    ),
    "embedding-parquet": _one(
        "embedding.parquet",
        _embedding(tables.parquet),
        "Embedding as Parquet",
        "The same rows; numbers stay as they are.",
        is_slow=True,
    ),
    "embedding-npz": _one(
        "embedding.npz",
        _embedding(tables.npz),
        "Embedding for NumPy (.npz)",
        "The same, an array for each column.",
        is_slow=True,
    ),
    "curves-csv": _one(
        "curves.csv",
        lambda run: tables.csv(tables.curves(run)),
        "Curves as CSV",
        "Every row of the run's metrics.",
        is_of_ours=True,
    ),
    "curves-parquet": _one(
        "curves.parquet",
        lambda run: tables.parquet(tables.curves(run)),
        "Curves as Parquet",
        "Every row of the run's metrics.",
        is_of_ours=True,
    ),
    "grid-png": _one(
        "grid.png",
        pictures.grid_png,
        "Decoded grid (PNG)",
        "What the decoder draws over the first two latent dimensions.",
        is_slow=True,
    ),
    "grid-pngs": Format(
        "Decoded grid, single PNGs",
        "A picture for each place, and a table of where they lie.",
        pictures.grid_pngs,
        is_slow=True,
    ),
    "traversal-gif": _one(
        "traversal.gif",
        pictures.traversal_gif,
        "Traversals (GIF)",
        "An image for each latent dimension, which goes from end to end.",
        is_slow=True,
    ),
    "tensorboard": Format(
        "TensorBoard",
        "Curves, and the map for the projector with its images. In a run's own folder, tensorboard --logdir runs shows "
        "it: the command below without --out writes it there.",
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


def of(run: Run) -> dict[str, Format]:
    """Those that a complete run goes out in."""
    return {name: each for name, each in FORMATS.items() if not (each.is_of_ours and run.imported)}


def _files(run: Run, name: str) -> Files:
    chosen = format_of(name)
    if chosen.is_of_ours and run.imported:
        raise RunMissing(
            f"{chosen.title} is for models that were trained here, and that of run {run.id} was made elsewhere; "
            f"choose one of {', '.join(of(run))}"
        )
    return chosen.make(run)


def file_name(run: Run, name: str) -> str:
    """What the one file is called that a format is packed in. Raises ConfigInvalid."""
    return f"{run.id}-{name}.zip" if format_of(name).is_folder else format_of(name).file.format(run=run.id)


def packed(run: Run, name: str) -> bytes:
    """A format as one file: what has several is a .zip of them; equal runs give equal bytes.

    Raises ConfigInvalid for an unknown format, RunMissing or CheckpointDamaged, and what the format raises.
    """
    chosen = format_of(name)
    files = _files(run, name)
    return _zip(files) if chosen.is_folder else next(iter(files.values()))


def _zip(files: Files) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for file, data in files.items():
            archive.writestr(zipfile.ZipInfo(file), data, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def write(run: Run, name: str, out: Path | None = None) -> list[Path]:
    """Writes a format: one file as out, or into it, if it is a folder; several into out as a folder, which is made, or
    as a .zip, if out is called so. Returns what was written.

    out: None for the file's own name, or for a folder called after run and format, here; of a format that has a home,
    for that in the run's own folder, if it is no shipped one. Raises as `packed`, and DiskRefused.
    """
    chosen = format_of(name)
    if not chosen.is_folder or (out and out.suffix == ".zip"):
        file = file_name(run, name)
        targets = {out / file if out and out.is_dir() else out or Path(file): packed(run, name)}
    else:
        home = run.directory / chosen.home if chosen.home and not run.shipped else Path(f"{run.id}-{name}")
        targets = {(out or home) / file: data for file, data in _files(run, name).items()}
    for path, data in targets.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage.refused(path.parent, error) from error
        storage.write_file(path, data)
    return list(targets)
