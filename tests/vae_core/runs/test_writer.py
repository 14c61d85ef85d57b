"""What is written is there whole or not at all, and nothing that goes wrong takes what was there."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.vae_core import faults
from tests.vae_core.campaigns import state_of
from tests.vae_core.run_samples import RECORD, embedding_of, files_in, finish
from vae_core import runs
from vae_core.config import TrainConfig
from vae_core.errors import CheckpointDamaged, DiskRefused, RunError, RunMissing
from vae_core.runs import RunWriter, recovery, storage
from vae_core.runs.records import run_directories
from vae_core.runs.recovery import settle_abandoned

# While it trains


def test_the_newest_four_snapshots_are_kept_and_go_when_the_run_is_finished(
    tmp_path: Path, config: TrainConfig, weights: dict[str, Any]
) -> None:
    writer = RunWriter.create(config, tmp_path)
    run = runs.open_run(writer.run_id, tmp_path)
    for step in (0, 5, 9, 10, 200, 1000):
        writer.publish_live(step, decoder=b"decoder %d" % step, encoder=b"encoder", embedding=embedding_of(3, step))
        assert run.decoder() == b"decoder %d" % step
        assert run.status().live_step == run.embedding().step == step
    assert (run.decoder(9), run.encoder(9)) == (b"decoder 9", b"encoder")
    kept = [path.name.split("-")[0] for path in (run.directory / "live").iterdir()]
    assert sorted(kept, key=int) == sorted(3 * ["9", "10", "200", "1000"], key=int)
    with pytest.raises(RunMissing, match="no snapshot of step 5"):
        run.embedding_bytes(5)
    finish(writer, weights)
    assert not (run.directory / "live").exists()
    assert run.status().live_step == 12
    assert run.embedding(12).step == 12


def test_metrics_are_read_from_where_one_left_off_and_only_whole_lines(tmp_path: Path, config: TrainConfig) -> None:
    writer = RunWriter.create(config, tmp_path)
    run = runs.open_run(writer.run_id, tmp_path)
    assert run.metrics() == ([], 0)
    writer.append_metrics({"step": 1})
    rows, offset = run.metrics()
    assert rows == [{"step": 1}]
    writer.append_metrics({"step": 2})
    with (run.directory / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step"')
    rows, after = run.metrics(offset)
    assert rows == [{"step": 2}]
    with (run.directory / "metrics.jsonl").open("ab") as file:
        file.write(b":3}\n")
    assert run.metrics(after)[0] == [{"step": 3}]
    assert run.metrics(2)[0] == [{"step": 2}, {"step": 3}]  # from within a line: the next
    assert run.metrics(10**9)[0] == []
    assert run.metrics(-5)[0] == [{"step": step} for step in (1, 2, 3)]


def test_numbers_that_are_not_finite_are_never_written(tmp_path: Path, config: TrainConfig) -> None:
    writer = RunWriter.create(config, tmp_path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        writer.append_metrics({"kl_nats": float("nan")})
    assert runs.open_run(writer.run_id, tmp_path).metrics() == ([], 0)


# Disks that refuse


def refuse(monkeypatch: pytest.MonkeyPatch, name: str = "*", error: type[OSError] = OSError) -> None:
    original = os.replace

    def replace(source: Any, target: Any, **named: Any) -> None:
        if Path(target).match(name):
            raise error(28, "No space left on device")
        original(source, target, **named)

    monkeypatch.setattr(os, "replace", replace)


def test_a_run_that_cannot_be_written_is_not_made(
    tmp_path: Path, config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "status.json")
    with pytest.raises(RunError, match="No space left on device"):
        RunWriter.create(config, tmp_path)
    assert list(tmp_path.iterdir()) == []


def write_status(writer: RunWriter, weights: dict[str, Any]) -> None:
    writer.update_status(state="running", step=99)


def publish(writer: RunWriter, weights: dict[str, Any]) -> None:
    writer.publish_live(99, decoder=b"decoder", encoder=b"encoder", embedding=embedding_of(3, 99))


def end(writer: RunWriter, weights: dict[str, Any]) -> None:
    writer.finish("finished", weights=weights, embedding=embedding_of(5), decoder=b"x", evaluation=RECORD, step=99)


@pytest.mark.parametrize(
    ("write", "refused"),
    [
        (write_status, "status.json"),
        (publish, "99-*.safetensors"),
        (publish, "99-*.encoder"),
        (publish, "99-*.onnx"),
        (publish, "status.json"),
        (end, "model.safetensors"),
        (end, "evaluation.json"),
        (end, "manifest.json"),
        (end, "status.json"),
    ],
)
def test_a_disk_that_refuses_leaves_the_earlier_state(
    tmp_path: Path,
    config: TrainConfig,
    weights: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[RunWriter, dict[str, Any]], None],
    refused: str,
) -> None:
    writer = RunWriter.create(config, tmp_path)
    writer.publish_live(7, decoder=b"earlier decoder", encoder=b"earlier", embedding=embedding_of(3, 7))
    writer.append_metrics({"step": 7})
    before = files_in(writer.directory)
    with monkeypatch.context() as patch:
        refuse(patch, refused)
        with pytest.raises(RunError, match="No space left on device"):
            write(writer, weights)
    run = runs.open_run(writer.run_id, tmp_path)
    after = files_in(writer.directory)
    assert {name: after[name] for name in before} == before
    assert not [name for name in after if name.endswith(".tmp") or "model" in name or "manifest" in name]
    assert (run.decoder(), run.encoder()) == (b"earlier decoder", b"earlier")
    writer.fail("the disk is full")  # and once there is room, the run can end
    assert run.status().error == "the disk is full"


def test_a_row_that_was_written_in_part_is_taken_back(
    tmp_path: Path, config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    writer = RunWriter.create(config, tmp_path)
    writer.append_metrics({"step": 1})
    path = writer.directory / "metrics.jsonl"
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 3, limits[1]))  # room for three bytes more
    try:
        with pytest.raises(RunError, match="could not be written"):
            writer.append_metrics({"step": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before
    writer.append_metrics({"step": 3})
    assert runs.open_run(writer.run_id, tmp_path).metrics()[0] == [{"step": 1}, {"step": 3}]


def test_a_reader_in_the_way_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_BUSY_TRIES", 3)  # as on Windows
    original, tries = os.replace, []

    def replace(source: Any, target: Any) -> None:
        tries.append(target)
        if len(tries) < 3:
            raise PermissionError(13, "in use")
        original(source, target)

    monkeypatch.setattr(os, "replace", replace)
    storage.write_file(tmp_path / "status.json", b"new")
    assert (tmp_path / "status.json").read_bytes() == b"new"
    assert len(tries) == 3


# Ends


def test_a_run_that_lost_only_its_last_word_counts_as_what_it_is(finished: runs.Run) -> None:
    for step, state in ((12, "finished"), (11, "stopped")):
        writer = RunWriter.open(finished.directory)
        writer.update_status(state="running", step=step, total_steps=12)
        writer.fail("the process was killed")
        assert (finished.status().state, finished.status().error) == (state, None)


def test_a_failure_does_not_overwrite_a_final_state(finished: runs.Run) -> None:
    RunWriter.open(finished.directory).fail("too late")
    assert finished.status().state == "finished"


def test_runs_that_nobody_trains_any_more_are_settled(tmp_path: Path, config: TrainConfig) -> None:
    queued, silent, alive = (RunWriter.create(config, tmp_path) for _ in range(3))
    long_ago = RunWriter.create(config, tmp_path, now=lambda: 1000.0)
    long_ago.update_status(state="running", step=3)
    alive.update_status(state="running")
    silent.update_status(state="starting")
    (silent.directory / "status.json").write_text("damaged")
    assert settle_abandoned(run_directories(tmp_path)) == [alive.directory]
    assert runs.open_run(queued.run_id, tmp_path).status().state == "stopped"
    assert runs.open_run(alive.run_id, tmp_path).status().state == "running"
    status = runs.open_run(long_ago.run_id, tmp_path).status()
    assert (status.state, status.step) == ("failed", 3)
    assert "went down" in (status.error or "")
    assert settle_abandoned([alive.directory], silent_s=-1.0) == []
    assert runs.open_run(alive.run_id, tmp_path).status().state == "failed"
    assert run_directories(tmp_path / "nowhere") == []


def test_a_silent_run_whose_trainer_holds_the_lock_is_alive(tmp_path: Path, config: TrainConfig) -> None:
    writer = RunWriter.create(config, tmp_path, now=lambda: 1000.0)
    writer.update_status(state="paused", step=3)
    with writer.lock():  # it waits for its disk
        assert settle_abandoned([writer.directory]) == [writer.directory]
    assert runs.open_run(writer.run_id, tmp_path).status().state == "paused"
    assert settle_abandoned([writer.directory]) == []
    assert runs.open_run(writer.run_id, tmp_path).status().state == "failed"


def test_an_abandoned_run_with_a_checkpoint_can_be_resumed_and_says_so(tmp_path: Path, config: TrainConfig) -> None:
    writer = RunWriter.create(config, tmp_path, now=lambda: 1000.0)
    writer.save_checkpoint(state_of(30), step=30, elapsed_s=1.0)
    writer.update_status(state="running", step=33)
    settle_abandoned([writer.directory])
    run = runs.open_run(writer.run_id, tmp_path)
    assert run.is_resumable
    assert "resume it to go on from step 30" in (run.status().error or "")
    recovery.reopen(writer.directory)
    settle_abandoned([writer.directory])  # the server goes down while it waits
    assert run.is_resumable
    assert run.status().error == "stopped while it waited in line to go on; resume it when a place is free"


@pytest.mark.parametrize("left", [b"", b"\x00" * 400])
def test_a_status_that_was_lost_with_the_power_costs_no_checkpoint(
    tmp_path: Path, config: TrainConfig, left: bytes
) -> None:
    writer = RunWriter.create(config, tmp_path)
    writer.save_checkpoint(state_of(30), step=30, elapsed_s=1.0)
    (writer.directory / "status.json").write_bytes(left)
    with pytest.raises(CheckpointDamaged, match=r"status\.json"):
        runs.open_run(writer.run_id, tmp_path)
    assert settle_abandoned([writer.directory]) == []
    run = runs.open_run(writer.run_id, tmp_path)
    assert (run.status().state, run.status().step, run.is_resumable) == ("failed", 30, True)
    assert runs.list_runs(tmp_path) == [run]


# Written again until the disk takes it


class Refusing:
    """A retry that hears of each refusal, and gives up after it has waited once."""

    def __init__(self) -> None:
        self.heard: list[DiskRefused] = []
        self.waited = 0

    def may_help(self, refusal: DiskRefused) -> bool:
        return self.waited == 0

    @contextmanager
    def waiting(self, refusal: DiskRefused) -> Iterator[None]:
        self.heard.append(refusal)
        yield

    def wait(self) -> None:
        self.waited += 1


ACTS: dict[str, Callable[[RunWriter, dict[str, Any]], object]] = {
    "status": write_status,
    "preview": publish,
    "end": end,
    "row": lambda writer, weights: writer.append_metrics({"step": 1}),
    "data root": lambda writer, weights: writer.remember_data_root(Path("data")),
    "checkpoint": lambda writer, weights: writer.save_checkpoint(state_of(1), step=1, elapsed_s=0.0),
    "snapshot": lambda writer, weights: writer.save_snapshot(
        epoch=1, step=1, weights=weights, embedding=embedding_of(3, 1)
    ),
    "failure": lambda writer, weights: writer.fail("it diverged"),
    "lock": lambda writer, weights: writer.lock().__enter__(),
}


@pytest.mark.parametrize("name", ACTS)
def test_every_write_may_be_retried_and_given_up(
    tmp_path: Path, config: TrainConfig, weights: dict[str, Any], name: str
) -> None:
    writer, retry = RunWriter.create(config, tmp_path), Refusing()
    before, status = files_in(writer.directory), writer.status
    refused = pytest.raises(DiskRefused, match="No space left")
    with faults.on(faults.Disk(at=1, number=errno.ENOSPC)), writer.retrying(retry), refused:
        ACTS[name](writer, weights)
    assert (len(retry.heard), retry.waited) == (1, 1)
    assert files_in(writer.directory) == before
    assert writer.status == status


def test_after_the_retrying_a_refusal_is_an_error_again(tmp_path: Path, config: TrainConfig) -> None:
    writer, retry = RunWriter.create(config, tmp_path), Refusing()
    with writer.retrying(retry):
        writer.append_metrics({"step": 1})
    with faults.on(faults.Disk(at=1, number=errno.ENOSPC)), pytest.raises(DiskRefused):
        writer.append_metrics({"step": 2})
    assert retry.heard == []


def test_while_a_write_waits_the_status_says_why_and_afterwards_what_it_said(
    tmp_path: Path, config: TrainConfig
) -> None:
    writer = RunWriter.create(config, tmp_path)
    writer.update_status(state="running", step=7)
    run, disk, seen = runs.open_run(writer.run_id, tmp_path), faults.Disk(at=1, number=errno.ENOSPC, lasting=False), []

    class Looking(Refusing):
        def wait(self) -> None:
            seen.append(run.status())

    with faults.on(disk), writer.retrying(Looking()):
        writer.append_metrics({"step": 8})
    assert [(status.state, status.step) for status in seen] == [("paused", 7)]
    assert "No space left" in (seen[0].error or "")
    assert (run.status().state, run.status().error) == ("running", None)
    assert run.metrics()[0] == [{"step": 8}]


def test_a_row_on_its_way_to_the_disk_passes_four_modules_at_most(tmp_path: Path, config: TrainConfig) -> None:
    """The one that records, and these."""
    writer, passed = RunWriter.create(config, tmp_path), set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        passed.add(Path(frame.f_code.co_filename))

    sys.setprofile(note)
    try:
        writer.append_metrics({"split": "train", "step": 1, "kl_nats": 2.5})
    finally:
        sys.setprofile(None)
    assert {path.stem for path in passed if path.parent == Path(storage.__file__).parent} == {
        "writer",
        "records",
        "metrics_log",
    }


def test_rows_after_a_sync_that_failed_are_written_anew(
    tmp_path: Path, config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunWriter.create(config, tmp_path)
    writer.append_metrics({"step": 1})
    inode = (writer.directory / "metrics.jsonl").stat().st_ino

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(DiskRefused, match=r"metrics\.jsonl"):
            writer.save_checkpoint(state_of(1), step=1, elapsed_s=0.0)
    writer.save_checkpoint(state_of(1), step=1, elapsed_s=0.0)
    assert (writer.directory / "metrics.jsonl").stat().st_ino != inode  # what the system holds for written may not be
    writer.append_metrics({"step": 2})
    run = runs.open_run(writer.run_id, tmp_path)
    assert run.metrics()[0] == [{"step": 1}, {"step": 2}]


def test_a_part_of_a_row_that_could_not_be_taken_back_goes_before_the_next(tmp_path: Path, config: TrainConfig) -> None:
    writer = RunWriter.create(config, tmp_path)
    writer.append_metrics({"step": 1})
    disk = faults.Disk(at=2, number=errno.EIO)  # the file opens; neither writing nor cutting works
    with faults.on(disk), pytest.raises(DiskRefused):
        writer.append_metrics({"step": 2})
    path = writer.directory / "metrics.jsonl"
    assert disk.operations == ["open ab", "write", "truncate"]
    assert path.read_bytes() == b'{"step":1}\n{"ste'
    assert runs.open_run(writer.run_id, tmp_path).metrics()[0] == [{"step": 1}]
    writer.append_metrics({"step": 2})
    assert path.read_bytes() == b'{"step":1}\n{"step":2}\n'
