"""What a sweep says of its points: medians with their spread, the frontier, and a best one only where seeds say so."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from tests.vae_core.small_runs import digits
from vae_core.sweeps import outcomes
from vae_core.sweeps.outcomes import Outcome, PointOutcome, Spread, best, frontier
from vae_core.sweeps.records import Sweep, plan
from vae_core.sweeps.space import Choices

NAME = "negative_elbo_nats"


def a_sweep(points: int, name: str = "beta") -> Sweep:
    values = {"beta": tuple(range(points)), "likelihood": ("bernoulli", "gaussian")}
    return plan(digits(), {name: Choices(values[name])})


def points_of(values: Sequence[Sequence[float]], name: str = NAME) -> list[PointOutcome]:
    return [
        PointOutcome(
            index, {"beta": index}, [Outcome("", index, seed, "finished", {name: x}) for seed, x in enumerate(row)]
        )
        for index, row in enumerate(values)
    ]


def test_a_figure_is_a_median_with_the_range_of_its_seeds() -> None:
    point = points_of([[3.0, 100.0, 2.0]])[0]
    assert point.spread(NAME) == Spread(3.0, 2.0, 100.0, 3)
    assert point.spread("accuracy") is None


def test_the_best_is_marked_where_every_other_is_worse_by_more_than_chance() -> None:
    apart = points_of([[110, 111, 112], [100, 101, 102], [120, 121, 122]])
    assert best(a_sweep(3), apart, NAME).index == 1
    close = points_of([[101, 103, 105], [100, 102, 104], [120, 121, 122]])
    found = best(a_sweep(3), close, NAME)
    assert (found.index, found.leader, found.tied) == (None, 1, (0,))
    assert "scatter more" in found.why
    most = points_of([[0.5, 0.51, 0.52], [0.9, 0.91, 0.92]], "accuracy")
    assert best(a_sweep(2), most, "accuracy").index == 1  # more of it is better


def test_one_seed_or_two_mark_nothing_however_far_they_lie_apart() -> None:
    for count in (1, 2):
        found = best(a_sweep(2), points_of([[1.0] * count, [1000.0] * count]), NAME)
        assert (found.index, found.leader) == (None, 0)
        assert "a draw" in found.why
    assert best(a_sweep(2), points_of([[]]), NAME).why == "no run has ended yet"
    assert best(a_sweep(2), points_of([[1, 2, 3]]), NAME).index is None


def test_among_points_that_differ_by_chance_alone_one_in_twenty_is_marked_at_most() -> None:
    chance = np.random.default_rng(0)
    for points, seeds in ((2, 3), (3, 3), (6, 5)):
        marked = sum(
            best(a_sweep(points), points_of(chance.normal(size=(points, seeds)).tolist()), NAME).index is not None
            for _ in range(200)
        )
        assert marked <= 0.05 * 200 + 3 * (200 * 0.05 * 0.95) ** 0.5


def test_seeds_are_told_apart_as_scipys_own_test_does() -> None:
    chance = np.random.default_rng(1)
    for _ in range(50):
        one, other = chance.normal(size=4).tolist(), chance.normal(1.5, 2.0, size=5).tolist()
        expected = stats.ttest_ind(one, other, equal_var=False).pvalue < outcomes.SIGNIFICANT
        assert outcomes._is_apart(one, other) == expected


def test_nats_of_other_likelihoods_are_not_compared() -> None:
    found = best(a_sweep(2, "likelihood"), points_of([[1, 1.1, 1.2], [9, 9.1, 9.2]]), NAME)
    assert found.index is None
    assert "another likelihood" in found.why


def test_the_frontier_has_the_points_that_no_other_beats_in_both() -> None:
    def point(index: int, rate: float, distortion: float) -> PointOutcome:
        figures = {"kl_nats": rate, "reconstruction_nats": distortion}
        return PointOutcome(index, {}, [Outcome("", index, 0, "finished", figures)])

    points = [point(0, 1, 10), point(1, 2, 11), point(2, 3, 5), point(3, 3, 6), point(4, 9, 1)]
    assert frontier(points) == [0, 2, 4]
    assert frontier([PointOutcome(0, {}, [])]) == pytest.approx([])
