"""A use carried out by a process of its own, so that the server computes nothing and imports no torch; kept for all.

What was found lies in a temporary folder, by the run's digest and all settings, until so many others came after it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pages.ui.server.background import Background, Task
from pages.ui.server.browser_runtime import ROOT
from vae_core import runs
from vae_core.apply import folder
from vae_core.apply.record import Result
from vae_core.errors import LatentStudioError

STOPPED = "It was stopped, and nothing of it is kept."


@dataclass(frozen=True)
class Wanted:
    """A complete run, the name of a part, and all its settings."""

    run: runs.Run
    part: str
    settings: Mapping[str, str]

    @property
    def key(self) -> str:
        """Raises as `Run.digest`."""
        return json.dumps([self.run.digest(), self.part, sorted(self.settings.items())])


class _Folder:
    """A temporary folder that is there for as long as somebody holds this."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="latent-studio-apply-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True)
class Outcome:
    """A result, and where the files lie that it names."""

    result: Result
    kept: _Folder

    def path(self, file: str) -> Path:
        """Of one of its files."""
        return self.kept.path / file


@dataclass
class _Handle:
    """What stops a use: process is None before it has begun."""

    is_stopped: bool = False
    process: subprocess.Popen[str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_uses = Background[Outcome]("apply", 16)
_handles: dict[str, _Handle] = {}


def outcome(wanted: Wanted) -> Task[Outcome] | None:
    """That of a use that was asked for before, ended or not; None if it was not. Raises as `Run.digest`."""
    return _uses.get(wanted.key)


def start(wanted: Wanted) -> Task[Outcome]:
    """The use that is on its way or done, or a new one. Raises as `Run.digest` and `Background.start`."""
    current = _uses.get(wanted.key)
    if current is not None and not current.error:
        return current
    return _uses.start(wanted.key, partial(_carry_out, wanted, _handles.setdefault(wanted.key, _Handle())))


def stop(wanted: Wanted) -> None:
    """Ends a use, for everybody who waits for it."""
    handle = _handles.get(wanted.key)
    if handle:
        with handle.lock:
            handle.is_stopped = True
            if handle.process:
                handle.process.terminate()


def _carry_out(wanted: Wanted, handle: _Handle, task: Task[Outcome]) -> Outcome:
    """What the process found. Raises LatentStudioError with the last that it said."""
    task.doing = "starting"
    try:
        kept = _Folder()
        with _begun(_command(wanted, str(kept.path)), handle) as process:
            last = task.follow(process)
            if process.wait():
                raise LatentStudioError(STOPPED if handle.is_stopped else last or "it ended without a word; try again")
        return Outcome(folder.read(kept.path), kept)
    except OSError as error:
        raise LatentStudioError(f"it could not be started ({error}); make room and try again") from error
    finally:
        _handles.pop(wanted.key, None)


def _begun(command: list[str], handle: _Handle) -> subprocess.Popen[str]:
    with handle.lock:
        if handle.is_stopped:
            raise LatentStudioError(STOPPED)
        handle.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        return handle.process


def _command(wanted: Wanted, out: str) -> list[str]:
    command = [sys.executable, "-m", "vae_core", "apply", wanted.part, str(wanted.run.directory), "--out", out]
    return command + [f"--{name}={value}" for name, value in wanted.settings.items() if value]
