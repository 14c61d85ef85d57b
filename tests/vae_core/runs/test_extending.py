"""A finished run is trained for more epochs, as a new run: its model, its rows, a schedule of its own, and its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.vae_core.run_samples import files_in
from tests.vae_core.small_runs import KeepingSchedule, Script, digits, resumed, rows_of, stop_after, trained
from vae_core import runs
from vae_core.cli.main import main
from vae_core.config import parse_config, schedules
from vae_core.data import registry
from vae_core.errors import CheckpointDamaged, ConfigInvalid, RunMissing
from vae_core.model.networks import build_vae
from vae_core.runs import Run, archives, checkpoints, recovery
from vae_core.runs.checkpoints import Parent
from vae_core.training import Training
from vae_core.worker.training_process import train_run


@pytest.fixture
def finished(tmp_path: Path) -> Run:
    """Twelve steps, two epochs."""
    return trained(digits(), tmp_path / "runs")


def extended(run: Run, epochs: int = 1, control: Script | None = None, **changes: Any) -> Run:
    config = recovery.extended_config(run, epochs, changes)
    writer = recovery.extend(run, config, run.directory.parent)
    train_run(writer, control, schedule=KeepingSchedule(1, 1), resume=True)
    return runs.open_directory(writer.directory)


def test_the_command_makes_a_run_that_goes_on_from_the_model_and_names_its_parent(
    finished: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_in(finished.directory)
    words = ["extend", finished.id, "--epochs", "1", "--schedule", "constant", "--learning-rate", "0.001"]
    assert main([*words, "--threads", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["state"], result["step"]) == ("finished", 18)
    run = runs.open_run(result["id"])
    assert run.parent == Parent(finished.id, finished.digest(), 12)
    assert (run.config.epochs, run.config.schedule, run.config.learning_rate) == (3, "constant", 0.001)
    assert files_in(finished.directory) == before
    rows, old = rows_of(run), rows_of(finished)
    assert rows[: len(old)] == old
    assert (rows[len(old)]["split"], rows[len(old)]["step"]) == ("edit", 12)
    assert all(row["step"] > 12 and row["elapsed_s"] >= old[-1]["elapsed_s"] for row in rows[len(old) + 1 :])
    assert rows[-1]["step"] == 18
    assert run.evaluation().held_out.negative_elbo_nats < finished.evaluation().held_out.negative_elbo_nats


def test_without_a_step_it_is_the_parents_model(finished: Run) -> None:
    run = extended(finished, control=stop_after(0))
    assert (run.status().state, run.step) == ("stopped", 12)
    kept, given = run.weights(), finished.weights()
    assert all((kept[name] == given[name]).all() for name in given)
    assert run.evaluation().held_out == finished.evaluation().held_out


def test_it_is_resumed_as_if_it_had_never_stopped_and_extended_again(finished: Run) -> None:
    whole = extended(finished, 2)
    halved = resumed(extended(finished, 2, control=stop_after(5)), schedule=KeepingSchedule(1, 1))
    assert (whole.step, halved.step) == (24, 24)
    assert all((halved.weights()[name] == array).all() for name, array in whole.weights().items())
    assert halved.parent == whole.parent
    again = extended(whole)
    assert (again.step, again.parent and again.parent.run_id) == (30, whole.id)


@pytest.mark.parametrize(
    ("schedule", "first", "last"),
    [("one-cycle", 0.01 * schedules.ONE_CYCLE_START, 0.01 * schedules.ONE_CYCLE_END), ("constant", 0.01, 0.01)],
)
def test_the_learning_rate_is_warmed_again_or_stays(schedule: str, first: float, last: float) -> None:
    config = parse_config({"hidden_sizes": (4,), "epochs": 5, "schedule": schedule, "learning_rate": 0.01})
    images = torch.from_numpy(registry.load("digits", "train").images)
    training = Training(build_vae(config), images, config, first_step=3 * 24)
    rates = [metrics.learning_rate for metrics in training.steps()]
    assert len(rates) == 2 * 24
    assert (rates[0], rates[-1]) == (pytest.approx(first), pytest.approx(last))


def test_its_noise_is_not_that_of_the_epochs_before() -> None:
    config = digits()
    images = torch.from_numpy(registry.load("digits", "train").images)
    streams = [Training(build_vae(config), images, config, first_step=each).state()["noise"] for each in (0, 6)]
    assert not np.array_equal(*streams)


@pytest.mark.parametrize("kind", ["warm-up", "capacity"])
def test_what_has_risen_stays_up(kind: str) -> None:
    config = parse_config({"beta_schedule": kind, "ramp_share": 0.5})
    assert schedules.pressure(config, 2.0, 0, 100, has_risen=True) == schedules.pressure(config, 2.0, 99, 100)


def test_what_cannot_be_extended_is_a_sentence_and_makes_no_run(tmp_path: Path, finished: Run) -> None:
    stopped = trained(digits(), tmp_path / "runs", stop_after(5))
    with pytest.raises(RunMissing, match="was stopped after 5 of 12 steps; resume it to its end first"):
        recovery.extended_config(stopped, 1, {})
    with pytest.raises(ConfigInvalid, match="epochs: a run goes on for 1 or more, and 0 were asked for"):
        recovery.extended_config(finished, 0, {})
    with pytest.raises(ConfigInvalid, match="epochs"):
        recovery.extended_config(finished, 999, {})
    with pytest.raises(ConfigInvalid, match="schedule"):
        recovery.extended_config(finished, 1, {"schedule": "steps"})
    assert len(runs.list_runs(tmp_path / "runs")) == 2


def test_a_model_that_ships_with_the_project_can_be_extended() -> None:
    config = recovery.extended_config(runs.open_run("digits"), 10, {})
    assert config.epochs == runs.open_run("digits").config.epochs + 10


def test_whose_it_is_travels_with_the_archive_and_is_vouched_for(finished: Run, tmp_path: Path) -> None:
    run = extended(finished)
    again = runs.open_run(archives.import_zip(archives.export_zip(run), tmp_path / "taken"), tmp_path / "taken")
    assert again.parent == run.parent
    path = run.directory / "parent.json"
    whole = path.read_bytes()
    for damage in (whole.replace(b'"step": 12', b'"step": 11'), whole.replace(b"1", b"x"), b"[]"):
        path.write_bytes(damage)
        with pytest.raises(CheckpointDamaged, match=r"parent\.json"):
            runs.open_directory(run.directory)
    stopped = extended(finished, control=stop_after(0))
    (stopped.directory / "parent.json").write_bytes(whole.replace(b'"step": 12', b'"step": 11'))
    with pytest.raises(CheckpointDamaged, match=r"parent\.json"):
        checkpoints.newest_checkpoint(stopped.directory)
