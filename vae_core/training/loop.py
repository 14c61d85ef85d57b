"""The training loop, as a generator of metrics: it knows no files and no screens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.config import TrainConfig, parse_config, schedules, total_steps
from vae_core.errors import ConfigInvalid, ShapeMismatch
from vae_core.model import objectives
from vae_core.model.families import training_labels
from vae_core.model.likelihoods import binarise
from vae_core.model.mapped_images import Images
from vae_core.model.networks import VAE, scale
from vae_core.training import fused_elbo
from vae_core.training.divergence_guard import LossWatch, check_tensors, diverged
from vae_core.training.optimiser import Adam
from vae_core.training.ranks import Ranks, check_shared

State = dict[str, npt.NDArray[Any]]
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_NOISE, _ORDER = 1, 2  # streams of a seed


@dataclass(frozen=True)
class StepMetrics:
    """What one step did, before its update: nats summed over its images, left on the device, 0-d, not yet read.

    beta, learning_rate: that the step used, after their schedules.
    """

    step: int  # from 1
    epoch: int  # from 1
    images: int
    reconstruction_sum: Tensor
    kl_sum: Tensor
    loss_sum: Tensor
    beta: float
    learning_rate: float


def laid_out_for(model: VAE, device: torch.device) -> VAE:
    """The model itself, its convolutions laid out as CUDA's tensor cores read them: channels last, values unchanged."""
    is_convolved = device.type == "cuda" and model.config.architecture == "conv"
    return model.to(memory_format=torch.channels_last) if is_convolved else model


def train(model: VAE, images: Images, config: TrainConfig, labels: Tensor | None = None) -> Iterator[StepMetrics]:
    """Trains model in place, one step for each metrics yielded; stop by not asking for the next. See `Training`."""
    return Training(model, images, config, labels).steps()


