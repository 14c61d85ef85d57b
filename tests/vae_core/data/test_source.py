"""Data cards: the same after a trip through JSON, and refused where no data set can be like that."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vae_core.data.registry import DATASETS
from vae_core.data.source import DataCard, Split, are_of_the_same_images, images_digest, joined, parse_card
from vae_core.data.statistics import DataFacts
from vae_core.errors import CheckpointDamaged

LEAVES = DataCard("leaves", "Leaves", (3, 12, 20), ("oak", "ash"), "class", 70, 30)
CARDS = [
    *(source.card for source in DATASETS.values()),
    LEAVES,
    replace(LEAVES, classes=None, labels="none"),
    replace(LEAVES, classes=None, labels="number", origin="measured by hand"),
    replace(LEAVES, labels="several", digest="0" * 64),
]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: f"{card.name}-{card.labels}")
def test_a_card_comes_back_from_json_as_it_was(card: DataCard) -> None:
    assert parse_card(json.loads(json.dumps(card.as_json())), "data.json") == card


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": ""}, "name"),
        ({"title": "two\nlines"}, "title"),
        ({"image_shape": [12, 20]}, "image_shape"),
        ({"image_shape": [3, 0, 20]}, "image_shape"),
        ({"image_shape": [3, 4096, 4096]}, "values"),
        ({"classes": []}, "classes"),
        ({"classes": None}, "do not go together"),
        ({"classes": [f"kind {number}" for number in range(1001)]}, "classes"),
        ({"classes": ["oak", "ash", "oak"]}, "two classes have one name"),
        ({"labels": "none"}, "do not go together"),
        ({"labels": "colour"}, "labels"),
        ({"train_size": 0}, "train_size"),
        ({"held_out_size": "many"}, "held_out_size"),
        ({"digest": "abc"}, "digest"),
        ({"statistics": {"images": 3}}, "statistics"),
        ({"colour": "green"}, "colour"),
    ],
)
def test_what_no_data_set_can_be_is_refused_and_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(CheckpointDamaged, match=rf"^data.json of run x: .*{named}.*copy the run again$"):
        parse_card(LEAVES.as_json() | changes, "data.json of run x")


FACTS = DataFacts(70, 0.3, 0.2, 0.0, 0.5, 0.1)
KNOWN = replace(LEAVES, digest="1" * 64, statistics=FACTS)


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        (KNOWN, replace(KNOWN, name="trees", train_size=71), True),  # the digest says it
        (KNOWN, replace(KNOWN, digest="2" * 64), False),
        (KNOWN, LEAVES, True),
        (KNOWN, replace(LEAVES, name="trees"), False),
        (KNOWN, replace(LEAVES, image_shape=(3, 12, 21)), False),
        (KNOWN, replace(LEAVES, held_out_size=31), False),
        (KNOWN, replace(LEAVES, statistics=replace(FACTS, mean_grey=0.3 + 1e-9), held_out_size=31), True),
        (KNOWN, replace(LEAVES, statistics=replace(FACTS, mean_grey=0.31)), False),
    ],
)
def test_cards_are_of_the_same_images_by_digest_or_by_all_else_that_is_known(
    one: DataCard, other: DataCard, are_same: bool
) -> None:
    assert one.has_images_of(other) == other.has_images_of(one) == are_same
    assert are_of_the_same_images([one, one, other]) == are_same


def test_classes_are_counted_only_where_an_image_is_of_one() -> None:
    assert [card.class_count for card in CARDS[-4:]] == [2, 0, 0, 0]
    assert (LEAVES.size("train"), LEAVES.size("held-out"), LEAVES.size("all")) == (70, 30, 100)


def test_a_digest_tells_pixels_order_shape_and_split() -> None:
    images = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 1, 3, 4)
    changed = images.copy()
    changed[1, 0, 2, 3] += 1
    pairs = [(images, images), (images, changed), (images[::-1], images), (images.reshape(2, 1, 4, 3), images)]
    pairs += [(images[:1], images), (images, images[:1])]
    assert len({images_digest(*pair) for pair in pairs}) == len(pairs)
    assert images_digest(images[::-1], images) == images_digest(images[::-1].copy(), images)


def test_splits_are_chosen_from_and_joined_with_all_that_is_known_of_their_images() -> None:
    images = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    split = Split(images, np.array([1, 0, 1], np.uint32), {"height": np.array([1.5, 2.5, 3.5], np.float32)})
    chosen = split[np.array([2, 0])]
    assert chosen.images.ravel().tolist() == [2, 0]
    assert chosen.labels is not None
    assert chosen.labels.tolist() == [1, 1]
    assert chosen.columns["height"].tolist() == [3.5, 1.5]
    both = joined(chosen, split)
    assert both.images.ravel().tolist() == [2, 0, 0, 1, 2]
    assert both.columns["height"].tolist() == [3.5, 1.5, 1.5, 2.5, 3.5]
    assert joined(Split(images), Split(images)).labels is None
