"""What a training process does: read commands, train one run after another, save each, leave.

    stdin    {"command": "start", "run": "<directory>", "threads": 1, "data": "<directory>", "resume": false,
              "stop": false, "takes_over": false}               true: as `recovery.take_up`
             {"command": "pause"}, {"command": "step"}, {"command": "resume"}, {"command": "pace", "steps_per_s": 2.0},
             {"command": "edit", "beta": 2.0, "learning_rate": 0.001}: as `control.Control` has them, at any time
             {"command": "stop"}                              end of stdin means the same
    stdout   {"event": "ready"}, then {"event": "ended", "state": "finished", "stays": true}; a line each
             {"event": "blocked", "reason": "…"} and {"event": "unblocked"} while the disk refuses

A process that has said ready has imported all it needs and waits: training begins a moment after start. One that stays
when a run has ended is as it was when it was ready; after a failure, or on a GPU, it leaves. It ends with
whoever started it, because their end is the end of its stdin, and even then what was trained so far is saved.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import torch

from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.errors import ConfigInvalid, LatentStudioError, RunError, RunLocked, TrainingDiverged
from vae_core.jobs.control import SHUT_OUT, Control
from vae_core.model.networks import build_vae
from vae_core.runs import RunWriter, Status, checkpoints, recovery
from vae_core.training import resolve_device, train
from vae_core.training.ranks import Ranks
from vae_core.worker.disk_retry import DiskRetry
from vae_core.worker.publish_schedule import PublishSchedule
from vae_core.worker.recorder import Recorder

Report = Callable[[dict[str, Any]], None]
Command = dict[str, Any]

NICENESS = 10  # of 19
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # of malloc.h


def train_run(  # noqa: PLR0913
    writer: RunWriter,
    control: Control | None = None,
    report: Report | None = None,
    data_root: Path | None = None,
    schedule: PublishSchedule | None = None,
    *,
    resume: bool = False,
    ranks: Ranks | None = None,
) -> Status:
    """Trains and saves a run on as many threads as torch is set to; returns the status it ends with.

    resume: goes on from its newest checkpoint. ranks: those that train with this process.
    control says before each step what to do; once it says stop, what there
    is gets saved. report hears of each metrics row ({"event": "row", …}), epoch ({"event": "epoch", "epoch",
    "seconds"}), and refusal of the disk (see `DiskRetry`). Raises RunLocked if another process trains the run, and
    otherwise nothing but RunError, if not even a failure can be written down.
    """
    control, report, schedule = control or Control(), report or _ignore, schedule or PublishSchedule()
    with writer.retrying(DiskRetry(control, schedule, report)), writer.lock():
        try:
            writer.update_status(state="starting")
            checkpoint = checkpoints.newest_checkpoint(writer.directory) if resume else None
            recorder = Recorder(
                writer, control, report, schedule=schedule, data_root=data_root, checkpoint=checkpoint, ranks=ranks
            )
            del checkpoint  # three times the weights
            _train(recorder, control)
        except TrainingDiverged as error:
            writer.fail(f"{error}{_way_on(writer)}", diverged_step=error.step)
        except RunLocked:  # another machine has taken it over since: it is not ours to end
            raise
        except RunError as error:
            writer.fail(f"{error}{_way_on(writer)}")
        except LatentStudioError as error:
            writer.fail(str(error))
        except Exception as error:  # torch raises RuntimeError for whatever a device refuses
            traceback.print_exc()
            writer.fail(f"{_reason(error)}{_way_on(writer)}")
    return writer.status


def _train(recorder: Recorder, control: Control) -> None:
    recorder.begin()
    steps = recorder.training.steps()
    try:
        while not recorder.is_whole and control.wait_turn(recorder.idle):
            recorder.before_step()
            recorder.record(next(steps))
    except TrainingDiverged:
        recorder.write_row()  # the steps before it were as they should be
        raise
    recorder.training.leave()
    recorder.save("finished" if recorder.is_whole else "stopped")


def _way_on(writer: RunWriter) -> str:
    """What a run that ended too early has left, as the end of a sentence."""
    step = checkpoints.newest_step(writer.directory)
    return "" if step is None else f"; the checkpoint of step {step} is kept, and the run can be resumed from there"


def _reason(error: Exception) -> str:
    words = (str(error) or type(error).__name__).splitlines()[0]
    is_memory = isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)
    if is_memory:
        return "the training ran out of memory: end other programs, or take a smaller network or batch"
    return f"training ended with {type(error).__name__}: {words}"


def warm_up() -> None:
    """Makes one step of a tiny model, and reads the smallest data set: what is slow only once is behind it then."""
    settle_heap()
    config = parse_config({"dataset": "digits", "hidden_sizes": (1,), "device": "cpu"})
    images = torch.from_numpy(registry.load("digits", "train").images)
    next(train(build_vae(config), images, config))


def _ignore(_event: dict[str, Any]) -> None:
    """For callers who do not listen."""


# The process


class _Orders:
    """What is asked of this process: which run to train next, and what of the one that it trains."""

    def __init__(self) -> None:
        self._starts: SimpleQueue[tuple[Command, Control] | None] = SimpleQueue()
        self._control = Control()
        self.is_leaving = False

    def take(self, command: Command) -> None:
        """Takes a command. Raises ConfigInvalid if it is none."""
        if command["command"] != "start":
            self._control.obey(command)
            return
        self._control = Control()  # what was asked of the run before does not count any more
        if command.get("stop"):
            self._control.stop()
        self._starts.put((command, self._control))

    def leave(self, *_: object) -> None:
        """Ends the run, and then the process."""
        self.is_leaving = True
        self._control.stop()
        self._starts.put(None)

    def wait(self) -> tuple[Command, Control] | None:
        """The next run, once there is one; None to leave."""
        return self._starts.get()


def main() -> int:
    """Runs the process described at the head of this module. Returns its exit status."""
    _yield_the_cores()
    orders = _Orders()
    Thread(target=_listen, args=(orders,), daemon=True).start()
    warm_up()
    _say({"event": "ready"})
    signal.signal(signal.SIGTERM, orders.leave)  # service managers send it to servers and workers alike
    while order := orders.wait():
        try:
            state, is_as_before = _train_ordered(*order)
        except RunLocked as error:
            print(error, flush=True)
            return SHUT_OUT
        _give_memory_back()
        stays = is_as_before and not orders.is_leaving
        _say({"event": "ended", "state": state, "stays": stays})
        if not stays:
            break
    return 0


def _train_ordered(command: Command, control: Control) -> tuple[str, bool]:
    """Trains what a start command names; the state it ends in, and whether the process could train another."""
    torch.set_num_threads(int(command["threads"]))  # for the run's life: another number would give other sums
    data_root = Path(command["data"]) if command.get("data") else None
    directory, resume = Path(command["run"]), bool(command.get("resume"))
    if command.get("takes_over"):
        writer = recovery.take_up(directory)
        resume = checkpoints.newest_step(directory) is not None
        if writer.status.state in ("finished", "failed"):
            return writer.status.state, False
    else:
        writer = RunWriter.open(directory)
    status = train_run(writer, control, _pass_on, data_root, resume=resume)
    return status.state, status.state != "failed" and resolve_device(writer.config.device).type == "cpu"


def _give_memory_back() -> None:
    """What a run held goes back to the system, so that one that waits is as small as one that has just begun."""
    gc.collect()
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)


def _yield_the_cores() -> None:
    """Lets server and browser go first on a core that they share with a training: a drag must not wait for a batch."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)


