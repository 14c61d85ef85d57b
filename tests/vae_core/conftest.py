"""A small finished run, and what it is made of."""

from pathlib import Path
from typing import Any

import pytest

from tests.vae_core.run_samples import finish, random_weights, small_config
from vae_core.config import TrainConfig
from vae_core.runs import Run, RunWriter


@pytest.fixture
def config() -> TrainConfig:
    return small_config()


@pytest.fixture
def weights(config: TrainConfig) -> dict[str, Any]:
    return random_weights(config)


@pytest.fixture
def finished(tmp_path: Path, config: TrainConfig, weights: dict[str, Any]) -> Run:
    return finish(RunWriter.create(config, tmp_path), weights)
