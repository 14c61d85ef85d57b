"""A model looked at while it learns: its figures and its map, on images that it does not learn from."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.architecture.linear_model import LinearModel
from vae_core.data import registry
from vae_core.data.held_out_class import seen
from vae_core.data.source import DataCard, Split
from vae_core.errors import ConfigInvalid
from vae_core.evaluation import encode_all, evaluate, linear_baseline
from vae_core.model.mapped_images import Images, as_images
from vae_core.model.networks import VAE, as_tensor, at_beta, scale
from vae_core.runs import Embedding, Figures
from vae_core.runs.records import COLUMNS
from vae_core.training import Training
from vae_core.training.divergence_guard import check_finite, diverged
from vae_core.worker.factor_probe import FactorProbe

SCORED_IMAGES = 500
MAPPED_IMAGES = 2000


class HeldOutProbe:
    """Looks at a training's model as it is. Every method raises TrainingDiverged if that is no use any more.

    Raises what loading the data set raises, and ConfigInvalid as `mapped_images`.
    """

    def __init__(self, training: Training, card: DataCard, data_root: Path | None) -> None:
        self._training = training
        self._device = next(training.model.parameters()).device
        held_out = registry.images_of(card, "held-out", data_root)
        self._labels = held_out.labels
        self._images, self._known = on_device(held_out, self._device)
        self._seen = torch.from_numpy(seen(held_out, training.config.left_out_class)).to(self._device)
        self._scored = self._seen[torch.from_numpy(_sample(len(self._seen), SCORED_IMAGES)).to(self._device)]
        self._mapped = _sample(len(held_out.images), mapped_images())
        self.factors = FactorProbe(card, held_out.columns)

    def score(self) -> Figures:
        """On the same few images each time."""
        return self.evaluate(self._images[self._scored], self._known_of(self._scored))

    def score_all(self) -> Figures:
        """On all that is held out, but for the class left out."""
        return self.evaluate(self._images[self._seen], self._known_of(self._seen))

    def evaluate(self, images: Images, labels: Tensor | None) -> Figures:
        """On images uint8 (N, C, H, W) and labels int64 (N,), if there are any."""
        now = self._training
        figures = evaluate(now.model, images, labels)
        check_finite(now.step, figures.reconstruction_nats, figures.kl_nats, now.config, now.learning_rate)
        return figures

    def map(self) -> Embedding:
        """Where the same images lie each time."""
        return self._embed(self._mapped)

    def at_beta(self, beta: float) -> tuple[Figures, Embedding]:
        """What `score` and `map` say of a model that spans β, at one of them."""
        now, model = self._training, at_beta(self._training.model, beta)
        figures = evaluate(model, self._images[self._scored], self._known_of(self._scored))
        check_finite(now.step, figures.reconstruction_nats, figures.kl_nats, now.config, now.learning_rate)
        return figures, self._embed(self._mapped, model)

    def score_linear(self, model: LinearModel) -> tuple[float, float]:
        """Reconstruction and KL of a linear model on the images of `score`, nats per image."""
        return linear_baseline.score(model, self._training.config, self._images[self._scored])

    def map_linear(self, model: LinearModel) -> Embedding:
        """Where a linear model has the images of `map`."""
        chosen = self._images[torch.from_numpy(self._mapped).to(self._device)]
        mu, logvar = model.encode(scale(chosen.flatten(1)).cpu().numpy())
        labels = None if self._labels is None else self._labels[self._mapped]
        return Embedding(mu, logvar, labels, self._mapped, "held-out", 0)

    def map_all(self) -> Embedding:
        """Where all that is held out lies."""
        return self._embed(np.arange(len(self._images), dtype=np.int32))

    def _embed(self, index: npt.NDArray[np.int32], model: VAE | None = None) -> Embedding:
        now, chosen = self._training, torch.from_numpy(index).to(self._device)
        mu, logvar = encode_all.encode(model or now.model, self._images[chosen], self._known_of(chosen))
        if not (np.isfinite(mu).all() and np.isfinite(logvar).all()):
            raise diverged(now.step, "the map", now.config, now.learning_rate)
        labels = None if self._labels is None else self._labels[index]
        return Embedding(mu, logvar, labels, index, "held-out", now.step)

    def _known_of(self, rows: Tensor) -> Tensor | None:
        return None if self._known is None else self._known[rows]


def row_of(figures: Figures) -> dict[str, Any]:
    """What a held-out row holds: what the curves draw, and what the verdict on a run's health (`health`) needs."""
    names = [field.name for field in fields(Figures)]
    row = {name: getattr(figures, name) for name in COLUMNS if name in names}
    if figures.sigma_per_dim is not None:
        row["sigma_per_dim"] = [float(f"{sigma:.4g}") for sigma in figures.sigma_per_dim]
    return row


def on_device(
    split: Split, device: torch.device, chosen: npt.NDArray[np.intp] | None = None
) -> tuple[Images, Tensor | None]:
    """A split's images, uint8, and its labels, int64, if it has any. chosen: all, unless given, without a copy."""
    labels = split.labels if split.labels is None or chosen is None else split.labels[chosen]
    return as_images(split.images, device, chosen), as_tensor(labels, device)


def _sample(size: int, count: int) -> npt.NDArray[np.int32]:
    """The same count places out of size each time, in order; all, if there are no more."""
    chosen = np.random.default_rng(0).permutation(size)[:count]
    return np.sort(chosen).astype(np.int32)


def mapped_images() -> int:
    """How many images the map of a training shows: VAE_MAP_IMAGES, else 2,000. Raises ConfigInvalid.

    More take longer to encode, and since that may take only a share of the time, the map then comes less often.
    """
    text = os.environ.get("VAE_MAP_IMAGES", "").strip()
    if not text:
        return MAPPED_IMAGES
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise ConfigInvalid(f"VAE_MAP_IMAGES is {text[:40]!r}; expected a whole number such as 10000, or leave it out")
    return int(text[:9])
