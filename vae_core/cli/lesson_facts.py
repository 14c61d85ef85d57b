"""What the lessons tell of their models, measured: made by `make pretrained-lessons` after the training.

Facts come out bit by bit the same on equal processors and versions. Times do not, and lie in a file of their own.
"""

from __future__ import annotations

import sys
import time
from math import ceil, prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from vae_core.architecture.layers import weight_shapes
from vae_core.cli.pretraining import THREADS
from vae_core.config import TrainConfig, parse_config
from vae_core.data import registry
from vae_core.data.source import SplitName
from vae_core.evaluation import evaluate
from vae_core.evaluation.encode_all import encode
from vae_core.latent import aggregate_posterior
from vae_core.model.networks import VAE, build_vae, load_weights, scale
from vae_core.runs import Figures, lesson_records, open_directory
from vae_core.runs.lesson_records import CONFIGS, FACTS, TIMING, Facts, Shrunk, Timing
from vae_core.training import Training

SIZES = (250, 1000, 8000, 60_000)
STEPS = 469  # an epoch of all: as many for few images as for many, so that only what is seen differs
TIMED_STEPS = 60
DATASET = lesson_records.SHARED["dataset"]
SHOWN = 1000


def measure(root: Path, data_root: Path | None = None) -> None:
    """Writes facts.json and timing.json beside the lessons' runs in root.

    Raises DatasetMissing, DiskRefused, and what opening the runs raises.
    """
    torch.set_num_threads(THREADS)
    train, held_out = (_images(split, data_root) for split in ("train", "held-out"))
    facts, seconds = {}, {}
    for run_id, config in tqdm(CONFIGS.items(), unit="model", file=sys.stderr, disable=None):
        model = build_vae(config)
        load_weights(model, open_directory(root / run_id).weights())
        shrunk = [shrink(config, train, held_out, size) for size in SIZES] if run_id in lesson_records.COMPARED else []
        facts[run_id] = _facts(model, held_out, tuple(shrunk))
        seconds[run_id] = epoch_s(config, train)
    lesson_records.write(root, FACTS, facts)
    lesson_records.write(root, TIMING, Timing(THREADS, seconds))


def shrink(config: TrainConfig, train: Tensor, held_out: Tensor, size: int, steps: int = STEPS) -> Shrunk:
    """The config's network trained anew on the first images, for so many steps or up to an epoch fewer.

    train, held_out: uint8 (N, C, H, W).
    """
    seen = train[:size]
    epochs = max(1, steps // ceil(len(seen) / config.batch_size))
    model, made = _trained(parse_config(config.model_dump() | {"epochs": epochs}), seen)
    on_train, on_held_out = evaluate(model, seen), evaluate(model, held_out)
    return Shrunk(len(seen), made, *_pair(on_train, on_held_out, "reconstruction_nats"),
                  *_pair(on_train, on_held_out, "negative_elbo_nats"))  # fmt: skip


def undecided_nats(images: Tensor) -> float:
    """The mean entropy of a pixel that is white with probability x: (B, C, H, W) in [0, 1]. Nats, at most log 2."""
    x = images.double()
    entropy = -(torch.special.xlogy(x, x) + torch.special.xlogy(1 - x, 1 - x))
    return float(entropy.mean())


def epoch_s(config: TrainConfig, train: Tensor) -> float:
    """Seconds of the processor for an epoch over train: the fastest step times their number. Others' work counts least.

    On one thread of a machine that does nothing else, that is also what a clock would say.
    """
    training = Training(build_vae(config), train, config)
    steps, took = training.steps(), []
    for _ in range(TIMED_STEPS):
        started = time.process_time()
        next(steps)
        took.append(time.process_time() - started)
    return round(min(took) * training.steps_per_epoch, 3)


@torch.no_grad()
def _facts(model: VAE, held_out: Tensor, shrunk: tuple[Shrunk, ...]) -> Facts:
    mu, logvar = encode(model, held_out)
    z = torch.from_numpy(np.random.default_rng(0).standard_normal((SHOWN, mu.shape[1]))).float()
    shown = scale(held_out[:SHOWN])
    shapes = weight_shapes(model.config, model.card)
    return Facts(
        parameters=sum(prod(shape) for shape in shapes.values()),
        prior_share_in_smoothed_holes=aggregate_posterior.prior_share_in_holes(
            mu, aggregate_posterior.smoothed(mu, logvar)
        ),
        real_undecided_nats=undecided_nats(shown),
        reconstructed_undecided_nats=undecided_nats(model.image(torch.from_numpy(mu[:SHOWN]))),
        generated_undecided_nats=undecided_nats(model.image(z)),
        shrunk=shrunk,
    )


def _trained(config: TrainConfig, images: Tensor) -> tuple[VAE, int]:
    model = build_vae(config)
    training = Training(model, images, config)
    for _ in training.steps():
        pass
    return model, training.step


def _pair(one: Figures, other: Figures, name: str) -> tuple[float, float]:
    return getattr(one, name), getattr(other, name)


def _images(split: SplitName, data_root: Path | None) -> Tensor:
    return torch.from_numpy(registry.load(str(DATASET), split, data_root).images)
