"""−log p(x) of 1,000 MNIST images, 5,000 draws each, on 784-400-20, in seconds: python -m tests.bench.nll_speed.

On a quiet machine. Needs MNIST (VAE_DATA_DIR, or ../shared/data beside the project). The weights are fresh.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, when torch is imported

import torch
from vae_core.worker.heap import settle_heap

from tests.bench.report import single, table
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.evaluation.nll import negative_log_likelihood
from vae_core.model.networks import build_vae

ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.nll_speed", description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    settle_heap()
    torch.set_num_threads(arguments.threads)
    root = Path(os.environ.get("VAE_DATA_DIR") or ROOT.parent / "shared/data")
    images = torch.from_numpy(registry.load("mnist", "held-out", root).images[: arguments.images])
    config = {"dataset": "mnist", "hidden_sizes": "400", "latent_dim": 20, "pixels": "binarised", "device": "cpu"}
    model = build_vae(parse_config(config))
    begun = time.perf_counter()
    estimate = negative_log_likelihood(model, images, k=arguments.draws)
    seconds = time.perf_counter() - begun
    title = f"-log p(x), {estimate.images} images, k = {estimate.k}, {arguments.threads} threads"
    is_whole = (estimate.images, estimate.k, arguments.threads) == (1000, 5000, 2)
    print(table([single(title, seconds, 60.0 if is_whole else None, "s")]))


if __name__ == "__main__":
    main()
