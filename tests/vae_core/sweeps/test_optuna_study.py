"""Optuna's sweeps: what comes next follows from what came out, a kill loses none of it, and the worse is given up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vae_core.run_samples import small_config
from tests.vae_core.sweeps.fake_jobs import FakeJobs, Killed
from vae_core.config import TrainConfig
from vae_core.errors import ConfigInvalid
from vae_core.sweeps import local, optuna_study, outcomes, records
from vae_core.sweeps.records import plan
from vae_core.sweeps.space import Choices, Range

SPACE = {"beta": Range(0.1, 10.0, is_log=True), "hidden_sizes": Choices(((3,), (4, 3)))}


def score(config: TrainConfig) -> float:
    return abs(config.beta - 2.0) + config.seed


def test_without_optuna_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"No module named '{name}'")

    monkeypatch.setattr(optuna_study, "import_module", missing)
    records.keep(sweep := plan(small_config(), SPACE, "optuna", trials=3), tmp_path)
    with pytest.raises(ConfigInvalid, match="pip install optuna, or take every combination"):
        local.begin(sweep.id, FakeJobs(tmp_path))


@pytest.fixture
def _with_optuna() -> None:
    pytest.importorskip("optuna")


@pytest.mark.usefixtures("_with_optuna")
def test_killed_at_any_moment_each_trial_is_run_once_and_their_number_is_kept(tmp_path: Path) -> None:
    for moment in (3, 14):
        root = tmp_path / str(moment)
        records.keep(sweep := plan(small_config(), SPACE, "optuna", trials=5, seeds=(0, 1)), root)
        jobs = FakeJobs(root, dies_at=moment, score=score)
        with pytest.raises(Killed):
            local.drive(sweep.id, jobs)
        before = records.read_sweep(sweep.id, root).points
        after = local.drive(sweep.id, FakeJobs(root, score=score))
        assert after.points[: len(before)] == before
        assert len(after.points) == 5
        points = outcomes.outcomes(after, root)
        assert outcomes.ended(points) == 10
        assert all(point.settings["hidden_sizes"] in ([3], [4, 3], (3,), (4, 3)) for point in points)


@pytest.mark.usefixtures("_with_optuna")
def test_what_comes_next_follows_from_what_came_out(tmp_path: Path) -> None:
    records.keep(sweep := plan(small_config(), {"beta": SPACE["beta"]}, "optuna", trials=40), tmp_path)
    points = [point["beta"] for point in local.drive(sweep.id, FakeJobs(tmp_path, score=score)).points]
    late = sum(1.0 < beta < 3.5 for beta in points[-15:])
    assert late > sum(1.0 < beta < 3.5 for beta in points[:15])
    assert late >= 10


@pytest.mark.usefixtures("_with_optuna")
def test_several_aims_are_told_together_and_what_is_worse_early_is_given_up(tmp_path: Path) -> None:
    aims = ("kl_nats", "active_units")
    records.keep(sweep := plan(small_config(), SPACE, "optuna", trials=4, aims=aims), tmp_path)
    assert len(local.drive(sweep.id, FakeJobs(tmp_path, score=score)).points) == 4

    records.keep(sweep := plan(small_config(), {"beta": SPACE["beta"]}, "optuna", trials=14, prunes=True), tmp_path)
    jobs = FakeJobs(tmp_path, score=score)
    after = local.drive(sweep.id, jobs)
    points = outcomes.outcomes(after, tmp_path)
    assert outcomes.ended(points) == 14
    assert after.pruned
    kept = [point.values("reconstruction_nats")[0] for point in points if not point.is_pruned]
    given_up = [abs(point.settings["beta"] - 2.0) for point in points if point.is_pruned]
    assert min(given_up) > min(kept)
