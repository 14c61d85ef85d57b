"""A training leaves a complete run, however it ends, and tells of itself while it goes on."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.vae_core.small_runs import KeepingSchedule, Script, digits, resumed, rows_of, stop_after, trained
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.config import TrainConfig
from vae_core.data.registry import load
from vae_core.errors import RunLocked
from vae_core.evaluation import evaluate
from vae_core.jobs.control import Control
from vae_core.model.networks import build_vae, load_weights
from vae_core.runs import RunWriter, checkpoints
from vae_core.training import StepMetrics, train
from vae_core.worker.publish_schedule import PublishSchedule
from vae_core.worker.training_process import train_run

ROOT = Path(__file__).parents[3]


def steps_of(config: TrainConfig) -> Iterator[tuple[StepMetrics, Any]]:
    """The same training without a run around it."""
    model = build_vae(config)
    for metrics in train(model, torch.from_numpy(load("digits", "train").images), config):
        yield metrics, model


def test_a_finished_run_is_complete_and_evaluated_on_both_splits(tmp_path: Path) -> None:
    run = trained(digits(), tmp_path)
    status = run.status()
    assert (status.state, status.step, status.total_steps, status.epoch, status.epochs) == ("finished", 12, 12, 2, 2)
    assert (status.live_step, status.error, status.eta_s) == (12, None, 0.0)
    model = build_vae(run.config)
    load_weights(model, run.weights())
    for name, split in (("held_out", "held-out"), ("train", "train")):
        figures = evaluate(model, torch.from_numpy(load("digits", split).images))  # type: ignore[arg-type]
        assert getattr(run.evaluation(), name).negative_elbo_nats == pytest.approx(figures.negative_elbo_nats, rel=1e-6)
    assert run.evaluation().threads == torch.get_num_threads()
    embedding = run.embedding()
    assert embedding.index.tolist() == list(range(297))
    assert embedding.labels.tolist() == load("digits", "held-out").labels.tolist()
    assert (embedding.split, embedding.step) == ("held-out", 12)


def test_equal_configs_leave_equal_weights(tmp_path: Path) -> None:
    first, second = (trained(digits(), tmp_path) for _ in range(2))
    files = [(run.directory / "model.safetensors").read_bytes() for run in (first, second)]
    assert files[0] == files[1]


def test_rows_are_means_per_image_of_the_steps_since_the_last_row(tmp_path: Path) -> None:
    config = digits(batch_size=1500, epochs=6)  # one step an epoch, so that all steps weigh the same
    run = trained(config, tmp_path, schedule=PublishSchedule.by_steps(2))
    expected = [m.reconstruction_sum.item() / 1500 for m, _ in steps_of(config)]
    rows = rows_of(run, "train")
    assert [row["step"] for row in rows] == [2, 4, 6]
    assert [row["epoch"] for row in rows] == [2, 4, 6]
    means = [(a + b) / 2 for a, b in zip(expected[::2], expected[1::2], strict=True)]
    assert [row["reconstruction_nats"] for row in rows] == pytest.approx(means, rel=1e-6)


def test_loss_is_reconstruction_and_beta_times_kl_in_every_train_row(tmp_path: Path) -> None:
    for row in rows_of(trained(digits(beta=3.0), tmp_path, schedule=PublishSchedule.by_steps(1)), "train"):
        assert row["loss_nats"] == pytest.approx(row["reconstruction_nats"] + 3 * row["kl_nats"], rel=1e-5)


def test_before_the_first_step_there_are_figures_and_components_and_the_networks_map_soon_after(tmp_path: Path) -> None:
    writer = RunWriter.create(digits(epochs=200), tmp_path)
    run, seen = runs.open_run(writer.run_id, tmp_path), []

    def look(event: dict[str, Any]) -> None:
        if event["event"] == "row" and event["split"] == "held-out" and len(seen) < 3:
            seen.append((event["step"], run.status().live_step))

    train_run(writer, None, look, schedule=EagerSchedule())
    assert seen[:3] == [(0, None), (1, 0), (2, 1)]


class EagerSchedule(PublishSchedule):
    """Shows every step."""

    def is_publish_due(self, step: int) -> bool:
        return step < 10


def test_held_out_rows_begin_with_the_untrained_model_and_end_with_the_last(tmp_path: Path) -> None:
    rows = rows_of(trained(digits(epochs=30), tmp_path), "held-out")
    assert [rows[0]["step"], rows[-1]["step"]] == [0, 180]
    assert rows[-1]["reconstruction_nats"] < rows[0]["reconstruction_nats"] - 5
    assert sum(rows[-1]["kl_per_dim_nats"]) == pytest.approx(rows[-1]["kl_nats"], rel=1e-6)


def test_each_epoch_is_reported_with_its_seconds(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    trained(digits(epochs=3), tmp_path, report=events.append)
    epochs = [event for event in events if event["event"] == "epoch"]
    assert [event["epoch"] for event in epochs] == [1, 2, 3]
    assert all(event["seconds"] > 0 for event in epochs)


def test_a_stopped_run_keeps_what_it_learnt_until_then(tmp_path: Path) -> None:
    run = trained(digits(), tmp_path, stop_after(4))
    assert (run.status().state, run.step, run.embedding().step) == ("stopped", 4, 4)
    assert run.evaluation().train is None
    model = next(model for metrics, model in steps_of(run.config) if metrics.step == 4)
    assert run.weights()["decoder.0.weight"].tobytes() == model.decoder[0].weight.detach().numpy().tobytes()
    assert checkpoints.newest_checkpoint(run.directory).step == 4
    assert run.is_resumable


def test_a_run_that_is_stopped_before_its_first_step_is_saved_untrained_and_can_go_on(tmp_path: Path) -> None:
    run = trained(digits(), tmp_path, stop_after(0))
    assert (run.status().state, run.step) == ("stopped", 0)
    assert [(row["split"], row["step"]) for row in run.metrics()[0]] == [("held-out", 0), ("pca", 0)]
    assert resumed(run).status().state == "finished"


def test_a_stop_that_comes_with_the_last_step_finds_the_run_finished(tmp_path: Path) -> None:
    assert trained(digits(), tmp_path, stop_after(12)).status().state == "finished"


def test_conditional_and_semi_supervised_models_are_trained_with_the_labels(tmp_path: Path) -> None:
    for objective in ("cvae", "m2"):
        run = trained(digits(objective=objective), tmp_path)
        assert run.status().error is None
        assert run.decoder()
        assert (run.evaluation().held_out.accuracy is None) == (objective == "cvae")


def test_only_one_process_trains_a_run(tmp_path: Path) -> None:
    writer = RunWriter.create(digits(), tmp_path)
    with writer.lock(), pytest.raises(RunLocked, match="being trained by another process"):
        train_run(RunWriter.open(writer.directory))
    assert RunWriter.open(writer.directory).status.state == "queued"


# Failures


class RowsOnly(PublishSchedule):
    """A row for each step, and no map."""

    def is_publish_due(self, step: int) -> bool:
        return False


WILD = {"likelihood": "gaussian", "gaussian_sigma": 0.01, "learning_rate": 1.0, "schedule": "constant"}


@pytest.mark.parametrize(
    "schedule",
    [PublishSchedule.by_steps(1), RowsOnly(lambda: 0.0, every_steps=1, keeps_snapshots=False), PublishSchedule()],
    ids=["by steps", "rows only", "by the clock"],
)
def test_a_training_that_diverges_fails_with_a_sentence_that_names_the_step(
    tmp_path: Path, schedule: PublishSchedule
) -> None:
    run = trained(digits(hidden_sizes=(64,) * 4, epochs=50, **WILD), tmp_path, schedule=schedule)
    status = run.status()
    assert status.state == "failed"
    assert f"at step {status.diverged_step} (" in (status.error or "")
    assert "learning rate 1: try 0.1" in (status.error or "")
    assert "\n" not in (status.error or "")
    assert status.diverged_step in (status.step, status.step + 1)  # a map or a row of what the last step made
    assert rows_of(run, "train")[-1]["step"] == status.step
    assert not run.is_complete


def test_a_training_that_diverged_goes_on_from_its_last_finite_checkpoint_with_a_smaller_rate(tmp_path: Path) -> None:
    config = digits(hidden_sizes=(64,) * 4, epochs=50, **(WILD | {"learning_rate": 1e-4}))
    run = trained(
        config, tmp_path, Script({5: lambda control: control.edit(learning_rate=1.0)}), schedule=KeepingSchedule(1, 5)
    )
    assert run.status().diverged_step in (6, 7, 8)
    assert "the learning rate 1: try 0.1; the checkpoint of step 5 is kept" in (run.status().error or "")
    control = Script({0: lambda control: control.edit(learning_rate=1e-5), 3: Control.stop})
    run = resumed(run, control, schedule=KeepingSchedule(1, 5))
    assert (run.status().state, run.step, run.status().learning_rate) == ("stopped", 8, 1e-5)
    assert run.status().diverged_step is None


def test_a_data_set_that_is_not_here_fails_with_how_to_get_it(tmp_path: Path) -> None:
    status = trained(digits(dataset="mnist"), tmp_path, data_root=tmp_path / "empty").status()
    assert status.state == "failed"
    assert "python -m vae_core download mnist" in (status.error or "")


def test_a_disk_that_refuses_for_good_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.replace

    def replace(source: Any, target: Any) -> None:
        if Path(target).name == "model.safetensors":
            raise OSError(errno.EFBIG, "File too large")  # a refusal that may pass would be waited out
        original(source, target)

    monkeypatch.setattr(os, "replace", replace)
    run = trained(digits(), tmp_path, schedule=KeepingSchedule(1, 4))
    assert "File too large" in (run.status().error or "")
    assert run.is_resumable
    monkeypatch.undo()
    assert resumed(run).status().state == "finished"


class Stumbling(Control):
    """Fails in a way of its own when asked for the second step."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._errors = [error]
        self._is_first = True

    def take_edits(self) -> dict[str, float]:
        if not self._is_first:
            raise self._errors.pop()
        self._is_first = False
        return {}


