"""`make bench-quality`: held-out -ELBO on MNIST of the recipes that the app offers, over five seeds.

    python -m tests.bench.train_quality --only map --with learning_rate=6e-3 hidden_sizes=512,256
    python -m tests.bench.train_quality --data                      each row of the table of usual settings

Needs MNIST (VAE_DATA_DIR, or ../shared/data beside the project) and, for the minute, a quiet machine.
"""

import argparse
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from tests.bench import data_quality
from tests.bench.report import Figure, median, table
from vae_core.config import TrainConfig, parse_config, total_steps
from vae_core.config.options import RECIPES
from vae_core.data import registry
from vae_core.errors import ConfigInvalid
from vae_core.evaluation import evaluate
from vae_core.model.networks import VAE, build_vae
from vae_core.training import train

ROOT = Path(__file__).parents[2]
MINUTE_S = 60.0


@dataclass(frozen=True)
class Recipe:
    """Settings, and the bars for held-out -ELBO. epochs: None for as many as fit in a minute."""

    title: str
    based_on: str  # in RECIPES
    bar: float
    stretch: float
    epochs: int | None = 12
    changes: dict[str, Any] = field(default_factory=dict)

    def config(self, seed: int, epochs: int, overrides: dict[str, str]) -> TrainConfig:
        """The recipe as the sidebar's button would set it, but for what is given."""
        values = {"dataset": "mnist", "device": "cpu", **RECIPES[self.based_on][1], **self.changes, **overrides}
        return parse_config({**values, "epochs": epochs, "seed": seed})


RECIPES_MEASURED = {
    "map": Recipe("2-D, grey pixels", "Finest map", 143.5, 138),
    "minute": Recipe("2-D, grey pixels", "Clear map", 145, 140, epochs=None),
    "binarised": Recipe("20-D, pixels binarised anew", "Sharp images", 101.5, 98, changes={"pixels": "binarised"}),
}


def train_timed(config: TrainConfig, images: torch.Tensor) -> tuple[VAE, list[float]]:
    """A model trained by config, and the seconds of each epoch."""
    model = build_vae(config)
    steps = total_steps(config, len(images)) // config.epochs
    seconds: list[float] = []
    started = perf_counter()
    for metrics in train(model, images, config):
        if metrics.step % steps == 0:
            seconds.append(perf_counter() - started - sum(seconds))
    return model, seconds


def epochs_in_a_minute(recipe: Recipe, images: torch.Tensor, overrides: dict[str, str]) -> int:
    """By the slowest of four epochs after a first one."""
    _, seconds = train_timed(recipe.config(0, 5, overrides), images)
    return max(1, int(MINUTE_S / max(seconds[1:])))


def measure(recipe: Recipe, seeds: int, overrides: dict[str, str]) -> list[Figure]:
    """Held-out -ELBO and training time over seeds."""
    images, held_out = (torch.from_numpy(registry.load("mnist", split).images) for split in ("train", "held-out"))
    epochs = recipe.epochs or epochs_in_a_minute(recipe, images, overrides)
    nats: list[float] = []
    kl_nats: list[float] = []
    durations: list[float] = []
    what = f"{recipe.title}, {epochs} epochs{'' if recipe.epochs else ' (60 s)'}"
    for seed in range(seeds):
        model, seconds = train_timed(recipe.config(seed, epochs, overrides), images)
        figures = evaluate(model, held_out)
        nats.append(figures.negative_elbo_nats)
        kl_nats.append(figures.kl_nats)
        durations.append(sum(seconds))
        print(f"{what}, seed {seed}: {nats[-1]:.2f} nats in {durations[-1]:.1f} s", file=sys.stderr, flush=True)
    return [
        median(f"held-out -ELBO, {what}", nats, recipe.bar, "nats", stretch=recipe.stretch),
        median(f"KL, {what}", kl_nats, None, "nats"),
        median(f"training, {what}", durations, None if recipe.epochs else MINUTE_S, "s"),
    ]


def main() -> int:
    """Print the table; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = list(RECIPES_MEASURED)
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="which recipes (all)")
    parser.add_argument("--seeds", type=int, default=5, help="0 to this number (5)")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 1) - 1), help="as workers have")
    parser.add_argument("--with", nargs="+", default=[], metavar="SETTING=VALUE", help="other settings, for all")
    rows = list(data_quality.ROWS)
    parser.add_argument("--data", nargs="*", choices=rows, metavar="ROW", help=f"usual settings instead: {rows}")
    parser.add_argument("--longest", type=float, default=240.0, metavar="S", help="end a row's training then (240)")
    given = parser.parse_args()
    os.environ.setdefault("VAE_DATA_DIR", str(ROOT.parent / "shared/data"))
    torch.set_num_threads(given.threads)
    overrides = dict(each.split("=", 1) for each in vars(given)["with"])
    if given.data is not None:
        figures = [
            each for name in given.data or rows for each in data_quality.figures_of(name, overrides, given.longest)
        ]
        print(f"{given.threads} of {os.cpu_count()} cores, torch {torch.__version__}\n{table(figures)}")
        return int(any(each.verdict == "MISSED" for each in figures))
    try:
        figures = [each for name in given.only for each in measure(RECIPES_MEASURED[name], given.seeds, overrides)]
    except ConfigInvalid as error:
        raise SystemExit(str(error)) from None
    print(f"MNIST, {given.threads} of {os.cpu_count()} cores, torch {torch.__version__}, seeds 0 to {given.seeds - 1}")
    print(table(figures))
    return int(any(each.verdict == "MISSED" for each in figures))


if __name__ == "__main__":
    sys.exit(main())
