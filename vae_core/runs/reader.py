"""The runs on this machine: the one place to find a run and read its files.

A run is read while another process writes it: what may change is replaced whole, and a finished run is trusted only
as far as its manifest's digests go. `writer` writes runs, `archives` sends them to other machines.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.architecture import onnx_models
from vae_core.architecture.beta_modulation import config_at, weights_at
from vae_core.config import TrainConfig, check_data, parse_config
from vae_core.data.source import DataCard
from vae_core.errors import CheckpointDamaged, ConfigInvalid, LatentStudioError, RunMissing
from vae_core.runs import checkpoints, pretrained, previews, records, snapshots, storage
from vae_core.runs.checkpoints import Parent
from vae_core.runs.imported.origin import ImportedFrom, read_imported
from vae_core.runs.pretrained import SHIPPED
from vae_core.runs.records import (
    BETAS,
    DECODER,
    EMBEDDING,
    EVALUATION,
    METRICS,
    MODEL,
    OPTIONAL,
    REQUIRED,
    RUN_ID,
    Embedding,
    Evaluation,
    Status,
    run_directories,
    runs_root,
)
from vae_core.runs.snapshots import BetaStop, Snapshot


@dataclass(frozen=True)
class Run:
    """One run directory, for reading. card: of what it was trained on. shipped: it comes with the project.

    parent: the run whose model it goes on from. imported: where its model was made, if that was elsewhere.
    """

    id: str
    directory: Path
    config: TrainConfig
    card: DataCard
    shipped: bool = False
    parent: Parent | None = None
    imported: ImportedFrom | None = None

    def status(self) -> Status:
        """How far it is now. Raises CheckpointDamaged."""
        return records.read_status(self.directory)

    @property
    def step(self) -> int:
        """Steps made so far, and in a complete run the step of its weights."""
        return self.status().step

    @property
    def is_complete(self) -> bool:
        """Whether the trained model is there: finished, or stopped after it had begun.

        A stopped run that can be resumed and has no manifest is one whose resumption was cut off: not complete.
        """
        return storage.exists(self.directory / storage.MANIFEST) or is_complete(self.directory, self.status())

    @property
    def is_resumable(self) -> bool:
        """Whether its training can go on: it was stopped or failed, and a checkpoint is there (not yet verified)."""
        return self.status().state in ("stopped", "failed") and bool(checkpoints.listed(self.directory))

    @property
    def can_be_settled(self) -> bool:
        """Whether it has no trained model, but a checkpoint of which one can be made, and nobody trains it."""
        return self.is_resumable and not self.is_complete

    def why_no_model(self) -> str:
        """What a run that is not complete lacks, and what to do, as the end of a sentence or without a full stop."""
        step = checkpoints.newest_step(self.directory)
        if step is None:
            way = "train it again" if self.status().is_final else "let it finish, or stop it to keep what it has"
            return f"run {self.id} has no trained model yet; {way}"
        keeps = f"python -m vae_core settle {self.id} keeps what its checkpoint of step {step} holds"
        if self.status().is_final:
            return f"run {self.id} has no trained model yet: its training was cut off; resume it, or {keeps}"
        return (
            f"run {self.id} has no trained model yet; let it finish, or stop it to keep what it has; "
            f"if nothing trains it any more, {keeps}"
        )

    def verify(self) -> None:
        """Compares every file with the manifest; quick when nothing changed since the last time.

        Raises CheckpointDamaged, which names the file, or RunMissing if the run is not complete.
        """
        entries = self._manifest()
        for name in (records.DATA, records.PARENT, records.IMPORTED):
            if name not in entries and storage.exists(self.directory / name):
                raise CheckpointDamaged(f"{name} of run {self.id} is not in its manifest; copy the run again")
        for name, entry in entries.items():
            storage.verify_file(self.directory, name, entry)

    def digest(self) -> str:
        """One digest for all that the manifest lists: equal runs have equal ones. Raises as `verify`, if unreadable."""
        self._manifest()
        return hashlib.sha256(storage.read_file(self.directory, storage.MANIFEST)).hexdigest()

    def data_root(self) -> Path | None:
        """Where its data set was when it was trained on this machine, if that was not the usual place."""
        return records.read_data_root(self.directory)

    def weights(self) -> dict[str, npt.NDArray[np.float32]]:
        """The model's weights by name, verified. Raises CheckpointDamaged, ShapeMismatch or RunMissing."""
        tensors, _ = storage.parse_tensors(self._read(MODEL), self._what(MODEL))
        records.check_weights(tensors, self.config, self.card, self._what(MODEL))
        return tensors

    def snapshots(self) -> list[Snapshot]:
        """The epochs that can be looked back on, in order."""
        return [Snapshot(file.numbers[0], file.numbers[1], file.digest) for file in snapshots.listed(self.directory)]

    def snapshot(self, epoch: int) -> tuple[dict[str, npt.NDArray[np.float32]], Embedding]:
        """Weights and map after an epoch, verified. Raises CheckpointDamaged, ShapeMismatch or RunMissing."""
        return snapshots.read(self.directory, epoch, self.config, self.card)

    def betas(self) -> list[BetaStop]:
        """The β that a finished model which spans them was measured at, in order; else none. Raises as `verify`."""
        return [stop for stop, _ in self._betas()]

    def at_beta(self, index: int) -> tuple[TrainConfig, dict[str, npt.NDArray[np.float32]], Embedding]:
        """Settings and weights of the ordinary model that it is at a β of `betas`, and its map. Raises likewise."""
        stop, embedding = self._betas()[index]
        config, weights = (
            config_at(self.config, stop.beta),
            weights_at(self.config, self.card, self.weights(), stop.beta),
        )
        return config, weights, embedding

    def _betas(self) -> list[tuple[BetaStop, Embedding]]:
        if not (self.config.spans_beta and self.is_complete and BETAS in self._manifest()):
            return []
        return snapshots.parse_betas(self._read(BETAS), self.config.latent_dim, self._what(BETAS))

    def embedding(self, step: int | None = None) -> Embedding:
        """The latent map at a live step, or the newest. Raises CheckpointDamaged, ShapeMismatch or RunMissing."""
        return records.parse_embedding(self.embedding_bytes(step), self.config.latent_dim, self._what(EMBEDDING))

    def embedding_bytes(self, step: int | None = None) -> bytes:
        """`embedding` as the safetensors file it is. Raises RunMissing or CheckpointDamaged."""
        return self._read(EMBEDDING) if self._is_final_step(step) else self._read_live(step, previews.EMBEDDING_SUFFIX)

    def decoder(self, step: int | None = None) -> bytes:
        """The decoder as ONNX, at a live step or the newest. Raises RunMissing, CheckpointDamaged, ShapeMismatch."""
        if not self._is_final_step(step):
            return self._read_live(step, previews.DECODER_SUFFIX)
        if DECODER in self._manifest():
            return self._read(DECODER)
        return onnx_models.decoder_onnx(self.config, self.weights(), card=self.card)

    def encoder(self, step: int | None = None) -> bytes:
        """The encoder as ONNX, likewise; that of a complete run is made from its weights. Raises as `decoder`."""
        if not self._is_final_step(step):
            return self._read_live(step, previews.ENCODER_SUFFIX)
        return onnx_models.encoder_onnx(self.config, self.weights(), card=self.card)

    def evaluation(self) -> Evaluation:
        """Its figures, on all images. Raises CheckpointDamaged, or RunMissing if the run is not complete or was made
        elsewhere.
        """
        if self.imported:
            why = "and its ELBO was not measured here" if self.imported.likelihood else "its likelihood is not known"
            raise RunMissing(
                f"run {self.id} is of a model that was made elsewhere ({self.imported.name}): {why}, so it has no "
                "reconstruction in nats and no ELBO; choose a run that was trained here"
            )
        return records.parse_evaluation(self._read(EVALUATION), self._what(EVALUATION))

    def metrics(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Rows written since offset (bytes; 0 for all), and the offset to ask with next time.

        A line that is still being written is left for the next call. Raises CheckpointDamaged or DiskRefused.
        """
        try:
            with (self.directory / METRICS).open("rb") as file:
                file.seek(max(0, offset - 1))
                data = file.read()
        except FileNotFoundError:
            return [], 0
        except OSError as error:
            raise storage.unseen(self.directory / METRICS, error) from error
        if offset > 0:  # from within a line: begin with the next
            start = data.find(b"\n") + 1 or len(data)
            offset, data = offset - 1 + start, data[start:]
        whole = data[: data.rfind(b"\n") + 1]
        return [storage.parse_json(line, self._what(METRICS)) for line in whole.splitlines()], offset + len(whole)

    def _is_final_step(self, step: int | None) -> bool:
        return self.is_complete and (step is None or step == self.step)

    def _manifest(self) -> dict[str, storage.Entry]:
        if not self.is_complete:
            raise RunMissing(self.why_no_model())
        required = records.REQUIRED_OF_IMPORTED if self.imported else REQUIRED
        return storage.read_manifest(self.directory, required, OPTIONAL)

    def _read(self, name: str) -> bytes:
        return storage.read_verified(self.directory, name, self._manifest()[name])

    def _read_live(self, step: int | None, suffix: str) -> bytes:
        return previews.read(self.directory, self.status().live_step if step is None else step, suffix)

    def _what(self, name: str) -> str:
        return f"{name} of run {self.id}"


def is_complete(directory: Path, status: Status) -> bool:
    """`Run.is_complete` of a run directory, which need not be opened for that."""
    if storage.exists(directory / storage.MANIFEST):
        return True
    has_model = storage.exists(directory / MODEL)
    return status.state == "finished" or (status.state == "stopped" and has_model and not checkpoints.listed(directory))


def open_run(run_id: str, root: Path | None = None) -> Run:
    """The run of that id, its files verified if it is complete.

    Raises RunMissing, CheckpointDamaged (a file is not what its manifest says) or ConfigInvalid.
    """
    directory = pretrained.directory_of(run_id)
    if directory is None and RUN_ID.fullmatch(run_id):
        directory = (root or runs_root()) / run_id
    if directory is None:
        raise RunMissing(f"{run_id!r} is no run id; expected 32 hexadecimal digits or one of {', '.join(SHIPPED)}")
    return open_directory(directory)


def open_directory(directory: Path) -> Run:
    """`open_run` for a run directory anywhere."""
    run = load(directory)
    try:
        if run.is_complete:
            run.verify()
    except CheckpointDamaged:
        if run.is_complete:  # it was not reopened just now, to go on
            raise
    return run


def find_run(name: str, root: Path | None = None) -> Run:
    """What a person calls a run: its id, or the path of its directory. Raises as `open_run`."""
    return open_directory(Path(name).absolute()) if Path(name).is_dir() else open_run(name, root)


def list_runs(root: Path | None = None) -> list[Run]:
    """The runs under root, newest first, without the shipped ones; what cannot be read is left out."""
    found = []
    for directory in run_directories(root or runs_root()):
        try:
            run = load(directory)
            found.append((run.status().created_at, run.id, run))
        except LatentStudioError:
            continue
    return [run for *_, run in sorted(found, key=lambda entry: entry[:2], reverse=True)]


def load(directory: Path) -> Run:
    """A run by config and card alone, not yet verified; if they are bad, the manifest says which one was damaged.

    Raises as `open_directory`.
    """
    if not storage.exists(directory):
        raise RunMissing(f"there is no run {directory.name}; choose one from the list, or train a new one")
    what = f"{records.CONFIG} of run {directory.name}"
    try:
        values = storage.parse_json(storage.read_file(directory, records.CONFIG), what)
        if not isinstance(values, dict):
            raise CheckpointDamaged(f"{what} holds no settings; copy the run again from where it came")
        config = parse_config(values)
        card = records.read_card(directory, config)
        check_data(config, card)
        shipped, parent = pretrained.is_shipped(directory), checkpoints.read_parent(directory)
        imported = read_imported(directory)
        return Run(directory.name, directory, config, card, shipped, parent, imported)
    except ConfigInvalid as error:
        if storage.exists(directory / storage.MANIFEST):
            entries = storage.read_manifest(directory, REQUIRED, OPTIONAL)
            for name in (records.CONFIG, records.DATA):
                if name in entries:
                    storage.verify_file(directory, name, entries[name])
        raise ConfigInvalid(f"{what}: {error}") from None