def test_an_error_that_nobody_foresaw_fails_the_run_with_its_name(tmp_path: Path) -> None:
    control = Stumbling(ZeroDivisionError("division by zero\nand more"))
    status = trained(digits(), tmp_path, control, schedule=KeepingSchedule(1, 1)).status()
    assert (status.state, status.error) == (
        "failed",
        "training ended with ZeroDivisionError: division by zero; "
        "the checkpoint of step 1 is kept, and the run can be resumed from there",
    )


TORCH_REFUSES = "[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: you tried to allocate"


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError(TORCH_REFUSES)], ids=["python", "torch"])
def test_too_little_memory_fails_the_run_and_says_so(tmp_path: Path, error: Exception) -> None:
    assert (trained(digits(), tmp_path, Stumbling(error)).status().error or "").startswith(
        "the training ran out of memory: end other programs, or take a smaller network or batch"
    )


# The process


def test_the_process_says_when_it_is_ready_and_a_stop_ends_it_with_the_run_saved(tmp_path: Path) -> None:
    writer = RunWriter.create(digits(epochs=1000), tmp_path)
    run = runs.open_run(writer.run_id, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-m", "vae_core", "worker"], cwd=ROOT, stdin=-1, stdout=-1, text=True, bufsize=1
    ) as process:
        assert process.stdin
        assert process.stdout
        assert json.loads(process.stdout.readline()) == {"event": "ready"}
        assert os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, 0)  # nicer than others
        process.stdin.write(json.dumps({"command": "start", "run": str(writer.directory), "threads": 1}) + "\n")
        wait_until(lambda: run.status().step > 0)
        process.stdin.write('{"command": "dance"}\n{"command": "pause"}\n')
        wait_until(lambda: run.status().state == "paused")
        process.stdin.write('{"command": "stop"}\n')
        assert json.loads(process.stdout.readline()) == {"event": "ended", "state": "stopped", "stays": True}
        process.stdin.close()  # the server has ended: nobody gives it another run
        assert process.wait() == 0
    assert run.status().state == "stopped"
    assert run.evaluation().threads == 1
    run.verify()
