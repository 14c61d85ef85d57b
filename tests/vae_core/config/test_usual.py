"""Which settings suit which pictures: those of 0.1.0 stay, and every size there may be gets a network that fits it."""

from dataclasses import replace

import pytest

from vae_core.architecture.layers import weight_shapes
from vae_core.config import default_of, parse_config, usual
from vae_core.data.registry import DATASETS
from vae_core.data.source import DataCard, DataFacts

OF_0_1_0 = {
    "digits": ("mlp", (16, 32), "bernoulli", 4e-3, 64, 400),
    "mnist": ("mlp", (16, 32), "bernoulli", 4e-3, 128, 12),
    "fashion-mnist": ("mlp", (16, 32), "bernoulli", 4e-3, 128, 12),
}


def card(channels: int, height: int, width: int, count: int = 5000, middle: float | None = None) -> DataCard:
    facts = None if middle is None else DataFacts(count, 0.5, 0.2, 0.0, 0.1, middle)
    return DataCard("pictures", "Pictures", (channels, height, width), None, "none", count, 100, statistics=facts)


@pytest.mark.parametrize("dataset", OF_0_1_0)
def test_the_data_sets_of_0_1_0_keep_their_settings(dataset: str) -> None:
    assert tuple(usual.settings(DATASETS[dataset].card)[name] for name in usual.NAMES) == OF_0_1_0[dataset]


def test_what_nobody_knows_is_learned_from_as_mnist_is() -> None:
    assert usual.settings(None) == usual.settings(DATASETS["mnist"].card)
    assert parse_config({"dataset": "never heard of"}).architecture == "mlp"


@pytest.mark.parametrize("dataset", DATASETS)
def test_defaults_are_the_tables(dataset: str) -> None:
    config = parse_config({"dataset": dataset})
    expected = usual.settings(DATASETS[dataset].card)
    assert {name: getattr(config, name) for name in usual.NAMES} == expected
    assert {name: default_of(name, {"dataset": dataset}) for name in usual.NAMES} == expected


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 300, 9_999, 60_000, 1_000_000])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (28, 28), (32, 32), (64, 64), (128, 128), (8, 128), (40, 66)])
def test_every_size_and_number_gets_a_training_that_can_be_made(
    height: int, width: int, count: int, channels: int
) -> None:
    pictures = card(channels, height, width, count)
    config = parse_config(usual.settings(pictures))
    dense = max(
        (shape for shape in weight_shapes(config, pictures).values() if len(shape) == 2), key=lambda s: s[0] * s[1]
    )
    assert config.architecture == "mlp" or dense[0] * dense[1] <= 600_000, "the convolutions leave few numbers over"
    assert usual.why(pictures).endswith(".")


def test_colours_and_tones_are_scored_by_a_learned_sigma_and_ink_by_bernoulli() -> None:
    kinds = {
        "colour": card(3, 32, 32),
        "photographs in grey": card(1, 28, 28, middle=0.9),
        "ink": card(1, 28, 28, middle=0.1),
        "large, in ink": card(1, 64, 64, middle=0.1),
        "large, of which nothing is known": card(1, 64, 64),
    }
    found = {name: usual.settings(each)["likelihood"] for name, each in kinds.items()}
    assert found == {name: "bernoulli" if "ink" in name else "gaussian-learned" for name in kinds}


def test_more_images_are_looked_at_as_often_all_together() -> None:
    seen = [usual.settings(card(3, 64, 64, count))["epochs"] * count for count in (600, 6_000)]
    assert seen[0] == pytest.approx(seen[1], rel=0.1)
    assert usual.settings(card(3, 64, 64, 10**6))["epochs"] == 1


def test_why_says_what_is_taken_and_for_what() -> None:
    small = usual.why(replace(DATASETS["digits"].card, train_size=1500))
    assert small.startswith("Its usual settings: for 8×8 grey pictures fully connected layers")
    assert "400 epochs of 1,500" in small
    large = usual.why(card(3, 64, 64))
    assert "64×64 colour pictures convolutions" in large
    assert "learned σ" in large
