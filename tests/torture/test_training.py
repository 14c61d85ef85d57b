"""Trainings killed, resumed, refused and clicked at, as often as promised; short versions run in `make test`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.vae_core import click_campaign, process_campaigns, training_campaigns
from vae_core.config import options

pytestmark = pytest.mark.torture
needs_signals = pytest.mark.skipif(os.name == "nt", reason="ends processes by POSIX signals")


@needs_signals
def test_200_kills_and_stops_at_random_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process_campaigns.kill_campaign(tmp_path, monkeypatch, trainers=170, servers=30, inside=50, seed=3)


@needs_signals
def test_100_random_sequences_of_clicks(tmp_path: Path) -> None:
    click_campaign.click_campaign(tmp_path, sequences=100, seed=4)


@pytest.mark.parametrize("objective", list(options.OBJECTIVES))
def test_resuming_at_20_places_is_bitwise_exact(objective: str, tmp_path: Path) -> None:
    training_campaigns.resume_campaign(tmp_path, list(range(1, 21)), objective=objective)


def test_a_kill_after_each_of_20_steps_is_made_good(tmp_path: Path) -> None:
    training_campaigns.cut_off_campaign(tmp_path, list(range(4, 24)), checkpoint_every=4)


def test_the_disk_refuses_at_every_operation_of_a_training(tmp_path: Path) -> None:
    training_campaigns.refused_training_campaign(tmp_path)
