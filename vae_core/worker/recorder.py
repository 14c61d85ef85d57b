"""What a run tells of itself while it trains, and what it leaves: rows, maps, snapshots, checkpoints, the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from vae_core.architecture.beta_modulation import stops
from vae_core.architecture.onnx_graph import Weights
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.config import TrainConfig
from vae_core.data import registry
from vae_core.data.held_out_class import seen
from vae_core.data.source import DataCard, Split
from vae_core.data.statistics import SomeRows, data_facts
from vae_core.evaluation import linear_baseline
from vae_core.jobs.control import Control
from vae_core.model.mapped_images import Images, is_mapped
from vae_core.model.networks import build_vae, weights
from vae_core.runs import Embedding, Evaluation, RunWriter
from vae_core.runs.checkpoints import Checkpoint
from vae_core.runs.snapshots import BetaStop, dump_betas
from vae_core.training import StepMetrics, Training, fallback_note, resolve_device
from vae_core.training.divergence_guard import check_finite
from vae_core.training.ranks import Ranks
from vae_core.worker import live_curves
from vae_core.worker.held_out_probe import HeldOutProbe, on_device, row_of
from vae_core.worker.live_curves import LiveCurves
from vae_core.worker.publish_schedule import PublishSchedule

Report = Callable[[dict[str, Any]], None]


class Recorder:
    """One training and the run that it writes. Raises what loading, building and the disk raise; TrainingDiverged.

    checkpoint: where to go on from; None begins. ranks: those that train with this process.
    `before_step` and `record` belong around each step of `training`.
    """

    def __init__(  # noqa: PLR0913
        self,
        writer: RunWriter,
        control: Control,
        report: Report,
        *,
        schedule: PublishSchedule,
        data_root: Path | None = None,
        checkpoint: Checkpoint | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        self._writer, self._control, self._report, self._schedule = writer, control, report, schedule
        self._config = config = writer.config
        split = registry.images_of(writer.card, "train", data_root)
        rows = seen(split, config.left_out_class)
        self._images, self._labels = learnt_from(split, config)
        model = build_vae(config, writer.card).to(resolve_device(config.device))
        first_step = writer.parent.step if writer.parent else 0
        self.training = Training(model, self._images, config, self._labels, first_step=first_step, ranks=ranks)
        self._is_new, self._from_s = checkpoint is None, 0.0
        if checkpoint:
            begins = "noise" not in checkpoint.state  # it holds another run's weights, and nothing else
            (self.training.take_weights if begins else self.training.restore)(checkpoint.state)
            self._from_s = checkpoint.elapsed_s
        self._probe = HeldOutProbe(self.training, writer.card, data_root)
        self._epoch_from_s = self._row_from_s = self._from_s
        self._since_row: list[StepMetrics] = []
        self._step_of_row: StepMetrics | None = None  # the last of the row before, under the same settings
        self._smooth_rate = 0.0
        self._shown_step: int | None = None
        self._scored_step: int | None = None
        self._kept: dict[str, Any] = {}
        self._live_curves = LiveCurves(writer.directory, writer.status.created_at) if live_curves.is_wanted() else None
        known = writer.card.statistics if config.left_out_class == "none" else None
        self._facts = known if known and is_mapped(split.images) else data_facts(SomeRows(split.images, rows))

    @property
    def is_whole(self) -> bool:
        """Whether every step has been made."""
        return self.training.step == self.training.total_steps

    def begin(self) -> None:
        """What comes before the first step, which is little: the curve's first point, unless the run goes on."""
        training = self.training
        note = fallback_note(self._config.device)
        self._writer.update_status(state="running", error=note, total_steps=training.total_steps, **self._settings())
        self._report({"event": "begun", "step": training.step, "total_steps": training.total_steps})
        self._schedule.begin(self._from_s)
        if self._is_new:
            self._score(data=asdict(self._facts))
            if self._schedule.keeps_snapshots:
                self._begin_with_components()

    def _begin_with_components(self) -> None:
        """What can be dragged through before the first step, and what the network is to beat: principal components."""
        model = linear_baseline.fit(self._images, self._config.latent_dim)
        reconstruction_nats, kl_nats = self._probe.score_linear(model)
        self._append("pca", reconstruction_nats=reconstruction_nats, kl_nats=kl_nats)
        tensors, embedding = model.tensors(), self._probe.map_linear(model)
        self._publish_networks(tensors, embedding)
        self._writer.save_snapshot(epoch=0, step=0, weights=tensors, embedding=embedding)

    def before_step(self) -> None:
        """A step follows: what was asked for is done."""
        self._heed()
        self._schedule.resume()
        if self._writer.status.state != self._state:
            self._writer.update_status(state=self._state)

    def record(self, metrics: StepMetrics) -> None:
        """Takes one step's metrics; now and then they become a row, or the model a map, a snapshot, a checkpoint."""
        self._since_row.append(metrics)
        if metrics.step % self.training.steps_per_epoch == 0:
            self._end_epoch(metrics.epoch)
        if self._schedule.is_row_due(metrics.step):
            self.write_row()
        if self.is_whole:
            return
        if self._schedule.is_publish_due(metrics.step):
            self._publish()
        if self._schedule.is_checkpoint_due(metrics.step):
            self._keep()

    def idle(self) -> None:
        """No step can be made now: in a pause, all is shown and kept as it is."""
        self._heed()
        if self._control.is_paused:
            self._schedule.pause()
            self.write_row()
            self._writer.update_status(state="paused", images_per_s=0.0, eta_s=None)
            self._show()
            if self._kept != self._settings():
                self._keep()
        else:
            self._schedule.resume()
            if self._writer.status.state != "running" or self._schedule.is_row_due(self.training.step):
                self.write_row()
                self._writer.update_status(state="running")
                self._schedule.row_written()
            if self._schedule.is_publish_due(self.training.step):
                self._show()

    def save(self, state: Literal["finished", "stopped"]) -> None:
        """Evaluates the model on the whole splits and leaves the complete run; stopped ones on what is held out only,
        with a checkpoint to go on from.
        """
        self._schedule.resume()
        self.write_row()
        if state == "stopped":
            self._keep()
        if step := self.training.step:
            self._score(**self._factor_figures())
        train = self._probe.evaluate(self._images, self._labels) if state == "finished" else None
        values = weights(self.training.model)
        self._writer.finish(
            state,
            weights=values,
            embedding=self._probe.map_all(),
            decoder=decoder_onnx(self._config, values, card=self._writer.card),
            evaluation=Evaluation(step, torch.get_num_threads(), self._probe.score_all(), train),
            step=step,
            betas=self._betas() if self._config.spans_beta else None,
        )

    def _betas(self) -> bytes:
        """The figures and the map of a model that spans β at some of them."""
        measured = [(beta, *self._probe.at_beta(beta)) for beta in stops(self._config)]
        return dump_betas(
            [
                (BetaStop(beta, figures.reconstruction_nats, figures.kl_nats), embedding)
                for beta, figures, embedding in measured
            ]
        )

    # What was asked

    @property
    def _state(self) -> Literal["running", "paused"]:
        return "paused" if self._control.is_paused else "running"

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self.training, name) for name in ("step", "epoch", "beta", "learning_rate")}

    def _heed(self) -> None:
        """Edits, and another pace, since the last time."""
        if edits := self._control.take_edits():
            self.write_row()
            self._step_of_row = None
            self.training.edit(**edits)
            self._append("edit", beta=self.training.beta, learning_rate=self.training.learning_rate)
            self._writer.update_status(**self._settings())
        if self._writer.status.steps_per_s != self._control.steps_per_s:
            self._writer.update_status(steps_per_s=self._control.steps_per_s)

    # What is written

    def _end_epoch(self, epoch: int) -> None:
        since_s, self._epoch_from_s = self._epoch_from_s, self._schedule.elapsed_s()
        self._report({"event": "epoch", "epoch": epoch, "seconds": self._epoch_from_s - since_s})
        if self._schedule.is_snapshot_due(epoch) and self._writer.wants_snapshot(epoch):
            with self._aside():
                step, values = self.training.step, weights(self.training.model)
                self.training.require_finite()
                self._score(**self._factor_figures())  # first: whoever sees the snapshot listed finds its figures
                self._writer.save_snapshot(epoch=epoch, step=step, weights=values, embedding=self._probe.map())

    def write_row(self) -> None:
        """One train row of the steps since the last, if there are any, and the status that goes with it.

        Where those saw less than half a batch, the step before is told with them: an epoch's last batch may be of one
        image, which would make the curve's last point jump.
        """
        if not self._since_row:
            return
        steps, self._since_row = self._since_row, []
        images = sum(metrics.images for metrics in steps)
        is_part = 2 * images < self._config.batch_size
        told = [self._step_of_row, *steps] if is_part and self._step_of_row else steps
        self._step_of_row = steps[-1]
        sums = [[m.reconstruction_sum for m in told], [m.kl_sum for m in told], [m.loss_sum for m in told]]
        reconstruction, kl, loss = (_read_sum(values) / sum(m.images for m in told) for values in sums)
        check_finite(steps[-1].step, reconstruction, kl, self._config, self.training.learning_rate)
        now_s = self._schedule.elapsed_s()
        rate = images / (now_s - self._row_from_s) if now_s > self._row_from_s else 0.0
        self._row_from_s = now_s
        self._append("train", reconstruction_nats=reconstruction, kl_nats=kl, loss_nats=loss, images_per_s=rate)
        self._schedule.row_written()
        self._smooth_rate = 0.8 * self._smooth_rate + 0.2 * rate if self._smooth_rate else rate
        eta_s = self._images_left() / self._smooth_rate if self._smooth_rate else None
        self._writer.update_status(
            step=self.training.step, epoch=self.training.epoch, images_per_s=self._smooth_rate, eta_s=eta_s
        )

    def _show(self) -> None:
        """Publishes the step there is, unless that was done."""
        if self._shown_step != self.training.step:
            self.write_row()
            self._publish()

    def _publish(self) -> None:
        """A held-out row, and decoder, encoder and the map of a fixed sample as they are now."""
        step = self.training.step
        with self._aside():
            factor_figures = self._factor_figures()  # apart: these must not make maps come less often
        with self._aside() as took:
            if step:
                self._score(**factor_figures)
            self._publish_networks(weights(self.training.model), self._probe.map())
        self._schedule.published(took())

    def _publish_networks(self, values: Weights, embedding: Embedding) -> None:
        """Decoder and encoder of these weights, and a map, as those of the step there is."""
        card = self._writer.card
        decoder, encoder = (make(self._config, values, card=card) for make in (decoder_onnx, encoder_onnx))
        self._writer.publish_live(self.training.step, decoder=decoder, encoder=encoder, embedding=embedding)
        self._shown_step = self.training.step

    def _keep(self) -> None:
        """A checkpoint, of finite numbers only, with all rows up to it."""
        self.write_row()
        self.training.require_finite()
        with self._aside() as took:
            self._writer.save_checkpoint(
                self.training.state(), step=self.training.step, elapsed_s=self._schedule.elapsed_s()
            )
        self._kept = self._settings()
        self._schedule.checkpoint_saved(took())

    @contextmanager
    def _aside(self) -> Iterator[Callable[[], float]]:
        """Something besides training, which the rates leave out. Yields how long it took, to ask for afterwards."""
        from_s = self._schedule.elapsed_s()
        yield lambda: self._schedule.elapsed_s() - from_s
        self._row_from_s += self._schedule.elapsed_s() - from_s

    def _score(self, **facts: Any) -> None:
        """A held-out row of the step there is, unless that was written."""
        if self._scored_step != self.training.step:
            self._scored_step = self.training.step
            self._append("held-out", **row_of(self._probe.score()), **facts)

    def _factor_figures(self) -> dict[str, float]:
        """What the next held-out row tells of known factors, now and then."""
        probe, from_s = self._probe.factors, self._schedule.elapsed_s()
        is_new = self.training.step > 0 and self._scored_step != self.training.step
        if not (is_new and probe.is_due(from_s, is_last=self.is_whole)):
            return {}
        figures = probe.figures(self._probe.map())
        now_s = self._schedule.elapsed_s()
        probe.measured(now_s, now_s - from_s)
        return figures

    def _append(self, split: str, **values: Any) -> None:
        row = {"split": split, "step": self.training.step, "epoch": self.training.epoch, **values}
        row["elapsed_s"] = round(self._schedule.elapsed_s(), 4)
        self._writer.append_metrics(row)
        if self._live_curves:
            self._live_curves.append(row)
        self._report({"event": "row", **row})

    def _images_left(self) -> float:
        return (1 - self.training.step / self.training.total_steps) * len(self._images) * self._config.epochs


def learnt_from(split: Split, config: TrainConfig) -> tuple[Images, Tensor | None]:
    """The images, uint8, and labels, int64, that a training of config learns from, where it computes."""
    rows = seen(split, config.left_out_class)
    return on_device(split, resolve_device(config.device), rows if len(rows) < len(split.images) else None)


def follow(config: TrainConfig, card: DataCard, data_root: Path | None, ranks: Ranks) -> None:
    """Makes the steps of a training that the first of several processes leads, until that ends; writes nothing."""
    images, labels = learnt_from(registry.images_of(card, "train", data_root), config)
    model = build_vae(config, card).to(resolve_device(config.device))
    for _ in Training(model, images, config, labels, ranks=ranks).steps():
        pass


def _read_sum(values: list[Tensor]) -> float:
    """The sum of 0-d tensors, in float64: waits for the device once."""
    return torch.stack(values).cpu().double().sum().item()
