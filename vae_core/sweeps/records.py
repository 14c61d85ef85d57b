"""The record of a sweep: what is to be run. How far it is stands in its runs alone, so that the two cannot disagree.

runs/.sweeps/<id>/
    sweep.json    what is to be run; signed, and replaced whole
    sweep.lock    held by the process that runs it
    record.lock   held for a moment by whoever changes the record
runs/<id of a run>/    a run of it, as any other: the id follows from the sweep, the point and the seed
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import filelock
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from vae_core.config import TrainConfig, check_new, parse_config, settings
from vae_core.data.source import DataCard
from vae_core.errors import CheckpointDamaged, ConfigInvalid, LatentStudioError, RunMissing
from vae_core.runs import run_lock, signed, storage
from vae_core.runs.records import RUN_ID, new_run_id, runs_root
from vae_core.sweeps import space as spaces
from vae_core.sweeps.space import Choices, Range

FOLDER = ".sweeps"
RECORD = "sweep.json"
DRIVER_LOCK = "sweep.lock"
_RECORD_LOCK = "record.lock"
LONGEST_NAME = 40

Engine = Literal["grid", "random", "optuna"]
AIMS = {
    "negative_elbo_nats": "minimize",
    "reconstruction_nats": "minimize",
    "kl_nats": "minimize",
    "active_units": "maximize",
    "accuracy": "maximize",
}
"""The figures that a sweep may aim at, and which way."""


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Sweep:
    """base: the settings of all its runs, but for those of `space`. points: those planned so far, in order; of Optuna
    they come one by one, up to `trials`. aims: of `AIMS`, Optuna's. pruned: points that Optuna has given up.

    is_stopped: nothing more is begun until somebody resumes it. error: why something of it could not be begun.
    """

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f,]+$")]
    created_at: float
    base: dict[str, Any]
    space: dict[str, Choices | Range]
    engine: Engine
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, le=2**31 - 1)], ...], Field(min_length=1, max_length=500)]
    points: Annotated[tuple[dict[str, Any], ...], Field(max_length=spaces.MOST_POINTS)] = ()
    trials: int = 0
    draw_seed: int = 0
    aims: tuple[str, ...] = ("negative_elbo_nats",)
    prunes: bool = False
    pruned: tuple[int, ...] = ()
    is_stopped: bool = False
    error: str = ""

    def runs(self) -> list[Planned]:
        """All that is to be run, each point with its first seed before any with its second."""
        by_trial = self.engine == "optuna"
        pairs = [(point, seed) for seed in self.seeds for point in range(len(self.points))]
        pairs = sorted(pairs, key=lambda pair: pair[0]) if by_trial else pairs
        return [Planned(point, seed, self.run_id(point, seed)) for point, seed in pairs]

    def run_id(self, point: int, seed: int) -> str:
        """Of the run of a point with a seed: the same each time it is asked for, and as hard to guess as the sweep."""
        told = json.dumps({**self.points[point], "seed": seed}, sort_keys=True)
        return hashlib.sha256(f"{self.id} {told}".encode()).hexdigest()[:32]

    def config(self, point: int, seed: int) -> TrainConfig:
        """What such a run trains. Raises ConfigInvalid."""
        return self.config_of({**self.points[point], "seed": seed})

    def config_of(self, values: Mapping[str, Any]) -> TrainConfig:
        """The base's settings with these in their place. Raises ConfigInvalid."""
        return parse_config({**self.base, **values})


@dataclass(frozen=True)
class Planned:
    """A run that is to be. point: its index among the sweep's."""

    point: int
    seed: int
    run_id: str


_SWEEP = TypeAdapter(Sweep)


def plan(  # noqa: PLR0913
    base: TrainConfig,
    space: Mapping[str, Choices | Range],
    engine: Engine = "grid",
    *,
    seeds: Sequence[int] = (0,),
    trials: int = 0,
    draw_seed: int = 0,
    aims: Sequence[str] = ("negative_elbo_nats",),
    prunes: bool = False,
    name: str = "",
) -> Sweep:
    """A sweep that has not begun. trials: how many points are drawn, at random or by Optuna.

    Raises ConfigInvalid with the sentence on the first thing that cannot be.
    """
    if not space:
        raise ConfigInvalid("a sweep goes over one setting or more; choose one, such as beta")
    if engine != "grid" and not 1 <= trials <= spaces.MOST_POINTS:
        raise ConfigInvalid(f"trials: expected 1 to {spaces.MOST_POINTS} points to be drawn; got {trials}")
    points = {"grid": lambda: spaces.grid(space), "random": lambda: spaces.drawn(space, trials, draw_seed)}
    made = points[engine]() if engine in points else []
    try:
        sweep = Sweep(
            id=new_run_id(),
            name=_name(name, space, base),
            created_at=time.time(),
            base=base.model_dump(mode="json"),
            space=dict(space),
            engine=engine,
            seeds=tuple(dict.fromkeys(seeds)),
            points=tuple(made),
            trials=trials if engine == "optuna" else len(made),
            draw_seed=draw_seed,
            aims=tuple(aims),
            prunes=prunes,
        )
    except ValidationError as error:
        raise ConfigInvalid(
            f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}; change it and try again"
        ) from None
    _check_engine(sweep)
    return sweep


def _name(given: str, space: Mapping[str, Any], base: TrainConfig) -> str:
    name = given.strip().replace(",", " ") or f"{spaces.names_text(space)} on {base.dataset}".replace(",", " ")
    return name[:LONGEST_NAME].strip()


