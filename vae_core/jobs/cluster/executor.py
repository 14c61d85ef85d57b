"""An existing Ray cluster as the manager sees it: each run is a remote process, and one child process speaks with Ray.

That child (`bridge`) is alone in importing Ray: the server does without its memory, threads and signal handlers, and
outlives what Ray does to a process whose cluster goes away. If it ends, another takes its place, which is told anew
which runs to keep; Ray finds those that are still there by their names.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from threading import Condition, Event, Lock, Thread, Timer
from typing import IO, Any, cast

from vae_core.architecture import memory
from vae_core.config import TrainConfig
from vae_core.data.source import DataCard
from vae_core.errors import ClusterMissing, LatentStudioError
from vae_core.jobs.cluster import asked
from vae_core.jobs.cluster.asked import Asked, Command
from vae_core.jobs.process import REPOSITORY
from vae_core.runs import open_directory, run_lock
from vae_core.runs.records import SERVER_LOCK, run_directories

_LOG = logging.getLogger(__name__)
PROCESSES_BYTES = 600_000_000
"""What a training's process and its keeper hold before they hold any image or weight."""
RETRY_S = 2.0
"""Until a run whose keeper is gone for good gets another."""
LONGEST_WAIT_S = 30.0
"""Between two tries to reach a cluster that does not answer."""
_NUMBERS = count(1)


def checked_address(text: str) -> str:
    """An address as Ray takes it, from what was typed; "" for none. Raises ClusterMissing."""
    text = text.strip()
    if not text:
        return ""
    address = text if text.startswith("ray://") else text.removeprefix("ray:")
    if text.startswith("ray:") and address.removeprefix("ray://"):
        return address
    raise ClusterMissing(
        f"{text[:60]!r} names no cluster; expected ray://host:10001, ray:host:6379 or ray:auto, or nothing to train on "
        "this machine"
    )


class RemoteProcess:
    """One run in the cluster, as the manager sees it. blocked: why it waits, in a sentence."""

    def __init__(self, cluster: Cluster, threads: int) -> None:
        self._cluster, self._asked = cluster, Asked(threads)
        self._ended = Event()
        self._status: int | None = 0
        self.directory: Path | None = None
        self.blocked: str | None = None
        self.waits_in_line = True
        self.id = next(_NUMBERS)

    def start(
        self,
        run: Path,
        data_root: Path | None,
        *,
        resume: bool = False,
        is_settled_only: bool = False,
        threads: int | None = None,
    ) -> None:
        """Writes down what is asked, unless an earlier server did, and has Ray find a place. Raises DiskRefused."""
        self.directory = run
        if asked.goes_on(run):
            self._asked = asked.read(run)
        else:
            data = str(data_root) if data_root else None
            self._asked = Asked(threads or self._asked.threads, data, is_settled_only)
            asked.write(run, self._asked)
        self._cluster.keep(self)

    def tell(self, **command: Any) -> None:
        """Writes down what is asked, and passes it on."""
        self._asked = self._asked.after(command)
        if self.directory:
            with suppress(LatentStudioError):  # a disk that is away: it reaches the training all the same
                asked.write(self.directory, self._asked)
            self._cluster.tell(self, command)

    def hear(self, *, blocked: str | None) -> None:
        """News of its keeper: it has a place."""
        self.blocked, self.waits_in_line = blocked, False

    def end(self, status: int | None = 0) -> None:
        """Nothing more is done for it; None: by this server."""
        self._status = status
        self._ended.set()

    def dismiss(self) -> None:
        """Leaves it to the cluster."""
        self.end(None)

    def kill(self) -> None:
        """Leaves it, too: what is there is a stop, which saves."""
        self.end(None)

    def listen(self, on_free: Callable[[], None]) -> int | None:
        """Returns when the run has ended, or is left to the cluster."""
        self._ended.wait()
        return self._status

    def how_it_ended(self) -> str:
        """In words."""
        return "nothing more to say: the cluster has given it up"


