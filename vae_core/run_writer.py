"""Writing a run: by the process that trains it, and by the server only before that process starts or after it ends."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from vae_core import run_files, storage
from vae_core.config import TrainConfig, parse_config
from vae_core.datasets import DATASETS
from vae_core.errors import LatentStudioError, RunError
from vae_core.layers import weight_shapes
from vae_core.run_files import (
    CONFIG,
    DECODER,
    EMBEDDING,
    EVALUATION,
    LIVE,
    METRICS,
    MODEL,
    REQUIRED,
    STATUS,
    Embedding,
    Status,
)

_LIVE_KEPT = 4  # a browser may still be fetching the step before the newest
_SILENT_S = 30.0  # a run that trains writes its status four times a second


class RunWriter:
    """The one writer of a run directory. Every method raises RunError, with what was there intact, if a disk refuses.

    now: the clock for the status' time stamps, in unix seconds.
    """

    def __init__(self, directory: Path, config: TrainConfig, status: Status, now: Callable[[], float]) -> None:
        self.directory = directory
        self.config = config
        self.status = status
        self._now = now

    @classmethod
    def create(cls, config: TrainConfig, root: Path | None = None, now: Callable[[], float] = time.time) -> RunWriter:
        """A new run under root, queued. Raises ConfigInvalid if the model cannot be built for its data set."""
        weight_shapes(config, DATASETS[config.dataset].image_shape)
        directory = (root or run_files.runs_root()).absolute() / run_files.new_run_id()
        try:
            directory.mkdir(parents=True)
        except OSError as error:
            raise storage.refused(directory, error) from error
        writer = cls(directory, config, Status("queued", epochs=config.epochs, created_at=now()), now)
        try:
            storage.write_file(directory / CONFIG, storage.dump_json(config.model_dump(mode="json")))
            writer.update_status()
        except RunError:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        return writer

    @classmethod
    def open(cls, directory: Path) -> RunWriter:
        """Goes on with a run that is there. Raises CheckpointDamaged or ConfigInvalid."""
        what = f"{CONFIG} of run {directory.name}"
        config = parse_config(storage.parse_json(storage.read_file(directory, CONFIG), what))
        status = run_files.parse_status(storage.read_file(directory, STATUS), f"{STATUS} of run {directory.name}")
        return cls(directory, config, status, time.time)

    @property
    def run_id(self) -> str:
        """The run's id, which is its directory's name."""
        return self.directory.name

    def remember_data_root(self, data_root: Path) -> None:
        """Lets later commands on this machine find the data set again."""
        content = {"data_root": str(data_root.absolute())}
        storage.write_file(self.directory / run_files.ORIGIN, storage.dump_json(content))

    def update_status(self, **changes: Any) -> None:
        """Replaces status.json, with the fields of `Status` that changed."""
        status = dataclasses.replace(self.status, **changes, updated_at=self._now())
        storage.write_file(self.directory / STATUS, storage.dump_json(dataclasses.asdict(status)))
        self.status = status

    def append_metrics(self, row: Mapping[str, Any]) -> None:
        """Adds one line to metrics.jsonl: all of it, or nothing. Raises ValueError for a number that is not finite."""
        line = storage.dump_line(row)
        path = self.directory / METRICS
        try:
            with path.open("ab", buffering=0) as file:
                start = file.tell()
                try:
                    if file.write(line) != len(line):
                        raise OSError("the disk took only a part")
                except OSError:
                    file.truncate(start)
                    raise
        except OSError as error:
            raise storage.refused(path, error) from error

    def publish_live(self, step: int, decoder: bytes, embedding: Embedding) -> None:
        """Makes step the newest that can be looked at, and forgets all but the newest four."""
        live = self.directory / LIVE
        try:
            live.mkdir(exist_ok=True)
        except OSError as error:
            raise storage.refused(live, error) from error
        storage.write_file(live / f"{step}.safetensors", embedding.to_bytes())
        storage.write_file(live / f"{step}.onnx", decoder)
        self.update_status(live_step=step)
        steps = sorted(int(path.stem) for path in live.glob("*.onnx") if path.stem.isdecimal())
        for old in steps[:-_LIVE_KEPT]:
            for suffix in (".onnx", ".safetensors"):
                with suppress(OSError):  # Windows keeps a file that is being read; the next time it goes
                    (live / f"{old}{suffix}").unlink(missing_ok=True)

    def finish(  # noqa: PLR0913
        self,
        state: Literal["finished", "stopped"],
        *,
        weights: Mapping[str, npt.NDArray[np.float32]],
        embedding: Embedding,
        decoder: bytes | None,
        evaluation: Mapping[str, Any],
        step: int,
    ) -> None:
        """Saves the trained model, then the manifest, then the final status. decoder: None leaves the file out.

        If the disk refuses, none of these files stays, and the run's snapshots do.
        """
        files = {
            MODEL: storage.dump_tensors(weights),
            EMBEDDING: embedding.to_bytes(),
            EVALUATION: storage.dump_json(evaluation),
        }
        if decoder is not None:
            files[DECODER] = decoder
        try:
            for name, data in files.items():
                storage.write_file(self.directory / name, data, durable=True)
            (self.directory / METRICS).touch()
            storage.write_manifest(self.directory, REQUIRED | files.keys())
            storage.sync_directory(self.directory)
            self.update_status(state=state, step=step, live_step=step, eta_s=0.0)
        except (RunError, OSError) as error:
            for name in (storage.MANIFEST, *files):
                (self.directory / name).unlink(missing_ok=True)
            raise error if isinstance(error, RunError) else storage.refused(self.directory, error) from error
        shutil.rmtree(self.directory / LIVE, ignore_errors=True)

    def fail(self, reason: str) -> None:
        """Ends a run whose training ended early: failed, for the reason given in one sentence.

        Where all was saved before that and only the last word is missing, it is finished or stopped instead.
        """
        if self.status.is_final:
            return
        if (self.directory / storage.MANIFEST).exists():
            is_whole = self.status.step >= self.status.total_steps
            step = self.status.step
            self.update_status(state="finished" if is_whole else "stopped", live_step=step, eta_s=0.0)
        else:
            self.update_status(state="failed", error=reason, eta_s=None)


def settle_abandoned(directories: Iterable[Path], silent_s: float = _SILENT_S) -> list[Path]:
    """Ends the runs that nobody trains any more, because their server or machine went down under them.

    Returns those that were heard of so lately that they may be alive: look at them again later.
    """
    doubtful = []
    for directory in directories:
        with suppress(LatentStudioError):
            writer = RunWriter.open(directory)
            if writer.status.state == "queued":
                writer.update_status(state="stopped", error=WAITED_IN_VAIN)
            elif time.time() - writer.status.updated_at > silent_s:
                writer.fail("the machine or the server went down while it trained; start it again")
            elif not writer.status.is_final:
                doubtful.append(directory)
    return doubtful


WAITED_IN_VAIN = "stopped while it waited in line, before anything was trained; start it again when a place is free"
