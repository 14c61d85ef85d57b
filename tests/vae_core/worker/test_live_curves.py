"""TensorBoard's event file of a run that trains: it has every row as soon as that is written."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.vae_core.small_runs import KeepingSchedule, digits
from vae_core import runs
from vae_core.interchange.exports import scalars, tensorboard
from vae_core.interchange.exports.event_file import record
from vae_core.runs import RunWriter, archives
from vae_core.worker.live_curves import LiveCurves
from vae_core.worker.training_process import train_run


def records(data: bytes) -> Iterator[bytes]:
    """Each whole record."""
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        yield data[: length + 16]
        data = data[length + 16 :]


def file_of(writer: RunWriter) -> Path:
    return writer.directory / archives.TENSORBOARD / tensorboard.EVENTS


def test_each_row_of_a_training_is_an_event_before_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_TENSORBOARD", "1")
    writer = RunWriter.create(digits(epochs=1), tmp_path)
    seen: list[bytes] = []

    def report(event: dict[str, Any]) -> None:
        if event["event"] == "row":
            at, values = writer.status.created_at + event["elapsed_s"], scalars.values_of(event)
            *_, last = records(file_of(writer).read_bytes())
            assert values
            assert last == record(at, event["step"], values)
            seen.append(last)

    train_run(writer, report=report, schedule=KeepingSchedule(2, 100))
    assert len(seen) == len(runs.open_run(writer.run_id, tmp_path).metrics()[0]) > 3
    assert [*records(file_of(writer).read_bytes())][1:] == seen


def test_nothing_is_written_where_nobody_asked_for_it(tmp_path: Path) -> None:
    writer = RunWriter.create(digits(epochs=1), tmp_path)
    train_run(writer, schedule=KeepingSchedule(100, 100))
    assert not file_of(writer).parent.exists()


def test_a_disk_that_refused_an_event_gets_the_file_whole_with_the_next_row(tmp_path: Path) -> None:
    writer = RunWriter.create(digits(), tmp_path)
    curves = LiveCurves(writer.directory, writer.status.created_at)
    for step in (1, 2, 3, 4):
        row = {"split": "train", "step": step, "epoch": 1, "kl_nats": float(step), "elapsed_s": 1.0 * step}
        writer.append_metrics(row)
        if step == 2:
            file_of(writer).unlink()  # it cannot be appended to
        curves.append(row)
        assert file_of(writer).exists() == (step != 2)
    whole = file_of(writer).read_bytes()
    assert whole == tensorboard.curves(runs.open_run(writer.run_id, tmp_path))
    assert len([*records(whole)]) == 5
