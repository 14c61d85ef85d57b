"""Figures say what the numbers say."""

from pages.ui.draw import charts

ROWS = [
    {"split": "train", "step": 1, "reconstruction_nats": 200.0, "kl_nats": 3.0},
    {"split": "train", "step": 2, "reconstruction_nats": 150.0, "kl_nats": 5.0},
    {"split": "held-out", "step": 2, "reconstruction_nats": 160.0, "kl_nats": 4.0},
]


def test_curves_show_each_term_and_their_sum_for_both_splits() -> None:
    traces = charts.curves(ROWS, theme="light").data
    assert [list(trace.y) for trace in traces] == [[200.0, 150.0], [160.0], [3.0, 5.0], [4.0], [203.0, 155.0], [164.0]]


def test_training_and_held_out_share_a_hue_and_differ_in_dash() -> None:
    traces = charts.curves(ROWS, theme="dark").data
    for training, held_out in zip(traces[::2], traces[1::2], strict=True):
        assert training.line.color == held_out.line.color
        assert training.line.dash != held_out.line.dash


def test_both_splits_stand_in_the_legend_once() -> None:
    names = [trace.name for trace in charts.curves(ROWS, theme="light").data if trace.showlegend]
    assert names == ["training", "held-out"]


EDITS = [
    {"split": "edit", "step": 1, "beta": 4.0, "learning_rate": 1e-3},
    {"split": "edit", "step": 2, "beta": 4.0, "learning_rate": 5e-4},
    {"split": "edit", "step": 2, "beta": 4.0, "learning_rate": 5e-4},
]


def test_a_change_of_settings_is_a_line_through_all_plots_with_a_word_and_no_point_on_a_curve() -> None:
    drawn = charts.curves([*ROWS, *EDITS], theme="light", settings={"beta": 1.0, "learning_rate": 1e-3})
    assert [list(trace.x) for trace in drawn.data] == [[1, 2], [2]] * 3
    words = [note.text for note in drawn.layout.annotations]
    assert words[3:] == ["β 4", "rate 0.0005"]
    assert {shape.x0 for shape in drawn.layout.shapes} == {1, 2}


def test_without_a_kl_reconstruction_alone_is_drawn_and_called_the_loss() -> None:
    drawn = charts.curves(ROWS, theme="light", is_deterministic=True)
    assert [list(trace.y) for trace in drawn.data] == [[200.0, 150.0], [160.0]]
    assert "Loss" in drawn.layout.annotations[0].text


def test_kl_per_dimension_is_ordered_from_largest_and_keeps_its_names() -> None:
    (bars,) = charts.kl_per_dimension([0.5, 3.0, 0.0], theme="light").data
    assert list(bars.x) == ["z2", "z1", "z3"]
    assert list(bars.y) == [3.0, 0.5, 0.0]
