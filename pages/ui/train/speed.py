"""How fast a training of some settings is on this machine: as runs of its kind were, else as a short trial is."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from pages.ui.server import visible_runs
from pages.ui.server.background import Background
from vae_core.config import TrainConfig
from vae_core.data import registry
from vae_core.errors import LatentStudioError, RunError
from vae_core.jobs.process import REPOSITORY
from vae_core.sweeps import cost

_TRIALS: Background[float] = Background("speed", 50)
_LONGEST_S = 120.0


def speed_of(config: TrainConfig) -> float | None:
    """Images a second on one thread; None while it is tried out, in a process of its own: ask again then.

    Raises LatentStudioError with a sentence if that fails.
    """
    card = registry.source(config.dataset).card
    if known := cost.measured_speed(config, card, visible_runs.entries()):
        return known
    return _TRIALS.ask(f"{config.model_copy(update={'seed': 0})!r}", lambda: _tried(config))


def _tried(config: TrainConfig) -> float:
    command = [sys.executable, "-m", "vae_core", "sweep", "speed", "--json"]
    for name, value in config.model_dump(mode="json").items():
        command += [f"--{name.replace('_', '-')}", ",".join(map(str, value)) if isinstance(value, list) else str(value)]
    try:
        done = subprocess.run(
            command, check=False, cwd=REPOSITORY, capture_output=True, text=True, timeout=_LONGEST_S,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
        )  # fmt: skip
        if done.returncode:
            raise LatentStudioError(f"How long they take could not be measured: {done.stderr.strip().splitlines()[-1]}")
        return float(json.loads(done.stdout.splitlines()[-1])["images_per_s"])
    except (OSError, subprocess.SubprocessError, ValueError, LookupError) as error:
        raise RunError(f"How long they take could not be measured ({error}).") from error
