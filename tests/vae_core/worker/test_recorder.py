"""What a run tells while it trains: pauses, single steps and edits as they happen, each epoch, and each bad number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.vae_core.small_runs import KeepingSchedule, Script, digits, resumed, rows_of, stop_after, trained
from vae_core.config import options
from vae_core.config.schedules import Pressure
from vae_core.data.registry import load
from vae_core.jobs.control import Control
from vae_core.model.networks import build_vae
from vae_core.model.objectives import Batch, Terms
from vae_core.runs import Run, checkpoints
from vae_core.runs.writer import RunWriter
from vae_core.training import Training
from vae_core.worker.publish_schedule import PublishSchedule
from vae_core.worker.recorder import Recorder
from vae_core.worker.training_process import train_run


class Clicks(Control):
    """A control that is clicked at while the training waits: one click each time, and stop after the last."""

    def __init__(self, first: Callable[[Control], None], *clicks: Callable[[Control], None]) -> None:
        super().__init__()
        first(self)
        self._clicks = list(clicks)
        self.look: Callable[[], object] = lambda: None
        self.seen: list[Any] = []

    def wait_turn(self, on_idle: Callable[[], None]) -> bool:
        def idle() -> None:
            on_idle()
            self.seen.append(self.look())
            (self._clicks.pop(0) if self._clicks else Control.stop)(self)

        return super().wait_turn(idle)


def clicked(control: Clicks, root: Path, look: Callable[[Run], object], **settings: Any) -> Run:
    """A run under such a control, which looks at it whenever it waits."""
    writer = RunWriter.create(digits(**settings), root)
    run = Run(writer.run_id, writer.directory, writer.config, writer.card)
    control.look = lambda: look(run)
    train_run(writer, control)
    return run


def shown(run: Run) -> tuple[str, int, int, int, int]:
    """State and step, and the steps of the newest rows, map and checkpoint."""
    status = run.status()
    row = rows_of(run, "train")[-1]["step"] if rows_of(run, "train") else 0
    return status.state, status.step, row, run.embedding().step, checkpoints.newest_checkpoint(run.directory).step


def test_in_a_pause_row_map_and_checkpoint_are_those_of_the_very_step(tmp_path: Path) -> None:
    control = Clicks(Control.pause, Control.step, Control.step, lambda control: control.edit(beta=2.0))
    run = clicked(control, tmp_path, shown)
    assert control.seen == [("paused", step, step, step, step) for step in (0, 1, 2, 2)]
    assert (run.status().state, run.status().step, run.status().beta) == ("stopped", 2, 2.0)
    assert checkpoints.newest_checkpoint(run.directory).state["controls"][0] == 2.0


def test_a_run_that_goes_on_after_a_pause_says_so(tmp_path: Path) -> None:
    states = []

    def resume(control: Control) -> None:
        control.resume()
        control.set_pace(1e6)

    control = Clicks(Control.pause, resume)
    clicked(control, tmp_path, lambda run: states.append((run.status().state, run.status().steps_per_s)))
    assert states[0] == ("paused", None)
    assert states[-1] in [("running", 1e6), ("paused", None)]


def test_edits_are_rows_and_stand_in_the_status_and_change_the_steps_after_them(tmp_path: Path) -> None:
    edits = {
        2: lambda control: control.edit(beta=7.0),
        5: lambda control: control.edit(learning_rate=1e-3, beta=0.0),
        8: Control.stop,
    }
    run = trained(digits(), tmp_path, Script(edits), schedule=PublishSchedule.by_steps(1))
    rows = [{name: row[name] for name in ("step", "epoch", "beta", "learning_rate")} for row in rows_of(run, "edit")]
    assert rows == [
        {"step": 2, "epoch": 1, "beta": 7.0, "learning_rate": 4e-3},
        {"step": 5, "epoch": 1, "beta": 0.0, "learning_rate": 1e-3},
    ]
    assert (run.status().beta, run.status().learning_rate) == (0.0, 1e-3)
    for row in rows_of(run, "train"):
        beta = 1.0 if row["step"] <= 2 else 7.0 if row["step"] <= 5 else 0.0
        assert row["loss_nats"] == pytest.approx(row["reconstruction_nats"] + beta * row["kl_nats"], rel=1e-5)


def test_the_rows_before_an_edit_do_not_mix_with_those_after_it(tmp_path: Path) -> None:
    run = trained(
        digits(), tmp_path, Script({4: lambda control: control.edit(beta=3.0)}), schedule=PublishSchedule.by_steps(6)
    )
    assert [(row["split"], row["step"]) for row in rows_of(run) if row["split"] != "held-out"] == [
        ("train", 4), ("edit", 4), ("train", 6), ("train", 12),
    ]  # fmt: skip


def test_a_last_batch_of_one_image_is_told_with_the_batch_before(tmp_path: Path) -> None:
    split = load("digits", "train")
    config = digits(epochs=2, batch_size=len(split.images) - 1)
    run = trained(config, tmp_path, schedule=PublishSchedule.by_steps(1))
    steps = list(Training(build_vae(config), torch.from_numpy(split.images), config).steps())
    assert [step.images for step in steps] == [config.batch_size, 1] * 2
    for name in ("reconstruction", "kl", "loss"):
        sums = [getattr(step, f"{name}_sum").item() for step in steps]
        both = [sum(sums[:2]) / len(split.images), sum(sums[2:]) / len(split.images)]
        told = [row[f"{name}_nats"] for row in rows_of(run, "train")]
        assert told[1::2] == pytest.approx(both, rel=1e-6)
        assert told[::2] == pytest.approx([each / config.batch_size for each in sums[::2]], rel=1e-6)


def test_every_epoch_can_be_looked_back_on(tmp_path: Path) -> None:
    run = trained(digits(epochs=3), tmp_path)
    assert [(snapshot.epoch, snapshot.step) for snapshot in run.snapshots()] == [(0, 0), (1, 6), (2, 12), (3, 18)]
    weights, embedding = run.snapshot(3)
    assert weights["decoder.0.weight"].tobytes() == run.weights()["decoder.0.weight"].tobytes()
    assert embedding.mu.tobytes() == run.embedding().mu.tobytes()
    assert embedding.step == 18


def test_before_the_first_step_principal_components_can_be_dragged_through_and_are_what_is_to_beat(
    tmp_path: Path,
) -> None:
    run = trained(digits(epochs=3), tmp_path)
    tensors, embedding = run.snapshot(0)
    pixels = load("digits", "held-out").images[embedding.index].reshape(len(embedding.index), -1) / 255
    expected = (pixels - tensors["linear.mean"]) @ tensors["linear.weight"]
    for dimension in range(2):
        assert np.corrcoef(embedding.mu[:, dimension], expected[:, dimension])[0, 1] == pytest.approx(1)
    [first] = rows_of(run, "pca")
    assert (first["step"], first["epoch"]) == (0, 0)
    untrained = rows_of(run, "held-out")[0]
    assert first["reconstruction_nats"] + first["kl_nats"] < untrained["reconstruction_nats"] + untrained["kl_nats"]


def test_each_snapshot_has_one_held_out_row_with_its_figures(tmp_path: Path) -> None:
    run = trained(digits(epochs=3), tmp_path, schedule=KeepingSchedule(6, 6))
    steps = [row["step"] for row in rows_of(run, "held-out")]
    assert steps == sorted(set(steps)), "published, looked back on and finished at the same step, it is scored once"
    assert {snapshot.step for snapshot in run.snapshots() if snapshot.epoch} <= set(steps)


def test_the_map_shows_as_many_images_as_the_machine_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_MAP_IMAGES", "50")
    _, embedding = trained(digits(), tmp_path).snapshot(1)
    assert len(embedding.mu) == 50
    monkeypatch.setenv("VAE_MAP_IMAGES", "many")
    status = trained(digits(), tmp_path).status()
    assert (status.state, "whole number" in (status.error or "")) == ("failed", True)


def test_a_resumed_run_keeps_the_time_that_it_took_before(tmp_path: Path) -> None:
    run = trained(digits(epochs=400), tmp_path, stop_after(40))
    kept = checkpoints.newest_checkpoint(run.directory).elapsed_s
    run = resumed(run, stop_after(10))
    assert rows_of(run)[-1]["elapsed_s"] > kept > 0.0
    times = [row["elapsed_s"] for row in rows_of(run)]
    assert times == sorted(times)


def test_a_finished_run_keeps_no_checkpoint(tmp_path: Path) -> None:
    run = trained(digits(), tmp_path, schedule=KeepingSchedule(1, 2))
    assert checkpoints.listed(run.directory) == []
    assert not run.is_resumable


# Numbers that are not finite


def spoil_weight(monkeypatch: pytest.MonkeyPatch, value: float, step: int) -> None:
    """Some weight is that value before the step after so many."""
    original = Recorder.before_step

    def before_step(self: Recorder) -> None:
        original(self)
        if self.training.step == step:
            with torch.no_grad():
                self.training.model.decoder[0].weight[0, 0] = value

    monkeypatch.setattr(Recorder, "before_step", before_step)


def spoil_loss(monkeypatch: pytest.MonkeyPatch, value: float, step: int) -> None:
    """One image's loss is that value in the step after so many."""
    original = Training._terms_and_gradients

    def spoilt(self: Training, batch: Batch, pressure: Pressure) -> tuple[Terms, Sequence[Tensor]]:
        terms, gradients = original(self, batch, pressure)
        bad = torch.zeros_like(terms.loss)
        bad[0] = value if self.step == step else 0.0
        return Terms(terms.reconstruction, terms.kl, terms.loss + bad), gradients

    monkeypatch.setattr(Training, "_terms_and_gradients", spoilt)


