"""What Compare says of runs: figures and their differences, settings, and what cannot be compared."""

from dataclasses import replace
from typing import Any

import pytest

from pages.ui.draw import charts
from pages.ui.text import differences
from pages.ui.text.differences import Measured
from vae_core.config import TrainConfig, parse_config
from vae_core.data.registry import DATASETS
from vae_core.runs import Figures


def row(split: str, step: int, reconstruction: float, kl: float, seconds: float, speed: float) -> dict[str, Any]:
    return {
        "split": split, "step": step, "epoch": -(-step // 24), "reconstruction_nats": reconstruction, "kl_nats": kl,
        "elapsed_s": seconds, "images_per_s": speed,
    }  # fmt: skip


DIGITS = DATASETS["digits"].card
ROWS = [
    row("train", 24, 30, 1, 2.0, 100),
    row("train", 48, 25, 2, 4.0, 300),
    row("train", 72, 24, 3, 6.5, 200),
    {"split": "held-out", "step": 72, "epoch": 3, "reconstruction_nats": 26, "kl_nats": 2.5, "elapsed_s": 6.5},
    {"split": "edit", "step": 60, "epoch": 3, "beta": 2.0, "learning_rate": 1e-3},
]
TIMELESS = [{**row, "elapsed_s": 0.0, "images_per_s": 0.0} for row in ROWS]


def config(**values: Any) -> TrainConfig:
    return parse_config({"dataset": "digits", "hidden_sizes": (3,), **values})


def measured(reconstruction: float, kl: float, name: str = "A", rows: Any = ROWS, **values: Any) -> Measured:
    held_out = Figures(reconstruction, kl, reconstruction + kl, kl_per_dim_nats=(kl,), active_units=1, images=5)
    return Measured(name, config(**values), DIGITS, held_out, rows, 3)


def test_differences_are_from_the_first_run_which_has_none() -> None:
    first, second = differences.figures_table([measured(20, 3), measured(18, 4.5, beta=0.5, objective="beta-vae")])
    assert (second["−ELBO"], second["Δ −ELBO"]) == (22.5, -0.5)
    assert (second["Reconstruction"], second["Δ Reconstruction"]) == (18, -2)
    assert (second["KL"], second["Δ KL"]) == (4.5, 1.5)
    assert [first[name] for name in first if name.startswith("Δ")] == [None] * 3


@pytest.mark.parametrize(
    "other",
    [{"likelihood": "gaussian"}, {"pixels": "binarised"}],
)
def test_nats_that_mean_something_else_have_no_difference_and_a_reason_is_given(other: dict[str, Any]) -> None:
    _, second = differences.figures_table([measured(20, 3), measured(18, 4, **other)])
    assert [second[name] for name in second if name.startswith("Δ")] == [None] * 3
    assert second["−ELBO"] == 22
    (reason,) = differences.why_not_comparable([config(), config(**other)], [DIGITS] * 2)
    assert "likelihoods" in reason


def test_nats_are_compared_for_the_same_images_alone_whatever_these_are_called() -> None:
    others = replace(DIGITS, digest="0" * 64)
    _, second = differences.figures_table([measured(20, 3), replace(measured(18, 4), card=others)])
    assert [second[name] for name in second if name.startswith("Δ")] == [None] * 3
    (reason,) = differences.why_not_comparable([config()] * 2, [DIGITS, others])
    assert "data sets" in reason
    renamed = replace(DIGITS, name="numbers", title="Numbers")
    _, second = differences.figures_table([measured(20, 3), replace(measured(18, 4), card=renamed)])
    assert second["Δ KL"] == 1


@pytest.mark.parametrize(
    ("other", "word"),
    [({"left_out_class": "3"}, "class is left out"), ({"objective": "cvae"}, "given each image's class")],
)
def test_nats_of_other_images_or_of_what_a_class_leaves_open_are_not_compared(other: dict[str, Any], word: str) -> None:
    _, second = differences.figures_table([measured(20, 3), measured(18, 4, **other)])
    assert [second[name] for name in second if name.startswith("Δ")] == [None] * 3
    (reason,) = differences.why_not_comparable([config(), config(**other)], [DIGITS] * 2)
    assert word in reason
    assert differences.why_not_comparable([config(**other)] * 2, [DIGITS] * 2) == []


def test_m2_infers_the_class_and_is_compared_with_models_of_none() -> None:
    assert differences.why_not_comparable([config(), config(objective="m2")], [DIGITS] * 2) == []


def test_gaussians_of_another_width_are_other_scales() -> None:
    narrow, wide = (config(likelihood="gaussian", gaussian_sigma=sigma) for sigma in (0.1, 0.3))
    assert len(differences.why_not_comparable([narrow, wide], [DIGITS] * 2)) == 1
    assert differences.why_not_comparable([narrow, narrow], [DIGITS] * 2) == []


def test_an_autoencoder_has_no_kl_and_no_bound_to_compare() -> None:
    _, plain = differences.figures_table([measured(20, 3), measured(15, 0, objective="autoencoder")])
    assert (plain["−ELBO"], plain["KL"], plain["Δ KL"]) == (None, None, None)
    assert plain["Δ Reconstruction"] == -5
    (reason,) = differences.why_not_comparable([config(), config(objective="autoencoder")], [DIGITS] * 2)
    assert "autoencoder" in reason


def test_speed_and_size_are_those_of_the_training() -> None:
    (row,) = differences.figures_table([measured(20, 3)])
    assert (row["Seconds"], row["Images/s"], row["Epochs"], row["Active"]) == (6.5, 200.0, 3, "1 of 2")
    # 64-3, two heads 3-2, and back: weights and biases
    assert row["Parameters"] == (64 * 3 + 3) + 2 * (3 * 2 + 2) + (2 * 3 + 3) + (3 * 64 + 64)


def test_what_was_not_recorded_is_not_made_up() -> None:
    (row,) = differences.figures_table([measured(20, 3, rows=TIMELESS)])
    assert (row["Seconds"], row["Images/s"]) == (None, None)


def test_settings_that_differ_are_told_apart_from_those_that_do_not() -> None:
    differing, same = differences.setting_rows(
        [config(), config(objective="beta-vae", beta=4.0, latent_dim=8)], [DIGITS] * 2
    )
    assert dict(differing)["Latent dimensions"] == ["2", "8"]
    assert dict(differing)["Objective"] == ["VAE", "β-VAE"]
    labels = {label for label, _ in differing}
    assert labels == {"Latent dimensions", "Objective", "β, weight of the regulariser"}
    assert ("Data set", ["Digits", "Digits"]) in same
    assert not labels & {label for label, _ in same}


def test_a_setting_that_means_nothing_in_a_run_has_a_dash_and_one_that_means_nothing_in_any_is_left_out() -> None:
    differing, same = differences.setting_rows(
        [config(), config(likelihood="gaussian", gaussian_sigma=0.1)], [DIGITS] * 2
    )
    assert dict(differing)["Pixel σ"] == ["–", "0.1"]
    assert not any(label == "Capacity C" for label, _ in [*differing, *same])


def test_in_the_table_what_differs_from_the_first_is_bold() -> None:
    table = differences.markdown_table([("β", ["1", "4", "1"])], ["A", "B", "C"])
    assert table.splitlines() == ["| Setting | A | B | C |", "| --- | --- | --- | --- |", "| β | 1 | **4** | 1 |"]


def curve(letter: str = "A", **changes: Any) -> charts.Curve:
    return charts.Curve(**{"letter": letter, "color": "#123456", "rows": ROWS, "steps_per_epoch": 24.0, **changes})


@pytest.mark.parametrize(
    ("along", "across"), [("step", [24, 48, 72]), ("epoch", [1, 2, 3]), ("seconds", [2.0, 4.0, 6.5])]
)
def test_curves_lie_along_what_is_chosen(along: charts.Along, across: list[float]) -> None:
    training = charts.overlaid([curve()], along, ["train"]).data
    assert [list(trace.x) for trace in training] == [across] * 3
    assert [list(trace.y) for trace in training] == [[30, 25, 24], [1, 2, 3], [31, 27, 27]]


def test_a_run_has_one_colour_everywhere_and_its_letter_at_the_end_of_each_line() -> None:
    drawn = charts.overlaid([curve("A"), curve("B", color="#654321")]).data
    assert {trace.line.color for trace in drawn if trace.name.startswith("B")} == {"#654321"}
    assert {trace.text[-1] for trace in drawn if trace.name.startswith("B")} == {"B"}
    assert {trace.line.dash for trace in drawn if "held-out" in trace.name} == {"dot"}
    assert [trace.name for trace in drawn if trace.showlegend] == [
        "A, training", "A, held-out", "B, training", "B, held-out",
    ]  # fmt: skip


def test_a_run_without_times_is_not_drawn_over_seconds() -> None:
    drawn = charts.overlaid([curve("A", rows=TIMELESS), curve("B")], "seconds").data
    assert {trace.name[0] for trace in drawn} == {"B"}


def test_an_autoencoder_has_a_reconstruction_curve_alone() -> None:
    drawn = charts.overlaid([curve(is_deterministic=True)], splits=["train"]).data
    assert [list(trace.y) for trace in drawn] == [[30, 25, 24]]
