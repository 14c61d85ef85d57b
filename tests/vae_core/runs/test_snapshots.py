"""A run can be looked back on, at a bounded number of epochs, and each look is verified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core.run_samples import embedding_of, finish
from vae_core import runs
from vae_core.config import TrainConfig
from vae_core.errors import CheckpointDamaged, RunMissing, ShapeMismatch
from vae_core.runs import RunWriter, Snapshot, archives, snapshots


@pytest.fixture
def writer(tmp_path: Path, config: TrainConfig) -> RunWriter:
    return RunWriter.create(config, tmp_path)


def run_of(writer: RunWriter) -> runs.Run:
    return runs.Run(writer.run_id, writer.directory, writer.config, writer.card)


def save(writer: RunWriter, weights: dict[str, Any], epoch: int, count: int = 3) -> None:
    step = 10 * epoch
    writer.save_snapshot(epoch=epoch, step=step, weights=weights, embedding=embedding_of(count, step))


def epochs(writer: RunWriter) -> list[int]:
    return [snapshot.epoch for snapshot in run_of(writer).snapshots()]


def test_a_snapshot_gives_back_weights_and_map(writer: RunWriter, weights: dict[str, Any]) -> None:
    save(writer, weights, 1)
    save(writer, {name: array + 1 for name, array in weights.items()}, 2)
    assert run_of(writer).snapshots() == [Snapshot(1, 10), Snapshot(2, 20)]
    got, embedding = run_of(writer).snapshot(1)
    assert {name: array.tobytes() for name, array in got.items()} == {n: a.tobytes() for n, a in weights.items()}
    np.testing.assert_array_equal(embedding.mu, embedding_of(3).mu)
    assert (embedding.step, embedding.split) == (10, "held-out")
    with pytest.raises(RunMissing, match="no snapshot of epoch 3"):
        run_of(writer).snapshot(3)


def test_an_epoch_that_is_saved_again_replaces_what_was_there(writer: RunWriter, weights: dict[str, Any]) -> None:
    save(writer, weights, 1)
    writer.save_snapshot(epoch=1, step=11, weights=weights, embedding=embedding_of(2, 11))
    assert run_of(writer).snapshots() == [Snapshot(1, 11)]


def test_their_number_is_bounded_and_the_epochs_between_go(writer: RunWriter, weights: dict[str, Any]) -> None:
    for epoch in range(1, 301):
        assert writer.wants_snapshot(epoch) == (epoch % snapshots.stride(epochs(writer)) == 0)
        save(writer, weights, epoch)
        assert len(epochs(writer)) <= 64
    assert epochs(writer) == list(range(8, 301, 8))


def test_their_bytes_are_bounded(writer: RunWriter, weights: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    save(writer, weights, 1)
    size = next((writer.directory / "snapshots").iterdir()).stat().st_size
    monkeypatch.setattr(snapshots, "MAX_BYTES", 5 * size + 4)
    for epoch in range(2, 25):
        save(writer, weights, epoch)
        assert sum(path.stat().st_size for path in (writer.directory / "snapshots").iterdir()) <= 5 * size + 4
    assert epochs(writer) == [8, 16, 24]
    monkeypatch.setattr(snapshots, "MAX_BYTES", size - 1)
    save(writer, weights, 32)  # larger than all of them may be
    assert epochs(writer) == [8, 16, 24]


@pytest.mark.parametrize(
    ("kept", "expected"), [([], 1), ([0], 1), ([1], 1), ([1, 2], 1), ([0, 2, 4, 6], 2), ([12, 16, 20], 4), ([6], 2)]
)
def test_the_stride_is_told_by_what_is_kept(kept: list[int], expected: int) -> None:
    assert snapshots.stride(kept) == expected


def test_a_damaged_snapshot_is_named(writer: RunWriter, weights: dict[str, Any]) -> None:
    save(writer, weights, 1)
    path = next((writer.directory / "snapshots").iterdir())
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(CheckpointDamaged, match=path.name):
        run_of(writer).snapshot(1)


def test_a_snapshot_of_another_model_is_refused(writer: RunWriter, weights: dict[str, Any]) -> None:
    save(writer, {**weights, "encoder.1.bias": weights["encoder.1.bias"][:2]}, 1)
    with pytest.raises(ShapeMismatch, match=r"encoder\.1\.bias of snapshots/1-10-"):
        run_of(writer).snapshot(1)


def test_snapshots_stay_with_a_finished_run_and_do_not_travel(
    writer: RunWriter, weights: dict[str, Any], tmp_path: Path
) -> None:
    save(writer, weights, 1)
    run = finish(writer, weights)
    assert run.snapshots() == [Snapshot(1, 10)]
    root = tmp_path / "elsewhere"
    assert runs.open_run(archives.import_zip(archives.export_zip(run), root), root).snapshots() == []
