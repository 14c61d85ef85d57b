"""A Ray cluster of two machines on this one: a head at 127.0.0.2 and a node at 127.0.0.3, of one CPU each."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil

from tests.vae_core.waiting import wait_until

HEAD, NODE = "127.0.0.2", "127.0.0.3"
PORT = 8650
START_S = 600.0
WITHOUT_RAY = "Ray is not installed: pip install -r requirements-cluster.txt to measure a cluster"
_WORKER_PORTS = {HEAD: 18100, NODE: 18200}
_QUICK = {"RAY_health_check_period_ms": "1000", "RAY_health_check_failure_threshold": "4"}  # else a loss takes 15 s


def is_here() -> bool:
    """Whether Ray is installed."""
    return find_spec("ray") is not None


class Machine:
    """One of them, from its start to `end`."""

    def __init__(self, at: str, log: Path, temporary: Path) -> None:
        joins = ["--head", f"--port={PORT}", "--include-dashboard=false", f"--temp-dir={temporary}"]
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1",
                "--disable-usage-stats",
                *(joins if at == HEAD else [f"--address={HEAD}:{PORT}"]), f"--node-ip-address={at}",
                "--object-store-memory=80000000", f"--min-worker-port={_WORKER_PORTS[at]}",
                f"--max-worker-port={_WORKER_PORTS[at] + 99}",
            ],
            stdout=log.open("ab"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def end(self) -> None:
        """As when its power goes: all that runs on it is killed, what others started first."""
        started: list[psutil.Process] = []
        with suppress(psutil.Error):
            started = psutil.Process(self._process.pid).children(recursive=True)
        for process in [*reversed(started), self._process]:
            with suppress(psutil.Error, ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        self._process.wait()

    def lose_raylet(self) -> None:
        """Its part of the cluster alone is killed; what that started has to notice."""
        with suppress(psutil.Error):
            for process in psutil.Process(self._process.pid).children(recursive=True):
                if process.name().startswith("raylet"):
                    process.kill()


class TwoMachines:
    """Both, and what is to know of them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._log = folder, folder / "log"
        self.address = f"{HEAD}:{PORT}"
        self.head = self.node = Machine(HEAD, self._log, folder)

    def begin(self) -> None:
        """Returns when both are there."""
        wait_until(lambda: self._said("Ray runtime started"), START_S)
        self.join()

    def join(self) -> None:
        """Another node in place of one that is gone."""
        count = self._said("Ray runtime started")
        self.node = Machine(NODE, self._log, self._folder)
        try:
            wait_until(lambda: self._said("Ray runtime started") > count, START_S)
        except AssertionError as error:
            error.add_note(self._log.read_text(errors="replace")[-2000:])
            raise

    def _said(self, words: str) -> int:
        return self._log.read_text(errors="replace").count(words)


@contextmanager
def two_machines() -> Iterator[TwoMachines]:
    """Within it there is a cluster, which asks for a token of its own."""
    before = dict(os.environ)
    os.environ.update(
        RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(24), RAY_DISABLE_IMPORT_WARNING="1", **_QUICK
    )
    folder = Path(tempfile.mkdtemp(prefix="ls", dir="/tmp"))
    machines: TwoMachines | None = None
    try:
        machines = TwoMachines(folder)
        machines.begin()
        yield machines
    finally:
        for machine in (machines.node, machines.head) if machines else ():
            machine.end()
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder, ignore_errors=True)
