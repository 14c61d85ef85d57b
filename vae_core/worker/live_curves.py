"""A training's curves as TensorBoard reads them, while it goes: an event more for each row of its metrics."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vae_core.errors import LatentStudioError
from vae_core.interchange.exports import event_file, scalars, tensorboard
from vae_core.runs import archives, storage
from vae_core.runs.reader import load

WANTED = "VAE_TENSORBOARD"


def is_wanted() -> bool:
    """Whether the server, or whoever trains, has asked for it."""
    return os.environ.get(WANTED, "").strip().lower() in {"1", "true", "yes", "on"}


class LiveCurves:
    """The event file of a run, which an export to its own folder replaces by an equal one.

    Its first row writes it whole, from all that was measured before: what a resumed training has taken back is not in
    it. A disk that refuses it never holds a training up; it is written whole again with the row after.
    """

    def __init__(self, directory: Path, created_at: float) -> None:
        self._directory, self._created_at = directory, created_at
        self._path = directory / archives.TENSORBOARD / tensorboard.EVENTS
        self._is_whole = False

    def append(self, row: Mapping[str, Any]) -> None:
        """A row that the run has already written down itself."""
        try:
            if self._is_whole:
                self._is_whole = False
                self._append(row)
            else:
                self._path.parent.mkdir(exist_ok=True)
                storage.write_file(self._path, tensorboard.curves(load(self._directory)))
            self._is_whole = True
        except (OSError, LatentStudioError):
            return

    def _append(self, row: Mapping[str, Any]) -> None:
        event = event_file.record(self._created_at + row["elapsed_s"], row["step"], scalars.values_of(row))
        with self._path.open("r+b", buffering=0) as file:
            file.seek(0, os.SEEK_END)
            if file.write(event) != len(event):
                raise OSError("the disk took only a part")
