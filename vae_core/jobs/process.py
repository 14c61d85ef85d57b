"""One training process, seen from the server: started, told what to do, listened to until it ends."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

from vae_core.errors import DeviceUnavailable

_LOG = logging.getLogger(__name__)
REPOSITORY = Path(__file__).parents[2]
"""Where `python -m vae_core` is found."""
_ASKING_S = 60.0


@cache
def expect_device(name: str) -> None:
    """Asks once in a process of its own, which may load torch, whether a GPU computes. Raises DeviceUnavailable.

    The processor is there, and "auto" finds what is.
    """
    if name in ("auto", "cpu"):
        return
    command = [sys.executable, "-m", "vae_core", "device", name]
    try:
        asked = subprocess.run(command, check=False, cwd=REPOSITORY, capture_output=True, text=True, timeout=_ASKING_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise DeviceUnavailable(
            f"device {name} could not be asked whether it computes ({error}); choose cpu"
        ) from error
    if asked.returncode:
        words = asked.stderr.strip().splitlines() or [f"device {name} cannot compute; choose cpu"]
        raise DeviceUnavailable(words[-1])


class TrainingProcess:
    """A child that runs `vae_core/worker`, on so many threads. Raises OSError if the system starts no more.

    blocked: the disk's sentence, while its writes wait. is_ready: it has imported all it needs.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        variables = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vae_core", "worker"],
            cwd=REPOSITORY,
            env={**os.environ, **variables, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C in the server's terminal is for the server, which then closes us
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._stdin, self._stdout = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        self._last_words: deque[str] = deque(maxlen=1)
        self.blocked: str | None = None
        self.is_ready = False
        self.waits_in_line = False  # it trains what it is given at once

    @property
    def id(self) -> int:
        """Its number in the system."""
        return self._process.pid

    def start(  # noqa: PLR0913
        self,
        run: Path,
        data_root: Path | None,
        *,
        resume: bool = False,
        is_settled_only: bool = False,
        threads: int | None = None,
        takes_over: bool = False,
    ) -> None:
        """Tells it to train a run, from its newest checkpoint or from the beginning; at once, if it is ready.

        is_settled_only: without another step. threads: for this run, if others than its own. takes_over: another
        machine may have written it, see `recovery.take_up`.
        """
        data = str(data_root) if data_root else None
        told = {"resume": resume, "stop": is_settled_only, "takes_over": takes_over}
        self.tell(command="start", run=str(run), threads=threads or self._threads, data=data, **told)

    def tell(self, **command: Any) -> None:
        """Sends a command, see `worker`; that a process is gone is noticed by who listens to it."""
        with suppress(OSError, ValueError):
            self._stdin.write(json.dumps(command) + "\n")
            self._stdin.flush()

    def dismiss(self) -> None:
        """Ends its stdin, which means stop, even to one that waits for work."""
        with suppress(OSError, ValueError):
            self._stdin.close()

    def kill(self) -> None:
        """Ends it at once; nothing is saved."""
        self._process.kill()

    def listen(self, on_free: Callable[[], None], hear: Callable[[], None] | None = None) -> int:
        """Returns when it has ended, with its exit status (below zero: the signal that ended it).

        on_free: called each time that it has ended a run and could train another. hear: whenever `blocked` may be new.
        """
        with self._stdout as lines:
            for line in lines:
                if line.startswith('{"event":'):
                    if self._hear(line):
                        on_free()
                    if hear:
                        hear()
                else:  # a warning, or a traceback
                    _LOG.info("training process %d: %s", self.id, line.rstrip())
                    self._last_words.append(line.strip())
        status = self._process.wait()
        self.dismiss()
        return status

    def how_it_ended(self) -> str:
        """In words, with the last that it said: 'signal 9 (SIGKILL)', 'status 1: MemoryError'."""
        status = self._process.returncode
        how = f"status {status}" if status >= 0 else f"signal {-status} ({_signal_name(-status)})"
        return ": ".join([how, *self._last_words])

    def _hear(self, line: str) -> bool:
        """Takes note of what it says; whether it waits for another run."""
        with suppress(ValueError):  # cut off by its death
            event = json.loads(line)
            self.is_ready = True
            self.blocked = event.get("reason")
            return bool(event.get("stays"))
        return False


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
