"""A run that several machines may train has one writer: the last that claimed it, whatever the others believe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vae_core.run_samples import files_in
from tests.vae_core.small_runs import KeepingSchedule, Script, digits, stop_after
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.errors import RunLocked
from vae_core.jobs.control import Control
from vae_core.runs import RunWriter, checkpoints, recovery, run_lock, storage
from vae_core.worker.training_process import train_run


def test_claims_are_numbered_and_the_last_counts(tmp_path: Path) -> None:
    assert not run_lock.is_claimed(tmp_path)
    first = run_lock.take_over(tmp_path)
    run_lock.expect_last(tmp_path, first)
    second = run_lock.take_over(tmp_path, step=40)
    assert (first.generation, second.generation, run_lock.generations(tmp_path)) == (1, 2, [1, 2])
    run_lock.expect_last(tmp_path, second)
    with pytest.raises(RunLocked, match="goes on elsewhere"):
        run_lock.expect_last(tmp_path, first)


def test_of_two_that_claim_at_once_each_gets_a_generation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_lock.take_over(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(run_lock, "generations", lambda directory: [])  # as it was a moment ago
        assert run_lock.take_over(tmp_path).generation == 2


def test_tries_are_counted_as_long_as_they_get_nowhere(tmp_path: Path) -> None:
    for step in (0, 7, 7, 7):
        run_lock.take_over(tmp_path, step)
    (tmp_path / "claims" / "5").write_bytes(b"cut o")  # a machine went down as it claimed
    assert [run_lock.tries_at(tmp_path, step) for step in (0, 7)] == [0, 3]


def _half_way(root: Path) -> RunWriter:
    """A run whose machine is lost after seven steps: it has a checkpoint of four, and rows of all."""

    class Lost(Exception):
        pass

    def lose(control: Control) -> None:
        raise Lost

    writer = RunWriter.create(digits(), root)
    writer.claim()
    with pytest.raises(Lost), writer.lock():
        _steps(writer, Script({7: lose}))
    return writer


def _steps(writer: RunWriter, control: Control) -> None:
    """`train_run` without the end that it writes down whatever happens."""
    from vae_core.worker.recorder import Recorder
    from vae_core.worker.training_process import _train

    _train(Recorder(writer, control, lambda event: None, schedule=KeepingSchedule(2, 4)), control)


def test_a_run_whose_machine_was_lost_goes_on_bitwise(tmp_path: Path) -> None:
    undisturbed = RunWriter.create(digits(), tmp_path)
    train_run(undisturbed, schedule=KeepingSchedule(2, 4))
    lost = _half_way(tmp_path)
    taken = recovery.take_up(lost.directory)
    assert (taken.status.state, taken.status.step) == ("queued", 4)
    assert train_run(taken, schedule=KeepingSchedule(2, 4), resume=True).state == "finished"
    there, here = (files_in(each.directory) for each in (undisturbed, taken))
    for name in ("model.safetensors", "embedding.safetensors", "evaluation.json", "metrics.jsonl", "decoder.onnx"):
        assert there[name] == here[name], name
    runs.open_directory(taken.directory).verify()


def test_a_writer_that_was_only_believed_dead_changes_nothing_any_more(tmp_path: Path) -> None:
    old = _half_way(tmp_path)
    new = recovery.take_up(old.directory)
    before = files_in(old.directory)
    for write in (
        lambda: old.append_metrics({"split": "train", "step": 9, "epoch": 2}),
        lambda: old.update_status(step=9),
        lambda: old.save_checkpoint({}, step=9, elapsed_s=1.0),
        lambda: old.fail("its disk went away"),
        lambda: old.finish("stopped", weights={}, embedding=None, decoder=None, evaluation=None, step=9),
    ):
        with pytest.raises((RunLocked, AttributeError)):
            write()
    assert files_in(old.directory) == before
    new.append_metrics({"split": "train", "step": 5, "epoch": 1})


def test_a_row_of_a_writer_that_was_frozen_as_it_wrote_goes_to_a_file_that_nobody_reads(tmp_path: Path) -> None:
    """It had the file open and had just looked whether the run is its own: from then on nothing holds it back."""
    old = _half_way(tmp_path)
    metrics = old.directory / "metrics.jsonl"
    with metrics.open("ab", buffering=0) as frozen:
        recovery.take_up(old.directory)
        taken = metrics.read_bytes()
        frozen.truncate(3)
        frozen.write(b'{"split":"train"}\n')
    assert metrics.read_bytes() == taken


def test_the_lock_of_a_frozen_machine_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "YIELD_S", 0.05)
    old = _half_way(tmp_path)
    with run_lock.hold(old.directory):
        taken = recovery.take_up(old.directory)
        assert train_run(taken, resume=True).state == "finished"


def test_a_run_without_a_checkpoint_begins_anew(tmp_path: Path) -> None:
    writer = RunWriter.create(digits(), tmp_path)
    writer.update_status(state="running", step=3)
    writer.append_metrics({"split": "train", "step": 3, "epoch": 1})
    taken = recovery.take_up(writer.directory)
    assert (taken.status.state, taken.status.step, (writer.directory / "metrics.jsonl").read_bytes()) == (
        "queued",
        0,
        b"",
    )
    assert train_run(taken).state == "finished"


def test_a_checkpoint_that_a_shut_out_writer_left_is_passed_over(tmp_path: Path) -> None:
    lost = _half_way(tmp_path)
    (earlier,) = checkpoints.listed(lost.directory)
    later = earlier.path.with_name(earlier.path.name.replace("4-", "6-", 1))
    storage.write_file(later, earlier.path.read_bytes()[:-1])
    taken = recovery.take_up(lost.directory)
    assert taken.status.step == 4
    assert [file.path for file in checkpoints.listed(lost.directory)] == [earlier.path]


def test_what_a_lost_server_left_stopped_goes_on_and_what_ended_does_not(tmp_path: Path) -> None:
    stopped, finished = (RunWriter.create(digits(), tmp_path) for _ in range(2))
    train_run(stopped, stop_after(3))
    train_run(finished)
    assert (recovery.take_up(stopped.directory).status.state, runs.open_directory(stopped.directory).is_complete) == (
        "queued",
        False,
    )
    assert recovery.take_up(finished.directory).status.state == "finished"
    assert not run_lock.is_claimed(finished.directory)


def test_a_run_in_a_cluster_is_abandoned_only_after_a_long_silence(tmp_path: Path) -> None:
    """Its locks may not be seen from here."""
    writer = RunWriter.create(digits(), tmp_path)
    storage.write_file(writer.directory / "asked.json", b"{}")
    for state in ("queued", "running"):
        writer.update_status(state=state)
        assert recovery.settle_abandoned([writer.directory], silent_s=0.0) == [writer.directory]
    quiet = RunWriter.create(digits(), tmp_path, now=lambda: 1e9)
    storage.write_file(quiet.directory / "asked.json", b"{}")
    assert recovery.settle_abandoned([quiet.directory], silent_s=0.0) == []
    wait_until(lambda: runs.open_directory(quiet.directory).status().state == "stopped")
