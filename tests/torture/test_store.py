"""The run store under hundreds of damages, refusals, races and kills; minutes long, so only when asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vae_core import campaigns
from tests.vae_core.run_samples import small_config
from vae_core.runs import RunWriter

pytestmark = pytest.mark.torture


@pytest.mark.parametrize("kind", campaigns.RUN_KINDS)
def test_five_hundred_damages_are_found(kind: str, tmp_path: Path) -> None:
    campaigns.damage_campaign(kind, tmp_path, count=500, seed=5)


def test_a_disk_that_refuses_at_each_operation_costs_nothing_that_was_saved(tmp_path: Path) -> None:
    campaigns.refusing_disk_campaign(tmp_path)


def test_a_hundred_races_have_one_winner_each(tmp_path: Path) -> None:
    directory = RunWriter.create(small_config(), tmp_path).directory
    campaigns.lock_campaign(directory, races=100, races_per_kill=1)


def test_sixty_kills_while_saving_leave_a_whole_checkpoint(tmp_path: Path) -> None:
    campaigns.kill_campaign(tmp_path, kills=60, seed=6)
