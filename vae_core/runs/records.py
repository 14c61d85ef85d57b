"""What a run directory is made of: its files' names, and the records in them: status, row, evaluation, embedding.

    runs/<id>/
        config.json            the settings, as `TrainConfig` reads them; each checkpoint carries its digest
        data.json              the card of its data set, likewise; runs of 0.1.0 have none
        parent.json            only of a run that goes on from another's model: whose, and at which step; likewise
        imported.json          only of a model that was made elsewhere: from which files, and what was made of them
        status.json            how far it is; signed, and replaced several times a second while it trains
        metrics.jsonl          one row per line, appended
        run.lock               held by the process that trains
        server.lock            held by the server that lets it train or wait; none for the command line's
        asked.json, claims/    only of a run that a cluster trains: what was asked of it, and its writers in turn
        live/<step>-<digest>.onnx, .encoder, .safetensors    decoder, encoder and map; the newest four, in training
        snapshots/<epoch>-<step>-<digest>.safetensors    weights and embedding after an epoch; a bounded number
        checkpoints/<step>-<digest>.safetensors    what a training goes on from, the newest two, unless finished
        model.safetensors, embedding.safetensors, decoder.onnx, evaluation.json (betas.safetensors)    when it has ended
        manifest.json          last of all: digest and size of these, of config.json, data.json and metrics.jsonl
        origin.json            where its data set was, if the command line said so; signed; stays on this machine
        marks.json             what people wrote beside it: name, note, tags, pin; stays on this machine, too

Only the modules of this room touch these files: `writer` and `recovery` write them, `reader` reads, `archives` sends.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic.dataclasses import dataclass as checked_dataclass

from vae_core.architecture.imported_model import check_imported, imported_model_in
from vae_core.architecture.layers import weight_shapes
from vae_core.config import TrainConfig
from vae_core.data.registry import CARDS_OF_0_1_0
from vae_core.data.source import DataCard, Labels, SplitName, parse_card
from vae_core.data.statistics import DataFacts
from vae_core.errors import CheckpointDamaged, RunError, RunMissing, ShapeMismatch
from vae_core.runs import signed, storage

CONFIG = "config.json"
DATA = "data.json"
PARENT = "parent.json"
IMPORTED = "imported.json"
STATUS = "status.json"
METRICS = "metrics.jsonl"
LOCK = "run.lock"
SERVER_LOCK = "server.lock"
ASKED = "asked.json"
CLAIMS = "claims"
LIVE = "live"
SNAPSHOTS = "snapshots"
CHECKPOINTS = "checkpoints"
MODEL = "model.safetensors"
EMBEDDING = "embedding.safetensors"
DECODER = "decoder.onnx"
EVALUATION = "evaluation.json"
BETAS = "betas.safetensors"
ORIGIN = "origin.json"
MARKS = "marks.json"
REQUIRED = frozenset({CONFIG, METRICS, MODEL, EMBEDDING, EVALUATION})
OPTIONAL = frozenset({DECODER, DATA, PARENT, IMPORTED, BETAS})
"""The decoder can be made of the weights: shipped runs lack it. Runs of 0.1.0 have no card, few models span β."""
REQUIRED_OF_IMPORTED = REQUIRED - {EVALUATION} | {DATA, IMPORTED}
"""Nobody can score a model whose likelihood is not known."""

RowKind = Literal["train", "held-out", "pca", "edit"]
State = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed"]
FINAL: tuple[State, ...] = ("finished", "stopped", "failed")
"""States of a run that will not change any more."""

Checked = TypeVar("Checked")
_LONGEST_ROW = 2**16
RUN_ID = re.compile(r"[0-9a-f]{32}")


def runs_root() -> Path:
    """The folder that holds the runs: the one named by VAE_RUNS_DIR, else runs/ beside vae_core/. Absolute.

    Raises RunMissing if it is said to be below a home folder, and the user has none.
    """
    named = os.environ.get("VAE_RUNS_DIR")
    try:
        return (Path(named).expanduser() if named else Path(__file__).parents[2] / "runs").absolute()
    except RuntimeError:
        raise RunMissing(f"VAE_RUNS_DIR is {named}, and this user has no home folder; set it to a whole path") from None


def run_directories(root: Path) -> list[Path]:
    """All below root that are named like a run, in no order. Raises DiskRefused where the disk does not say."""
    return [path for path in storage.paths_in(root) if RUN_ID.fullmatch(path.name)]


def new_run_id() -> str:
    """128 unguessable bits, as 32 hexadecimal digits: whoever knows a run's id may see it."""
    return secrets.token_hex(16)


