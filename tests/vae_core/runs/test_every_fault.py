"""Whichever call of the system fails in whatever is done with runs: each stays whole, or absent, and one may try again.

For each operation the first call fails, then the second, and so on, until it passes untouched. `pytest -s` prints how
many there were.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.vae_core import faults
from tests.vae_core.campaigns import load_all, make_run, state_of
from tests.vae_core.run_samples import RECORD, embedding_of, files_in, finish, random_weights, small_config
from vae_core import runs
from vae_core.cli import pretraining
from vae_core.errors import LatentStudioError
from vae_core.runs import RunWriter, archives, checkpoints, lesson_records, recovery, snapshots
from vae_core.runs.records import run_directories

WEIGHTS = random_weights(small_config())
Shown = list[dict[str, Any]]


def shown(directory: Path) -> dict[str, Any]:
    """All that can be seen of a run, verified; what it has not is None. Of what is kept to look back on, a set."""
    load_all(directory)
    run = runs.open_directory(directory)
    whole, is_finished = run.is_complete, run.status().state == "finished"
    return {
        "status": replace(run.status(), created_at=0.0, updated_at=0.0),
        "rows": run.metrics()[0],
        "data": run.data_root(),
        "whole": whole,
        "weights": {name: array.tobytes() for name, array in run.weights().items()} if whole else None,
        "evaluation": run.evaluation() if whole else None,
        "map": run.embedding_bytes() if whole or run.status().live_step is not None else None,
        "decoder": run.decoder() if whole or run.status().live_step is not None else None,
        "snapshots": {(each.epoch, each.step) for each in run.snapshots()},
        "checkpoint": None if is_finished else checkpoints.newest_step(directory),
    }


def visible(root: Path) -> Shown:
    """What is shown of each run in a folder."""
    return [shown(path) for path in root.iterdir() if not path.name.startswith(".")]


@dataclass(frozen=True)
class Operation:
    """What is done with the runs in a folder. prepare: makes what is there before. open: gives what act is done with.

    least: of calls that a disk without space refuses, and of those that a broken one does, or the injection has missed
    some. repeats: it may be done again after it succeeded. look: what is to be seen of the folder.
    """

    prepare: Callable[[Path], object]
    open: Callable[[Path], Any]
    act: Callable[[Any], object]
    least: tuple[int, int]
    repeats: bool = False
    look: Callable[[Path], Shown] = visible


def only_run(root: Path) -> Path:
    (directory,) = run_directories(root)
    return directory


def writer_of(root: Path) -> RunWriter:
    """As the process that trains has it."""
    return RunWriter.open(only_run(root))


def with_files(root: Path) -> tuple[runs.Run, dict[str, bytes]]:
    """A run, and what its export has to hold."""
    return runs.open_directory(only_run(root)), files_in(only_run(root))


def itself(root: Path) -> Path:
    return root


def nothing(root: Path) -> None:
    """There is no run before."""


def queued(root: Path) -> RunWriter:
    return RunWriter.create(small_config(), root)


def training(root: Path) -> Path:
    return make_run("interrupted", root)


def stopped(root: Path) -> Path:
    return make_run("stopped", root)


def complete(root: Path) -> Path:
    return make_run("complete", root)


def failed(root: Path) -> None:
    RunWriter.open(training(root)).fail("it diverged")


def end(state: str) -> Callable[[RunWriter], None]:
    def act(writer: RunWriter) -> None:
        writer.finish(
            state,  # type: ignore[arg-type]
            weights=WEIGHTS, embedding=embedding_of(5), decoder=b"decoder", evaluation=RECORD, step=12,
        )  # fmt: skip

    return act


def publish(writer: RunWriter) -> None:
    writer.publish_live(16, decoder=b"decoder of step 16", encoder=b"encoder", embedding=embedding_of(4, 16))


def save_snapshot(writer: RunWriter) -> None:
    writer.save_snapshot(epoch=4, step=16, weights=WEIGHTS, embedding=embedding_of(3, 16))


def save_checkpoint(writer: RunWriter) -> None:
    writer.save_checkpoint(state_of(16), step=16, elapsed_s=2.0)


def append(writer: RunWriter) -> None:
    writer.append_metrics({"split": "train", "step": 16, "kl_nats": 2.25})


def settle(root: Path) -> None:
    recovery.settle_abandoned(run_directories(root), silent_s=-1.0)


def thin_out(writer: RunWriter) -> None:
    """There may be two, and there are three."""
    with mock.patch.object(snapshots, "MAX_COUNT", 2):
        save_snapshot(writer)


@cache
def archive() -> bytes:
    """Of a complete run."""
    with tempfile.TemporaryDirectory() as folder:
        return archives.export_zip(runs.open_directory(complete(Path(folder))))


def export(run_and_files: tuple[runs.Run, dict[str, bytes]]) -> None:
    run, files = run_and_files
    with zipfile.ZipFile(io.BytesIO(archives.export_zip(run))) as zipped:
        assert zipped.namelist()
        assert {name: zipped.read(name) for name in zipped.namelist()}.items() <= files.items()


def ship(root: Path, threads: int = 2) -> None:
    """Puts a model that is shipped in place of the one before, without its training."""

    def train_run(writer: RunWriter, *_: object) -> runs.Status:
        finish(writer, WEIGHTS, evaluation=replace(RECORD, threads=threads))
        return writer.status

    configs = {"digits": small_config()}
    with mock.patch.multiple(pretraining, train_run=train_run, CONFIGS=configs):
        pretraining.pretrain("digits", root, lambda event: None)


def tell_times(root: Path, threads: int = 2) -> None:
    lesson_records.write(root, lesson_records.TIMING, lesson_records.Timing(threads, {"digits": 0.5}))


def times(root: Path) -> Shown:
    return [vars(lesson_records.timing(root))]


OPERATIONS = {
    "create": Operation(nothing, itself, queued, (10, 11)),
    "remember the data": Operation(queued, writer_of, lambda writer: writer.remember_data_root(Path("data")), (3, 3)),
    "status": Operation(queued, writer_of, lambda writer: writer.update_status(state="running", step=3), (3, 3)),
    "first row": Operation(queued, writer_of, append, (2, 3)),
    "append a row": Operation(training, writer_of, append, (2, 3)),
    "first preview": Operation(queued, writer_of, publish, (13, 25)),
    "preview": Operation(training, writer_of, publish, (13, 40)),
    "snapshot": Operation(training, writer_of, save_snapshot, (4, 20)),
    "fewer snapshots": Operation(training, writer_of, thin_out, (3, 10)),
    "first checkpoint": Operation(queued, writer_of, save_checkpoint, (15, 25)),
    "checkpoint": Operation(training, writer_of, save_checkpoint, (15, 30)),
    "finish": Operation(training, writer_of, end("finished"), (50, 80)),
    "stop": Operation(training, writer_of, end("stopped"), (40, 80)),
    "fail": Operation(training, writer_of, lambda writer: writer.fail("it diverged"), (4, 5)),
    "leave the line": Operation(queued, writer_of, lambda writer: writer.give_up_waiting(), (4, 5)),
    "reopen what was stopped": Operation(stopped, only_run, recovery.reopen, (25, 80)),
    "reopen what failed": Operation(failed, only_run, recovery.reopen, (15, 70)),
    "take up elsewhere": Operation(training, only_run, recovery.take_up, (15, 90)),
    "recover": Operation(training, itself, settle, (7, 15), repeats=True),
    "recover from the line": Operation(queued, itself, settle, (7, 14), repeats=True),
    "import": Operation(lambda root: archive(), itself, lambda root: archives.import_zip(archive(), root), (25, 40)),
    "export": Operation(complete, with_files, export, (0, 15)),
    "ship a model": Operation(partial(ship, threads=1), itself, ship, (50, 60)),
    "tell the lessons' times": Operation(partial(tell_times, threads=1), itself, tell_times, (3, 3), look=times),
}


def check_between(now: Shown, before: Shown, after: Shown) -> None:
    """Every number is one that was there before, or that the operation writes."""
    assert len(now) in (len(before), len(after))
    for each in now:
        known = [*before, *after]
        for name, value in each.items():
            if name == "snapshots":
                assert value <= set().union(*(other[name] for other in known))
            else:
                assert value in [other[name] for other in known], name


def check(operation: Operation, root: Path, before: Shown, after: Shown, opened: Any, *, is_done: bool) -> None:
    """What a fault has left is whole, and done again, by the same process or by another, it is as if nothing had been.

    opened: what the same process has; None for another.
    """
    check_between(operation.look(root), before, after)
    if not is_done or operation.repeats:
        operation.act(opened or operation.open(root))
    now = operation.look(root)
    if is_done:  # it was not able to delete something, and that does no harm
        for each, other in zip(now, after, strict=True):
            each.update({name: other[name] for name in DELETED & other.keys()})
    assert now == after


def check_tidy(root: Path, failed: str) -> None:
    """What was begun is not left behind, unless it was the tidying that failed."""
    if failed in TIDY_AFTER:
        assert [path.name for path in root.rglob(".*")] == []


TIDY_AFTER = {"open wb", "write", "replace", "fsync"}
DELETED = {"snapshots"}


def attempt(disk: faults.Disk, act: Callable[[], object]) -> bool:
    """Whether it succeeded. What it raises otherwise is an error of ours."""
    try:
        with faults.on_every_call(disk):
            act()
    except LatentStudioError:
        return False
    return True


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(errno.ENOSPC, id="no space"),
        pytest.param(errno.EIO, id="broken", marks=pytest.mark.campaign),
    ],
)
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_that_a_fault_meets_leaves_whole_runs_and_succeeds_when_tried_again(
    name: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # nothing here outlives the power
    operation, template = OPERATIONS[name], tmp_path / "before"
    template.mkdir()
    operation.prepare(template)
    before, after = operation.look(template), operation.look(template)
    calls: list[str] = []
    for count in range(1000):  # the first time, none fails
        root = tmp_path / str(count)
        shutil.copytree(template, root)
        opened, disk = operation.open(root), faults.Disk(count, number, lasting=False)
        is_done = attempt(disk, lambda: operation.act(opened))  # noqa: B023
        if count == 0:
            assert is_done
            after, calls = operation.look(root), disk.operations
        elif count > len(disk.operations):
            break
        else:
            try:
                check_tidy(root, disk.operations[count - 1])
                check(operation, root, before, after, opened if count % 2 else None, is_done=is_done)
            except BaseException as error:
                error.add_note(f"{name}: call {count}, {disk.operations[count - 1]}")
                raise
        shutil.rmtree(root)
    print(f"\n{name}: {len(calls)} calls failed one by one ({errno.errorcode[number]})", end="")
    assert len(calls) >= operation.least[number == errno.EIO]
