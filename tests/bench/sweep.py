"""A sweep of six β on MNIST, z = 2, six epochs, beside the same six runs started one after another."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.report import Figure, single
from vae_core.config import parse_config
from vae_core.jobs import JobManager
from vae_core.runs import open_run
from vae_core.sweeps import local, records
from vae_core.sweeps.records import Sweep, plan
from vae_core.sweeps.space import Range

_BETAS = Range(0.25, 8.0, is_log=True, steps=6)
_WARM_S = 60.0
MOST_S, LEAST_TIMES = 300.0, 1.7


def sweep(data_dir: Path) -> list[Figure]:
    """Both from a server that has been up for a while, whose spare is warm; by hand nobody loses a second."""
    base = parse_config({"dataset": "mnist", "latent_dim": 2, "epochs": 6, "device": "cpu"})
    planned = plan(base, {"beta": _BETAS})
    together = _timed(data_dir, lambda manager: _swept(planned, manager))
    by_hand = _timed(data_dir, lambda manager: _one_after_another(planned, manager))
    ratio = by_hand / together
    return [
        single("six points of β on MNIST, z = 2, 6 epochs: as a sweep", together, MOST_S, "s"),
        single("the same six runs, one after another", by_hand, None, "s"),
        Figure("times faster as a sweep", ratio, LEAST_TIMES, "×", "", is_at_least=True),
    ]


def _timed(data_dir: Path, run: Callable[[JobManager], None]) -> float:
    with tempfile.TemporaryDirectory() as temporary:
        manager = JobManager(root=Path(temporary), data_root=data_dir)
        try:
            _wait_for_the_spare(manager)
            began_s = time.monotonic()
            run(manager)
            return time.monotonic() - began_s
        finally:
            manager.close()


def _wait_for_the_spare(manager: JobManager) -> None:
    until = time.monotonic() + _WARM_S
    while not (manager._spare and manager._spare.process.is_ready) and time.monotonic() < until:
        time.sleep(0.1)


def _swept(planned: Sweep, manager: JobManager) -> None:
    records.keep(planned, manager.root)
    local.drive(planned.id, manager)
    _expect_all(planned, manager)


def _one_after_another(planned: Sweep, manager: JobManager) -> None:
    for each in planned.runs():
        manager.start(planned.config(each.point, each.seed), run_id=each.run_id)
        while manager.is_active(each.run_id):
            manager.wait([each.run_id], 1.0)
    _expect_all(planned, manager)


def _expect_all(planned: Sweep, manager: JobManager) -> None:
    states = {open_run(each.run_id, manager.root).status().state for each in planned.runs()}
    assert states == {"finished"}, states
