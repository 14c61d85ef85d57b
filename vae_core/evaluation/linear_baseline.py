"""Principal components as the model to beat: fitted to images in a moment, and scored as a run's network is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.architecture.linear_model import LinearModel, fitted
from vae_core.architecture.linear_onnx import log_scale_of, raw_of
from vae_core.config import TrainConfig
from vae_core.model.divergences import gaussian_kl
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.mapped_images import Images
from vae_core.model.networks import scale

MOST_IMAGES = 2000
MOST_SIDE = 1024  # of a matrix whose eigenvectors are asked for: what takes little of the memory that a training needs
MOST_PRODUCTS = 4e9  # of what is multiplied for that matrix: a fraction of a second
_BLOCK = 4096


def fit(images: Images, latent_dim: int) -> LinearModel:
    """Probabilistic PCA with latent_dim dimensions, of a sample of images uint8 (N, C, H, W): the same each time.

    By the eigenvectors of the covariance, or where there are more pixels than images of the images' inner products,
    which have the same eigenvalues: of images less their mean, which float32 holds well enough, added up in float64.
    """
    pixels = int(np.prod(images.shape[1:]))
    is_wide = pixels > MOST_SIDE
    most = min(MOST_SIDE, int((MOST_PRODUCTS / pixels) ** 0.5)) if is_wide else MOST_IMAGES
    centred = _some(images, most)
    mean = centred.mean(axis=0, dtype=np.float64)
    centred -= mean.astype(np.float32)
    values, axes = _principal(centred, latent_dim)
    total = float(np.einsum("np,np->n", centred, centred).sum(dtype=np.float64)) / len(centred)
    rest = (total - values.sum()) / max(1, pixels - latent_dim)
    return fitted(mean, axes, values, rest)


def _some(images: Images, most: int) -> npt.NDArray[np.float32]:
    """At most so many of the images, spread over all: float32 (n, P) from 0 to 1."""
    rows = np.sort(np.random.default_rng(0).permutation(len(images))[:most])
    flat: npt.NDArray[np.float32] = scale(images[torch.from_numpy(rows).to(images.device)].flatten(1)).cpu().numpy()
    return flat


def _principal(centred: npt.NDArray[np.float32], count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The largest variances (D,) of rows (n, P) that have mean 0, and their axes (P, D); zeros where there are none."""
    n, pixels = centred.shape
    is_wide = pixels > n
    product = np.zeros((min(n, pixels),) * 2)
    for start in range(0, pixels if is_wide else n, _BLOCK):
        block = centred[:, start : start + _BLOCK] if is_wide else centred[start : start + _BLOCK].T
        product += block @ block.T
    found, vectors = np.linalg.eigh(product / n)
    values, axes = np.zeros(count), np.zeros((pixels, count))
    for index in range(min(count, len(found))):
        if found[-1 - index] > 1e-9:
            axis = vectors[:, -1 - index]
            direction = axis @ centred if is_wide else axis
            values[index], axes[:, index] = found[-1 - index], direction / np.linalg.norm(direction)
    return values, axes


@torch.no_grad()
def score(model: LinearModel, config: TrainConfig, images: Tensor) -> tuple[float, float]:
    """Reconstruction and KL of images uint8 (N, C, H, W), nats per image, under the likelihood of a config.

    One draw of z for each image, the same each time; an autoencoder's is the posterior's mean, and its KL 0.
    """
    x = scale(images).cpu()
    mu, logvar = model.encode(x.flatten(1).numpy())
    kl = 0.0
    if not config.is_deterministic:
        noise = np.random.default_rng(0).standard_normal(mu.shape, dtype=np.float32)
        kl = float(gaussian_kl(torch.from_numpy(mu), torch.from_numpy(logvar)).double().mean())
        mu += np.exp(logvar / 2) * noise
    raw = torch.from_numpy(raw_of(model.decode(mu), config.likelihood)).view(x.shape)
    nats = LIKELIHOODS[config.likelihood].nats(raw, x, log_scale_of(model, config) or 0.0)
    return float(nats.double().mean()), kl
