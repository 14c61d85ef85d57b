"""The verdict from rows alone: what each condition looks like in figures that were made up for it."""

import math
import re
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vae_core.config import TrainConfig, parse_config
from vae_core.data.registry import DATASETS
from vae_core.data.statistics import AT_ONCE, data_facts
from vae_core.health.verdict import ALWAYS, IN_TIME, Verdict, verdict
from vae_core.health.wording import nats

TOTAL = 1440  # steps of sixty epochs of digits
FACTS = {
    "images": 1500, "mean_grey": 0.3, "spread_grey": 0.27,
    "blank_share": 0.0, "extreme_share": 0.58, "middle_share": 0.35,
}  # fmt: skip


def config(**settings: Any) -> TrainConfig:
    return parse_config({"epochs": 60, **settings})


CARD = DATASETS["digits"].card


def history(**changes: Any) -> list[dict[str, Any]]:
    """A healthy run's rows, 25 of each split; changes: the last value of a field, reached along a line from the first.

    gap: how much more held-out images cost at the end.
    """
    ends = {
        "reconstruction_nats": 20.0,
        "kls": (1.7, 1.8),
        "sigmas": (0.2, 0.2),
        "saturated": 0.3,
        "gap": 0.5,
        **changes,
    }
    rows = []
    for place in range(25):
        share, step = place / 24, round(TOTAL * place / 24)
        fallen = 1 - (1 - share) ** 3  # quick at first
        reconstruction = 45 + fallen * (ends["reconstruction_nats"] - 45)
        kls = [fallen * kl for kl in ends["kls"]]
        common = {"step": step, "kl_nats": sum(kls)}
        held_out = {
            "split": "held-out",
            "reconstruction_nats": reconstruction + fallen * ends["gap"],
            "kl_per_dim_nats": kls,
            "active_units": sum(kl > 0.01 for kl in kls),
            "sigma_per_dim": [1 + fallen * (sigma - 1) for sigma in ends["sigmas"]],
            "saturated_share": fallen * ends["saturated"],
        }
        rows.append({**common, **held_out, **({"data": FACTS} if not place else {})})
        if place:
            rows.append({**common, "split": "train", "reconstruction_nats": reconstruction})
    return rows


def condition(rows: list[dict[str, Any]], **settings: Any) -> str:
    return verdict(rows, config(**settings), CARD).condition


def test_a_run_that_goes_as_it_should_is_healthy_and_its_sentence_has_the_figures() -> None:
    found = verdict(history(), config(), CARD)
    assert found.condition == found.mood == "healthy"
    assert "24.0 nats per image" in found.sentence  # 20 + 0.5 + 3.5
    assert "0.50 above training" in found.sentence
    assert "2 of 2 dimensions carry 3.5 nats" in found.sentence


def test_before_a_twentieth_of_the_steps_it_is_too_early_to_say_and_the_sentence_says_when() -> None:
    found = verdict(history()[:2], config(), CARD)
    assert (found.condition, found.mood) == ("early", "early")
    assert "from step 72 on" in found.sentence
    assert verdict([], config(), CARD).condition == "early"


def test_what_is_wrong_with_data_or_settings_is_told_from_the_first_row() -> None:
    first = history()[:1]
    assert condition(first, objective="beta-vae", beta=0.0) == "no-pressure"
    for changed, expected in [
        ({"blank_share": 1.0, "spread_grey": 0.0, "mean_grey": 0.0}, "dead-data"),
        ({"spread_grey": 0.0}, "dead-data"),
        ({"middle_share": 0.9}, "likelihood"),
    ]:
        rows = [{**first[0], "data": {**FACTS, **changed}}]
        assert condition(rows) == expected
    binary = [{**first[0], "data": {**FACTS, "extreme_share": 1.0, "middle_share": 0.0}}]
    assert condition(binary, likelihood="discretised-logistic") == "likelihood"
    assert condition(binary) == "early", "Bernoulli is for black and white"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kls": (0.009, 0.004), "reconstruction_nats": 27.0}, "collapsed"),
        ({"kls": (12.0, 2.0)}, "kl-exploding"),
        ({"kls": (2.0, 0.005)}, "few-active"),
        ({"kls": (2.0, 0.011)}, "healthy"),
        ({"sigmas": (0.2, 0.005)}, "sigma-zero"),
        ({"gap": 4.0}, "overfitted"),
        ({"gap": 1.0}, "healthy"),
        ({"saturated": 0.9}, "saturated"),
    ],
)
def test_each_condition_of_the_latent_space_has_its_name(changes: dict[str, Any], expected: str) -> None:
    assert condition(history(**changes)) == expected


