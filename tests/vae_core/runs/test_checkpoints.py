"""A training goes on from its newest checkpoint, which vouches for all that it goes on from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

from tests.vae_core import faults
from tests.vae_core.campaigns import check_state, load_all, make_run, state_of
from tests.vae_core.run_samples import embedding_of, files_in, finish
from vae_core import runs
from vae_core.config import TrainConfig
from vae_core.errors import CheckpointDamaged, DiskRefused, RunLocked, RunMissing
from vae_core.runs import RunWriter, checkpoints, recovery, run_lock, storage
from vae_core.runs.checkpoints import newest_checkpoint


@pytest.fixture
def writer(tmp_path: Path, config: TrainConfig) -> RunWriter:
    return RunWriter.create(config, tmp_path)


def save(writer: RunWriter, step: int) -> None:
    writer.append_metrics({"step": step})
    writer.save_checkpoint(state_of(step), step=step, elapsed_s=step / 8)


def names(writer: RunWriter) -> list[str]:
    return sorted(path.name for path in (writer.directory / "checkpoints").iterdir())


def test_a_checkpoint_gives_back_every_array_as_it_was(writer: RunWriter) -> None:
    save(writer, 7)
    checkpoint = newest_checkpoint(writer.directory)
    assert (checkpoint.step, checkpoint.elapsed_s) == (7, 0.875)
    assert checkpoint.metrics_bytes == len((writer.directory / "metrics.jsonl").read_bytes())
    assert checkpoint.state.keys() == state_of(7).keys()
    for name, expected in state_of(7).items():
        got = checkpoint.state[name]
        assert (got.shape, got.dtype, got.tobytes()) == (expected.shape, expected.dtype, expected.tobytes())
        assert got.flags.writeable


def test_the_newest_two_are_kept(writer: RunWriter) -> None:
    for step in (3, 20, 100):
        save(writer, step)
    assert [name.split("-")[0] for name in names(writer)] == ["100", "20"]
    assert newest_checkpoint(writer.directory).step == checkpoints.newest_step(writer.directory) == 100
    for file in checkpoints.listed(writer.directory):
        check_state(checkpoints.read_checkpoint(file))


def test_the_disk_has_rows_and_checkpoint_before_an_earlier_one_goes(writer: RunWriter) -> None:
    for step in (3, 20):
        save(writer, step)
    disk = faults.Disk()
    unlink = os.unlink

    def note(*arguments: Any, **named: Any) -> None:
        disk.operations.append("unlink")
        unlink(*arguments, **named)

    with faults.on(disk), mock.patch.object(os, "unlink", note):
        save(writer, 100)
    written = ["open wb", "write", "fsync", "rename"]
    assert disk.operations == ["open ab", "write", "open ab", "fsync", *written, "open to sync", "fsync", "unlink"]


def test_of_two_at_one_step_the_later_counts(writer: RunWriter) -> None:
    save(writer, 3)
    save(writer, 5)
    writer.append_metrics({"split": "edit", "beta": 2.0})
    writer.save_checkpoint({**state_of(5), "controls": np.array([2.0, 0.1])}, step=5, elapsed_s=1.0)
    assert newest_checkpoint(writer.directory).state["controls"][0] == 2.0
    assert [name.split("-")[0] for name in names(writer)] == ["3", "5"]


def test_a_run_that_saved_nothing_has_no_checkpoint(writer: RunWriter) -> None:
    assert checkpoints.newest_step(writer.directory) is None
    with pytest.raises(RunMissing, match="no checkpoint to go on from; start it again"):
        newest_checkpoint(writer.directory)


def test_a_checkpoint_vouches_for_config_and_earlier_rows_and_not_for_later_ones(writer: RunWriter) -> None:
    save(writer, 7)
    writer.append_metrics({"step": 8})
    assert newest_checkpoint(writer.directory).step == 7
    for name in ("metrics.jsonl", "config.json"):
        path = writer.directory / name
        original = path.read_bytes()
        path.write_bytes(original.replace(b"7", b"6", 1) if name == "metrics.jsonl" else original + b" ")
        with pytest.raises(CheckpointDamaged, match=name):
            newest_checkpoint(writer.directory)
        path.write_bytes(original)
    newest_checkpoint(writer.directory)


def test_what_lies_beside_the_checkpoints_is_none(writer: RunWriter) -> None:
    save(writer, 7)
    for name in (".9-aa.safetensors.12.tmp", "9-aa.safetensors", "notes.safetensors", f"{'9' * 99}-{'a' * 32}.onnx"):
        (writer.directory / "checkpoints" / name).write_bytes(b"x")
    assert newest_checkpoint(writer.directory).step == 7


def test_a_safetensors_file_that_is_no_checkpoint_is_named(writer: RunWriter) -> None:
    save(writer, 7)
    data = storage.dump_tensors(state_of(9), {"step": "9"})
    checkpoints.write(writer.directory, 9, data)
    with pytest.raises(CheckpointDamaged, match=r"9-[0-9a-f]{32}\.safetensors .* is no checkpoint"):
        newest_checkpoint(writer.directory)


@pytest.mark.parametrize(("state", "kept"), [("finished", False), ("stopped", True)])
def test_only_a_run_that_may_go_on_keeps_its_checkpoints(
    writer: RunWriter, weights: dict[str, Any], state: str, kept: bool
) -> None:
    save(writer, 7)
    run = finish(writer, weights, state=state)
    assert (run.is_complete, run.is_resumable, (run.directory / "checkpoints").exists()) == (True, kept, kept)


def test_a_finished_run_that_lost_its_last_word_keeps_no_checkpoint(writer: RunWriter, weights: dict[str, Any]) -> None:
    save(writer, 7)
    run = finish(writer, weights, state="stopped")
    writer.update_status(state="running", step=7, total_steps=7)
    writer.fail("the process was killed")
    assert (run.status().state, run.is_resumable) == ("finished", False)
    assert not (run.directory / "checkpoints").exists()


# Going on


@pytest.mark.parametrize("kind", ["stopped", "interrupted"])
def test_a_reopened_run_is_as_it_was_at_its_checkpoint(kind: str, tmp_path: Path) -> None:
    directory = make_run(kind, tmp_path)
    writer = RunWriter.open(directory)
    if kind == "interrupted":
        writer.append_metrics({"split": "train", "step": 16})
        writer.publish_live(16, decoder=b"later", encoder=b"later", embedding=embedding_of(4, 16))
        writer.save_snapshot(epoch=4, step=16, weights={}, embedding=embedding_of(4, 16))
        writer.fail("it diverged", diverged_step=17)
    run = runs.open_directory(directory)
    assert run.is_resumable
    again = recovery.reopen(directory)
    status = run.status()
    assert again.status == status
    assert (status.state, status.step, status.error, status.diverged_step) == ("queued", 12, None, None)
    assert (run.is_complete, run.is_resumable) == (False, False)
    assert [row["step"] for row in run.metrics()[0]] == [4, 8, 12]
    assert [snapshot.step for snapshot in run.snapshots()] == [4, 8, 12]
    assert status.live_step == 12
    load_all(directory)
    again.append_metrics({"split": "train", "step": 13})
    assert run.metrics()[0][-1]["step"] == 13
    again.save_checkpoint(state_of(13), step=13, elapsed_s=9.0)
    assert newest_checkpoint(directory).step == 13


def test_a_run_goes_on_and_ends_like_one_that_was_never_stopped(tmp_path: Path, weights: dict[str, Any]) -> None:
    directory = make_run("stopped", tmp_path)
    run = finish(recovery.reopen(directory), weights)
    straight = make_run("complete", tmp_path)
    assert run.digest() == runs.open_directory(straight).digest()


def test_a_reopened_run_shows_its_last_map_and_decoder_until_there_are_new_ones(tmp_path: Path) -> None:
    directory = make_run("stopped", tmp_path)
    before = runs.open_directory(directory)
    step, decoder, embedding = before.step, before.decoder(), before.embedding_bytes()
    encoder = before.encoder()
    recovery.reopen(directory)
    after = runs.open_directory(directory)
    assert not after.is_complete
    assert after.status().live_step == step
    assert (after.decoder(step), after.embedding_bytes(step)) == (decoder, embedding)
    assert after.encoder(step) == encoder


@pytest.mark.parametrize("kind", ["stopped", "interrupted"])
def test_reopening_may_be_cut_off_at_any_moment(kind: str, tmp_path: Path) -> None:
    """Each operation on the directory in turn is the last: a crash just there."""
    count = 0
    while True:
        count += 1
        directory = make_run(kind, tmp_path / str(count))
        if kind == "interrupted":
            RunWriter.open(directory).fail("the power went")
        crash = Crash(count)
        with crash.armed():
            if not crash.happens(lambda: recovery.reopen(directory)):  # noqa: B023
                break
        run = runs.open_directory(directory)
        assert newest_checkpoint(directory).step == 12
        assert run.is_resumable
        assert recovery.reopen(directory).status.state == "queued"
        assert [row["step"] for row in run.metrics()[0]] == [4, 8, 12]
    assert count > 5


class Crash:
    """Ends everything before the n-th operation that changes a directory."""

    class Happened(BaseException):
        """Nothing handles this."""

    def __init__(self, left: int) -> None:
        self.left = left

    def armed(self) -> Any:
        def before(original: Any) -> Any:
            def call(*arguments: Any, **named: Any) -> Any:
                self.left -= 1
                if self.left <= 0:
                    raise Crash.Happened
                return original(*arguments, **named)

            return call

        changes = {name: before(getattr(os, name)) for name in ("unlink", "replace", "fsync")}
        return mock.patch.multiple(os, **changes)

    def happens(self, act: Any) -> bool:
        try:
            act()
        except Crash.Happened:
            return True
        return False


def test_a_run_that_is_not_over_or_finished_is_not_reopened(writer: RunWriter, weights: dict[str, Any]) -> None:
    save(writer, 7)
    for state in ("queued", "starting", "running", "paused"):
        writer.update_status(state=state)
        with pytest.raises(RunMissing, match=f"is {state}"):
            recovery.reopen(writer.directory)
    finish(writer, weights)
    before = files_in(writer.directory)
    with pytest.raises(RunMissing, match="is finished"):
        recovery.reopen(writer.directory)
    assert files_in(writer.directory) == before


def test_a_run_whose_checkpoint_is_damaged_stays_as_it_is(tmp_path: Path) -> None:
    directory = make_run("stopped", tmp_path)
    path = checkpoints.listed(directory)[-1].path
    path.write_bytes(path.read_bytes()[:-1])
    before = files_in(directory)
    with pytest.raises(CheckpointDamaged, match=path.name):
        recovery.reopen(directory)
    assert {**files_in(directory), "run.lock": b""} == {**before, "run.lock": b""}
    path.unlink()  # as the sentence says
    assert recovery.reopen(directory).status.step == 8


def test_a_run_that_somebody_trains_is_locked(tmp_path: Path) -> None:
    directory = make_run("stopped", tmp_path)
    with RunWriter.open(directory).lock():
        for claim in (recovery.reopen, lambda where: run_lock.hold(where).__enter__()):
            with pytest.raises(RunLocked, match="trained by another process"):
                claim(directory)
    with run_lock.hold(directory):
        assert (directory / "run.lock").read_bytes() == b""


def test_a_directory_that_takes_no_lock_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunMissing, match="no run nowhere"), run_lock.hold(tmp_path / "nowhere"):
        pass
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "run.lock").mkdir()
    with pytest.raises(DiskRefused, match=r"run\.lock could not be written"), run_lock.hold(tmp_path):
        pass
