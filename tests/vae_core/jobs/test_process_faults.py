"""Nothing is lost and nothing is in doubt, whoever is killed and whatever is clicked.

The same campaigns at length: `tests/torture/test_training.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.vae_core import click_campaign, process_campaigns

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(os.name == "nt", reason="ends processes by POSIX signals"),
]


def test_a_kill_at_any_moment_leaves_a_checkpoint_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process_campaigns.kill_campaign(tmp_path, monkeypatch, trainers=2, servers=1, inside=1, seed=1)


def test_any_clicks_leave_a_run_in_a_valid_state(tmp_path: Path) -> None:
    click_campaign.click_campaign(tmp_path, sequences=4, seed=2)