@checked_dataclass(frozen=True, config=ConfigDict(allow_inf_nan=False))
class Status:
    """How far a run is. live_step: the step whose decoder and embedding can be fetched now. Times in unix seconds.

    beta, learning_rate: in force now, scheduled or edited. steps_per_s: the pace asked for, None for full speed.
    diverged_step: where the loss stopped being finite.
    """

    state: State
    step: int = 0
    total_steps: int = 0
    epoch: int = 0
    epochs: int = 0
    images_per_s: float = 0.0
    eta_s: float | None = None
    live_step: int | None = None
    error: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    beta: float | None = None
    learning_rate: float | None = None
    steps_per_s: float | None = None
    diverged_step: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether the run will not change any more."""
        return self.state in FINAL


_STATUS = TypeAdapter(Status)  # made once: that takes longer than what it is for
_FACTS = TypeAdapter(DataFacts)


def read_status(directory: Path) -> Status:
    """The status of a run directory. Raises CheckpointDamaged."""
    what = f"{STATUS} of run {directory.name}"
    return _validated(_STATUS, signed.parse(storage.read_file(directory, STATUS), what), what)


def status_from(values: dict[str, Any]) -> Status:
    """A status from the values in status.json, whose signature is not looked at. Raises CheckpointDamaged."""
    return _validated(_STATUS, {name: value for name, value in values.items() if name != "sha256"}, STATUS)


def dump_status(status: Status) -> bytes:
    """status.json's bytes, signed."""
    return signed.dump(asdict(status))


def read_card(directory: Path, config: TrainConfig) -> DataCard:
    """The card of what a run was trained on; of a run of 0.1.0, which kept none, that of its data set at the time.

    Raises CheckpointDamaged.
    """
    what = f"{DATA} of run {directory.name}"
    if storage.exists(directory / DATA):
        card = parse_card(storage.parse_json(storage.read_file(directory, DATA), what), what)
        if card.name != config.dataset:
            raise CheckpointDamaged(f"{what} is of {card.name}, its {CONFIG} says {config.dataset}; copy the run again")
        return card
    if config.dataset not in CARDS_OF_0_1_0:
        raise CheckpointDamaged(f"{what} is missing; copy the run again from where it came")
    card = CARDS_OF_0_1_0[config.dataset]
    return card if card.digest or config.left_out_class != "none" else _as_seen_by(directory, card)


def _as_seen_by(directory: Path, card: DataCard) -> DataCard:
    """A card with what a run of 0.1.0 wrote down of its images, if it left none out: their statistics and numbers."""
    with suppress(RunError, OSError, ValidationError):
        with (directory / METRICS).open("rb") as file:
            first = storage.parse_json(file.readline(_LONGEST_ROW), METRICS)
        facts = _validated(_FACTS, first.get("data") if isinstance(first, dict) else None, METRICS)
        card = replace(card, train_size=facts.images, statistics=facts)
    with suppress(RunError, ValidationError):
        held_out = parse_evaluation(storage.read_file(directory, EVALUATION), EVALUATION).held_out
        card = replace(card, held_out_size=held_out.images)
    return card


def read_data_root(directory: Path) -> Path | None:
    """Where a run's data set was when it was trained here, if not in the usual place. Raises CheckpointDamaged."""
    if not storage.exists(directory / ORIGIN):
        return None
    values = signed.parse(storage.read_file(directory, ORIGIN), f"{ORIGIN} of run {directory.name}")
    return Path(str(values["data_root"])) if "data_root" in values else None


@dataclass(frozen=True)
class Column:
    """One column of metrics.jsonl. rows: the kinds of rows that have it. type: of its values, which may be None, too.

    unit: what one of its numbers counts; "" where that is nothing: text, ratios, settings.
    """

    rows: tuple[RowKind, ...]
    type: Any
    unit: str = ""


