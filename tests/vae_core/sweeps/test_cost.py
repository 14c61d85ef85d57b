"""What a sweep takes is said in runs and minutes, from the speed of runs of its kind."""

from pathlib import Path

import pytest

from tests.vae_core.run_samples import finish, random_weights
from tests.vae_core.small_runs import digits
from vae_core.config import TrainConfig
from vae_core.data import registry
from vae_core.runs import RunWriter
from vae_core.runs.listing import index_of
from vae_core.sweeps import cost
from vae_core.sweeps.records import plan
from vae_core.sweeps.space import Choices

CARD = registry.source("digits").card


def timed_run(config: TrainConfig, root: Path, images_per_s: float) -> None:
    writer = RunWriter.create(config, root)
    writer.append_metrics({"split": "train", "step": 6, "images_per_s": images_per_s})
    finish(writer, random_weights(config))


def test_runs_of_the_same_kind_say_how_fast_it_goes_and_others_do_not(tmp_path: Path) -> None:
    config = digits(hidden_sizes=(16,))
    timed_run(digits(objective="autoencoder", hidden_sizes=(16,)), tmp_path, 9.0)
    assert cost.measured_speed(config, CARD, index_of(tmp_path).entries()) is None
    timed_run(config, tmp_path, 3000.0)
    assert cost.measured_speed(config, CARD, index_of(tmp_path).entries()) == pytest.approx(3000.0)
    slower = cost.measured_speed(digits(hidden_sizes=(1600,)), CARD, index_of(tmp_path).entries())
    assert slower is not None
    assert slower < 3000.0


def test_more_epochs_and_larger_networks_take_as_much_longer(tmp_path: Path) -> None:
    sweep = plan(digits(epochs=60), {"beta": Choices((1, 2, 4))}, seeds=(0, 1))
    found = cost.cost_of(sweep, CARD, 1500.0, 2, 1500)
    minutes = 1.15 + 2 / 60  # of epochs with what stands beside them, and two seconds around them
    assert (found.runs, found.minutes) == (6, pytest.approx(minutes))
    assert found.total_minutes == pytest.approx(3 * minutes)
    assert str(found) == "6 runs × 1.2 minutes, 2 at a time: about 3.5 minutes in all"
    wide = plan(digits(epochs=60, hidden_sizes=(16,)), {"hidden_sizes": Choices(((16,), (4096,)))})
    assert cost.cost_of(wide, CARD, 1500.0, 2, 1500).total_minutes > 2 * 1.15
    assert [cost.in_words(minutes) for minutes in (0.5, 0, 30, 120)] == [
        "30 seconds", "1 second", "30 minutes", "2.0 hours",
    ]  # fmt: skip