class Cluster:
    """The runs that go to one Ray cluster. address: as Ray takes it.

    threads: of each training, which are as many CPUs to Ray. slots: how many runs it is given at a time; Ray lets those
    wait that have no place. command: of the child that speaks with Ray. wait: between
    two tries to reach the cluster, for so many seconds at most.
    """

    keeps_spare = False
    is_elsewhere = True

    def __init__(
        self,
        address: str,
        threads: int = 1,
        slots: int = sys.maxsize,
        command: Sequence[str] = (sys.executable, "-m", "vae_core", "bridge"),
        wait: Callable[[Condition, float], object] = Condition.wait,
    ) -> None:
        self.slots = slots
        self._address, self._threads, self._command, self._wait = address, threads, [*command, address], wait
        self._changed = Condition(Lock())
        self._kept: dict[str, RemoteProcess] = {}
        self._bridge: subprocess.Popen[str] | None = None
        self._is_closed = False
        self._reason: str | None = f"the cluster at {address} has not answered yet"
        Thread(target=self._stay_connected, name="cluster", daemon=True).start()

    def expect(self, config: TrainConfig, card: DataCard, *, is_mapped: bool = False) -> None:
        """Raises ClusterMissing if Ray is not installed; what fits where, Ray knows."""
        if find_spec("ray") is None:
            raise ClusterMissing(
                f"runs should go to the cluster at {self._address}, and Ray is not installed here; "
                "pip install -r requirements-cluster.txt, or unset VAE_CLUSTER to train on this machine"
            )

    def process(self) -> RemoteProcess:
        """One that has no run yet."""
        return RemoteProcess(self, self._threads)

    def left(self, root: Path) -> list[Path]:
        """The runs that a cluster trains, or is to go on with, and that no other server has in hand."""
        try:
            found = [directory for directory in run_directories(root) if asked.goes_on(directory)]
            return [directory for directory in found if not run_lock.is_held(directory, SERVER_LOCK)]
        except LatentStudioError as error:
            _LOG.warning("%s", error)
            return []

    def keep(self, process: RemoteProcess) -> None:
        """Has a run's keeper started, unless it is there."""
        assert process.directory
        with self._changed:
            self._kept[process.directory.name] = process
            process.blocked = self._reason
            self._send(_order_for(process.directory, self._threads))

    def tell(self, process: RemoteProcess, command: Command) -> None:
        """Passes a command on."""
        assert process.directory
        with self._changed:
            self._send({"run": process.directory.name, "tell": command})

    def close(self) -> None:
        """Leaves the cluster alone: its runs go on."""
        with self._changed:
            self._is_closed = True
            bridge = self._bridge
            self._changed.notify_all()
        if bridge:
            with suppress(OSError, ValueError):
                cast(IO[str], bridge.stdin).close()
            try:
                bridge.wait(5.0)
            except subprocess.TimeoutExpired:
                bridge.kill()

    def _send(self, message: Command) -> None:
        """With the lock held. What is lost with a bridge that ends, the next one is told anew."""
        if self._bridge:
            with suppress(OSError, ValueError):
                stdin = cast(IO[str], self._bridge.stdin)
                stdin.write(json.dumps(message) + "\n")
                stdin.flush()

    def _send_again(self, directory: Path) -> None:
        with self._changed:
            self._send(_order_for(directory, self._threads))

    # The cluster's thread

    def _stay_connected(self) -> None:
        pause_s = 1.0
        while not self._is_closed:
            begun = time.monotonic()
            self._connect()
            if time.monotonic() - begun > 2 * LONGEST_WAIT_S:  # it was there for a while
                pause_s = 1.0
            with self._changed:
                if not self._is_closed:
                    self._wait(self._changed, pause_s)
            pause_s = min(2 * pause_s, LONGEST_WAIT_S)

    def _connect(self) -> None:
        """One bridge, from its start to its end."""
        last_words: deque[str] = deque(maxlen=1)
        try:
            bridge = subprocess.Popen(
                self._command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                encoding="utf-8", errors="replace", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            self._lose(str(error))
            return
        with self._changed:
            self._bridge = bridge
            for process in self._kept.values():
                if process.directory:
                    self._send(_order_for(process.directory, self._threads))
        with cast(IO[str], bridge.stdout) as lines:
            for line in lines:
                if line.startswith('{"event":'):
                    self._hear(line)
                else:
                    _LOG.info("the cluster's bridge: %s", line.rstrip())
                    last_words.append(line.strip())
        bridge.wait()
        with suppress(OSError):
            cast(IO[str], bridge.stdin).close()
        self._lose("".join(last_words))

    def _lose(self, why: str) -> None:
        with self._changed:
            self._bridge = None
            self._reason = f"the cluster at {self._address} does not answer; its runs are looked for again and again"
            if why and not self._is_closed:
                _LOG.warning("%s: %s", self._reason, why)
            for process in self._kept.values():
                process.blocked = self._reason

    def _hear(self, line: str) -> None:
        with suppress(ValueError):  # cut off by its death
            event = json.loads(line)
            with self._changed:
                if event["event"] == "connected":
                    self._reason = None
                    for process in self._kept.values():
                        process.blocked = None
                elif event.get("run") in self._kept:
                    self._hear_of(self._kept[event["run"]], event)

    def _hear_of(self, process: RemoteProcess, event: Command) -> None:
        assert process.directory
        if event["event"] == "waits":
            process.blocked = event["reason"]
        elif event["event"] == "news":
            process.hear(blocked=event["blocked"])
        elif event["event"] == "over":
            if not event["is_withdrawn"] and asked.goes_on(process.directory):  # the cluster has lost its keeper
                process.blocked = f"the cluster could not keep the run going ({event['reason']}); it tries again"
                again = Timer(RETRY_S, self._send_again, (process.directory,))
                again.daemon = True
                again.start()
            else:
                process.waits_in_line = event["is_withdrawn"]
                del self._kept[process.directory.name]
                process.end()


def _order_for(directory: Path, threads: int) -> Command:
    """What to tell the bridge of a run: what it takes, as Ray counts it."""
    order: Command = {"run": directory.name, "keep": str(directory), "cpus": threads, "gpu": "auto"}
    with suppress(LatentStudioError):
        run = open_directory(directory)
        order["gpu"] = run.config.device
        order["memory"] = PROCESSES_BYTES + memory.estimate(run.config, run.card)
        order["cpus"] = asked.read(directory).threads
    return order


def asked_for(slots: int | None = None) -> Cluster | None:
    """The cluster that VAE_CLUSTER names: ray://host:10001, ray:host:6379 or ray:auto; None for none.

    slots: as `Cluster` has them. Raises ClusterMissing if it names something else.
    """
    address = checked_address(os.environ.get("VAE_CLUSTER", ""))
    return Cluster(address, slots=slots or sys.maxsize) if address else None