_ALL: tuple[RowKind, ...] = get_args(RowKind)
COLUMNS: dict[str, Column] = {
    "split": Column(_ALL, RowKind),
    "step": Column(_ALL, int, "steps"),
    "epoch": Column(_ALL, int, "epochs"),
    "reconstruction_nats": Column(("train", "held-out", "pca"), float, "nats per image"),
    "kl_nats": Column(("train", "held-out", "pca"), float, "nats per image"),
    "loss_nats": Column(("train",), float, "nats per image"),
    "images_per_s": Column(("train",), float, "images per second"),
    "kl_per_dim_nats": Column(("held-out",), tuple[float, ...], "nats per image"),
    "active_units": Column(("held-out",), int, "dimensions"),
    "sigma_per_dim": Column(("held-out",), tuple[float, ...]),
    "saturated_share": Column(("held-out",), float),
    "idle_kl_nats": Column(("held-out",), float, "nats per image"),
    "mig": Column(("held-out",), float),
    "dci": Column(("held-out",), float),
    "data": Column(("held-out",), DataFacts),
    "beta": Column(("edit",), float),
    "learning_rate": Column(("edit",), float),
    "elapsed_s": Column(_ALL, float, "seconds"),
}
"""The columns of metrics.jsonl, all of them. A train row is the mean over the steps since the one before; a held-out
row has the fields of `Figures` that share its columns' names, of a sample, the first has the facts about the data, and
now and then one of data with known factors has MIG and DCI's disentanglement; a pca row has what principal components
do for the same sample, a linear model with as many dimensions; an edit row has the settings in force from its step on.
Older runs' rows have fewer columns.
"""


