"""Runs the process that reads tables, and takes what it has written: plain numbers, whose sizes are checked again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.errors import DataRefused
from vae_core.intake.containers import Say, silent

Array = npt.NDArray[Any]
COMMAND = (sys.executable, "-m", "vae_core.intake.table.process")
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Read:
    """What tables hold. kind: "pixels", "files" or "none". counts: rows of each table. columns: of all rows, (N,).

    classes: {column: names of its numbers}. folder: where the pictures lie, for as long as somebody keeps it.
    """

    kind: str
    counts: Sequence[int]
    columns: Mapping[str, Array]
    classes: Mapping[str, Sequence[str]]
    has_names: bool
    notes: Sequence[str]
    folder: Path
    dtype: str
    shape: tuple[int, ...]

    def pixels(self) -> Array:
        """(N, …), mapped."""
        dtype, shape = np.dtype(self.dtype), (sum(self.counts), *self.shape)
        path = self.folder / "pixels.raw"
        if dtype.hasobject or path.stat().st_size != prod(shape) * dtype.itemsize:
            raise DataRefused("the table's pixels did not arrive whole; try again")
        return np.memmap(path, dtype, "r", shape=shape)

    def keys(self) -> Array:
        """int64 (N, 2): where each picture's file begins in `files.raw`, and how long it is."""
        return np.asarray(np.load(self.folder / "keys.npy", allow_pickle=False), np.int64)

    def forget(self) -> None:
        """Its folder goes."""
        shutil.rmtree(self.folder, ignore_errors=True)


def read(tables: Sequence[tuple[Path, str]], say: Say = silent) -> Read:
    """Reads tables of one kind, (path, name), one after the other. Raises DataRefused; then nothing is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="latent-studio-"))
    try:
        given = [{"path": str(path.absolute()), "name": name} for path, name in tables]
        return _taken(ask({"tables": given, "folder": str(folder)}, say), tables[0][1], folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def ask(question: dict[str, Any], say: Say) -> dict[str, Any]:
    """What the process answers, see `process`; of one that ends, that it is refused."""
    answer: dict[str, Any] = {}
    with _started() as process, suppress(OSError, ValueError):
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.close()
        for line in process.stdout:
            answer = dict(json.loads(line))
            if "rows" in answer:
                say(f"{answer['rows']:,} rows")
    if answer and "rows" not in answer:
        return answer
    return {"refused": f"{question['tables'][0]['name']} ends the process that reads it; save the table again"}


@contextmanager
def _started() -> Iterator[subprocess.Popen[str]]:
    """It is over when this is, whatever it still had to say."""
    process = subprocess.Popen(
        COMMAND, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not written yet cannot be
                assert pipe
                pipe.close()


def _taken(answer: dict[str, Any], what: str, folder: Path) -> Read:
    if "refused" in answer:
        raise DataRefused(str(answer["refused"])[:1000])
    counts = [int(count) for count in answer["counts"]]
    if not sum(counts):
        raise DataRefused(f"{what} has no rows; expected one for each picture")
    columns = {
        str(name): np.load(folder / f"column_{index}.npy", allow_pickle=False)
        for index, name in enumerate(answer["columns"])
    }
    return Read(
        answer["kind"], counts, columns, answer["classes"], answer["has_names"], answer["notes"], folder,
        answer["dtype"], tuple(map(int, answer["shape"])),
    )  # fmt: skip