@pytest.mark.parametrize("place", ["loss", "weight"])
@pytest.mark.parametrize("objective", list(options.OBJECTIVES))
def test_a_number_that_is_not_finite_stops_within_one_step_and_keeps_the_last_finite_checkpoint(
    objective: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = math.nan if len(objective) % 2 else math.inf
    with monkeypatch.context() as spoiling:
        spoil = spoil_loss if place == "loss" else spoil_weight
        spoil(spoiling, value, step=7)
        run = trained(digits(objective=objective), tmp_path, schedule=KeepingSchedule(1, 5))
    status = run.status()
    assert (status.state, status.step, status.diverged_step) == ("failed", 7, 8)
    assert "at step 8 (" in (status.error or "")
    assert rows_of(run, "train")[-1]["step"] == 7
    checkpoint = checkpoints.newest_checkpoint(run.directory)
    assert checkpoint.step == 5
    assert all(np.isfinite(values).all() for values in checkpoint.state.values())
    assert resumed(run).status().state == "finished"


def test_a_state_that_is_not_finite_is_never_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A weight that no step has used since it went bad."""
    original = Recorder.record

    def record(self: Recorder, metrics: Any) -> None:
        if metrics.step == 4:
            with torch.no_grad():
                self.training.model.encoder[1].bias[0] = math.nan
        original(self, metrics)

    monkeypatch.setattr(Recorder, "record", record)
    run = trained(digits(), tmp_path, schedule=RowlessSchedule(100, 2))
    assert (run.status().state, run.status().diverged_step) == ("failed", 4)
    assert "encoder.1.bias" in (run.status().error or "")
    assert checkpoints.newest_checkpoint(run.directory).step == 2


class RowlessSchedule(KeepingSchedule):
    """Checkpoints alone."""

    def is_snapshot_due(self, epoch: int) -> bool:
        return False
