"""metrics.jsonl as its one writer knows it: how much of it counts, the digest of that, and one line more."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vae_core.runs import storage


class MetricsLog:
    """Appends whole lines or nothing. Every method raises DiskRefused if the disk refuses, and may then be repeated.

    guard: raises if the run has another writer by now. It is asked when the file is open: who takes over replaces the
    file after that is known, so that what is written to the one that was open before is nowhere to be seen.
    """

    def __init__(self, path: Path, guard: Callable[[], None] = lambda: None) -> None:
        self._path, self._guard = path, guard
        self._size = 0
        self._hash = hashlib.sha256()
        self._is_known = self._is_doubtful = False

    def append(self, line: bytes) -> None:
        """Adds a line, which ends with a newline."""
        self._know()
        try:
            with self._path.open("ab", buffering=0) as file:
                self._guard()
                self._trim(file)  # what an earlier try could not take back
                try:
                    if file.write(line) != len(line):
                        raise OSError(errno.ENOSPC, "the disk took only a part")
                except OSError:
                    with suppress(OSError):
                        file.truncate(self._size)
                    raise
        except OSError as error:
            raise storage.refused(self._path, error) from error
        self._size += len(line)
        self._hash.update(line)

    @property
    def extent(self) -> tuple[int, str]:
        """The bytes of all lines, and their SHA-256."""
        self._know()
        return self._size, self._hash.hexdigest()

    def seal(self) -> None:
        """Waits until the disk has every line. The file is there afterwards, if it holds no line, too."""
        self._know()
        if self._is_doubtful:  # after a sync that failed, the system may take the lost pages for written
            storage.write_file(self._path, self._read()[: self._size], durable=True)
            self._is_doubtful = False
        try:
            with self._path.open("ab", buffering=0) as file:
                self._guard()
                self._trim(file)
                self._is_doubtful = True
                os.fsync(file.fileno())
                self._is_doubtful = False
        except OSError as error:
            raise storage.refused(self._path, error) from error

    def cut(self, size: int) -> None:
        """Forgets, durably, all lines after the first size bytes."""
        data = self._read()[:size]
        storage.write_file(self._path, data, durable=True)
        self._size, self._hash, self._is_known = len(data), hashlib.sha256(data), True
        self.seal()

    def _trim(self, file: io.FileIO) -> None:
        """Cuts off what does not count. Raises OSError where lines are missing: cutting would fill up with zeros."""
        if file.tell() < self._size:
            raise OSError(errno.ENOENT, f"of {self._size} bytes that were written {file.tell()} are there")
        if file.tell() > self._size:
            file.truncate(self._size)

    def _know(self) -> None:
        """Takes over what another writer of this run left, but for a line that it did not end."""
        if not self._is_known:
            data = self._read()
            data = data[: data.rfind(b"\n") + 1]
            self._size, self._hash, self._is_known = len(data), hashlib.sha256(data), True

    def _read(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise storage.refused(self._path, error) from error
