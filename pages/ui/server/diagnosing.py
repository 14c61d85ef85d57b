"""A run looked at closely, in a process of its own so that the server never imports torch; what was found is kept.

Kept in memory, by the run's digest: equal runs share it, a changed one has another, and nothing is written beside runs
that may not be written to.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from typing import Any

from pages.ui.server.browser_runtime import ROOT
from vae_core import runs

_KEPT = 32
_PROGRESS = re.compile(r"(\d+)% (.+)")
_one_at_a_time = threading.Lock()


class Diagnosing:
    """One diagnosis on its way. found, error: what came of it, once it is over."""

    def __init__(self, run: runs.Run) -> None:
        """Start, or wait for the one before to end."""
        self.share, self.doing = 0.0, "waiting for another run's to end"
        self.found: dict[str, Any] | None = None
        self.error: str | None = None
        self._run = run
        self._over = threading.Event()
        threading.Thread(target=self._work, name=f"diagnose-{run.id}", daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or badly."""
        return self._over.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Waits for the end, so long at most; whether it is over then."""
        return self._over.wait(timeout_s)

    def _work(self) -> None:
        with _one_at_a_time:
            try:
                self._listen()
            except Exception as error:  # whoever asked is told
                self.error = f"the diagnosis could not be started ({error}); make room and try again"
            finally:
                self._over.set()

    def _listen(self) -> None:
        command = [sys.executable, "-m", "vae_core", "diagnose", str(self._run.directory), "--json"]
        self.doing = "starting"
        last = ""
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as output,
            subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, text=True
            ) as process,
        ):
            assert process.stderr
            for line in process.stderr:
                last = line.strip() or last
                if told := _PROGRESS.fullmatch(line.strip()):
                    self.share, self.doing = int(told[1]) / 100, told[2]
            if process.wait() == 0:
                output.seek(0)
                self.found = json.loads(output.read())
            else:
                self.error = last or "the diagnosis ended without saying why; try again"


_known: OrderedDict[str, Diagnosing] = OrderedDict()
_known_lock = threading.Lock()


def diagnosis(run: runs.Run) -> Diagnosing | None:
    """The diagnosis of a complete run that was asked for before, ended or not; None if none was.

    Raises as `Run.digest`.
    """
    return _known.get(run.digest())


def diagnose(run: runs.Run) -> Diagnosing:
    """The diagnosis that is on its way, or a new one: two visitors never start the same. Raises as `Run.digest`."""
    digest = run.digest()
    with _known_lock:
        current = _known.get(digest)
        if current is None or current.error:
            current = _known[digest] = Diagnosing(run)
            for old in [name for name, each in _known.items() if each.is_over][: max(0, len(_known) - _KEPT)]:
                del _known[old]
        return current
