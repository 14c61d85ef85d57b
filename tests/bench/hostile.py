"""Files that are made to do harm: how long each takes to be refused, and what all processes hold meanwhile."""

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from tests.bench.intake import sampled
from tests.bench.report import Figure, single
from tests.vae_core.intake.hostile import ARCHIVES, PICTURES
from tests.vae_core.intake.pictures_for_tests import files, write
from vae_core.errors import DataRefused
from vae_core.intake import adding


def hostile() -> list[Figure]:
    """The slowest and the largest of all: pictures each beside two good ones, archives each by itself.

    A picture's memory is above what two good ones alone take, for processes that decode are there in any case.
    """
    with tempfile.TemporaryDirectory() as temporary:
        _measured(Path(temporary) / "first", lambda path: write(path, files(["1.png", "2.png"])))  # imports
        usual = _measured(Path(temporary) / "usual", lambda path: write(path, files(["1.png", "2.png"])))
        taken = {name: _measured(Path(temporary) / name, make) for name, make in ARCHIVES.items()}
        for name, data in PICTURES.items():
            given = files(["1.png", "2.png"]) | {"x.png": data}
            seconds, memory = _measured(Path(temporary) / name, lambda path, given=given: write(path, given))  # type: ignore[misc]
            taken[name] = (seconds, memory - usual[1])
    slowest = max(taken, key=lambda name: taken[name][0])
    largest = max(taken, key=lambda name: taken[name][1])
    return [
        single(f"{len(taken)} hostile files, the slowest to be refused", taken[slowest][0], 1.0, "s", slowest),
        single(f"{len(taken)} hostile files, the most memory more", taken[largest][1] / 1e6, 100.0, "MB", largest),
    ]


def _measured(path: Path, make: Callable[[Path], object]) -> tuple[float, float]:
    """(seconds, bytes more than before) of a file that is made at a path, to be kept or refused."""
    make(path)
    before = psutil.Process().memory_info().rss
    with tempfile.TemporaryDirectory() as root, sampled(psutil.Process().pid) as most:
        started = time.perf_counter()
        with suppress(DataRefused):
            adding.add(adding.find(path), "x", Path(root))
        seconds = time.perf_counter() - started
    return seconds, max(before, *most) - before
