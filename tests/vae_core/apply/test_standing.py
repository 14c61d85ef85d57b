"""Chance and rivals told from gain: by Student's t over repeats, and rarely by accident."""

import numpy as np
import pytest
from scipy import stats

from vae_core.apply.record import Figure, Row
from vae_core.apply.standing import differences, interval, is_above_zero, judge, words

AUROC = Figure("auroc", "AUROC", "")
ERROR = Figure("error", "Error", "", higher_is_better=False)
GUESSING = Row("guessing", "chance", {"auroc": (0.5,) * 5})


def row(method: str, role: str, values: list[float], figure: str = "auroc") -> Row:
    return Row(method, role, {figure: tuple(values)})  # type: ignore[arg-type]


def test_the_interval_is_scipys() -> None:
    values = [0.9, 0.93, 0.88, 0.95, 0.91]
    expected = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    found = interval(values)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-9)
    assert found.half == pytest.approx((expected[1] - expected[0]) / 2)


def test_the_one_sided_test_is_scipys() -> None:
    values = np.random.default_rng(0).normal(0.4, 1.0, 12)
    p = stats.ttest_1samp(values, 0.0, alternative="greater").pvalue
    assert is_above_zero(values, p * 1.01)
    assert not is_above_zero(values, p * 0.99)


def test_one_repeat_tells_nothing() -> None:
    assert not is_above_zero([5.0], 0.05)
    assert interval([5.0]).high == np.inf


def test_what_is_equal_in_all_repeats_is_above_zero_only_if_it_is() -> None:
    assert is_above_zero([0.5] * 5, 1e-4)
    assert not is_above_zero([0.0] * 5, 1e-4)


def test_noise_passes_for_better_than_chance_about_as_seldom_as_promised() -> None:
    generator = np.random.default_rng(1)
    passed = 0
    for _ in range(600):
        scores = 0.5 + 0.03 * generator.standard_normal((5, 5))
        rows = [row(f"score {number}", "ours", values) for number, values in enumerate(scores.tolist())]
        passed += judge([*rows, GUESSING], AUROC).kind != "chance"
    assert passed <= 4  # 0.6 are expected


def test_a_verdict_says_whether_it_is_worth_it() -> None:
    good, better = [0.90, 0.91, 0.92, 0.90, 0.91], [0.97, 0.98, 0.98, 0.97, 0.97]
    worth = judge([row("−ELBO", "ours", better), row("PCA", "rival", good), GUESSING], AUROC)
    assert (worth.kind, worth.sentence[:9]) == ("worth", "Worth it:")
    as_well = judge([row("−ELBO", "ours", good), row("PCA", "rival", good[::-1]), GUESSING], AUROC)
    assert as_well.kind == "rival"
    assert as_well.sentence.startswith("PCA does as well: AUROC 0.908 ± 0.010 by −ELBO, 0.908 by PCA.")
    beaten = judge([row("−ELBO", "ours", good), row("PCA", "rival", better), GUESSING], AUROC)
    assert beaten.kind == "rival"
    assert beaten.sentence.startswith("PCA does better")


def test_no_better_than_chance_is_said_even_where_a_rival_is() -> None:
    noise, good = [0.52, 0.47, 0.5, 0.51, 0.49], [0.90, 0.91, 0.92, 0.90, 0.91]
    found = judge([row("−ELBO", "ours", noise), row("PCA", "rival", good), GUESSING], AUROC)
    assert found.kind == "chance"
    assert found.sentence.startswith("No better than chance: −ELBO has AUROC 0.498")
    assert "PCA does better" in found.sentence


def test_a_score_that_is_the_wrong_way_round_is_named_so() -> None:
    found = judge([row("−ELBO", "ours", [0.02, 0.03, 0.02, 0.02, 0.03]), GUESSING], AUROC)
    assert "wrong way round" in found.sentence


def test_where_less_is_better_differences_turn_round() -> None:
    ours, theirs = (row(name, "ours", [value] * 5, "error") for name, value in (("a", 1.0), ("b", 3.0)))
    assert differences(ours, theirs, ERROR) == (2.0,) * 5
    rival = Row("b", "rival", theirs.figures)
    assert judge([ours, rival], ERROR).kind == "worth"
    assert words(ours, ERROR) == "Error 1.000 ± 0.000"


def test_without_a_method_of_the_models_there_is_nothing_to_judge() -> None:
    assert judge([row("PCA", "rival", [0.9] * 5), GUESSING], AUROC).kind == "none"
