"""Damage, refusing disks, races and kills by the hundred: each campaign takes how many, and asserts what must hold."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core import faults
from tests.vae_core.run_samples import RECORD, embedding_of, files_in, finish, random_weights, small_config
from vae_core import runs
from vae_core.errors import DiskRefused, LatentStudioError, RunMissing
from vae_core.runs import checkpoints, recovery
from vae_core.runs.recovery import settle_abandoned
from vae_core.runs.writer import RunWriter

ROOT = Path(__file__).parents[2]
RUN_KINDS = ("complete", "stopped", "interrupted")


def state_of(step: int) -> dict[str, Any]:
    """A training's state that tells its step in every value."""
    return {
        "model.weight": np.full((3, 4), step, np.float32),
        "noise": np.full(5, step % 256, np.uint8),
        "step": np.asarray(step, np.int64),
        "controls": np.array([step, 1e-3], np.float64),
    }


def check_state(checkpoint: checkpoints.Checkpoint) -> None:
    """Whether the state is that of the checkpoint's step."""
    assert int(checkpoint.state["step"]) == checkpoint.step
    assert (checkpoint.state["model.weight"] == checkpoint.step).all()


# Any damage to any file is found


def make_run(kind: str, root: Path) -> Path:
    """A run of one of the kinds, with all the files that such a run can have."""
    config = small_config()
    weights = random_weights(config)
    writer = RunWriter.create(config, root)
    writer.remember_data_root(root)
    writer.update_status(state="running", total_steps=100)
    for step in (4, 8, 12):
        writer.append_metrics({"split": "train", "step": step, "kl_nats": 2.5})
        writer.publish_live(
            step, decoder=b"decoder of step %d" % step, encoder=b"encoder", embedding=embedding_of(4, step)
        )
        writer.save_snapshot(epoch=step // 4, step=step, weights=weights, embedding=embedding_of(3, step))
        writer.save_checkpoint(state_of(step), step=step, elapsed_s=1.0)
    if kind != "interrupted":
        finish(writer, weights, state={"complete": "finished", "stopped": "stopped"}[kind])
    return writer.directory


def load_all(directory: Path) -> None:
    """Reads everything that can be read of a run."""
    run = runs.open_directory(directory)
    run.status()
    run.data_root()
    if run.is_complete:
        run.verify()
        run.decoder()
    for file in checkpoints.listed(directory):
        checkpoints.read_checkpoint(file)
    if checkpoints.listed(directory):
        checkpoints.newest_checkpoint(directory)
    for snapshot in run.snapshots():
        run.snapshot(snapshot.epoch)
    for step in {int(path.name.split("-")[0]) for path in (directory / "live").glob("*.onnx")}:  # written last
        run.decoder(step)
        run.encoder(step)
        run.embedding_bytes(step)


def damage_campaign(kind: str, root: Path, count: int, seed: int) -> None:
    """Flips a bit or cuts a file short, `count` times: loading fails each time, in words that name the file.

    Not covered: the rows after the checkpoint's in a run without a manifest, which resuming discards, and run.lock,
    which is empty.
    """
    directory = make_run(kind, root)
    load_all(directory)
    generator = np.random.default_rng(seed)
    covered = {name: len(data) for name, data in files_in(directory).items() if data}
    if kind == "interrupted":
        covered["metrics.jsonl"] = checkpoints.newest_checkpoint(directory).metrics_bytes
    for number in range(count):
        name = sorted(covered)[number % len(covered)]
        path = directory / name
        original = path.read_bytes()
        place = int(generator.integers(covered[name]))
        damaged = bytearray(original)
        damaged[place] ^= 1 << int(generator.integers(8))
        path.write_bytes(original[:place] if generator.random() < 0.25 else damaged)
        with pytest.raises(LatentStudioError, match=re.escape(path.name)):
            load_all(directory)
        path.write_bytes(original)
    load_all(directory)


# A disk that refuses at any moment


@dataclass
class Story:
    """A run from its beginning to its end, and what was there before the end and after it."""

    root: Path
    retry: HealingRetry | None = None
    writer: RunWriter | None = None
    saved: list[int] = field(default_factory=list)
    saving: int | None = None
    results: list[dict[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True)

    def tell(self) -> None:
        """Raises RunError if the disk refuses and nothing retries, or no longer."""
        self.writer = writer = self._create()
        with writer.retrying(self.retry) if self.retry else nullcontext():
            self._train(writer)

    def _train(self, writer: RunWriter) -> None:
        weights = random_weights(writer.config)
        writer.remember_data_root(Path("/data"))
        writer.update_status(state="running", total_steps=100)
        for step in (2, 4, 6):
            writer.append_metrics({"split": "train", "step": step, "kl_nats": 2.5})
            writer.publish_live(
                step, decoder=b"decoder of step %d" % step, encoder=b"encoder", embedding=embedding_of(4, step)
            )
            writer.save_snapshot(epoch=step // 2, step=step, weights=weights, embedding=embedding_of(3, step))
            self.saving = step
            writer.save_checkpoint(state_of(step), step=step, elapsed_s=step / 10)
            self.saved.append(step)
        writer.append_metrics({"split": "train", "step": 7, "kl_nats": 2.5})
        self.results.append(files_in(writer.directory))
        writer.finish(
            "finished", weights=weights, embedding=embedding_of(5), decoder=b"decoder", evaluation=RECORD, step=7
        )
        self.results.append(files_in(writer.directory))

    def _create(self) -> RunWriter:
        try:
            return RunWriter.create(small_config(), self.root, now=lambda: 1.0)
        except DiskRefused:
            if self.retry is None:
                raise
            self.retry.wait()
            return RunWriter.create(small_config(), self.root, now=lambda: 1.0)


@dataclass
class HealingRetry:
    """Makes space instead of waiting for it; once there is, nothing may be refused."""

    disk: faults.Disk

    def may_help(self, refusal: DiskRefused) -> bool:
        return not self.disk.is_healed

    def waiting(self, refusal: DiskRefused) -> AbstractContextManager[None]:
        return nullcontext()

    def wait(self) -> None:
        self.disk.heal()


def count_operations(root: Path) -> tuple[int, list[dict[str, bytes]]]:
    """How many there are on a disk that takes everything, and what it holds then."""
    disk, story = faults.Disk(), Story(root)
    with faults.on(disk):
        story.tell()
    kinds = {"open wb", "open ab", "write", "fsync", "rename", "mkdir", "open to sync"}
    assert set(disk.operations) == kinds  # else this campaign misses some
    return len(disk.operations), story.results


def refusing_disk_campaign(root: Path, count: int | None = None) -> None:
    """The disk refuses at one operation after the other, `count` of them evenly (all if None), for want of space and
    for being broken, once and lastingly: without a retry and with it.
    """
    total, expected = count_operations(root / "undisturbed")
    every = 1 if count is None else max(1, total // count)
    for turn, at in enumerate(range(1, total + 1, every)):
        for number in (errno.ENOSPC, errno.EIO):
            for lasting in (True, False) if count is None else (turn % 2 == 0,):
                where = root / f"{at}-{number}-{lasting}"
                _give_up(where / "once", faults.Disk(at, number, lasting=lasting))
                _wait(where / "retried", faults.Disk(at, number, lasting=lasting), expected)


def _give_up(root: Path, disk: faults.Disk) -> None:
    """Without a retry the error is one of ours, and what was saved can be gone on from."""
    story = Story(root)
    with faults.on(disk), pytest.raises(DiskRefused) as caught:
        story.tell()
    assert caught.value.errno == disk.number
    if story.writer is None:
        assert list(root.iterdir()) == []
        return
    directory = story.writer.directory
    if not story.saved:
        with suppress(RunMissing):
            assert checkpoints.newest_checkpoint(directory).step == story.saving
        return
    checkpoint = checkpoints.newest_checkpoint(directory)
    assert checkpoint.step in (story.saved[-1], story.saving)
    check_state(checkpoint)
    story.writer.fail("the disk is full")  # once there is space
    run = runs.open_directory(directory)
    assert run.is_resumable
    load_all(directory)
    writer = recovery.reopen(directory)
    assert (writer.status.state, writer.status.step) == ("queued", checkpoint.step)
    assert run.metrics()[1] == checkpoint.metrics_bytes
    load_all(directory)


def _wait(root: Path, disk: faults.Disk, expected: list[dict[str, bytes]]) -> None:
    """With a retry all comes out as if nothing had been."""
    story = Story(root, HealingRetry(disk))
    with faults.on(disk):
        story.tell()
    assert disk.is_healed
    assert story.results == expected


# One trainer at a time


@contextmanager
def child(task: str, directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of `store_child.py`, killed at the end if it still lives."""
    command = [sys.executable, "-m", "tests.vae_core.store_child", task, str(directory)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _tell(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdin
    process.stdin.write(words + "\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def lock_campaign(directory: Path, races: int, races_per_kill: int = 5) -> None:
    """Two processes try to lock a run at once, `races` times: exactly one gets it. Every so often the winner is
    killed, and then the other gets it at once.
    """
    for first in range(0, races, races_per_kill):
        with child("race", directory) as one, child("race", directory) as other:
            assert [_hear(one), _hear(other)] == ["ready", "ready"]
            for number in range(first, min(races, first + races_per_kill)):
                pair = (one, other) if number % 2 else (other, one)
                for process in pair:
                    _tell(process, "try")
                answers = {_hear(process): process for process in pair}
                assert set(answers) == {"won", "lost"}
                if number != first + races_per_kill - 1:
                    _tell(answers["won"], "release")
                    assert _hear(answers["won"]) == "released"
            answers["won"].kill()
            answers["won"].wait()
            _tell(answers["lost"], "try")
            assert _hear(answers["lost"]) == "won"


# Killed while it saves


def kill_campaign(root: Path, kills: int, seed: int) -> None:
    """A process that saves without end is killed at a random moment, `kills` times: a verified checkpoint is there."""
    generator = np.random.default_rng(seed)
    for _ in range(kills):
        writer = RunWriter.create(small_config(), root)
        announced = _kill_while_saving(writer.directory, lines_left=int(generator.integers(1, 60)))
        checkpoint = checkpoints.newest_checkpoint(writer.directory)
        assert checkpoint.step in announced[-2:]
        check_state(checkpoint)
        assert settle_abandoned([writer.directory], silent_s=-1.0) == []
        assert runs.open_directory(writer.directory).is_resumable
        recovery.reopen(writer.directory)
        assert not list(writer.directory.rglob("*.tmp"))
        assert runs.Run(writer.run_id, writer.directory, writer.config, writer.card).metrics()[0][-1] == {
            "step": checkpoint.step
        }


def _kill_while_saving(directory: Path, lines_left: int) -> list[int]:
    """Kills after one checkpoint and so many more lines; returns the steps that were announced."""
    announced = []
    with child("save", directory) as process:
        assert process.stdout
        is_one_saved = False
        for line in process.stdout:
            if line.startswith("saving "):
                announced.append(int(line.split()[1]))
            is_one_saved = is_one_saved or line.startswith("saved ")
            lines_left -= is_one_saved
            if lines_left == 0:
                process.kill()
        assert process.wait() == -9
    return announced
