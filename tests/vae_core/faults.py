"""A disk that refuses: every operation that writes is counted, and from the n-th on, or only then, it fails."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock


class Disk:
    """Counts opening for writing, writing, cutting, syncing, renaming and making directories; fails where told to.

    at: the number of the operation that fails, from 1; 0 for none. lasting: all after it fail, too, until `heal`.
    """

    def __init__(self, at: int = 0, number: int = 0, *, lasting: bool = True) -> None:
        self.at, self.number, self.lasting = at, number, lasting
        self.operations: list[str] = []
        self.is_healed = False

    def heal(self) -> None:
        """There is space again."""
        self.is_healed = True

    def tick(self, operation: str) -> None:
        """Counts one operation. Raises OSError where it should fail."""
        self.operations.append(operation)
        count = len(self.operations)
        if self.at and not self.is_healed and (count == self.at or (self.lasting and count > self.at)):
            raise OSError(self.number, os.strerror(self.number))


class _File:
    """A file opened for writing, on that disk: a refused write leaves the half of it."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self._file, self._disk = file, disk

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, data: bytes) -> int:
        try:
            self._disk.tick("write")
        except OSError:
            self._file.write(data[: len(data) // 2])
            raise
        return self._file.write(data)

    def truncate(self, size: int) -> int:
        self._disk.tick("truncate")
        return self._file.truncate(size)


@contextmanager
def on(disk: Disk) -> Iterator[None]:
    """Everything within is written to that disk."""
    path_open = Path.open

    def open_file(path: Path, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if mode[0] == "r":
            return path_open(path, mode, *arguments, **named)
        disk.tick(f"open {mode}")
        return _File(path_open(path, mode, *arguments, **named), disk)

    def ticking(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if "dir_fd" not in named:  # shutil.rmtree, which writes nothing
                disk.tick(name)
            return original(*arguments, **named)

        return call

    with (
        mock.patch.object(Path, "open", open_file),
        mock.patch.object(os, "fsync", ticking("fsync", os.fsync)),
        mock.patch.object(os, "replace", ticking("rename", os.replace)),
        mock.patch.object(os, "open", ticking("open to sync", os.open)),
        mock.patch.object(os, "mkdir", _making(disk, os.mkdir)),
    ):
        yield


def _making(disk: Disk, make: Callable[..., None]) -> Callable[..., None]:
    """Making a directory that is there writes nothing: `Path.mkdir` takes any error of it for that."""

    def made(path: Any, *arguments: Any, **options: Any) -> None:
        if not Path(path).is_dir():
            disk.tick("mkdir")
        make(path, *arguments, **options)

    return made


READS = ("stat", "scandir", "listdir")
WRITES = ("open", "mkdir", "rmdir", "unlink", "rename", "replace", "fsync")


@contextmanager
def on_every_call(disk: Disk) -> Iterator[None]:
    """Like `on`, for all that the system is asked within: deleting, moving and, on a broken disk, looking and reading.

    The real disk is not synced, which would show nothing here and takes time.
    """
    open_any = io.open

    def open_file(path: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if mode[0] == "r" and "+" not in mode:
            _look(disk, f"open {mode}")
            return open_any(path, mode, *arguments, **named)
        disk.tick(f"open {mode}")
        return _File(open_any(path, mode, *arguments, **named), disk)

    def counted(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            (_look if name in READS else Disk.tick)(disk, name)
            return None if name == "fsync" else original(*arguments, **named)

        return call

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(io, "open", open_file))
        for name in (*READS, *WRITES):
            patches.enter_context(mock.patch.object(os, name, counted(name, getattr(os, name))))
        yield


def _look(disk: Disk, operation: str) -> None:
    """Of want of space, who only looks hears nothing."""
    if disk.number != errno.ENOSPC:
        disk.tick(operation)
