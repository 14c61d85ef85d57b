"""Every image of a data set as its posterior: the points of the map, or rows of a table with all that is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.data import registry
from vae_core.data.source import DataCard, Labels, Pixels, Split, SplitName
from vae_core.model.mapped_images import Images
from vae_core.model.networks import VAE, as_tensor, build_vae, load_weights, scale
from vae_core.runs import Embedding, Run

Latents = npt.NDArray[np.float32]
Rows = dict[str, npt.NDArray[Any]]
FILE = "file"
_BATCH = 250
_SPLITS: tuple[SplitName, ...] = ("train", "held-out")


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


# As rows of a table


def embedding_rows(run: Run) -> Rows:
    """A complete run's posteriors by column, (N,) each; of all images if these are on this machine, else of its map's;
    of the map's, too, where the model was made elsewhere.

    split, index: "train" or "held-out", and which of that split's images. mu_0, …, logvar_0, …: float32. label, class:
    its number and name, where images are of a class. Only where images are here: digest, the SHA-256 of an image's
    pixels; decoded_mse, the mean squared error of the decoded mean at mu, in units of full white squared; decoded_nats,
    −log p(x|z = mu), nats; file, and all further columns of the data set.
    Raises RunMissing, CheckpointDamaged or DatasetDamaged.
    """
    root = run.data_root()
    if run.imported or registry.why_no_images(run.card, root):
        kept = run.embedding()
        labels = kept.labels
        return _posteriors(kept.split, kept.index, kept.mu, kept.logvar) | _classes(labels, run.card)
    model = build_vae(run.config, run.card)
    load_weights(model, run.weights())
    parts = [_rows_of(model, split, registry.images_of(run.card, split, root), run.card) for split in _SPLITS]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if all(name in p for p in parts)}


def _rows_of(model: VAE, split: SplitName, data: Split, card: DataCard) -> Rows:
    mu, logvar = encode(model, torch.from_numpy(data.images), as_tensor(data.labels))
    errors = _errors(model, mu, data.images, data.labels)
    digests = [hashlib.sha256(image.tobytes()).hexdigest() for image in data.images]
    ours = _posteriors(split, np.arange(len(mu), dtype=np.int32), mu, logvar) | _classes(data.labels, card)
    ours |= {"digest": np.array(digests), "decoded_mse": errors[0], "decoded_nats": errors[1]}
    return ours | {f"data: {name}" if name in ours else name: column for name, column in _columns(data)}


def _posteriors(split: SplitName, index: npt.NDArray[np.int32], mu: Latents, logvar: Latents) -> Rows:
    means = {f"mu_{dim}": column for dim, column in enumerate(mu.T)}
    return {"split": np.full(len(index), split), "index": index, **means} | {
        f"logvar_{dim}": column for dim, column in enumerate(logvar.T)
    }


def _classes(labels: Labels | None, card: DataCard) -> Rows:
    if labels is None:
        return {}
    names = {"class": np.array(card.classes)[labels]} if card.classes else {}
    return {"label": labels, **names}


def _columns(data: Split) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """What the data set knows besides; the names of files first. Of several numbers at once a column each."""
    for name in sorted(data.columns, key=lambda name: name != FILE):
        column = data.columns[name]
        if column.ndim == 1:
            yield name, column
        else:
            yield from ((f"{name} {each}", column[:, each]) for each in range(column.shape[1]))


@torch.no_grad()
def _errors(model: VAE, mu: Latents, images: Pixels, labels: Labels | None) -> npt.NDArray[np.float32]:
    """(2, N): mean squared error, and nats, of what the posteriors' means are decoded to."""
    errors = np.empty((2, len(mu)), dtype=np.float32)
    for start in range(0, len(mu), _BATCH):
        rows = slice(start, start + _BATCH)
        x, z = scale(torch.from_numpy(images[rows])), torch.from_numpy(mu[rows])
        y = model.family.encoder_labels(model, x, None if labels is None else as_tensor(labels[rows]))
        errors[0, rows] = (model.image(z, y) - x).square().flatten(1).mean(1)
        errors[1, rows] = model.reconstruction_nats(z, x, y)
    return errors
