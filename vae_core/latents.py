"""A data set seen from latent space."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core import datasets
from vae_core.models import VAE, build_vae, load_weights, scale
from vae_core.runs import Embedding, Run

Latents = npt.NDArray[np.float32]


@torch.no_grad()
def encode(model: VAE, images: Tensor, batch_size: int = 1000) -> tuple[Latents, Latents]:
    """The posterior of every image: mu and logvar, float32 (N, D) each, in the order of the images. No noise enters.

    images: uint8 (N, C, H, W), on the model's device. Raises ShapeMismatch.
    """
    posteriors = [model.encode(scale(batch)) for batch in torch.split(images, batch_size)]
    mu = torch.cat([posterior.mu for posterior in posteriors])  # [(B, D), …] -> (N, D)
    logvar = torch.cat([posterior.logvar for posterior in posteriors])
    return mu.cpu().numpy(), logvar.cpu().numpy()


def embed_split(run: Run, split: datasets.SplitName) -> bytes:
    """A whole split of a run's data set as its model sees it: the bytes of an `Embedding`, as the browser reads them.

    Raises DatasetMissing or DatasetDamaged, and what opening the run's weights raises.
    """
    data = datasets.load(run.config.dataset, split)
    model = build_vae(run.config)
    load_weights(model, run.weights())
    mu, logvar = encode(model, torch.from_numpy(data.images))
    index = np.arange(len(data.labels), dtype=np.int32)
    return Embedding(mu, logvar, data.labels, index, split, run.step).to_bytes()
