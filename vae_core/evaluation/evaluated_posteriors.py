"""The posteriors that an evaluation's KL is the mean of: of each image as it was looked at, under each of its labels.

They differ from the points of the map, which are of grey pixels, of each image's likeliest label, and of all classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_core.data.held_out_class import load_seen
from vae_core.data.source import Labels
from vae_core.evaluation.held_out import label_kl, pixel_batches
from vae_core.model.networks import VAE, as_tensor, build_vae, load_weights
from vae_core.runs import Run

BATCH = 250


@dataclass(frozen=True)
class Posteriors:
    """Diagonal posteriors N(mu, exp(logvar)) of N images, each under K labels: of M2; for all others K is 1.

    mu, logvar: float32 (N, K, D). shares: float64 (N, K), q(y|x), which adds up to 1 for each image. label_kl_nats: the
    mean KL of q(y|x) from equally likely labels, None where a label is known or there is none. labels: (N,) or None.
    """

    mu: Tensor
    logvar: Tensor
    shares: Tensor
    label_kl_nats: float | None
    labels: Labels | None

    @property
    def means(self) -> npt.NDArray[np.float64]:
        """Where each image lies: its posterior's mean, for M2 the mean under q(y|x). (N, D)"""
        return (self.mu.double() * self.shares[:, :, None]).sum(dim=1).numpy()  # (N, K, D) -> (N, D)

    def flat(self) -> tuple[Tensor, Tensor, Tensor]:
        """All of them: mu, logvar (N · K, D), and the weight of each in their mean, (N · K,), 1 together."""
        return self.mu.flatten(0, 1), self.logvar.flatten(0, 1), self.shares.flatten() / len(self.shares)

    def one_of_each(self, seed: int = 0) -> tuple[Tensor, Tensor]:
        """One posterior for each image, its label drawn from q(y|x): mu, logvar (N, D)."""
        drawn = torch.multinomial(self.shares, 1, generator=torch.Generator().manual_seed(seed))[:, 0]  # (N, K) -> (N,)
        rows = torch.arange(len(drawn))
        return self.mu[rows, drawn], self.logvar[rows, drawn]


def posteriors_of(run: Run, data_root: Path | None = None) -> Posteriors:
    """Those of a complete run's evaluation.

    From the run alone where its embedding holds them; where pixels or labels were drawn or guessed, the images are
    encoded again, which raises DatasetMissing or DatasetDamaged where they are not on this machine.
    """
    config = run.config
    if config.is_binarised or config.family.infers_labels:
        split = load_seen(run.card, config.left_out_class, "held-out", data_root or run.data_root())
        model = build_vae(config, run.card)
        load_weights(model, run.weights())
        return encode(model, torch.from_numpy(split.images), split.labels)
    found = run.embedding()
    mu, logvar, labels = found.mu, found.logvar, found.labels
    if labels is not None and config.left_out_class != "none":
        kept = labels != int(config.left_out_class)
        mu, logvar, labels = mu[kept], logvar[kept], labels[kept]
    shares = torch.ones(len(mu), 1, dtype=torch.float64)
    return Posteriors(torch.from_numpy(mu)[:, None], torch.from_numpy(logvar)[:, None], shares, None, labels)


@torch.no_grad()
def encode(model: VAE, images: Tensor, labels: Labels | None, *, seed: int = 0) -> Posteriors:
    """The posteriors of images uint8 (N, C, H, W), with the pixels that `held_out.evaluate` draws for a seed."""
    found, shares, label_nats = [], [], []
    known = as_tensor(labels)
    y = [None] * -(-len(images) // BATCH) if known is None else torch.split(known, BATCH)
    for x, own in zip(pixel_batches(model.config, images, seed, BATCH), y, strict=True):
        guesses = model.family.guesses(model, x, own)
        each = [model.encode(x, label) for label in guesses.labels]  # K posteriors of B images
        found.append(torch.stack([torch.stack([one.mu, one.logvar]) for one in each], dim=2))  # (2, B, K, D)
        if guesses.log_q is None:
            shares.append(torch.ones(len(x), 1, dtype=torch.float64))
        else:
            shares.append(guesses.log_q.double().softmax(dim=1))
            label_nats.append(label_kl(guesses.log_q).double())
    mu, logvar = torch.cat(found, dim=1)
    return Posteriors(
        mu, logvar, torch.cat(shares), torch.cat(label_nats).mean().item() if label_nats else None, labels
    )
