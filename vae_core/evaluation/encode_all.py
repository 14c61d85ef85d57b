"""Every image of a data set as its posterior: the points of the map."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.data import registry
from vae_core.data.source import SplitName
from vae_core.model.mapped_images import Images
from vae_core.model.networks import VAE, as_tensor, build_vae, load_weights, scale
from vae_core.runs import Embedding, Run

Latents = npt.NDArray[np.float32]


@torch.no_grad()
def encode(model: VAE, images: Images, labels: Tensor | None = None, batch_size: int = 250) -> tuple[Latents, Latents]:
    """The posterior of every image: mu and logvar, float32 (N, D) each, in the order of the images. No noise enters.

    images: uint8 (N, C, H, W), on the model's device. labels: (N,), for a conditional VAE, which sees the map of each
    image's own class; M2 takes the class that its classifier finds most probable, and the others look at none.
    Raises ShapeMismatch.
    """
    known = [None] * -(-len(images) // batch_size) if labels is None else torch.split(labels, batch_size)
    table = torch.empty(2, len(images), model.config.latent_dim)  # not a list: small tensors that stay pin large ones
    batches = zip(images.split(batch_size), known, torch.split(table, batch_size, dim=1), strict=True)
    for pixels, y, rows in batches:
        x = scale(pixels)
        posterior = model.encode(x, model.family.encoder_labels(model, x, y))
        rows[0], rows[1] = posterior.mu, posterior.logvar  # (B, D) each
    mu, logvar = table.numpy()
    return mu, logvar


def embed_split(run: Run, split: SplitName) -> bytes:
    """A whole split of a run's data set as its model sees it: the bytes of an `Embedding`, as the browser reads them.

    Raises DatasetMissing or DatasetDamaged, and what opening the run's weights raises.
    """
    data = registry.images_of(run.card, split)
    model = build_vae(run.config, run.card)
    load_weights(model, run.weights())
    mu, logvar = encode(model, torch.from_numpy(data.images), as_tensor(data.labels))
    index = np.arange(len(data.images), dtype=np.int32)
    return Embedding(mu, logvar, data.labels, index, split, run.step).to_bytes()