def dump_row(row: Mapping[str, Any]) -> bytes:
    """A line of metrics.jsonl. Raises ValueError for a column that `COLUMNS` lacks, or a number that is not finite."""
    if unknown := row.keys() - COLUMNS.keys():
        raise ValueError(f"a metrics row has {', '.join(sorted(unknown))}; name its columns in records.COLUMNS first")
    return (json.dumps(row, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n").encode()


@with_config(ConfigDict(allow_inf_nan=False))
@dataclass(frozen=True)
class Figures:
    """A model's means over images, in nats per image. What is read from a file is finite; what is computed may not be.

    kl_per_dim_nats adds up to kl_nats, but for M2, whose kl_nats has the label's as well. active_units: latent
    dimensions whose mean moves with the image. images: how many there were. accuracy: of M2's classifier, 0 to 1,
    where labels were given. sigma_per_dim: the posterior's σ, as the geometric mean over images; None for an
    autoencoder, which has none. saturated_share: of the decoded pixels, those shown as pure black or white, 0 to 1.
    idle_kl_nats: the KL of the dimensions that are not active, which every image pays and none is told apart by.
    """

    reconstruction_nats: float
    kl_nats: float
    negative_elbo_nats: float
    kl_per_dim_nats: tuple[float, ...]
    active_units: int
    images: int
    accuracy: float | None = None
    sigma_per_dim: tuple[float, ...] | None = None
    saturated_share: float | None = None
    idle_kl_nats: float | None = None


@with_config(ConfigDict(allow_inf_nan=False))
@dataclass(frozen=True)
class Evaluation:
    """What evaluation.json holds: figures of all held-out and all training images after a step.

    train: None for a run that was stopped. threads: those that trained it.
    """

    step: int
    threads: int
    held_out: Annotated[Figures, Field(alias="held-out")]
    train: Figures | None


_EVALUATION = TypeAdapter(Evaluation)


def parse_evaluation(data: bytes, what: str) -> Evaluation:
    """An evaluation from untrusted bytes. Raises CheckpointDamaged, which names what."""
    return _validated(_EVALUATION, storage.parse_json(data, what), what)


def dump_evaluation(evaluation: Evaluation) -> bytes:
    """evaluation.json's bytes. Raises ValueError for a number that is not finite.

    What 0.1.0 did not record is left out where it is not known, so that its evaluations stay as they are.
    """
    values = _EVALUATION.dump_python(evaluation, by_alias=True)
    for figures in filter(None, (values["held-out"], values["train"])):
        if figures["idle_kl_nats"] is None:
            del figures["idle_kl_nats"]
    return storage.dump_json(values)


def _validated(kind: TypeAdapter[Checked], values: object, what: str) -> Checked:
    try:
        return kind.validate_python(values)
    except ValidationError as error:
        field_name = ".".join(str(part) for part in error.errors()[0]["loc"]) or "its content"
        raise CheckpointDamaged(f"{what}: {field_name} is missing or wrong; copy the run again") from None


@dataclass(frozen=True)
class Embedding:
    """Posteriors of N images. mu, logvar: float32 (N, D); labels: uint32 (N,), None where the images have no class;
    index: int32 (N,), which images of the split these are.
    """

    mu: npt.NDArray[np.float32]
    logvar: npt.NDArray[np.float32]
    labels: Labels | None
    index: npt.NDArray[np.int32]
    split: SplitName
    step: int

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Its arrays by name, as they are stored: labels in a byte each, where all of them fit."""
        kinds: dict[str, type] = {"mu": np.float32, "logvar": np.float32, "index": np.int32}
        if self.labels is not None:
            kinds["labels"] = np.uint8 if self.labels.max(initial=0) < 256 else np.uint32
        return {name: getattr(self, name).astype(kind, copy=False) for name, kind in kinds.items()}

    def metadata(self) -> dict[str, str]:
        """What is stored beside them."""
        return {"split": self.split, "step": str(self.step)}

    def to_bytes(self) -> bytes:
        """As a safetensors file; split and step are its metadata."""
        return storage.dump_tensors(self.tensors(), self.metadata())

    def thinned(self, most_bytes: int) -> Embedding:
        """Every k-th image, for the least k whose mu and logvar are so many bytes at most; all of them if they are."""
        most_rows = max(1, most_bytes // (self.mu[:1].nbytes + self.logvar[:1].nbytes or 1))
        every = slice(None, None, max(1, -(-len(self.mu) // most_rows)))
        labels = None if self.labels is None else self.labels[every]
        mu, logvar, index = self.mu[every], self.logvar[every], self.index[every]
        return replace(self, mu=mu, logvar=logvar, labels=labels, index=index)


_EMBEDDING_TYPES: dict[str, tuple[type, ...]] = {
    "mu": (np.float32,),
    "logvar": (np.float32,),
    "labels": (np.uint8, np.uint32),
    "index": (np.int32,),
}


def parse_embedding(data: bytes, latent_dim: int, what: str) -> Embedding:
    """An embedding from untrusted bytes. Raises CheckpointDamaged or ShapeMismatch, which name what."""
    return embedding_from(*storage.parse_tensors(data, what), latent_dim, what)


def embedding_from(
    tensors: dict[str, npt.NDArray[Any]], metadata: Mapping[str, str], latent_dim: int, what: str
) -> Embedding:
    """`parse_embedding` for what a safetensors file held."""
    is_typed = tensors.keys() | {"labels"} == _EMBEDDING_TYPES.keys() and all(
        array.dtype.type in _EMBEDDING_TYPES[name] for name, array in tensors.items()
    )
    splits: tuple[SplitName, ...] = get_args(SplitName)
    split = next((name for name in splits if name == metadata.get("split")), None)
    step = metadata.get("step", "")
    if not is_typed or split is None or not (step.isascii() and step.isdecimal() and len(step) < 16):
        raise CheckpointDamaged(
            f"{what} should hold mu, logvar (float32), labels (uint8 or uint32), index (int32) of a split at a step "
            f"and holds {', '.join(tensors) or 'nothing'}; copy the run again from where it came"
        )
    count = len(tensors["index"]) if tensors["index"].ndim else 0
    shapes = {"mu": (count, latent_dim), "logvar": (count, latent_dim), "labels": (count,), "index": (count,)}
    for name in (name for name in shapes if name in tensors):
        expect_shape(f"{name} in {what}", shapes[name], tensors[name].shape)
    labels = tensors["labels"].astype(np.uint32) if "labels" in tensors else None
    return Embedding(tensors["mu"], tensors["logvar"], labels, tensors["index"], split, int(step))


def check_weights(tensors: Mapping[str, npt.NDArray[Any]], config: TrainConfig, card: DataCard, what: str) -> None:
    """Raises ShapeMismatch unless these are the weights that config and card ask for, in float32."""
    if (imported := imported_model_in(tensors)) is not None:
        check_imported(imported, config.latent_dim, card, card.class_count if config.is_conditional else 0)
        return
    expected = weight_shapes(config, card)
    for name in sorted(expected.keys() | tensors.keys()):
        got = tensors[name].shape if name in tensors else None
        expect_shape(f"tensor {name} of {what}", expected.get(name), got)
        if tensors[name].dtype != np.float32:
            raise ShapeMismatch(f"tensor {name} of {what} is {tensors[name].dtype}, not float32")


def expect_shape(what: str, expected: tuple[int, ...] | None, got: tuple[int, ...] | None) -> None:
    """Raises ShapeMismatch unless the two are equal; None stands for a tensor that is not there."""
    if expected != got:
        words = [str(shape) if shape is not None else "no such tensor" for shape in (expected, got)]
        raise ShapeMismatch(f"{what}: its config asks for {words[0]}, the file holds {words[1]}; copy the run again")
