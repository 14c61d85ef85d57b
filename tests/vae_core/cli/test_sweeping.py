"""`python -m vae_core sweep`: said before, run, looked at, and refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.vae_core.sweeps.fake_jobs import FakeJobs
from vae_core.cli import sweeping
from vae_core.cli.main import main
from vae_core.runs import open_run

SMALL = ["--dataset", "digits", "--hidden-sizes", "8", "--epochs", "1", "--batch-size", "512", "--device", "cpu"]


def test_a_sweep_is_run_and_told_and_what_it_takes_is_known_from_then_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "JobManager", lambda root, **_: FakeJobs(root))  # trainings: sweeps/test_kills.py
    words = ["sweep", "start", *SMALL, "--over", "beta=1,4", "--runs-dir", str(tmp_path), "--at-a-time", "1", "--json"]
    assert main(words) == 0
    shown = capsys.readouterr()
    assert "2 runs, 1 at a time; how long they take is known once" in shown.err
    told = json.loads(shown.out.splitlines()[-1])
    assert [point["settings"] for point in told["points"]] == [{"beta": 1}, {"beta": 4}]
    assert told["best"] is None
    assert "leads, and is not called best: one seed or two are a draw" in shown.out
    for point in told["points"]:
        run = open_run(point["runs"][0]["id"], tmp_path)
        assert (run.status().state, run.config.beta, run.config.seed) == ("finished", point["settings"]["beta"], 0)
        assert point["runs"][0]["figures"]["kl_nats"] == run.evaluation().held_out.kl_nats

    assert main([*words, "--dry", "--seeds", "0..2"]) == 0
    assert "6 runs × " in capsys.readouterr().err
    assert main(["sweep", "status", "--runs-dir", str(tmp_path)]) == 0
    assert "2 of 2    finished" in capsys.readouterr().out
    assert main(["sweep", "status", told["id"][:8], "--runs-dir", str(tmp_path)]) == 0
    assert "beta=4: negative_elbo_nats " in capsys.readouterr().out
    assert main(["sweep", "stop", "f" * 32, "--runs-dir", str(tmp_path)]) == 2
    assert f"there is no sweep {'f' * 32}" in capsys.readouterr().err


def test_what_cannot_be_swept_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "start", *SMALL, "--objective", "autoencoder", "--over", "beta=1,2"]) == 2
    assert "means nothing with these settings" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["sweep", "start", "--over", "seed=1,2"])
    assert "'seed' is nothing that a sweep goes over" in capsys.readouterr().err
