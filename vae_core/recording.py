"""What a run tells of itself while it trains, and what it leaves: rows, snapshots, and the trained model at the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core import datasets, latents
from vae_core.config import total_steps
from vae_core.errors import TrainingDiverged
from vae_core.evaluation import Evaluation, evaluate
from vae_core.models import build_vae, weights
from vae_core.onnx_export import decoder_onnx
from vae_core.runs import Embedding, RunWriter
from vae_core.training import StepMetrics, check_finite, resolve_device

ROW_S = 0.25
PUBLISH_S = 1.0
PUBLISH_SHARE = 1 / 15  # of the time, at most
SCORED_IMAGES = 500
MAPPED_IMAGES = 2000


class Pace:
    """When a row is due, and when a snapshot: by the clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._row_at = self._publish_at = self._begun

    def elapsed_s(self) -> float:
        """Since the training began."""
        return self._clock() - self._begun

    def begin(self) -> None:
        """The first step follows."""
        self._begun = self._clock()
        self._row_at = self._begun + ROW_S
        self._publish_at = self._begun + PUBLISH_S

    def is_row_due(self, metrics: StepMetrics) -> bool:
        """Whether the steps since the last row should become one."""
        return self._clock() >= self._row_at

    def is_publish_due(self, metrics: StepMetrics) -> bool:
        """Whether the map and the decoder should be shown as they are now."""
        return self._clock() >= self._publish_at

    def row_written(self) -> None:
        """The next is due a quarter of a second later."""
        self._row_at = self._clock() + ROW_S

    def published(self, seconds: float) -> None:
        """A snapshot took that long: the next comes when it is a fifteenth of the time, or in a second."""
        self._publish_at = self._clock() + max(PUBLISH_S, seconds * (1 / PUBLISH_SHARE - 1))


