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
from vae_core.data.registry import card_here
from vae_core.errors import RunError, RunMissing
from vae_core.runs import Run, RunWriter, lesson_records, open_directory, storage
from vae_core.runs.records import DATA, REQUIRED, STATUS
from vae_core.worker.publish_schedule import PublishSchedule
from vae_core.worker.training_process import train_run

THREADS = 1
KEPT = REQUIRED | {DATA}
ROWS = 24  # of metrics, evenly over the steps

CONFIGS: dict[str, TrainConfig] = {
    "mnist": parse_config({"dataset": "mnist", "device": "cpu"}),
    "digits": parse_config({"dataset": "digits", "device": "cpu"}),
    **lesson_records.CONFIGS,
}


def pretrain(name: str, root: Path, report: Callable[[dict[str, Any]], None], data_root: Path | None = None) -> Run:
    """Trains a shipped model and puts its run in root/<name>, in place of what is there; a failure leaves that alone.

    Raises RunMissing for a name that does not ship, RunError if the training failed, DiskRefused.
    """
    if name not in CONFIGS:
        raise RunMissing(f"no model called {name!r} ships with the project; choose from {', '.join(CONFIGS)}")
    config = CONFIGS[name]
    torch.set_num_threads(THREADS)
    card = card_here(config.dataset, data_root)
    schedule = PublishSchedule.by_steps(max(1, total_steps(config, card.train_size) // ROWS))
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pretrain-", dir=root, ignore_cleanup_errors=True) as staging:
            writer = RunWriter.create(config, Path(staging), now=lambda: 0.0, card=card)
            status = train_run(writer, None, report, data_root, schedule)
            if status.state != "finished":
                raise RunError(f"{name} could not be trained: {status.error}")
            _leave_only(writer.directory, KEPT | {STATUS})
            storage.write_manifest(writer.directory, KEPT)
            _exchange(root / name, writer.directory, Path(staging) / "before")
    except OSError as error:
        raise storage.refused(root / name, error) from error
    return open_directory(root / name)


def _exchange(directory: Path, new: Path, aside: Path) -> None:
    """Puts new in place of what may be there, which is put aside; back again if that fails. Raises OSError."""
    if not storage.exists(directory):
        new.rename(directory)
        return
    directory.rename(aside)
    try:
        new.rename(directory)
    except OSError:
        aside.rename(directory)
        raise


def _leave_only(directory: Path, names: frozenset[str]) -> None:
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in names:
            path.unlink()
