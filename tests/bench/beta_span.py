"""One model of every β beside seven of one: python -m tests.bench.beta_span. MNIST, z = 2; on a quiet machine.

Needs MNIST (VAE_DATA_DIR, or ../shared/data beside the project). Each of the seven is trained as long as `--epochs`
says, and the one so many times as long as `--share` says; −ELBO is reconstruction + β · KL, of all that
is held out.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, when torch is imported

import torch
from torch import Tensor

from tests.bench.report import Figure, single, table
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.evaluation import evaluate
from vae_core.model.networks import VAE, at_beta, build_vae
from vae_core.training.loop import train

ROOT = Path(__file__).parents[2]
MODELS = 7


def trained(images: Tensor, settings: dict[str, object]) -> tuple[VAE, float]:
    """A model, and the seconds that its steps took."""
    config = parse_config({"device": "cpu", **settings})
    model = build_vae(config)
    begun = time.perf_counter()
    for _ in train(model, images, config):
        pass
    return model, time.perf_counter() - begun


def negative_elbo(model: VAE, images: Tensor, beta: float) -> float:
    """Reconstruction + β · KL, nats per image."""
    figures = evaluate(model, images)
    return figures.reconstruction_nats + beta * figures.kl_nats


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.beta_span", description=__doc__)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--share", type=float, default=1.5)
    parser.add_argument("--span", type=float, default=4.0)
    parser.add_argument("--latent-dim", type=int, default=2)
    parser.add_argument("--models", type=int, default=MODELS, help="of one β, evenly over the range")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    root = Path(os.environ.get("VAE_DATA_DIR") or ROOT.parent / "shared/data")
    learned, held_out = (
        torch.from_numpy(registry.load(given.dataset, split, root).images) for split in ("train", "held-out")
    )
    shared: dict[str, object] = {"dataset": given.dataset, "latent_dim": given.latent_dim}
    epochs = round(given.share * given.epochs)
    spanning, seconds = trained(learned, {**shared, "beta_span": given.span, "epochs": epochs})
    figures: list[Figure] = []
    times = []
    for index in range(given.models):
        beta = given.span ** (2 * index / max(1, given.models - 1) - 1)
        one, took = trained(learned, {**shared, "beta": beta, "epochs": given.epochs})
        times.append(took)
        own, moved = negative_elbo(one, held_out, beta), negative_elbo(at_beta(spanning, beta), held_out, beta)
        words = f"one {own:.2f}, all {moved:.2f} nats"
        figures.append(
            single(f"-ELBO at beta {beta:.2f} above its own model's", 100 * (moved / own - 1), 2.0, "%", words)
        )
    mean = sum(times) / len(times)
    figures.append(single("time, of one run's", seconds / mean, 2.5, "x", f"{seconds:.0f} s, one {mean:.0f} s"))
    print(table(figures))


if __name__ == "__main__":
    main()
