"""A training leaves a complete run, however it ends, and tells of itself while it goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.config import TrainConfig, parse_config
from vae_core.datasets import load
from vae_core.evaluation import evaluate
from vae_core.models import build_vae, load_weights
from vae_core.pretraining import StepPace
from vae_core.recording import Pace
from vae_core.runs import Run, RunWriter
from vae_core.training import StepMetrics, train
from vae_core.worker import train_run

ROOT = Path(__file__).parents[2]
Rows = list[dict[str, Any]]


def digits(**settings: Any) -> TrainConfig:
    return parse_config({"hidden_sizes": (16,), "epochs": 2, "batch_size": 256, "device": "cpu", **settings})


def never() -> bool:
    return False


def after(steps: int) -> Callable[[], bool]:
    """A stop that is asked before each step, and says yes when so many have been made."""
    asked = iter(range(10**6))
    return lambda: next(asked) >= steps


def trained(config: TrainConfig, tmp_path: Path, stop: Callable[[], bool] = never, **named: Any) -> Run:
    writer = RunWriter.create(config, tmp_path)
    train_run(writer, stop, **named)
    return runs.open_run(writer.run_id, tmp_path)


def rows_of(run: Run, split: str) -> Rows:
    return [row for row in run.metrics()[0] if row["split"] == split]


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
    for name, split in (("held-out", "held-out"), ("train", "train")):
        figures = evaluate(model, torch.from_numpy(load("digits", split).images))  # type: ignore[arg-type]
        assert run.evaluation()[name]["negative_elbo_nats"] == pytest.approx(figures.negative_elbo_nats, rel=1e-6)
    assert run.evaluation()["threads"] == torch.get_num_threads()
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
    run = trained(config, tmp_path, pace=StepPace(2))
    expected = [m.reconstruction_sum.item() / 1500 for m, _ in steps_of(config)]
    rows = rows_of(run, "train")
    assert [row["step"] for row in rows] == [2, 4, 6]
    assert [row["epoch"] for row in rows] == [2, 4, 6]
    means = [(a + b) / 2 for a, b in zip(expected[::2], expected[1::2], strict=True)]
    assert [row["reconstruction_nats"] for row in rows] == pytest.approx(means, rel=1e-6)


def test_map_decoder_and_figures_are_there_before_the_first_step(tmp_path: Path) -> None:
    writer = RunWriter.create(digits(), tmp_path)
    run, seen = runs.open_run(writer.run_id, tmp_path), []

    def look(event: dict[str, Any]) -> None:
        if event["event"] == "begun":
            seen.append((run.status().state, run.status().live_step, run.embedding().step, len(run.embedding().mu)))
            assert run.decoder()
            assert [(row["split"], row["step"]) for row in run.metrics()[0]] == [("held-out", 0)]

    train_run(writer, never, look)
    assert seen == [("running", 0, 0, 297)]


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
    run = trained(digits(), tmp_path, after(4))
    assert (run.status().state, run.step, run.embedding().step) == ("stopped", 4, 4)
    assert run.evaluation()["train"] is None
    model = next(model for metrics, model in steps_of(run.config) if metrics.step == 4)
    assert run.weights()["decoder.0.weight"].tobytes() == model.decoder[0].weight.detach().numpy().tobytes()


def test_a_run_that_is_stopped_before_its_first_step_is_saved_untrained(tmp_path: Path) -> None:
    run = trained(digits(), tmp_path, lambda: True)
    assert (run.status().state, run.step) == ("stopped", 0)
    assert [row["step"] for row in run.metrics()[0]] == [0]


def test_a_stop_that_comes_with_the_last_step_finds_the_run_finished(tmp_path: Path) -> None:
    assert trained(digits(), tmp_path, after(12)).status().state == "finished"


# Failures


class RowsOnly(StepPace):
    """A row for each step, and no snapshot after the first."""

    def is_publish_due(self, metrics: StepMetrics) -> bool:
        return False


@pytest.mark.parametrize("pace", [StepPace(1), RowsOnly(1)], ids=["seen by a snapshot", "seen by a row"])
def test_a_training_that_diverges_fails_with_a_sentence_and_keeps_its_snapshot(tmp_path: Path, pace: Pace) -> None:
    wild = {"likelihood": "gaussian", "gaussian_sigma": 0.01, "learning_rate": 1.0, "schedule": "constant"}
    run = trained(digits(hidden_sizes=(64,) * 4, epochs=50, **wild), tmp_path, pace=pace)
    status = run.status()
    assert status.state == "failed"
    assert "smaller learning rate" in (status.error or "")
    assert "\n" not in (status.error or "")
    assert run.decoder()
    assert not run.is_complete


def test_a_data_set_that_is_not_here_fails_with_how_to_get_it(tmp_path: Path) -> None:
    status = trained(digits(dataset="mnist"), tmp_path, data_root=tmp_path / "empty").status()
    assert status.state == "failed"
    assert "python -m vae_core download mnist" in (status.error or "")


def test_a_disk_that_refuses_the_model_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.replace

    def replace(source: Any, target: Any) -> None:
        if Path(target).name == "model.safetensors":
            raise OSError(28, "No space left on device")
        original(source, target)

    monkeypatch.setattr(os, "replace", replace)
    run = trained(digits(), tmp_path)
    assert "No space left on device" in (run.status().error or "")
    assert run.decoder() == run.decoder(0)


def test_an_error_that_nobody_foresaw_fails_the_run_with_its_name(tmp_path: Path) -> None:
    def stumble() -> bool:
        raise ZeroDivisionError("division by zero\nand more")

    status = trained(digits(), tmp_path, stumble).status()
    assert (status.state, status.error) == (
        "failed",
        "training ended with ZeroDivisionError: division by zero; its last snapshot is kept",
    )


# Pace


def test_snapshots_take_at_most_a_fifteenth_of_the_time() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    pace.begin()
    spent, due = 0.0, 0
    metrics = StepMetrics(1, 1, 1, torch.zeros(()), torch.zeros(()))
    while now[0] < 300:
        now[0] += 0.01
        if pace.is_publish_due(metrics):
            due += 1
            took = (0.01, 0.3)[due % 2]
            now[0] += took
            spent += took
            pace.published(took)
    assert spent / now[0] <= 1 / 15
    assert due > 80


def test_rows_come_four_times_a_second_from_the_first_quarter_on() -> None:
    now = [5.0]
    pace = Pace(lambda: now[0])
    pace.begin()
    times = []
    metrics = StepMetrics(1, 1, 1, torch.zeros(()), torch.zeros(()))
    for _ in range(1000):
        now[0] += 0.001
        if pace.is_row_due(metrics):
            times.append(pace.elapsed_s())
            pace.row_written()
    assert times == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.003)


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
        process.stdin.write(json.dumps({"command": "start", "run": str(writer.directory), "threads": 1}) + "\n")
        wait_until(lambda: run.status().step > 0)
        process.stdin.write('{"command": "stop"}\n')
        assert json.loads(process.stdout.readline()) == {"event": "ended", "state": "stopped"}
        assert process.wait(timeout=30) == 0
    assert run.status().state == "stopped"
    assert run.evaluation()["threads"] == 1
    run.verify()
