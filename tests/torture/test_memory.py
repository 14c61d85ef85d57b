"""The estimate of a training's memory against a hundred trainings; minutes long, so only when asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.torture.memory_grid import Changes, grid, measured
from vae_core.architecture.memory import estimate
from vae_core.config import parse_config
from vae_core.data.registry import DATASETS

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the highest that a process ever had"),
]
MNIST = DATASETS["mnist"].card


@pytest.mark.parametrize("changes", grid(100), ids=str)
def test_the_estimate_is_within_a_fifth_of_what_a_training_takes(
    changes: Changes, mnist_root: Path, tmp_path: Path
) -> None:
    expected = estimate(parse_config(changes), MNIST)
    assert measured(changes, mnist_root, tmp_path) == pytest.approx(expected, rel=0.2)
