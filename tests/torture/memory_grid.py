"""A hundred trainings of all kinds, and what each takes: measured in a process of its own."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

from vae_core.config import likelihoods, options

ROOT = Path(__file__).parents[2]
Changes = dict[str, object]


def grid(count: int, seed: int = 3) -> list[Changes]:
    """Configs for MNIST, every second one convolutional, in which all that matters for memory varies."""
    chance = random.Random(seed)
    return [_some_config(chance, "conv" if place % 2 else "mlp") for place in range(count)]


def _some_config(chance: random.Random, architecture: str) -> Changes:
    objective = chance.choice(["vae"] * 4 + list(options.OBJECTIVES))
    is_conv = architecture == "conv"
    sizes = [chance.choice([8, 16, 32, 64] if is_conv else [64, 256, 512, 1024, 2048, 4096]) for _ in range(3)]
    batch_size = chance.choice([16, 64, 256] if is_conv else [32, 128, 256, 1024, 4096])
    bound = {"iwae": 32 if is_conv else 256, "m2": 32 if is_conv else 256, "beta-tcvae": 512, "mmd-vae": 2048}
    changes: Changes = {
        "dataset": "mnist",
        "device": "cpu",
        "architecture": architecture,
        "channels" if is_conv else "hidden_sizes": sizes[: chance.randint(1, 3)],
        "batch_size": min(batch_size, bound.get(objective, 4096)),
        "latent_dim": chance.choice([2, 8, 20, 32, 64]),
        "activation": chance.choice(["silu", "relu"]),
        "objective": objective,
        "likelihood": chance.choice(["bernoulli"] * 3 + list(likelihoods.LIKELIHOODS)),
    }
    if changes["likelihood"] == "bernoulli" and chance.random() < 0.4:
        changes["pixels"] = "binarised"
    if objective not in ("beta-tcvae", "autoencoder", "denoising") and chance.random() < 0.25:
        changes["posterior"] = "full"
    if objective == "iwae":
        changes["importance_samples"] = chance.choice([2, 5, 20])
    return changes


def measured(changes: Changes, data_root: Path, runs: Path) -> int:
    """The most bytes that a short training took, above an idle process that has imported torch."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.memory_child", json.dumps(changes), str(data_root), str(runs)],
        cwd=ROOT,
        env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])
