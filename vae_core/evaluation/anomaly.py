"""Does the model know its own kind of image? −ELBO of held-out images against that of foreign ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from vae_core.config import TrainConfig
from vae_core.data import generated, registry
from vae_core.data.held_out_class import load_seen, seen
from vae_core.data.source import DataCard, Pixels
from vae_core.evaluation.held_out import image_terms, pixel_batches
from vae_core.model.networks import VAE

Scores = npt.NDArray[np.float64]
MOST_IMAGES = 1000
BINS = 40
_TAIL = 0.005  # of each kind's images, at either end, may fall off the histograms
_REACH = 3.0


@dataclass(frozen=True)
class Foreign:
    """One kind of foreign images. auroc: the probability that one of them has a higher −ELBO than a held-out image.

    counts: images per bin of `Anomalies.edges`.
    """

    title: str
    auroc: float
    mean_nats: float
    counts: tuple[int, ...]
    images: int


@dataclass(frozen=True)
class Anomalies:
    """edges: of the histograms' bins, in nats per image; what lies beyond them is counted in the outermost bins."""

    own_mean_nats: float
    own_counts: tuple[int, ...]
    own_images: int
    edges: tuple[float, ...]
    foreign: tuple[Foreign, ...]


def anomalies(model: VAE, root: Path | None = None, *, seed: int = 0) -> Anomalies:
    """−ELBO of up to `MOST_IMAGES` held-out images against as many of each foreign kind that is at hand.

    The kinds: the class left out of training, if there is one; every other data set on this machine, shrunk or enlarged
    to the model's size; noise; and the held-out images with their pixels shuffled, which have the same grey levels and
    no shape. Raises DatasetMissing or DatasetDamaged. Source: Nalisnick et al. 2019 (arXiv 1810.09136), who show that
    the score can fail: simpler images than its own may seem more probable to a model, and AUROC is then below ½.
    """
    config = model.config
    own = evenly(load_seen(model.card, config.left_out_class, "held-out", root).images, MOST_IMAGES)
    own_scores = scores(model, torch.from_numpy(own), seed=seed)
    kinds = left_out_images(config, model.card, root) | foreign_images(model.card, own, root, seed=seed)
    found = {title: scores(model, torch.from_numpy(images), seed=seed) for title, images in kinds.items()}
    edges = _edges(own_scores, list(found.values()))
    return Anomalies(
        own_mean_nats=float(own_scores.mean()),
        own_counts=_counts(own_scores, edges),
        own_images=len(own),
        edges=tuple(edges.tolist()),
        foreign=tuple(
            Foreign(title, auroc(own_scores, each), float(each.mean()), _counts(each, edges), len(each))
            for title, each in found.items()
        ),
    )


def auroc(own: Scores, foreign: Scores) -> float:
    """The probability that a foreign image's score exceeds an own one's, ties counting half. 0 to 1."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    is_foreign = np.repeat([0, 1], [len(own), len(foreign)])
    return float(roc_auc_score(is_foreign, np.concatenate([own, foreign])))


@torch.no_grad()
def scores(model: VAE, images: Tensor, *, seed: int = 0, batch_size: int = 250) -> Scores:
    """−ELBO of each image uint8 (N, C, H, W), with one draw from its posterior: (N,) nats; β = 1.

    An autoencoder's is its reconstruction alone. Labels are unknown: a conditional VAE's bound is that of equally
    likely classes, −log 1/K Σ exp(ELBO of class y); M2 infers them. Raises ShapeMismatch.
    """
    noise = torch.randn(len(images), model.config.latent_dim, generator=torch.Generator().manual_seed(seed))  # (N, D)
    batches = zip(pixel_batches(model.config, images, seed, batch_size), torch.split(noise, batch_size), strict=True)
    found = [_negative_elbo(model, x, rows.to(x.device)).double().cpu() for x, rows in batches]
    return torch.cat(found).numpy()


def _negative_elbo(model: VAE, x: Tensor, noise: Tensor) -> Tensor:
    """(B, C, H, W), (B, D) -> (B,)"""

    def nats(y: Tensor | None) -> Tensor:
        reconstruction, kl = image_terms(model, x, noise, y)
        return reconstruction + kl

    return model.family.unlabelled_nats(model, x, nats)


def foreign_images(card: DataCard, own: Pixels, root: Path | None = None, *, seed: int = 0) -> dict[str, Pixels]:
    """Foreign images for a data set, by a title that says what they are: uint8, as many as own (N, C, H, W).

    Of other data sets those alone that are real.
    """
    kinds: dict[str, Pixels] = {}
    for other, source in registry.datasets(root).items():
        is_alike = source.card.image_shape[0] == card.image_shape[0]
        is_real = not generated.is_generated(source.card)
        if other != card.name and is_alike and is_real and registry.is_available(other, root):
            kinds[source.card.title] = resized(
                evenly(registry.load(other, "held-out", root).images, len(own)), own.shape[2:]
            )
    generator = np.random.default_rng(seed)
    kinds["Shuffled pixels"] = generator.permuted(own.reshape(len(own), -1), axis=1).reshape(own.shape)
    kinds["Noise"] = generator.integers(0, 256, own.shape, dtype=np.uint8)
    return kinds


def left_out_images(config: TrainConfig, card: DataCard, root: Path | None = None) -> dict[str, Pixels]:
    """Held-out images of the class that training never saw, by a title; none if it saw them all."""
    held_out = registry.images_of(card, "held-out", root)
    unseen = np.delete(held_out.images, seen(held_out, config.left_out_class), axis=0)
    if not len(unseen) or card.classes is None:
        return {}
    name = card.classes[int(config.left_out_class)]
    return {f"Class {name}, left out": evenly(unseen, MOST_IMAGES)}


def evenly(images: Pixels, most: int) -> Pixels:
    """So many images at most, evenly spaced."""
    count = min(len(images), most)
    return images[np.arange(count) * len(images) // count]


def resized(images: Pixels, size: tuple[int, ...]) -> Pixels:
    """Images uint8 (N, C, H, W) at another height and width, by the mean over each new pixel's area."""
    grey = functional.interpolate(torch.from_numpy(images).float(), size=size, mode="area")
    return grey.round().to(torch.uint8).numpy()


def _edges(own: Scores, foreign: list[Scores]) -> Scores:
    """Bins as wide as the own scores ask for: what lies `_REACH` times their spread beyond them needs no bin."""
    low, high = (float(np.quantile(own, share)) for share in (_TAIL, 1 - _TAIL))
    room = _REACH * max(high - low, 1e-6)
    lowest = min([low, *(float(np.quantile(each, _TAIL)) for each in foreign)])
    highest = max([high, *(float(np.quantile(each, 1 - _TAIL)) for each in foreign)])
    return np.linspace(max(lowest, low - room), max(min(highest, high + room), low + 1e-6), BINS + 1)


def _counts(each: Scores, edges: Scores) -> tuple[int, ...]:
    counts, _ = np.histogram(np.clip(each, edges[0], edges[-1]), edges)
    return tuple(counts.tolist())
