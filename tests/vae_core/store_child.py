"""What the campaigns' other processes do with a run directory: hold its lock when told to, or save without end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from vae_core.errors import RunLocked
from vae_core.runs.run_lock import hold
from vae_core.runs.writer import RunWriter


def say(words: str) -> None:
    print(words, flush=True)


def race(directory: Path) -> None:
    """Answers each "try" with won or lost, and keeps what it won until "release"."""
    say("ready")
    with ExitStack() as held:
        for line in sys.stdin:
            if line == "try\n":
                try:
                    held.enter_context(hold(directory))
                    say("won")
                except RunLocked:
                    say("lost")
            else:
                held.close()
                say("released")


def save(directory: Path) -> None:
    """Rows and checkpoints, one after the other: says when it begins one, before each step of that, and at its end."""
    writer = RunWriter.open(directory)
    with writer.lock():
        writer.update_status(state="running")
        for name in ("fsync", "replace"):
            setattr(os, name, slowed(name, getattr(os, name)))
        for step in range(1, 1_000_000):
            writer.append_metrics({"step": step})
            say(f"saving {step}")
            state = {"step": np.asarray(step), "model.weight": np.full(30_000, step, np.float32)}
            writer.save_checkpoint(state, step=step, elapsed_s=step / 10)
            say(f"saved {step}")


def slowed(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """Long enough for a signal to arrive before, in and after it."""

    def call(*arguments: Any, **named: Any) -> Any:
        say(name)
        time.sleep(0.001)
        return original(*arguments, **named)

    return call


if __name__ == "__main__":
    {"race": race, "save": save}[sys.argv[1]](Path(sys.argv[2]))
