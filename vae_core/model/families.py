"""What the three families of models do with labels: told none, told each image's, or told few and guessing the rest.

The facts are in `config.options`; here is the torch of it. A model has its family from its config, once, and whoever
evaluates, encodes or trains it asks that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vae_core.config import TrainConfig
from vae_core.errors import ShapeMismatch
from vae_core.model.mapped_images import Images

if TYPE_CHECKING:
    from vae_core.model.networks import VAE


@dataclass(frozen=True)
class Guesses:
    """The labels under which images are looked at, each (B,), or None for a model that is told none.

    log_q: (B, K), the logarithm of q(y|x) for each of K labels; None where there is but one, which is certain.
    """

    labels: Sequence[Tensor | None]
    log_q: Tensor | None = None


@dataclass(frozen=True)
class Family:
    """What a family does with images x (B, C, H, W) in [0, 1] and labels y (B,), None where they are not known.

    guesses: (model, x, y) -> the labels that terms of the ELBO are means over. encoder_labels: (model, x, y) -> the one
    label of each image, (B,) or None, that its place on the map is made with. unlabelled_nats: (model, x, nats) ->
    (B,), a bound on −log p(x) where no label is known; nats: y -> −ELBO (B,) under these labels, None for what the
    family guesses. known_rows: (config, labels (N,)) -> the training images whose label is used beside all images, or
    None.
    """

    guesses: Callable[[VAE, Tensor, Tensor | None], Guesses]
    encoder_labels: Callable[[VAE, Tensor, Tensor | None], Tensor | None]
    unlabelled_nats: Callable[[VAE, Tensor, Callable[[Tensor | None], Tensor]], Tensor]
    known_rows: Callable[[TrainConfig, Tensor], Tensor | None]


def training_labels(config: TrainConfig, images: Images, labels: Tensor | None) -> Tensor | None:
    """Labels (N,) int64 for a family that is told them, else None. Raises ShapeMismatch if they are missing."""
    if not config.family.is_told_labels:
        return None
    if labels is None or len(labels) != len(images):
        got = "none" if labels is None else f"{len(labels)}"
        raise ShapeMismatch(
            f"objective {config.objective} needs a label for each of {len(images)} images and got {got}; "
            "give the data set's labels as well"
        )
    return labels.to(images.device).long()


def _every_label(model: VAE, x: Tensor) -> list[Tensor]:
    """K labels, each for all images: (B,) int64."""
    return [torch.full((len(x),), label, device=x.device) for label in range(model.classes)]


def _mixture_nats(model: VAE, x: Tensor, nats: Callable[[Tensor | None], Tensor]) -> Tensor:
    """The bound of equally likely classes, −log 1/K Σ exp(ELBO of class y): (B,)"""
    by_class = torch.stack([nats(y) for y in _every_label(model, x)])  # (K, B)
    return math.log(model.classes) - by_class.neg().logsumexp(dim=0)  # (K, B) -> (B,)


def _evenly_known_rows(config: TrainConfig, labels: Tensor) -> Tensor:
    """As many images of each class as of the next, `labelled_images` in all, the same for a seed: rows, ascending."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(config.seed)).to(labels.device)
    by_class = [order[labels[order] == label] for label in range(int(labels.max()) + 1)]
    turns = torch.cat([torch.arange(len(rows), device=labels.device) for rows in by_class])
    first = torch.argsort(turns, stable=True)[: config.labelled_images]  # the first of each class, then the second…
    return torch.cat(by_class)[first].sort().values


FAMILIES: dict[str, Family] = {
    "plain": Family(
        guesses=lambda model, x, y: Guesses([None]),
        encoder_labels=lambda model, x, y: None,
        unlabelled_nats=lambda model, x, nats: nats(None),
        known_rows=lambda config, labels: None,
    ),
    "conditional": Family(
        guesses=lambda model, x, y: Guesses([y]),
        encoder_labels=lambda model, x, y: y,
        unlabelled_nats=_mixture_nats,
        known_rows=lambda config, labels: None,
    ),
    "semi-supervised": Family(
        guesses=lambda model, x, y: Guesses(_every_label(model, x), model.classify(x).log_softmax(dim=1)),
        encoder_labels=lambda model, x, y: model.classify(x).argmax(dim=1),  # (B, K) -> (B,)
        unlabelled_nats=lambda model, x, nats: nats(None),
        known_rows=_evenly_known_rows,
    ),
}
"""By `config.options.Family.name`."""