def test_a_single_dimension_is_never_too_few_but_may_collapse() -> None:
    found = verdict(history(kls=(2.0,), sigmas=(0.2,)), config(latent_dim=1), CARD)
    assert found.condition == "healthy"
    assert "its dimension carries 2.0 nats" in found.sentence
    assert condition(history(kls=(0.004,), sigmas=(0.9,), reconstruction_nats=27.0), latent_dim=1) == "collapsed"


def test_a_kl_that_fades_after_it_was_high_is_vanishing() -> None:
    rows = history()
    for row in rows[-10:]:
        row |= {"kl_nats": 0.15, "kl_per_dim_nats": [0.09, 0.06]}
    assert condition(rows) == "kl-vanishing"


@pytest.mark.parametrize(
    ("kls", "idle", "told"),
    [
        ((2.0, 0.005), 0.005, "costs nothing but memory"),
        ((6.0, 3.2), 6.0, "cost 6.0 nats per image for nothing"),
        ((6.0, 3.2), None, "cost at least 3.2 nats per image for nothing"),
    ],
)
def test_dimensions_that_say_nothing_are_told_with_the_nats_that_they_cost(
    kls: tuple[float, float], idle: float | None, told: str
) -> None:
    rows = history(kls=kls)
    for row in rows:
        row |= {"active_units": 1, "idle_kl_nats": idle}
    found = verdict(rows, config(objective="mmd-vae"), CARD)
    assert found.condition == "few-active"
    assert told in found.meaning
    assert found.meaning.count("nothing") == 1