class Training:
    """One training: the model, Adam, the stream of noise, and how far it is.

    images: uint8 (N, C, H, W), on the model's device. labels: uint8 (N,), for the objectives that need them. Equal
    configs, data, devices and numbers of threads give bitwise equal weights, whether in one go or resumed from `state`.
    first_step: how many of the steps another run has made, whose weights `take_weights` takes: the schedules go over
    what is left, that of the learning rate from its beginning. ranks: those that train the model together, each of
    which has all images, and makes the same steps. Raises ShapeMismatch, or ConfigInvalid as `ranks.check_shared`.
    """

    def __init__(  # noqa: PLR0913
        self,
        model: VAE,
        images: Images,
        config: TrainConfig,
        labels: Tensor | None = None,
        *,
        first_step: int = 0,
        ranks: Ranks | None = None,
    ) -> None:
        if ranks:
            check_shared(config)
        self._ranks = ranks
        self.model, self.config = laid_out_for(model, images.device), config
        self.step = self.first_step = first_step
        self.total_steps = total_steps(config, len(images))
        self.steps_per_epoch = ceil(len(images) / config.batch_size)
        self.beta, self.learning_rate = config.beta, config.learning_rate
        self._images, self._labels = images, training_labels(config, images, labels)
        self._labelled = None if self._labels is None else model.family.known_rows(config, self._labels)
        self._objective = objectives.objective(config.objective)
        self._is_written_out = fused_elbo.is_written_out(config, images.device)
        self._parameters = dict(model.named_parameters())
        self._adam = Adam(self._parameters)
        self._noise = torch.Generator(images.device).manual_seed(
            _stream(config.seed, _NOISE, *([first_step] if first_step else []))
        )
        self._order = self._shuffled(0)
        self._order_of = 0
        self._watch = LossWatch(images.device)
        self._weight, self._batch_rows, self._share = 1.0, 0, slice(None)

    @property
    def epoch(self) -> int:
        """The epoch of the step made last, from 1; 0 before the first."""
        return ceil(self.step / self.steps_per_epoch)

    def edit(self, *, beta: float | None = None, learning_rate: float | None = None) -> None:
        """Changes what is in force from the next step on; schedules go on as shares of it. Raises ConfigInvalid."""
        changes = {"beta": beta, "learning_rate": learning_rate}
        given = {name: value for name, value in changes.items() if value is not None}
        checked = parse_config(self.config.model_dump() | given)
        if beta is not None and self.config.spans_beta:
            raise ConfigInvalid("this run learns every β of a range at once, and none of them is changed; let it go on")
        self.beta = self.beta if beta is None else checked.beta
        self.learning_rate = self.learning_rate if learning_rate is None else checked.learning_rate

    def steps(self) -> Iterator[StepMetrics]:
        """Makes the steps that are left. Nothing waits for the device: read the metrics' sums rarely.

        Raises TrainingDiverged at the first step whose loss is not finite, before its update; on a GPU one step later,
        where such an update changes nothing. A weight that is not finite is noticed by the next step at the latest.
        """
        if self._ranks:
            self._join(self._ranks)
        while self.step < self.total_steps and self._is_to_go_on():
            epoch, position = divmod(self.step, self.steps_per_epoch)
            if epoch != self._order_of:
                self._order_of, self._order = epoch, self._shuffled(epoch)
            start = position * self.config.batch_size
            yield self._make_step(self._order[start : start + self.config.batch_size])

    def state(self) -> State:
        """All that a bitwise resume needs, as copies: weights ("model.<name>"), moments, noise, step, controls, and the
        number of torch's threads, since another would add up in another order.
        """
        numbers = {name: tensor.detach().cpu().numpy().copy() for name, tensor in self._tensors().items()}
        return numbers | {
            "noise": self._noise.get_state().numpy(),
            "step": np.array(self.step, dtype=np.int64),
            "threads": np.array(torch.get_num_threads(), dtype=np.int64),
            "controls": np.array([self.beta, self.learning_rate]),
        }

    def take_weights(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Begins with another run's weights, "model.<name>". Raises ShapeMismatch, before anything is changed."""
        _expect_shapes({name: array for name, array in self.state().items() if name.startswith("model.")}, state)
        self._copy_weights({name: torch.from_numpy(array) for name, array in state.items()})

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Goes on from another training's `state`, and sets torch to as many threads as that had.

        Raises ShapeMismatch, before anything is changed.
        """
        _expect_shapes(self.state(), state)
        tensors = {name: torch.from_numpy(state[name]) for name in self._tensors()}
        torch.set_num_threads(int(state["threads"]))
        self.step = int(state["step"])
        self.beta, self.learning_rate = (float(value) for value in state["controls"])
        self._copy_weights(tensors)
        self._adam.restore(tensors, self.step - self.first_step)
        self._noise.set_state(torch.from_numpy(state["noise"].copy()))

    def _copy_weights(self, tensors: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self._parameters.items():
                parameter.copy_(tensors[f"model.{name}"])

    def require_finite(self) -> None:
        """Raises TrainingDiverged if a weight or a moment is not finite: not a state to keep."""
        check_tensors(self.step, self._tensors(), self.config, self.learning_rate)

    # One step

    def _make_step(self, rows: Tensor) -> StepMetrics:
        step, steps = self.step - self.first_step, self.total_steps - self.first_step
        pressure = schedules.pressure(self.config, self.beta, step, steps, has_risen=self.first_step > 0)
        rate = schedules.rate(self.config.schedule, step, steps)
        learning_rate = rate.share * self.learning_rate
        own = self._own(rows)
        terms, gradients = self._terms_and_gradients(self._batch(own), pressure)
        sums = [term.detach().sum() for term in (terms.reconstruction, terms.kl, terms.loss)]
        if self._ranks:
            gradients, sums = self._of_all(gradients, sums)
        reconstruction, kl, loss = sums
        metrics = StepMetrics(
            self.step + 1, self.step // self.steps_per_epoch + 1, len(rows),
            reconstruction, kl, loss, pressure.beta, learning_rate,
        )  # fmt: skip
        self._refuse_divergence(metrics)
        self._adam.step(gradients, learning_rate, rate.momentum, loss)
        self.model.hold_width()
        self.step += 1
        return metrics

    def _terms_and_gradients(
        self, batch: objectives.Batch, pressure: schedules.Pressure
    ) -> tuple[objectives.Terms, Sequence[Tensor]]:
        if self._is_written_out:
            noise = self._draw(len(batch.x), self.config.latent_dim)
            return fused_elbo.negative_elbo(self.model, batch.x, pressure.beta, noise)
        with self.model.products_in(PRECISIONS[self.config.precision]):
            terms = self._objective(self.model, batch, pressure, self._draw)
        return terms, torch.autograd.grad(terms.loss.mean(), list(self._parameters.values()))

    def _refuse_divergence(self, metrics: StepMetrics) -> None:
        bad = self._watch.first_bad(metrics.step, metrics.loss_sum)
        if bad is not None:
            check_tensors(bad, self._parameters, self.config, self.learning_rate)
            sums = metrics.reconstruction_sum, metrics.kl_sum, metrics.loss_sum
            names = zip(("reconstruction", "KL", "loss"), sums, strict=True)
            figures = ", ".join(f"{name} {value.item() / metrics.images:g}" for name, value in names)
            raise diverged(bad, f"{figures} nats", self.config, self.learning_rate)

    def _batch(self, rows: Tensor) -> objectives.Batch:
        known = None if self._labelled is None else self._at_most_a_batch(self._labelled)
        return objectives.Batch(
            self._pixels(rows),
            None if self._labels is None else self._labels[rows],
            None if known is None or self._labels is None else (self._pixels(known), self._labels[known]),
            dataset_size=len(self._images),
            labelled_size=0 if self._labelled is None else len(self._labelled),
            place=self._places(len(rows)) if self.config.spans_beta else None,
        )

    def _places(self, count: int) -> Tensor:
        """A β for each image, evenly over the range's logarithm: (B,), −1 to 1, one from each of B equal parts."""
        drawn = torch.rand(count, generator=self._noise, device=self._images.device)
        order = torch.randperm(count, generator=self._noise, device=self._images.device)
        return (order + drawn) * (2 / count) - 1

    def _pixels(self, rows: Tensor) -> Tensor:
        """Uint8 (N, C, H, W) -> float32 (B, C, H, W) in [0, 1], drawn black or white if the config says so."""
        x = scale(self._images.index_select(0, rows))
        return binarise(x, self._noise_like(torch.rand, tuple(x.shape))) if self.config.is_binarised else x

    def _at_most_a_batch(self, rows: Tensor) -> Tensor:
        """All of few rows, a batch drawn from many."""
        if len(rows) <= self.config.batch_size:
            return rows
        drawn = torch.randint(len(rows), (self.config.batch_size,), generator=self._noise, device=rows.device)
        return rows[drawn]

    def _draw(self, *shape: int) -> Tensor:
        return self._noise_like(torch.randn, shape)

    def _noise_like(self, draw: Callable[..., Tensor], shape: tuple[int, ...]) -> Tensor:
        """Noise for the rows of this process: those of the noise that one alone would draw for the whole batch."""
        whole = (self._batch_rows, *shape[1:]) if self._ranks else shape
        return draw(whole, generator=self._noise, device=self._images.device)[self._share]

    # Several processes

    def leave(self) -> None:
        """Tells the others, if there are any, that no step follows; of a training that is whole they know."""
        if self._ranks and self.step < self.total_steps:
            self._ranks.told([0.0, self.beta, self.learning_rate], self._images.device)

    def _join(self, ranks: Ranks) -> None:
        """Begins where the first process is."""
        noise, step = self._noise.get_state(), torch.tensor(self.step)
        ranks.take_over([*self._tensors().values(), noise, step])
        self._noise.set_state(noise)
        self.step = int(step)
        self._adam.restore(self._tensors(), self.step - self.first_step)

    def _is_to_go_on(self) -> bool:
        """Whether the first process makes another step; its settings are everybody's."""
        if self._ranks:
            now = self._ranks.told([1.0, self.beta, self.learning_rate], self._images.device)
            self.beta, self.learning_rate = now[1:]
            return bool(now[0])
        return True

    def _own(self, rows: Tensor) -> Tensor:
        """Of a batch, this process's share; where that would be nothing, all of it, which then counts nothing."""
        if not self._ranks:
            return rows
        share = self._ranks.rows(len(rows))
        self._weight = (share.stop - share.start) / len(rows)
        self._batch_rows, self._share = len(rows), share if self._weight else slice(None)
        return rows[self._share]

    def _of_all(self, gradients: Sequence[Tensor], sums: list[Tensor]) -> tuple[Sequence[Tensor], list[Tensor]]:
        """The gradients of the whole batch's mean, and its sums, from the shares'."""
        assert self._ranks
        shares = [gradient * self._weight for gradient in gradients]
        summed = self._ranks.summed([*shares, *(each * bool(self._weight) for each in sums)])
        return summed[: len(gradients)], summed[len(gradients) :]

    def _shuffled(self, epoch: int) -> Tensor:
        """The order of an epoch (from 0): the same for every device, and known without those before it."""
        generator = torch.Generator().manual_seed(_stream(self.config.seed, _ORDER, epoch))
        return torch.randperm(len(self._images), generator=generator).to(self._images.device)

    def _tensors(self) -> dict[str, Tensor]:
        return {f"model.{name}": tensor for name, tensor in self._parameters.items()} | self._adam.state()


def _expect_shapes(own: State, state: Mapping[str, npt.NDArray[Any]]) -> None:
    for name in sorted(own.keys() | state.keys()):
        expected, got = (values[name].shape if name in values else None for values in (own, state))
        if expected != got:
            raise ShapeMismatch(
                f"{name} of the checkpoint should have shape {expected} and has {got}; resume a run on the device "
                "and with the settings that it was begun with"
            )


def _stream(seed: int, *numbers: int) -> int:
    """Another 32 bits for each stream of a seed; torch's generator on the CPU takes no more of them."""
    return int(np.random.SeedSequence([seed, *numbers]).generate_state(1)[0])