def _check_engine(sweep: Sweep) -> None:
    if unknown := [aim for aim in sweep.aims if aim not in AIMS]:
        raise ConfigInvalid(f"aims: {unknown[0]!r} is no figure of a run; choose of {', '.join(AIMS)}")
    if not sweep.aims:
        raise ConfigInvalid(f"aims: Optuna aims at a figure or several; choose of {', '.join(AIMS)}")
    if sweep.prunes and (sweep.engine != "optuna" or len(sweep.aims) > 1 or sweep.aims[0] not in _IN_ROWS):
        raise ConfigInvalid(
            f"pruning is Optuna's, with one aim that is measured while a run trains ({', '.join(_IN_ROWS)}); "
            "leave it out, or choose one of these alone"
        )


_IN_ROWS = ("negative_elbo_nats", "reconstruction_nats", "kl_nats", "active_units")


def check_points(sweep: Sweep, card: DataCard) -> None:
    """Raises ConfigInvalid for the first planned run that cannot be, or a setting that means nothing in any of them."""
    configs = [sweep.config(point, sweep.seeds[0]) for point in range(len(sweep.points))]
    for config in configs:
        check_new(config, card)
    for name in sweep.space if configs else ():
        setting = settings()[name][0]
        if not any(setting.is_needed(dict(config)) for config in configs):
            raise ConfigInvalid(f"{name} ({setting.label}) means nothing with these settings; sweep over another one")


# On the disk


def directory_of(sweep_id: str, root: Path | None = None) -> Path:
    """A sweep's folder. Raises RunMissing if that is no id."""
    if not RUN_ID.fullmatch(sweep_id):
        raise RunMissing(f"{sweep_id!r} is no sweep's id; expected 32 hexadecimal digits")
    return (root or runs_root()) / FOLDER / sweep_id


def keep(sweep: Sweep, root: Path | None = None) -> Path:
    """Writes a new sweep down; its folder. Raises DiskRefused."""
    directory = directory_of(sweep.id, root)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage.refused(directory, error) from error
    _write(directory, sweep)
    return directory


def _write(directory: Path, sweep: Sweep) -> None:
    values = _SWEEP.dump_python(sweep, mode="json")
    storage.write_file(directory / RECORD, signed.dump(values), durable=True)


def read_sweep(sweep_id: str, root: Path | None = None) -> Sweep:
    """A sweep as it is written down now. Raises RunMissing or CheckpointDamaged."""
    directory = directory_of(sweep_id, root)
    if not storage.exists(directory / RECORD):
        raise RunMissing(f"there is no sweep {sweep_id}; `python -m vae_core sweep status` lists those there are")
    what = f"{RECORD} of sweep {sweep_id}"
    try:
        return _SWEEP.validate_python(signed.parse(storage.read_file(directory, RECORD), what))
    except ValidationError as error:
        raise CheckpointDamaged(f"{what}: {error.errors()[0]['msg']}; start another sweep") from None


def all_sweeps(root: Path | None = None) -> list[Sweep]:
    """Those that can be read, newest first. Raises DiskRefused where the disk does not say what is there."""
    found = []
    for directory in storage.paths_in((root or runs_root()) / FOLDER):
        with suppress(LatentStudioError):
            found.append(read_sweep(directory.name, root))
    return sorted(found, key=lambda each: (each.created_at, each.id), reverse=True)


def change(sweep_id: str, root: Path | None, how: Callable[[Sweep], Mapping[str, Any]]) -> Sweep:
    """Writes some of a record anew. how: what of it, given as it is now. Raises as `read_sweep`, or DiskRefused."""
    directory = directory_of(sweep_id, root)
    before = read_sweep(sweep_id, root)  # before the lock: the library would make the folder
    with filelock.FileLock(directory / _RECORD_LOCK, thread_local=False, timeout=20):
        before = read_sweep(sweep_id, root)
        changed = dataclasses.replace(before, **how(before))
        if changed != before:
            _write(directory, changed)
    return changed


def add_seeds(sweep_id: str, seeds: Iterable[int], root: Path | None = None) -> Sweep:
    """Has every point run with these seeds as well, when the sweep goes on. Raises ConfigInvalid, or as `change`."""
    added = tuple(seeds)
    try:
        return change(sweep_id, root, lambda now: {"seeds": tuple(dict.fromkeys((*now.seeds, *added)))})
    except ValidationError:
        raise ConfigInvalid(f"seeds: expected 0 to {2**31 - 1:,}, 500 of them at most; got {added}") from None


def stop(sweep_id: str, root: Path | None = None) -> Sweep:
    """Has whoever runs it begin nothing more, and stop what trains; all of that is kept. Raises as `change`."""
    return change(sweep_id, root, lambda _: {"is_stopped": True})


def more_seeds(sweep: Sweep, count: int) -> tuple[int, ...]:
    """So many seeds that it has not had yet: the smallest."""
    found: list[int] = []
    seed = 0
    while len(found) < count:
        if seed not in sweep.seeds:
            found.append(seed)
        seed += 1
    return tuple(found)


@contextmanager
def driven(sweep_id: str, root: Path | None = None) -> Iterator[None]:
    """Within it, this process alone runs the sweep. Raises RunLocked if another does, or DiskRefused."""
    read_sweep(sweep_id, root)
    with run_lock.hold(directory_of(sweep_id, root), DRIVER_LOCK):
        yield


def is_driven(sweep_id: str, root: Path | None = None) -> bool:
    """Whether some process runs it now. Raises DiskRefused where the disk does not say."""
    return run_lock.is_held(directory_of(sweep_id, root), DRIVER_LOCK)