def with_a_label(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, as M2 records them: its KL has the label's, 7.1 nats, besides the dimensions'."""
    return [{**row, "kl_nats": row["kl_nats"] + 7.1} for row in rows]


def test_what_the_dimensions_carry_is_their_own_kl_without_the_labels() -> None:
    found = verdict(with_a_label(history()), config(objective="m2"), CARD)
    assert "2 of 2 dimensions carry 3.5 nats" in found.sentence
    faded = history()
    for row in faded[-10:]:
        row |= {"kl_nats": 0.15, "kl_per_dim_nats": [0.09, 0.06]}
    found = verdict(with_a_label(faded), config(objective="m2"), CARD)
    assert found.condition == "kl-vanishing"
    assert "from 3.5 to 0.15 nats" in found.sentence
    loose = verdict(with_a_label(history()), config(objective="m2", beta=0.0), CARD)
    assert loose.sentence.startswith("β = 0; the dimensions carry 3.5 nats")


def test_a_rise_of_the_training_loss_is_the_learning_rates_and_one_unlucky_row_is_not() -> None:
    rows = history()
    train = [row for row in rows if row["split"] == "train"]
    train[12]["reconstruction_nats"] += 4.0
    assert condition(rows) == "healthy"
    for row in train[12:16]:
        row["reconstruction_nats"] = 33.0
    found = verdict(rows, config(), CARD)
    assert found.condition == "learning-rate"
    assert "rose by" in found.sentence
    assert "learning rate 0.004" in found.sentence


@pytest.mark.parametrize("seed", range(5))
def test_batches_that_are_very_differently_hard_are_no_rise(seed: int) -> None:
    rows = history()
    scatter = np.random.default_rng(seed).normal(0.0, 3.0, len(rows))  # a tenth of the fall, and more
    for row, by_chance in zip(rows, scatter, strict=True):
        if row["split"] == "train":
            row["reconstruction_nats"] += by_chance
    assert condition(rows) == "healthy"


def test_a_few_held_out_images_that_chance_made_harder_are_no_overfitting() -> None:
    rows = history(gap=4.0)
    assert condition(rows) == "overfitted"
    alternately = [3.0, -3.0] * len(rows)
    for row, by_chance in zip(rows, alternately, strict=False):
        if row["split"] == "train":
            row["reconstruction_nats"] += by_chance
    few = replace(CARD, held_out_size=30)
    assert verdict(rows, config(), few).condition == "healthy"


def test_a_rise_that_an_edit_of_beta_made_is_not_the_learning_rates() -> None:
    rows = history()
    at = next(place for place, row in enumerate(rows) if row["split"] == "train" and row["step"] >= 720)
    for row in rows[at:]:
        row["reconstruction_nats"] += 6.0
    assert condition(rows) == "learning-rate"
    rows.insert(at, {"split": "edit", "step": rows[at]["step"] - 1, "beta": 4.0, "learning_rate": 4e-3})
    assert condition(rows) == "healthy"


def test_beta_edited_to_nothing_is_no_pressure_and_edited_away_from_it_is_not() -> None:
    edit = {"split": "edit", "step": TOTAL, "learning_rate": 4e-3}
    assert condition([*history(), {**edit, "beta": 0.0}], objective="beta-vae") == "no-pressure"
    assert condition([*history(), {**edit, "beta": 1.0}], objective="beta-vae", beta=0.0) == "healthy"


def test_kl_and_sigma_are_not_judged_while_beta_is_still_rising() -> None:
    rows = [row for row in history(kls=(14.0, 14.0), sigmas=(0.001, 0.001)) if row["step"] <= TOTAL / 2]
    assert condition(rows) == "kl-exploding"
    assert condition(rows, beta_schedule="warm-up", ramp_share=0.9) == "healthy"


def test_the_size_of_a_gaussians_residuals_is_read_from_its_reconstruction() -> None:
    for sigma, residual, expected in [(0.2, 0.2, "healthy"), (1.0, 0.2, "likelihood"), (0.05, 0.2, "likelihood")]:
        per_pixel = 0.5 * (residual / sigma) ** 2 + math.log(sigma) + 0.5 * math.log(2 * math.pi)
        rows = history(reconstruction_nats=64 * per_pixel, gap=0.0)
        found = verdict(rows, config(likelihood="gaussian", gaussian_sigma=sigma), CARD)
        assert found.condition == expected
        assert expected == "healthy" or f"{residual:.2f} of full white" in found.sentence


def test_rows_of_older_runs_which_hold_less_are_judged_by_what_they_hold() -> None:
    kept = {"split", "step", "reconstruction_nats", "kl_nats", "kl_per_dim_nats"}
    old = [{name: row[name] for name in row if name in kept} for row in history()]
    assert condition(old) == "healthy"
    old = [{name: row[name] for name in row if name in kept} for row in history(kls=(0.001, 0.001))]
    assert condition(old) == "collapsed"


def test_an_autoencoder_is_not_reproached_with_having_no_kl() -> None:
    rows = history(kls=(0.0, 0.0))
    for row in rows:
        row["sigma_per_dim"] = None
    found = verdict(rows, config(objective="autoencoder"), CARD)
    assert found.condition == "healthy"
    assert "Reconstruction" in found.sentence


def test_a_divergence_is_blamed_on_what_is_more_likely_than_the_rate_where_there_is_such() -> None:
    def named(**settings: Any) -> str:
        return verdict(history()[:4], config(**settings), CARD, diverged_step=90, is_over=True).condition

    assert named(learning_rate=0.1) == "learning-rate"
    assert named() == "learning-rate"
    assert named(objective="beta-vae", beta=0.0) == "no-pressure"
    assert named(objective="beta-vae", beta=0.0, learning_rate=0.1) == "learning-rate"


@pytest.mark.parametrize("settings", [{}, {"architecture": "conv"}, {"objective": "iwae"}, {"objective": "mmd-vae"}])
def test_suggestions_are_settings_that_the_config_takes_and_differ_from_it(settings: dict[str, Any]) -> None:
    asked = config(**settings)
    for changes in ({"kls": (0.0, 0.0)}, {"gap": 9.0}, {"kls": (2.0, 0.0)}, {"saturated": 0.9}):
        found: Verdict = verdict(history(**changes), asked, CARD)
        assert found.mood == "sick"
        assert len(found.changes) <= 2
        for change in found.changes:
            assert change.label.startswith("Try ")
            assert change.applied_to(asked) != asked


@pytest.mark.parametrize("size", [1e-6, 3e-4, 0.0123456, 0.3, 7.0])
def test_a_number_to_try_is_the_number_on_its_button_and_within_bounds(size: float) -> None:
    sick = (
        {"kls": (0.0, 0.0)},
        {"kls": (14.0, 14.0)},
        {"saturated": 0.9},
        {"kls": (2.0, 0.0)},
        {"sigmas": (1e-3, 1e-3)},
    )
    asked = config(objective="beta-vae", beta=size, learning_rate=min(size, 1.0))
    changes = [change for each in sick for change in verdict(history(**each), asked, CARD).changes]
    per_pixel = 0.5 * (0.004 / 0.9) ** 2 + math.log(0.9) + 0.5 * math.log(2 * math.pi)
    asked = config(likelihood="gaussian", gaussian_sigma=0.9)
    changes += verdict(history(reconstruction_nats=64 * per_pixel, gap=0.0), asked, CARD).changes
    numbers = [each for each in changes if each.label.removeprefix("Try ").startswith(("β", "learning rate", "pixel"))]
    assert "Try pixel σ = 0.01" in [each.label for each in numbers]
    for change in numbers:
        said = float(re.search("[0-9.]+$", change.label)[0])  # type: ignore[index]
        assert [said] == list(change.settings.values())


def test_what_else_was_found_is_told_after_the_verdict() -> None:
    found = verdict(history(kls=(0.001, 0.001), gap=9.0), config(objective="beta-vae", beta=30.0), CARD)
    assert found.condition == "collapsed"
    assert "β = 30" in found.sentence
    assert any("Held-out images cost" in sentence for sentence in found.also)
    assert found.changes[0].label == "Try β = 1"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"split": "held-out", "step": 5},
        {"split": "train", "step": "five", "reconstruction_nats": 1.0, "kl_nats": 1.0},
        {"split": "held-out", "step": 5, "reconstruction_nats": None, "kl_nats": 1.0},
        {"split": ["held-out"]},
        {"split": "edit", "step": 1400, "beta": "none", "learning_rate": None},
        [1, 2],
        None,
    ],
)
def test_rows_that_cannot_be_read_are_left_out(nonsense: Any) -> None:
    assert condition([nonsense, *history(), nonsense]) == "healthy"


@pytest.mark.parametrize(
    "field", ["kl_per_dim_nats", "sigma_per_dim", "active_units", "saturated_share", "idle_kl_nats", "data"]
)
@pytest.mark.parametrize("value", [None, "many", [1.0], {"images": 0}, ["a", "b"]])
def test_a_field_of_another_kind_counts_as_missing(field: str, value: Any) -> None:
    rows = [{**row, field: value} if field in row else row for row in history()]
    assert condition(rows) == "healthy"


@pytest.mark.parametrize("rate", [1e-3, 0.3])
def test_a_run_that_has_diverged_says_so_once(rate: float) -> None:
    found = verdict(history(), config(learning_rate=rate), CARD, diverged_step=90, is_over=True)
    assert found.condition == "learning-rate"
    assert "at step 90" in found.sentence
    assert not any("at step 90" in also for also in found.also)
    assert len({found.sentence, *found.also}) == 1 + len(found.also)


def test_every_check_is_asked() -> None:
    assert len({*ALWAYS, *IN_TIME}) == len(ALWAYS) + len(IN_TIME) == 13


@pytest.mark.parametrize(
    ("value", "text"),
    [(142.31, "142.3"), (-10.6, "−10.6"), (0.5, "0.50"), (0.0, "0"), (0.0003, "0.0003"), (1e-6, "under 0.0001")],
)
def test_figures_have_no_more_digits_than_mean_something(value: float, text: str) -> None:
    assert nats(value) == text


def test_data_facts_are_what_can_be_counted() -> None:
    images = np.zeros((4, 1, 2, 2), dtype=np.uint8)
    images[0] = 255
    images[1, 0, 0, 0] = 128
    facts = data_facts(images)
    assert facts.images == 4
    assert facts.blank_share == 0.75
    assert facts.extreme_share == 15 / 16
    assert facts.middle_share == 1 / 16
    assert facts.mean_grey == pytest.approx((4 * 255 + 128) / 255 / 16)
    expected = np.sqrt((images.reshape(4, 4) / 255).var(axis=0).mean())
    assert facts.spread_grey == pytest.approx(expected)
    assert data_facts(images[2:]).spread_grey == 0.0


def test_looking_at_large_images_takes_no_more_memory_than_a_few_of_them() -> None:
    images = np.arange(600 * 3 * 64 * 64, dtype=np.uint64).astype(np.uint8).reshape(600, 3, 64, 64)
    tracemalloc.start()
    facts = data_facts(images)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * AT_ONCE * 3 * 64 * 64
    assert facts.mean_grey == pytest.approx(0.5)
