"""What a training process does: read commands, train one run, save it, leave.

    stdin    {"command": "start", "run": "<directory>", "threads": 1, "data": "<directory>"}
             {"command": "stop"}                              end of stdin means the same
    stdout   {"event": "ready"}, then {"event": "ended", "state": "finished"}; a line each

A process that has said ready has imported all it needs and waits: training begins a moment after start. It ends with
whoever started it, because their end is the end of its stdin, and even then what was trained so far is saved.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import torch

from vae_core.config import parse_config
from vae_core.datasets import DATASETS
from vae_core.errors import LatentStudioError
from vae_core.models import build_vae
from vae_core.recording import Pace, Recorder
from vae_core.runs import RunWriter, Status
from vae_core.training import train

Report = Callable[[dict[str, Any]], None]
Command = dict[str, Any]


def train_run(
    writer: RunWriter,
    stop: Callable[[], bool],
    report: Report | None = None,
    data_root: Path | None = None,
    pace: Pace | None = None,
) -> Status:
    """Trains and saves a run on as many threads as torch is set to; returns the status it ends with.

    stop is asked before each step; once it says yes, what there is gets saved. report hears of each metrics row
    ({"event": "row", …}) and epoch ({"event": "epoch", "epoch", "seconds"}). Raises nothing but RunError, if not even
    a failure can be written down.
    """
    try:
        writer.update_status(state="starting")
        recorder = Recorder(writer, report or _ignore, data_root, pace or Pace())
        recorder.begin()
        is_stopped = stop()
        if not is_stopped:
            for metrics in train(recorder.model, recorder.images, writer.config):
                recorder.record(metrics)
                if is_stopped := stop():
                    break
        recorder.save("stopped" if is_stopped and not recorder.is_whole else "finished")
    except LatentStudioError as error:
        writer.fail(str(error))
    except Exception as error:  # torch raises RuntimeError for whatever a device refuses
        traceback.print_exc()
        reason = (str(error) or type(error).__name__).splitlines()[0]
        writer.fail(f"training ended with {type(error).__name__}: {reason}; its last snapshot is kept")
    return writer.status


def warm_up() -> None:
    """Makes one step of a tiny model: torch imports the rest of itself, for seconds, when a first step is made."""
    config = parse_config({"dataset": "digits", "hidden_sizes": (1,), "device": "cpu"})
    next(train(build_vae(config), torch.zeros(1, *DATASETS["digits"].image_shape, dtype=torch.uint8), config))


def _ignore(_event: dict[str, Any]) -> None:
    """For callers who do not listen."""


# The process


def main() -> int:
    """Runs the process described at the head of this module. Returns its exit status."""
    starts: SimpleQueue[Command | None] = SimpleQueue()
    stop = Event()
    Thread(target=_listen, args=(starts, stop), daemon=True).start()
    warm_up()
    _say({"event": "ready"})

    def leave(number: int, frame: object) -> None:  # service managers send SIGTERM to servers and workers alike
        stop.set()
        starts.put(None)

    signal.signal(signal.SIGTERM, leave)
    command = starts.get()
    if command is None:
        return 0
    torch.set_num_threads(int(command["threads"]))  # for the run's life: another number would give other sums
    data_root = Path(command["data"]) if command.get("data") else None
    status = train_run(RunWriter.open(Path(command["run"])), stop.is_set, data_root=data_root)
    _say({"event": "ended", "state": status.state})
    return 0


def _listen(starts: SimpleQueue[Command | None], stop: Event) -> None:
    """Hands the start command on and turns a stop, or the end of stdin, into the event."""
    with open(0, "rb", buffering=0, closefd=False) as lines:  # a buffer's lock, held here, would crash Python's exit
        for line in lines:
            command = json.loads(line)
            if command["command"] == "start":
                starts.put(command)
            elif command["command"] == "stop":
                stop.set()
    stop.set()
    starts.put(None)


def _say(event: dict[str, Any]) -> None:
    """One line on stdout; if nobody reads it any more, the run still matters."""
    try:
        print(json.dumps(event), flush=True)
    except OSError:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
