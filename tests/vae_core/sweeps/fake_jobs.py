"""A job manager that trains nothing: its runs are there at once, and end when somebody waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tests.vae_core.run_samples import RECORD, finish, random_weights
from vae_core.config import TrainConfig
from vae_core.errors import MemoryTooSmall
from vae_core.runs import Evaluation, Figures, RunWriter, recovery
from vae_core.runs.records import read_status

EPOCHS = 4
Score = Callable[[TrainConfig], float]


class Killed(BaseException):
    """The server is killed."""


class FakeJobs:
    """slots as in `JobManager`. dies_at: at which of its calls it is killed, from 0. score: a run's reconstruction.

    started: the ids of the runs that were begun anew; begun and ended runs have rows, those stopped halfway a
    checkpoint.
    """

    def __init__(self, root: Path, dies_at: int | None = None, score: Score = lambda config: config.beta) -> None:
        self.root, self.slots, self._score = root, 2, score
        self._dies_at, self._calls = dies_at, 0
        self._writers: dict[str, RunWriter] = {}
        self.started: list[str] = []
        self.most_active = 0

    def _live(self) -> None:
        if self._calls == self._dies_at:
            raise Killed
        self._calls += 1

    def start(self, config: TrainConfig, *, run_id: str | None = None, threads: int | None = None) -> str:
        self._live()
        assert threads == 1
        if config.hidden_sizes == (4096,):
            raise MemoryTooSmall("it is too large")
        writer = RunWriter.create(config, self.root, run_id=run_id)
        self._live()
        self.started.append(writer.run_id)
        self._train(writer)
        return writer.run_id

    def _train(self, writer: RunWriter) -> None:
        writer.update_status(state="running", step=0, total_steps=12)
        self._writers[writer.run_id] = writer
        self.most_active = max(self.most_active, len(self._writers))

    def resume(self, run_id: str) -> None:
        self._live()
        self._train(recovery.reopen(self.root / run_id))

    def stop(self, run_id: str) -> None:
        if writer := self._writers.pop(run_id, None):
            writer.save_checkpoint({}, step=6, elapsed_s=1.0)
            writer.fail("stopped, for a test")

    def is_active(self, run_id: str) -> bool:
        return run_id in self._writers

    def is_elsewhere(self, run_id: str) -> bool:
        if not read_status(self.root / run_id).is_final:  # its server was killed
            recovery.settle_abandoned([self.root / run_id], silent_s=0.0)
        return False

    def wait(self, run_ids: Iterable[str], timeout_s: float) -> None:
        """The first of them gets its rows and a checkpoint; the next time it ends."""
        self._live()
        if not self._writers:
            return
        writer = self._writers[next(iter(self._writers))]
        score = self._score(writer.config)
        if writer.status.step:
            held_out = Figures(score, 1.0, score + 1.0, (1.0, 0.0), 2, 5)
            finish(writer, random_weights(writer.config), evaluation=Evaluation(RECORD.step, 1, held_out, None))
            del self._writers[writer.run_id]
            return
        for epoch in range(1, EPOCHS + 1):
            figures = {"reconstruction_nats": score + 1 / epoch, "kl_nats": 1.0, "active_units": 2}
            writer.append_metrics(
                {"split": "held-out", "step": 3 * epoch, "epoch": epoch, **figures, "elapsed_s": 60.0}
            )
        writer.append_metrics({"split": "train", "step": 12, "images_per_s": 1500.0, "elapsed_s": 60.0})
        writer.save_checkpoint({}, step=6, elapsed_s=1.0)
        writer.update_status(step=6)

    def close(self) -> None:
        """Nothing has to leave."""
