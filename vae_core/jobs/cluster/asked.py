"""What was asked of a run that a cluster trains, on disk: whoever takes the run up on another machine goes by it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from vae_core.errors import CheckpointDamaged, LatentStudioError, RunError
from vae_core.jobs.control import EDITABLE
from vae_core.runs import checkpoints, signed, storage
from vae_core.runs.records import ASKED, read_status

Command = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """Of one run. data: the folder of the data sets, which all machines see. threads: of torch, for the run's life.
    is_stopped: no step is made any more, only a trained model of what the newest checkpoint holds.

    edits: β and learning rate, as asked for last. Single steps are not kept: one that a machine took with it is lost.
    """

    threads: Annotated[int, Field(ge=1)]
    data: str | None = None
    is_stopped: bool = False
    is_paused: bool = False
    steps_per_s: float | None = None
    edits: dict[str, float] = field(default_factory=dict)

    def after(self, command: Mapping[str, Any]) -> Asked:
        """With one command more."""
        match command.get("command"):
            case "stop":
                return replace(self, is_stopped=True)
            case "pause" | "step":
                return replace(self, is_paused=True)
            case "resume":
                return replace(self, is_paused=False)
            case "pace":
                return replace(self, steps_per_s=command.get("steps_per_s"))
            case "edit":
                given = {name: float(command[name]) for name in EDITABLE if command.get(name) is not None}
                return replace(self, edits=self.edits | given)
        return self

    def commands(self, directory: Path) -> list[Command]:
        """What to tell a training that goes on from the run's newest checkpoint."""
        told: list[Command] = []
        if self.steps_per_s is not None:
            told.append({"command": "pace", "steps_per_s": self.steps_per_s})
        if self.is_paused:
            told.append({"command": "pause"})
        if edits := _not_kept(self.edits, directory):
            told.append({"command": "edit", **edits})
        return told


_ASKED = TypeAdapter(Asked)


def write(directory: Path, asked: Asked) -> None:
    """Raises DiskRefused."""
    storage.write_file(directory / ASKED, signed.dump(asdict(asked)), durable=True)


def read(directory: Path) -> Asked:
    """What was asked of a run. Raises CheckpointDamaged."""
    what = f"{ASKED} of run {directory.name}"
    try:
        return _ASKED.validate_python(signed.parse(storage.read_file(directory, ASKED), what))
    except ValidationError as error:
        name = ".".join(map(str, error.errors()[0]["loc"])) or "its content"
        raise CheckpointDamaged(f"{what}: {name} is missing or wrong; stop the run and start it again") from None


def goes_on(directory: Path) -> bool:
    """Whether a cluster is to train the run: it was asked to, and has neither ended nor been told to.

    One that is stopped though nobody asked for it was left so by a training whose machine, or cluster, went away.
    """
    with suppress(RunError):
        if not storage.exists(directory / ASKED):
            return False
        status = read_status(directory)
        return not status.is_final or (status.state == "stopped" and not read(directory).is_stopped)
    return False


def _not_kept(edits: Mapping[str, float], directory: Path) -> dict[str, float]:
    """Those that the newest checkpoint has not in force: made again, they would only add a row."""
    kept: dict[str, float] = {}
    with suppress(LatentStudioError):
        controls = checkpoints.newest_checkpoint(directory).state.get("controls", np.empty(0))
        kept = dict(zip(EDITABLE, map(float, controls), strict=False))
    return {name: value for name, value in edits.items() if kept.get(name) != value}
