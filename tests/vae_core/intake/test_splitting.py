"""Both sides get every class, and no picture is on both."""

import numpy as np
import pytest

from vae_core.errors import DataRefused
from vae_core.intake.splitting import MOST_HELD_OUT, divide


def marks(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.uint64)


def test_each_class_gives_its_share_and_equal_seeds_divide_alike() -> None:
    labels = np.repeat([0, 1, 2], [100, 50, 10])
    one, same, other = (divide(marks(160), labels, None, seed=seed) for seed in (1, 1, 2))
    assert np.bincount(labels[one.held_out]).tolist() == [10, 5, 1]
    assert np.array_equal(one.held_out, same.held_out)
    assert not np.array_equal(one.held_out, other.held_out)
    assert sorted([*one.train, *one.held_out]) == list(range(160))


def test_the_same_picture_is_never_on_both_sides() -> None:
    repeated = (marks(300) % 40).astype(np.uint64)
    sides = divide(repeated, None, None, share=0.3)
    assert len(sides.held_out) > 0
    assert not set(repeated[sides.train]) & set(repeated[sides.held_out])


def test_folders_that_name_both_sides_are_followed() -> None:
    sides = divide(marks(4), None, ["held-out", "train", "train", "held-out"])
    assert sides.held_out.tolist() == [0, 3]


def test_a_picture_that_was_given_for_both_sides_is_learnt_from_alone() -> None:
    repeated = np.array([7, 8, 7, 9], np.uint64)
    sides = divide(repeated, None, ["train", "train", "held-out", "held-out"])
    assert (sides.train.tolist(), sides.held_out.tolist(), sides.repeated.tolist()) == ([0, 1], [3], [2])


def test_folders_that_name_one_side_alone_leave_it_to_chance() -> None:
    assert len(divide(marks(20), None, ["train"] * 20).held_out) == 2


def test_a_class_of_one_picture_is_learnt_from() -> None:
    labels = np.array([0] * 30 + [1])
    assert 30 in divide(marks(31), labels, None).train


def test_three_pictures_are_enough_and_one_is_not() -> None:
    assert len(divide(marks(3), None, None).held_out) == 1
    with pytest.raises(DataRefused, match="at least two different pictures"):
        divide(marks(1), None, None)
    with pytest.raises(DataRefused, match="at least two different pictures"):
        divide(np.zeros(5, np.uint64), None, None)


def test_of_very_many_no_more_are_held_out_than_are_needed() -> None:
    assert len(divide(marks(400_000), None, None).held_out) == MOST_HELD_OUT