class Recorder:
    """Follows one training and writes its run. Raises what loading, building and the disk raise; TrainingDiverged."""

    def __init__(
        self, writer: RunWriter, report: Callable[[dict[str, Any]], None], data_root: Path | None, pace: Pace
    ) -> None:
        self._writer, self._report, self._pace = writer, report, pace
        self._config = config = writer.config
        device = resolve_device(config.device)
        self._held_out = datasets.load(config.dataset, "held-out", data_root)
        self._held_out_images = torch.from_numpy(self._held_out.images).to(device)
        self.images = torch.from_numpy(datasets.load(config.dataset, "train", data_root).images).to(device)
        self.model = build_vae(config).to(device)
        self._scored = _sample(len(self._held_out.images), SCORED_IMAGES)
        self._mapped = _sample(len(self._held_out.images), MAPPED_IMAGES)
        self._total_steps = total_steps(config, len(self.images))
        self._step = self._epoch = 0
        self._since_row: list[StepMetrics] = []
        self._row_from_s = self._epoch_from_s = 0.0
        self._smooth_rate = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether every step has been made."""
        return self._step == self._total_steps

    def begin(self) -> None:
        """Shows the untrained model: map, decoder and held-out figures are there before the first step."""
        self._writer.update_status(state="running", total_steps=self._total_steps)
        self._publish()
        self._report({"event": "begun", "total_steps": self._total_steps})
        self._pace.begin()
        self._row_from_s = 0.0

    def record(self, metrics: StepMetrics) -> None:
        """Takes one step's metrics; now and then they become a row, or a snapshot. Raises TrainingDiverged."""
        self._step, self._epoch = metrics.step, metrics.epoch
        self._since_row.append(metrics)
        if metrics.step % (self._total_steps // self._config.epochs) == 0:
            now_s = self._pace.elapsed_s()
            self._report({"event": "epoch", "epoch": metrics.epoch, "seconds": now_s - self._epoch_from_s})
            self._epoch_from_s = now_s
        if self._pace.is_row_due(metrics):
            self._write_row()
        if self._pace.is_publish_due(metrics) and not self.is_whole:
            self._publish()

    def save(self, state: Literal["finished", "stopped"]) -> None:
        """Evaluates the model on the whole splits and leaves the complete run; stopped ones on what is held out only.

        Raises TrainingDiverged.
        """
        self._write_row()
        if self._step:
            self._score()
        held_out = self._evaluate(self._held_out_images)
        train = self._evaluate(self.images) if state == "finished" else None
        values = weights(self.model)
        self._writer.finish(
            state,
            weights=values,
            embedding=self._embed(np.arange(len(self._held_out.images), dtype=np.int32)),
            decoder=decoder_onnx(self._config, values),
            evaluation={
                "step": self._step,
                "threads": torch.get_num_threads(),
                "held-out": asdict(held_out),
                "train": asdict(train) if train else None,
            },
            step=self._step,
        )

    def _write_row(self) -> None:
        """One train row of the steps since the last, and the status that goes with it."""
        if not self._since_row:
            return
        steps, self._since_row = self._since_row, []
        images = sum(metrics.images for metrics in steps)
        reconstruction = _read_sum([metrics.reconstruction_sum for metrics in steps]) / images
        kl = _read_sum([metrics.kl_sum for metrics in steps]) / images
        check_finite(self._step, reconstruction, kl)
        now_s = self._pace.elapsed_s()
        rate = images / (now_s - self._row_from_s) if now_s > self._row_from_s else 0.0
        self._row_from_s = now_s
        self._append("train", reconstruction_nats=reconstruction, kl_nats=kl, images_per_s=rate)
        self._pace.row_written()
        self._smooth_rate = 0.8 * self._smooth_rate + 0.2 * rate if self._smooth_rate else rate
        eta_s = self._images_left() / self._smooth_rate if self._smooth_rate else None
        self._writer.update_status(step=self._step, epoch=self._epoch, images_per_s=self._smooth_rate, eta_s=eta_s)

    def _publish(self) -> None:
        """A held-out row, and map and decoder of a fixed sample as they are now."""
        from_s = self._pace.elapsed_s()
        self._score()
        self._writer.publish_live(
            self._step, decoder_onnx(self._config, weights(self.model)), self._embed(self._mapped)
        )
        took_s = self._pace.elapsed_s() - from_s
        self._pace.published(took_s)
        self._row_from_s += took_s  # a rate is of training alone

    def _score(self) -> None:
        figures = self._evaluate(self._held_out_images[torch.from_numpy(self._scored)])
        self._append(
            "held-out",
            reconstruction_nats=figures.reconstruction_nats,
            kl_nats=figures.kl_nats,
            kl_per_dim_nats=figures.kl_per_dim_nats,
        )

    def _append(self, split: str, **values: Any) -> None:
        row = {"split": split, "step": self._step, "epoch": self._epoch, **values}
        row["elapsed_s"] = round(self._pace.elapsed_s(), 4)
        self._writer.append_metrics(row)
        self._report({"event": "row", **row})

    def _evaluate(self, images: Tensor) -> Evaluation:
        figures = evaluate(self.model, images)
        check_finite(self._step, figures.reconstruction_nats, figures.kl_nats)
        return figures

    def _embed(self, index: npt.NDArray[np.int32]) -> Embedding:
        mu, logvar = latents.encode(self.model, self._held_out_images[torch.from_numpy(index)], batch_size=1000)
        if not (np.isfinite(mu).all() and np.isfinite(logvar).all()):
            raise TrainingDiverged(
                f"the map stopped being finite at step {self._step}; start again with a smaller learning rate"
            )
        return Embedding(mu, logvar, self._held_out.labels[index], index, "held-out", self._step)

    def _images_left(self) -> float:
        return (1 - self._step / self._total_steps) * len(self.images) * self._config.epochs


def _sample(size: int, count: int) -> npt.NDArray[np.int32]:
    """The same count places out of size each time, in order; all, if there are no more."""
    chosen = np.random.default_rng(0).permutation(size)[:count]
    return np.sort(chosen).astype(np.int32)


def _read_sum(values: list[Tensor]) -> float:
    """The sum of 0-d tensors, in float64: waits for the device once."""
    return torch.stack(values).cpu().double().sum().item()
