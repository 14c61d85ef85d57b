"""The models that ship with the project, made again by `make pretrained`.

On equal processors and versions each file comes out bit by bit the same: one thread, no clock, no chance id. The
decoder is not among the files; it is made from the weights whenever it is asked for.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from vae_core.config import TrainConfig, parse_config, total_steps
from vae_core.data.registry import DATASETS
from vae_core.errors import RunError, RunMissing
from vae_core.runs import Run, RunWriter, lesson_records, open_directory, storage
from vae_core.runs.records import REQUIRED, STATUS
from vae_core.worker.publish_schedule import Pace
from vae_core.worker.training_process import train_run

THREADS = 1
ROWS = 24  # of metrics, evenly over the steps

CONFIGS: dict[str, TrainConfig] = {
    "mnist": parse_config({"dataset": "mnist", "device": "cpu"}),
    "digits": parse_config({"dataset": "digits", "device": "cpu"}),
    **lesson_records.CONFIGS,
}


class StepPace(Pace):
    """Rows and maps by steps instead of seconds: the same ones each time. Nothing is kept to go on from."""

    def __init__(self, every: int) -> None:
        super().__init__()
        self._every = every

    def elapsed_s(self) -> float:
        """Of time, nothing is said."""
        return 0.0

    def is_row_due(self, step: int) -> bool:
        """After every so many steps."""
        return step % self._every == 0

    def is_publish_due(self, step: int) -> bool:
        """With each row."""
        return self.is_row_due(step)

    def is_checkpoint_due(self, step: int) -> bool:
        """Never: a shipped model is made in one go."""
        return False

    def is_snapshot_due(self, epoch: int) -> bool:
        """Never: it holds no more than it needs."""
        return False


def pretrain(name: str, root: Path, report: Callable[[dict[str, Any]], None], data_root: Path | None = None) -> Run:
    """Trains a shipped model and puts its run in root/<name>, in place of what is there; a failure leaves that alone.

    Raises RunMissing for a name that does not ship, RunError if the training failed or the disk refused.
    """
    if name not in CONFIGS:
        raise RunMissing(f"no model called {name!r} ships with the project; choose from {', '.join(CONFIGS)}")
    config = CONFIGS[name]
    torch.set_num_threads(THREADS)
    pace = StepPace(max(1, total_steps(config, DATASETS[config.dataset].train_size) // ROWS))
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pretrain-", dir=root) as staging:
        writer = RunWriter.create(config, Path(staging), now=lambda: 0.0)
        status = train_run(writer, None, report, data_root, pace)
        if status.state != "finished":
            raise RunError(f"{name} could not be trained: {status.error}")
        _leave_only(writer.directory, REQUIRED | {STATUS})
        storage.write_manifest(writer.directory, REQUIRED)
        shutil.rmtree(root / name, ignore_errors=True)
        return open_directory(writer.directory.rename(root / name))


def _leave_only(directory: Path, names: frozenset[str]) -> None:
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in names:
            path.unlink()
