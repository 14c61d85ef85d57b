"""A sweep whose program is killed goes on where it was: with real trainings, to the same bits as if it had not been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vae_core.run_samples import files_in
from tests.vae_core.small_runs import trained
from tests.vae_core.waiting import wait_until
from vae_core.cli.main import main
from vae_core.runs import open_run
from vae_core.runs.records import MODEL
from vae_core.sweeps import outcomes, records

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(os.name == "nt", reason="ends processes by POSIX signals"),
]
ROOT = Path(__file__).parents[3]
SMALL = ["--dataset", "digits", "--hidden-sizes", "16", "--epochs", "150", "--batch-size", "64", "--device", "cpu"]
WORDS = [sys.executable, "-m", "vae_core", "sweep", "start", *SMALL, "--over", "beta=0.5,1,2", "--at-a-time", "2"]


def states(root: Path) -> list[str]:
    found = records.all_sweeps(root)
    return [run.state for point in (outcomes.outcomes(found[0], root) if found else []) for run in point.runs]


def test_a_sweep_whose_program_is_killed_goes_on_bitwise_and_nothing_is_run_twice(tmp_path: Path) -> None:
    with subprocess.Popen([*WORDS, "--runs-dir", str(tmp_path)], cwd=ROOT, stderr=subprocess.DEVNULL) as program:
        wait_until(lambda: "finished" in states(tmp_path) and "running" in states(tmp_path))
        program.send_signal(signal.SIGKILL)
    (sweep,) = records.all_sweeps(tmp_path)
    finished = [each.run_id for each in sweep.runs() if open_run(each.run_id, tmp_path).status().state == "finished"]
    before = {run_id: files_in(tmp_path / run_id) for run_id in finished}
    assert main(["sweep", "resume", sweep.id[:10], "--runs-dir", str(tmp_path)]) == 0
    assert states(tmp_path) == ["finished"] * 3
    for run_id, files in before.items():
        assert files_in(tmp_path / run_id) | {"marks.json": b""} == files | {"marks.json": b""}
    for planned in sweep.runs():
        undisturbed = trained(sweep.config(planned.point, planned.seed), tmp_path / "others")
        resumed = open_run(planned.run_id, tmp_path)
        assert (resumed.directory / MODEL).read_bytes() == (undisturbed.directory / MODEL).read_bytes()
    runs_there = [path for path in tmp_path.iterdir() if path.name not in (records.FOLDER, "others", ".index.jsonl")]
    assert len(runs_there) == 3