def _listen(orders: _Orders) -> None:
    """Hands commands on; the end of stdin means to leave."""
    with open(0, "rb", buffering=0, closefd=False) as lines:  # a buffer's lock, held here, would crash Python's exit
        for line in lines:
            try:
                orders.take(json.loads(line))
            except ConfigInvalid as error:
                print(error, file=sys.stderr, flush=True)
    orders.leave()


def _pass_on(event: dict[str, Any]) -> None:
    """Of what a training reports, the server hears what the run directory may not be able to say."""
    if event["event"] in ("blocked", "unblocked"):
        _say(event)


def _say(event: dict[str, Any]) -> None:
    """One line on stdout; if nobody reads it any more, the run still matters."""
    try:
        print(json.dumps(event), flush=True)
    except OSError:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def settle_heap() -> None:
    """Tells glibc to give blocks above 8 MB back as soon as they are freed, and to keep 64 MB of small ones.

    Left alone, it moves both limits as it goes: the same training then took 340 MB or 1 GB, as the pieces happened to
    fall, and a step of the default network spent up to a quarter of its time on asking the system for the same
    memory again. Does nothing where malloc is another.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_MMAP_THRESHOLD, 8 * 2**20)
        library.mallopt(_TRIM_THRESHOLD, 64 * 2**20)
