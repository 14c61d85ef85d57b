"""The models that the lessons take apart: one network on one data set, trained with and without noise, at several β.

Beside each run lies what is told of all of them: `facts.json`, the same bytes each time, and `timing.json`, which the
clock of the machine that trained them wrote. `lesson_facts` makes both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from vae_core.config import TrainConfig, parse_config
from vae_core.errors import CheckpointDamaged
from vae_core.runs import signed, storage
from vae_core.runs.pretrained import LESSON_AUTOENCODER, LESSON_BETAS, LESSONS_ROOT, lesson_id

FACTS = "facts.json"
TIMING = "timing.json"
SHARED = {"dataset": "mnist", "hidden_sizes": (128, 64), "latent_dim": 2, "epochs": 10, "device": "cpu"}
"""Small enough that eight of them ship, and good enough that one reads the digits."""

CONFIGS: dict[str, TrainConfig] = {
    LESSON_AUTOENCODER: parse_config({**SHARED, "objective": "autoencoder"}),
    **{
        lesson_id(beta): parse_config({**SHARED, "objective": "vae" if beta == 1 else "beta-vae", "beta": beta})
        for beta in LESSON_BETAS
    },
}
COMPARED = (LESSON_AUTOENCODER, lesson_id(0.0), lesson_id(1.0))
"""From a point, through a region, to a distribution: the three models of the first lesson."""

Checked = TypeVar("Checked")


@dataclass(frozen=True, config=ConfigDict(allow_inf_nan=False))
class Shrunk:
    """The same network and as many steps on the first few training images: nats per image on these and held out."""

    images: int
    steps: int
    train_reconstruction_nats: float
    held_out_reconstruction_nats: float
    train_negative_elbo_nats: float
    held_out_negative_elbo_nats: float


@dataclass(frozen=True, config=ConfigDict(allow_inf_nan=False))
class Facts:
    """What is told of one model. prior_share_in_smoothed_holes: part of the prior's mass, 0 to 1, that lies in holes
    between posteriors which reach at least to their neighbours (`latent.aggregate_posterior.smoothed`).

    Undecidedness is a pixel's entropy in nats, at most log 2 (grey), as a mean over pixels: of held-out images, of
    their reconstructions, and of images decoded from the prior. shrunk: by number of images, ascending; none for a
    model that is not compared.
    """

    parameters: int
    prior_share_in_smoothed_holes: float
    real_undecided_nats: float
    reconstructed_undecided_nats: float
    generated_undecided_nats: float
    shrunk: tuple[Shrunk, ...]


@dataclass(frozen=True, config=ConfigDict(allow_inf_nan=False))
class Timing:
    """Seconds of the processor for one epoch of each model, on so many threads of the machine that trained them."""

    threads: Annotated[int, Field(ge=1)]
    epoch_s: dict[str, float]


def facts(root: Path = LESSONS_ROOT) -> dict[str, Facts]:
    """What is told of each model, by its run's id. Raises CheckpointDamaged."""
    return _read(dict[str, Facts], root, FACTS)


def timing(root: Path = LESSONS_ROOT) -> Timing:
    """How long an epoch took. Raises CheckpointDamaged."""
    return _read(Timing, root, TIMING)


def write(root: Path, name: str, value: Any) -> None:
    """Leaves facts or timing, signed. Raises DiskRefused."""
    kind: Any = dict[str, Facts] if name == FACTS else Timing
    storage.write_file(root / name, signed.dump(TypeAdapter(kind).dump_python(value, mode="json")))


def _read(kind: type[Checked], root: Path, name: str) -> Checked:
    values = signed.parse(storage.read_file(root, name), f"{name} of the lessons")
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError:
        raise CheckpointDamaged(
            f"{name} of the lessons is not as it was written; run `make pretrained-lessons`"
        ) from None
