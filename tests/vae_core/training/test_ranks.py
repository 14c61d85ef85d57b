"""One training by two processes is the training that one alone makes, but for the order in which floats are added."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.errors import ConfigInvalid
from vae_core.model.networks import build_vae
from vae_core.training.loop import Training
from vae_core.training.ranks import Ranks, check_shared

ROOT = Path(__file__).parents[3]
CHILD = Path(__file__).with_name("rank_child.py")
STEPS = 50


def settings(**others: Any) -> dict[str, Any]:
    return {"dataset": "digits", "hidden_sizes": (32,), "batch_size": 256, "epochs": 20, "device": "cpu", **others}


def together(folder: Path, **others: Any) -> tuple[dict[str, Any], list[float]]:
    """The state after some steps that two processes made, and the last step's sums."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = json.dumps(settings(**others) | {"stop": STEPS})
    command = [sys.executable, str(CHILD)]
    children = [
        subprocess.Popen(
            [*command, str(rank), "2", port, str(folder), words], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        for rank in range(2)
    ]
    assert [child.wait(120) for child in children] == [0, 0]
    return load_file(folder / "state.safetensors"), json.loads((folder / "sums.json").read_text())


def alone(**others: Any) -> tuple[dict[str, Any], list[float]]:
    config = parse_config(settings(**others))
    training = Training(build_vae(config), torch.from_numpy(registry.load("digits", "train").images), config)
    steps = training.steps()
    for _ in range(STEPS):
        metrics = next(steps)
    return training.state(), [float(each) for each in (metrics.reconstruction_sum, metrics.kl_sum, metrics.loss_sum)]


@pytest.mark.parametrize(
    "others",
    [
        {},  # its gradient is written out
        {"posterior": "full", "pixels": "binarised"},  # torch finds it, and each batch is drawn anew
    ],
    ids=["written out", "by autograd"],
)
def test_two_processes_with_half_a_batch_each_are_one_with_the_whole(tmp_path: Path, others: dict[str, Any]) -> None:
    """After fifty steps; the last batch of an epoch of 1,437 images has 157, which no two share evenly."""
    (there, sums), (here, expected) = together(tmp_path, **others), alone(**others)
    assert there["step"] == here["step"] == STEPS
    for name in here:
        if name.startswith("model."):
            np.testing.assert_allclose(there[name], here[name], atol=1e-5, rtol=0, err_msg=name)
    np.testing.assert_array_equal(there["noise"], here["noise"])
    np.testing.assert_allclose(sums, expected, rtol=1e-4)


class Alone(Ranks):
    """One of three, without the others."""

    def __init__(self, rank: int) -> None:
        self.rank, self.count = rank, 3


@pytest.mark.parametrize("count", [0, 1, 2, 3, 256])
def test_every_row_is_somebodys(count: int) -> None:
    shares = [list(range(count))[Alone(rank).rows(count)] for rank in range(3)]
    assert [row for share in shares for row in share] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("others", [{"objective": "beta-tcvae"}, {"beta_schedule": "capacity"}])
def test_a_loss_of_a_whole_batch_is_not_shared(others: dict[str, str]) -> None:
    with pytest.raises(ConfigInvalid, match="train it by one process"):
        check_shared(parse_config(settings(**others)))
