"""What a learner sees of an image: its place in latent space, its pixels, or its principal components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from vae_core.data.source import Pixels
from vae_core.evaluation.encode_all import encode
from vae_core.model.networks import VAE

Features = npt.NDArray[np.float32]
LATENT, COMPONENTS, PIXELS = "latent space", "PCA", "pixels"
MOST_COMPONENTS = 50
MOST_FITTED = 5000
"""Images without labels that principal components are fitted to."""


@dataclass(frozen=True)
class Seen:
    """Images by each kind of features: pool, of which labels may be known, and tested; (N, F) each.

    Each kind is shifted and scaled as a whole, to mean 0 and a mean variance of 1 over the pool: which of its numbers
    vary much, stays to be seen.
    """

    pool: Mapping[str, Features]
    tested: Mapping[str, Features]
    latent_shift: npt.NDArray[np.float64]
    latent_width: float

    def as_seen(self, mu: Features) -> Features:
        """Other images' places in latent space (n, D), shifted and scaled as these."""
        return _moved(mu, self.latent_shift, self.latent_width)


def seen(model: VAE, pool: Pixels, tested: Pixels, *, seed: int = 0) -> Seen:
    """All kinds of features of images uint8 (N, C, H, W). The model is told no label."""
    latent = [latent_means(model, each) for each in (pool, tested)]
    pixels = [_pixels(each) for each in (pool, tested)]
    kinds = {LATENT: latent, COMPONENTS: _components(pixels, seed), PIXELS: pixels}
    moves = {name: _move(each[0]) for name, each in kinds.items()}
    pools, asked = ({name: _moved(each[part], *moves[name]) for name, each in kinds.items()} for part in (0, 1))
    return Seen(pools, asked, *moves[LATENT])


def latent_means(model: VAE, images: Pixels) -> Features:
    """The posteriors' means of images uint8 (N, C, H, W), of which no label is told: (N, D)."""
    mu, _ = encode(model, torch.from_numpy(np.ascontiguousarray(images)))
    return mu


def _pixels(images: Pixels) -> Features:
    return np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)


def _components(pixels: list[Features], seed: int) -> list[Features]:
    """By scikit-learn's PCA, fitted to the pool."""
    from sklearn.decomposition import PCA  # noqa: PLC0415  1 s and 100 MB, for whoever asks

    pool = pixels[0]
    rows = np.random.default_rng(seed).permutation(len(pool))[:MOST_FITTED]
    found = PCA(min(MOST_COMPONENTS, len(rows), pool.shape[1]), random_state=seed).fit(pool[rows])
    return [found.transform(each).astype(np.float32) for each in pixels]


def _move(pool: Features) -> tuple[npt.NDArray[np.float64], float]:
    """What to shift and scale by: (F,), and one number."""
    width = float(np.sqrt(pool.var(axis=0, dtype=np.float64).mean()))
    return pool.mean(axis=0, dtype=np.float64), max(width, 1e-6)


def _moved(features: Features, shift: npt.NDArray[np.float64], width: float) -> Features:
    return ((features - shift) / width).astype(np.float32)
