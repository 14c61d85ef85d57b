"""A sweep's plots: medians with bars to their seeds, a line along the frontier, and a line for each point."""

from pages.ui.draw.sweep_charts import Axis, Dot, Extent, parallel, scatter

DOTS = [
    Dot(0, "β 1", Extent(2.0, 1.5, 2.5), Extent(20.0, 19.0, 22.0), [(1.5, 19.0), (2.5, 22.0)], is_best=True),
    Dot(3, "β 4", Extent(0.5, 0.5, 0.5), Extent(30.0, 29.0, 31.0)),
]


def test_a_dot_is_a_median_with_a_bar_to_its_seeds_and_tells_its_number() -> None:
    line, single, medians = scatter(DOTS, "rate", "distortion", theme="light", line=[3, 0, 7]).data
    assert (list(line.x), list(line.y)) == ([0.5, 2.0], [30.0, 20.0])
    assert list(single.x) == [1.5, 2.5]
    assert (list(medians.error_y.array), list(medians.error_y.arrayminus)) == ([2.0, 1.0], [1.0, 1.0])
    assert [list(each) for each in medians.customdata] == [[0], [3]]
    assert list(medians.marker.symbol) == ["star", "circle"]


def test_along_names_no_bars_are_drawn() -> None:
    named = [Dot(0, "VAE", Extent("VAE", "VAE", "VAE"), Extent(1.0, 1.0, 1.0))]
    assert scatter(named, "objective", "KL", theme="dark").data[2].error_x.array is None


def test_parallel_coordinates_have_a_line_for_each_point_between_the_ends_of_each_axis() -> None:
    axes = [
        Axis("β", {0: 1, 1: 5, 2: 3}),
        Axis("objective", {0: "VAE", 1: "IWAE", 2: "VAE"}),
        Axis("KL", {0: 7.0, 1: 7.0}),
    ]
    figure = parallel(axes, {0: "a", 1: "b", 2: "c"}, 1, theme="light")
    assert [list(line.y) for line in figure.data] == [[0.0, 1.0, 0.5], [1.0, 0.0, 0.5], [0.5, 1.0, None]]
    assert figure.data[1].line.width > figure.data[0].line.width
    assert {"1", "5", "IWAE", "VAE", "7"} <= {note.text for note in figure.layout.annotations}
