"""A training process whose saves are frequent, slow and announced, so that a kill can be aimed into them.

In a file beside the run directory, each save leaves a line when it begins and one when it has ended.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_core.runs import checkpoints
from vae_core.worker import publish_schedule, training_process

SLOWED_S = 0.004
INTERVAL_S = 0.05


def announcements(directory: Path) -> Path:
    """Where the saves of a run are announced."""
    return directory.with_suffix(".saves")


def main() -> int:
    write = checkpoints.write

    def announced(directory: Path, step: int, data: bytes) -> None:
        with announcements(directory).open("a") as lines:
            print("begin", step, file=lines, flush=True)
            restored = [(name, getattr(os, name)) for name in ("fsync", "replace")]
            for name, original in restored:
                setattr(os, name, slowed(original))
            write(directory, step, data)
            for name, original in restored:
                setattr(os, name, original)
            print("end", step, file=lines, flush=True)

    checkpoints.write = announced
    publish_schedule.SHARE = 1.0
    training_process.PublishSchedule = lambda: publish_schedule.PublishSchedule(checkpoint_s=INTERVAL_S)  # type: ignore[assignment, misc]
    return training_process.main()


def slowed(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        time.sleep(SLOWED_S)
        result = original(*arguments, **named)
        time.sleep(SLOWED_S)
        return result

    return call


if __name__ == "__main__":
    sys.exit(main())
