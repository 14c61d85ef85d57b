"""M2 on features: a semi-supervised VAE that reads few labels and all features, labelled or not.

On the latent space of another model this is what Kingma et al. 2014 (arXiv 1406.5298), section 2.3, call M1+M2.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch

from vae_core.apply.labelling.features import Features
from vae_core.config import TrainConfig, parse_config
from vae_core.config.options import with_setting
from vae_core.config.schedules import Pressure
from vae_core.data.source import DataCard
from vae_core.model.networks import VAE, build_vae
from vae_core.model.objectives import Batch, objective
from vae_core.training.optimiser import Adam

STEPS = 100
BATCH = 32
LEARNING_RATE = 1e-2
HIDDEN = 64
SIGMA = 0.5
"""Of a feature around what is decoded: features vary by about 1."""
(NAME,) = with_setting("labelled_images")


def probabilities(  # noqa: PLR0913
    pool: Features,
    known: npt.NDArray[np.intp],
    labels: npt.NDArray[np.int64],
    asked: Features,
    classes: int,
    *,
    steps: int = STEPS,
    seed: int = 0,
) -> npt.NDArray[np.float64]:
    """q(y|x) of features asked for (n, F), as (n, K), after a training on a pool (N, F) of which few have labels.

    known: (L,) rows of the pool that have; labels: (L,) of these, 0 to K − 1. The same for a seed.
    """
    model = _model(pool.shape[1], classes, len(pool), seed)
    _train(model, torch.from_numpy(pool), torch.from_numpy(known), torch.from_numpy(labels), steps=steps, seed=seed)
    with torch.no_grad():
        found = model.classify(_as_images(torch.from_numpy(asked))).softmax(dim=1)
    return found.double().numpy()


def _model(width: int, classes: int, count: int, seed: int) -> VAE:
    """A small one, to which a row of features is an image one pixel high."""
    names = tuple(str(each) for each in range(classes))
    card = DataCard("features", "Features", (1, 1, width), names, "class", max(1, count), 1)
    return build_vae(_config(min(10, width), seed), card)


def _config(latent_dim: int, seed: int) -> TrainConfig:
    return parse_config(
        {
            "objective": NAME, "architecture": "mlp", "hidden_sizes": (HIDDEN,), "latent_dim": latent_dim,
            "likelihood": "gaussian", "gaussian_sigma": SIGMA, "seed": seed,
        }
    )  # fmt: skip


def _train(  # noqa: PLR0913
    model: VAE, pool: torch.Tensor, known: torch.Tensor, labels: torch.Tensor, *, steps: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    parameters = dict(model.named_parameters())
    adam, loss_of = Adam(parameters), objective(NAME)
    labelled = _as_images(pool[known])

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    for step in range(steps):
        rows = torch.randint(len(pool), (min(BATCH, len(pool)),), generator=generator)
        told = torch.randint(len(known), (min(BATCH, len(known)),), generator=generator)
        batch = Batch(
            _as_images(pool[rows]), labelled=(labelled[told], labels[told]),
            dataset_size=len(pool), labelled_size=max(len(known), len(pool) // 10),
        )  # fmt: skip
        loss = loss_of(model, batch, Pressure(), draw).loss.mean()
        rate = LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        adam.step(torch.autograd.grad(loss, list(parameters.values())), rate, 0.9, loss)


def _as_images(features: torch.Tensor) -> torch.Tensor:
    """(n, F) -> (n, 1, 1, F)"""
    return features[:, None, None]
