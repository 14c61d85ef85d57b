"""Whatever happens to a run's files, its disk or its process: what was saved is whole, or says what is wrong with it.

The same campaigns at length: `tests/torture/test_store.py`.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.vae_core import campaigns
from vae_core.config import TrainConfig
from vae_core.runs import RunWriter


@pytest.mark.parametrize("kind", campaigns.RUN_KINDS)
def test_any_damage_to_any_file_of_a_run_is_found_and_its_file_named(kind: str, tmp_path: Path) -> None:
    campaigns.damage_campaign(kind, tmp_path, count=60, seed=3)


def test_a_disk_that_refuses_at_any_moment_costs_nothing_that_was_saved(tmp_path: Path) -> None:
    campaigns.refusing_disk_campaign(tmp_path, count=16)


@pytest.mark.campaign
def test_two_trainers_never_have_one_run_and_a_dead_one_lets_go(tmp_path: Path, config: TrainConfig) -> None:
    campaigns.lock_campaign(RunWriter.create(config, tmp_path).directory, races=10)


@pytest.mark.campaign
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there are no signals here")
def test_a_process_that_is_killed_while_it_saves_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    campaigns.kill_campaign(tmp_path, kills=10, seed=4)
