"""`python -m tests.bench.train_quality --data`: each row of `config.usual`, by its defaults, against PCA's map.

Pictures are those at hand: digits, MNIST, CIFAR-10's test pictures as they are and enlarged, shapes that are drawn. A
row for more pictures than there are is timed on what there are and reckoned for the rest.
"""

import io
import os
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from math import ceil
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from PIL import Image

from tests.bench.report import Figure, single
from vae_core.config import TrainConfig, parse_config, usual
from vae_core.data import registry
from vae_core.data.shapes import DRAWINGS
from vae_core.data.source import DataCard, Pixels, Split
from vae_core.data.statistics import data_facts
from vae_core.evaluation import evaluate, linear_baseline
from vae_core.model.networks import build_vae
from vae_core.training import train
from vae_core.worker.training_process import settle_heap

THREE_MINUTES_S = 180.0


@cache
def cifar() -> list[Image.Image]:
    """CIFAR-10's 10,000 test pictures, in an order that mixes classes."""
    with zipfile.ZipFile(Path(os.environ["VAE_DATA_DIR"]) / "cifar10/test.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.lower().endswith((".jpg", ".jpeg", ".png")))
        mixed = [names[place] for place in np.random.default_rng(0).permutation(len(names))]
        return [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in mixed]


def of_cifar(count: int, side: int) -> Split:
    pictures = [each.resize((side, side), Image.Resampling.BICUBIC) for each in cifar()[:count]]
    return Split(np.stack([np.asarray(each) for each in pictures]).transpose(0, 3, 1, 2).copy())


def of_shapes(count: int) -> Split:
    drawing, numbers = DRAWINGS["shapes"], np.arange(count)
    return Split(np.concatenate([drawing.draw(drawing.factors(part, 0)) for part in np.array_split(numbers, 20)]))


def of_mnist(count: int) -> Split:
    return Split(registry.load("mnist", "all").images[-count:])


ROWS: dict[str, Callable[[], Split]] = {
    "8×8 grey": lambda: registry.load("digits", "all"),
    "28×28 grey, 10,000": lambda: of_mnist(11_000),
    "28×28 grey, 60,000": lambda: of_mnist(66_000),
    "32×32 colour, 9,000": lambda: of_cifar(10_000, 32),
    "32×32 colour, 50,000": lambda: Split(
        np.concatenate([of_cifar(10_000, 32).images] * 5 + [of_cifar(5_000, 32).images])
    ),
    "64×64 colour, 4,500": lambda: of_shapes(5_000),
    "64×64 photographs, 4,500": lambda: of_cifar(5_000, 64),
    "128×128 photographs, 1,800": lambda: of_cifar(2_000, 128),
}


def card_of(train_images: Pixels, held_out: Pixels) -> DataCard:
    shape = train_images.shape[1:]
    facts = data_facts(train_images)
    return DataCard("measured", "Measured", shape, None, "none", len(train_images), len(held_out), statistics=facts)


def figures_of(name: str, overrides: dict[str, str], longest_s: float) -> list[Figure]:
    """One row: nats per image below principal components with as many dimensions, and seconds."""
    images = ROWS[name]().images
    cut = len(images) - len(images) // 11 - 1
    card = card_of(images[:cut], images[cut:])
    config = parse_config({**usual.settings(card), "device": "cpu", **overrides})
    train_images, held_out = (torch.from_numpy(np.ascontiguousarray(part)) for part in (images[:cut], images[cut:]))
    model, seconds, share = trained(config, card, train_images, longest_s)
    found = evaluate(model, held_out)
    linear = sum(linear_baseline.score(linear_baseline.fit(train_images, config.latent_dim), config, held_out))
    sizes = config.channels if config.architecture == "conv" else config.hidden_sizes
    what = f"{name}: {config.architecture} {'-'.join(map(str, sizes))}, {config.likelihood}, {config.epochs} epochs"
    note = f"KL {found.kl_nats:.1f}, {found.active_units} active units"
    print(f"{what}: {found.negative_elbo_nats:.1f} nats, PCA {linear:.1f}; {note}", file=sys.stderr, flush=True)
    gain = linear - found.negative_elbo_nats
    return [
        Figure(
            f"nats below PCA, {what}", gain, 0, "nats", note if share == 1 else f"after {share:.0%}; {note}", None, True
        ),
        single(f"training, {what}", seconds, THREE_MINUTES_S, "s", "" if share == 1 else "reckoned"),
    ]


def trained(
    config: TrainConfig, card: DataCard, images: torch.Tensor, longest_s: float
) -> tuple[torch.nn.Module, float, float]:
    """A model, how long all steps take, and the share of them that was made, which ends after longest_s."""
    settle_heap()
    model = build_vae(config, card)
    steps, made, started = config.epochs * ceil(len(images) / config.batch_size), 0, perf_counter()
    for metrics in train(model, images, config):
        made = metrics.step
        if perf_counter() - started > longest_s:
            break
    return model, (perf_counter() - started) * steps / made, made / steps
