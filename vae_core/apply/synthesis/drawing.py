"""Images drawn from a model: from its prior, from where its images lie, around chosen ones, or class by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from vae_core.apply.synthesis.origins import AROUND, CLASSES, MIXTURE, PRIOR
from vae_core.data.source import Labels, Pixels
from vae_core.errors import ConfigInvalid
from vae_core.evaluation.encode_all import encode
from vae_core.latent import aggregate_posterior, mixtures
from vae_core.model.networks import VAE, as_tensor

Places = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
COMPONENTS, COMPONENTS_A_CLASS = 20, 4
NEIGHBOURS = 5
_DRAWS_OF_EACH = 20  # of an image's posterior, for a Gaussian of few images
_ENOUGH = 60  # images of a class for a mixture of its own
_BATCH = 256


@dataclass(frozen=True)
class Reference:
    """Real images as a model sees them. mu, logvar: (N, D); labels: (N,), None where none is known."""

    mu: npt.NDArray[np.float32]
    logvar: npt.NDArray[np.float32]
    labels: Labels | None

    def __getitem__(self, rows: Rows) -> Reference:
        return Reference(self.mu[rows], self.logvar[rows], None if self.labels is None else self.labels[rows])


@dataclass(frozen=True)
class Synthesised:
    """images: uint8 (n, C, H, W), the decoded means. labels: (n,), or None. z: (n, D). around: (n,), the row of the
    real image that each was drawn around; −1 for none.
    """

    images: Pixels
    labels: Labels | None
    z: npt.NDArray[np.float32]
    around: Rows


def reference(model: VAE, images: Pixels, labels: Labels | None) -> Reference:
    """Real images uint8 (N, C, H, W), encoded; a conditional model is told their labels."""
    mu, logvar = encode(model, torch.from_numpy(np.ascontiguousarray(images)), as_tensor(labels))
    return Reference(mu, logvar, labels)


def why_not(model: VAE, origin: str, known: Reference) -> str:
    """Why images cannot be drawn so, as a sentence; "" if they can."""
    if origin == PRIOR and model.config.is_deterministic:
        return "an autoencoder has no prior to draw from; draw from the mixture, around images, or class by class"
    if origin == CLASSES and known.labels is None:
        return "these images are of no class; draw from the prior, the mixture, or around images"
    if origin == MIXTURE and len(known.mu) < 2 * mixtures.FEWEST_IMAGES:
        return f"a mixture needs {2 * mixtures.FEWEST_IMAGES} images, and there are {len(known.mu)}; take more"
    return ""


def draw(  # noqa: PLR0913
    model: VAE, origin: str, count: int, known: Reference, *, spread: float = 1.0, seed: int = 0
) -> Synthesised:
    """So many images, the same for a seed. known: the real images that they are drawn like.

    Labels: of the class, or of the image around which one was drawn; else what the nearest real images in latent space
    mostly are, or what a conditional model was told, each class as often. spread: of draws around images, in standard
    deviations of their posteriors; of an autoencoder, in tenths of those of all codes. Raises ConfigInvalid.
    """
    if reason := why_not(model, origin, known):
        raise ConfigInvalid(f"origin: {reason}")
    random = np.random.default_rng(seed)
    around = np.full(count, -1)
    labels: Labels | None = None
    if origin == AROUND:
        around = random.permutation(np.arange(count) % len(known.mu))
        noise = random.standard_normal((count, known.mu.shape[1]))
        z = known.mu[around] + spread * _widths(model, known)[around] * noise
        labels = None if known.labels is None else known.labels[around]
    elif origin == CLASSES:
        labels, z = _class_by_class(model, count, known, seed)
    elif origin == MIXTURE:
        z = _mixture(known, COMPONENTS, count, seed)
    else:
        z = random.standard_normal((count, known.mu.shape[1]))
    if labels is None and known.labels is not None:
        labels = _evenly(model.classes, count) if model.config.is_conditional else nearest_labels(z, known)
    return Synthesised(decoded(model, z, labels), labels, z.astype(np.float32), around)


@torch.no_grad()
def decoded(model: VAE, z: Places, labels: Labels | None) -> Pixels:
    """Places (n, D) as the means of what they are decoded to: uint8 (n, C, H, W)."""
    y = as_tensor(labels) if model.config.is_conditional else None
    parts = torch.split(torch.from_numpy(z.astype(np.float32)), _BATCH)
    told = [None] * len(parts) if y is None else torch.split(y, _BATCH)
    images = torch.cat([model.image(*pair).clamp(0, 1) for pair in zip(parts, told, strict=True)])
    return (images * 255).round().to(torch.uint8).numpy()


def nearest_labels(z: npt.NDArray[np.floating], known: Reference) -> Labels:
    """What most of the five nearest real images are: (n, D) -> (n,)"""
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    found = KNeighborsClassifier(min(NEIGHBOURS, len(known.mu))).fit(known.mu, known.labels).predict(z)
    return np.asarray(found, dtype=np.uint32)


def _widths(model: VAE, known: Reference) -> Places:
    """How far draws around each image go: (N, D)"""
    if model.config.is_deterministic:
        return np.broadcast_to(0.1 * known.mu.std(axis=0, dtype=np.float64), known.mu.shape)
    return np.exp(0.5 * known.logvar.astype(np.float64))


def _class_by_class(model: VAE, count: int, known: Reference, seed: int) -> tuple[Labels, Places]:
    """Of each class as many: labels (n,), and z from the prior of a model that is told them, else from the class's own
    density.
    """
    assert known.labels is not None
    classes = np.unique(known.labels)
    labels = classes[_evenly(len(classes), count)].astype(np.uint32)
    if model.config.is_conditional and not model.config.is_deterministic:
        return labels, np.random.default_rng(seed).standard_normal((count, known.mu.shape[1]))
    z = np.empty((count, known.mu.shape[1]))
    for label in classes:
        rows = labels == label
        z[rows] = _like(known[np.flatnonzero(known.labels == label)], int(rows.sum()), seed + int(label))
    return labels, z


def _like(known: Reference, count: int, seed: int) -> Places:
    """Draws like images of one class: of many from a mixture, of few from one Gaussian, held towards a round one."""
    if len(known.mu) >= _ENOUGH:
        return _mixture(known, COMPONENTS_A_CLASS, count, seed)
    from sklearn.covariance import LedoitWolf  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    draws = [
        aggregate_posterior.draws(known.mu, known.logvar, seed=seed * _DRAWS_OF_EACH + each)
        for each in range(_DRAWS_OF_EACH)
    ]
    found = LedoitWolf().fit(np.concatenate(draws))
    return np.random.default_rng(seed).multivariate_normal(found.location_, found.covariance_, count, method="cholesky")


def _mixture(known: Reference, components: int, count: int, seed: int) -> Places:
    found, _ = mixtures.fit(known.mu, known.logvar, min(components, len(known.mu) // 2), seed=seed)
    return found.draws(count, seed=seed)


def _evenly(classes: int, count: int) -> Labels:
    return (np.arange(count) % classes).astype(np.uint32)
