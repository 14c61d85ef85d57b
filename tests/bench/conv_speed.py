"""`python -m tests.bench.conv_speed`: a step of convolutional networks by our engine, by a usual loop, and by torch's
bare convolutions and products. On a quiet machine.

All run in turn, each in a fresh process with the same number of threads that wait passively; ratios are taken within a
round, between neighbours. The pictures are made: what they show costs nothing. The usual loop has its data in memory as
float, our networks, torch's Adam and the loss's number at each step; the floor is what no engine goes below that leaves
convolutions to torch as they stand in its layers.
"""

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.bench.report import Figure, median, table
from vae_core.config import TrainConfig, parse_config
from vae_core.data.source import DataCard
from vae_core.model.networks import VAE, build_vae
from vae_core.training import train
from vae_core.worker.training_process import settle_heap

ROOT = Path(__file__).parents[2]
BATCH, LATENTS = 128, 20
NETWORKS = {  # side, channels, steps between two looks at the clock
    "32×32×3, 16-32": (32, (16, 32), 30),
    "32×32×3, 32-64-128": (32, (32, 64, 128), 10),
    "64×64×3, 16-32-64-64": (64, (16, 32, 64, 64), 8),
}
LOOKS = 3
"""How often the clock is looked at; the first time warms up."""


def setting(name: str) -> tuple[TrainConfig, DataCard, Tensor]:
    """A network's config, and uint8 pictures (N, C, H, W) for as many steps as are timed at once."""
    side, channels, steps = NETWORKS[name]
    count = steps * BATCH
    card = DataCard("made", "Made", (3, side, side), None, "none", count, 1)
    config = parse_config(
        {"architecture": "conv", "channels": channels, "latent_dim": LATENTS, "activation": "relu", "device": "cpu",
         "batch_size": BATCH, "epochs": LOOKS, "schedule": "constant", "learning_rate": 1e-3}
    )  # fmt: skip
    made = torch.randint(0, 256, (count, *card.image_shape), dtype=torch.uint8)
    return config, card, made


def ours(name: str) -> list[float]:
    """The engine, as a worker has it."""
    settle_heap()
    config, card, images = setting(name)
    steps, losses = len(images) // BATCH, []
    marks = [perf_counter()]
    for metrics in train(build_vae(config, card), images, config):
        losses.append(metrics.loss_sum)
        if metrics.step % steps == 0:
            torch.stack(losses).sum().item()
            losses.clear()
            marks.append(perf_counter())
    return _ms(marks, steps)


def loop(name: str) -> list[float]:
    """What examples do, but for the data, which are floats in memory already."""
    config, card, made = setting(name)
    model, images = build_vae(config, card), made.float() / 255
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    steps = len(images) // BATCH
    marks = [perf_counter()]
    for _ in range(LOOKS):
        for rows in torch.randperm(len(images)).split(BATCH):
            x = images[rows]
            mu, logvar = model.encoder(x).chunk(2, dim=1)
            x_logits = model.decoder(mu + torch.exp(0.5 * logvar) * torch.randn_like(mu))
            bce = functional.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
            loss = (bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())) / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
        marks.append(perf_counter())
    return _ms(marks, steps)


@torch.no_grad()
def floor(name: str) -> list[float]:
    """Each layer's product or convolution and the two of its gradients; images need none."""
    config, card, images = setting(name)
    model = build_vae(config, card)
    products = _products(model, images[:BATCH].float() / 255)
    steps = len(images) // BATCH
    marks = [perf_counter()]
    for _ in range(LOOKS):
        for _ in range(steps):
            for product in products:
                product()
        marks.append(perf_counter())
    return _ms(marks, steps)


def _products(model: VAE, x: Tensor) -> list[Callable[[], object]]:
    found: list[Callable[[], object]] = []
    for network, given_first in ((model.encoder, x), (model.decoder, torch.randn(BATCH, LATENTS))):
        given = given_first
        for layer in network:
            made = layer(given)
            if isinstance(layer, nn.Linear):
                found.append(_of_linear(layer, given, torch.randn_like(made)))
            elif isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                found.append(_of_kernels(layer, given, torch.randn_like(made), is_needed=bool(found)))
            given = made
    return found


def _of_linear(layer: nn.Linear, x: Tensor, d_y: Tensor) -> Callable[[], object]:
    return lambda: (x @ layer.weight.t(), d_y.t() @ x, d_y @ layer.weight)


def _of_kernels(
    layer: nn.Conv2d | nn.ConvTranspose2d, x: Tensor, d_y: Tensor, *, is_needed: bool
) -> Callable[[], object]:
    is_transposed = isinstance(layer, nn.ConvTranspose2d)
    geometry = layer.stride, layer.padding, layer.dilation, is_transposed, layer.output_padding, 1
    weight = layer.weight
    return lambda: (
        torch.ops.aten.convolution(x, weight, None, *geometry),
        torch.ops.aten.convolution_backward(d_y, x, weight, None, *geometry, [is_needed, True, False]),
    )


def _ms(marks: list[float], steps: int) -> list[float]:
    return [1000 * (after - before) / steps for before, after in pairwise(marks)]


CONTENDERS = {each.__name__: each for each in (ours, loop, floor)}
BARS = {"loop": ("usual loop / ours", 1.15), "floor": ("ours / floor", 1.05)}


def step_ms(who: str, name: str, threads: int) -> float:
    """Milliseconds of a step in a fresh process: the median of all looks but the first."""
    waiting = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.conv_speed", "--one", who, name, str(threads)],
        cwd=ROOT,
        env={**os.environ, **waiting},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{who} on {name} could not be measured: {done.stderr.strip().splitlines()[-1]}")
    seen: list[float] = json.loads(done.stdout.splitlines()[-1])
    return statistics.median(seen[1:])


def figures_of(name: str, threads: int, rounds: int) -> list[Figure]:
    """One network with one number of threads; every other round goes backwards."""
    seen: dict[str, list[float]] = defaultdict(list)
    for turn in range(rounds):
        for who in CONTENDERS if turn % 2 == 0 else reversed(CONTENDERS):
            seen[who].append(step_ms(who, name, threads))
            print(f"{name}, {threads} threads, {who}: {seen[who][-1]:.1f} ms", file=sys.stderr, flush=True)
    what = f"{name}, {threads} thread{'s'[: threads > 1]}"
    figures = [median(f"step, {who}, {what}", ms, None, "ms") for who, ms in seen.items()]
    for who, (title, bar) in BARS.items():
        pairs = zip(seen[who], seen["ours"], strict=True)
        values = [theirs / mine if who == "loop" else mine / theirs for theirs, mine in pairs]
        figures.append(median(f"{title}, {what}", values, bar, "×", is_at_least=who == "loop"))
    return figures


def main() -> int:
    """Print the table; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs=3, metavar=("WHO", "NETWORK", "THREADS"), help="measure one here, as JSON")
    parser.add_argument("--only", nargs="+", choices=list(NETWORKS), default=list(NETWORKS), help="which (all)")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="numbers of threads (1 2)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (5)")
    given = parser.parse_args()
    if given.one:
        who, name, threads = given.one
        torch.set_num_threads(int(threads))
        print(json.dumps(CONTENDERS[who](name)))
        return 0
    load = os.getloadavg()[0]
    figures = [
        each for name in given.only for threads in given.threads for each in figures_of(name, threads, given.rounds)
    ]
    print(f"batch {BATCH}, float32, torch {importlib.metadata.version('torch')}, load {load:.2f} before")
    print(table(figures))
    return int(any(each.verdict == "MISSED" for each in figures))


if __name__ == "__main__":
    sys.exit(main())
