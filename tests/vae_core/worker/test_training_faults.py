"""Nothing that a training has learnt is lost: not by a stop, not by a kill, not by a full disk.

The same campaigns at length: `tests/torture/test_training.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vae_core import training_campaigns


def test_a_resumed_run_equals_the_uninterrupted_one_bit_by_bit(tmp_path: Path) -> None:
    """After a few steps, at the end of an epoch, and after its first batch."""
    training_campaigns.resume_campaign(tmp_path, [3, 12, 19])


@pytest.mark.parametrize("objective", ["m2", "iwae", "denoising"])
def test_so_does_one_with_other_noise_and_labels(tmp_path: Path, objective: str) -> None:
    training_campaigns.resume_campaign(tmp_path, [7], objective=objective)


def test_so_does_one_whose_pixels_are_drawn_anew_in_every_batch(tmp_path: Path) -> None:
    training_campaigns.resume_campaign(tmp_path, [11], pixels="binarised", beta_schedule="cyclical")


def test_a_killed_run_goes_on_from_its_last_checkpoint_as_if_nothing_had_been(tmp_path: Path) -> None:
    training_campaigns.cut_off_campaign(tmp_path, [8, 13])


def test_a_training_waits_visibly_while_the_disk_refuses_and_then_goes_on(tmp_path: Path) -> None:
    training_campaigns.refused_training_campaign(tmp_path, count=10)
