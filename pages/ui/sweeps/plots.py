"""The plot of a sweep: rate against distortion, any figure against any setting, or parallel coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.ui.address import state
from pages.ui.draw import charts, sweep_charts
from pages.ui.draw.sweep_charts import Axis, Dot, Extent
from pages.ui.sweeps import points
from vae_core.sweeps import Range, Sweep, outcomes
from vae_core.sweeps.outcomes import MINUTES, Best, PointOutcome

TITLES = {
    "negative_elbo_nats": "−ELBO",
    "reconstruction_nats": "Reconstruction",
    "kl_nats": "KL",
    "active_units": "Active units",
    "accuracy": "Accuracy",
    MINUTES: "Minutes",
}
NATS = ", nats per held-out image"
KINDS = {"rate": "Rate and distortion", "figure": "A figure against a setting", "parallel": "All at once"}


def known_figures(found: Sequence[PointOutcome]) -> list[str]:
    """Those that some run has, in the order of `TITLES`."""
    return [name for name in TITLES if any(point.spread(name) for point in found)]


def choose_figure(sweep: Sweep, found: Sequence[PointOutcome]) -> str:
    """The figure that is asked about."""
    offered = known_figures(found) or [sweep.aims[0]]
    usual = sweep.aims[0] if sweep.aims[0] in offered else offered[0]
    left, right = st.columns([3, 2])
    with left:
        state.begin_choice("plot", list(KINDS), "rate")
        kind = st.segmented_control("Plot", list(KINDS), format_func=KINDS.__getitem__, key="plot", required=True)
        state.keep_choice("plot", kind or "rate", "rate")
    with right:
        state.begin_choice("figure", offered, usual)
        figure: str = st.selectbox(
            "Figure", offered, format_func=TITLES.__getitem__, key="figure",
            help="What the table is ordered by, and what a best point is looked for in.",
        )  # fmt: skip
        state.keep_choice("figure", figure, usual)
    return figure


def draw(sweep: Sweep, found: Sequence[PointOutcome], figure: str, best: Best) -> list[int]:
    """The plot; the numbers of the points that were clicked on."""
    kind = state.widget("plot", "rate")
    known = [point for point in found if point.spread(figure)]
    if not known:
        st.info("The first dot comes when the first run has ended.")
        return []
    if kind == "parallel":
        drawn = _parallel(sweep, known, best)
    elif kind == "figure":
        drawn = _figure_against(sweep, known, figure, best)
    else:
        drawn = _rate_distortion(known, best)
    event: Any = st.plotly_chart(
        drawn, key=f"sweep-{kind}-{sweep.id}", config=charts.CONFIG, on_select="rerun", selection_mode="points"
    )
    clicked = [each["customdata"] for each in event["selection"]["points"] if each.get("customdata")]
    return list(dict.fromkeys(int(each[0]) for each in clicked))


def theme() -> charts.Theme:
    """The visitor's."""
    return "dark" if st.context.theme.type == "dark" else "light"


def _rate_distortion(known: Sequence[PointOutcome], best: Best) -> Any:
    dots = [
        Dot(point.index, points.label(point), rate, distortion, _pairs(point), point.index == best.index)
        for point in known
        if (rate := points.extent(point, "kl_nats")) and (distortion := points.extent(point, "reconstruction_nats"))
    ]
    return sweep_charts.scatter(
        dots, f"Rate: KL{NATS}", f"Distortion: reconstruction{NATS}", theme=theme(), line=outcomes.frontier(known)
    )


def _pairs(point: PointOutcome) -> list[tuple[float, float]]:
    both = [run.figures for run in point.runs if {"kl_nats", "reconstruction_nats"} <= run.figures.keys()]
    return [(figures["kl_nats"], figures["reconstruction_nats"]) for figures in both]


def _figure_against(sweep: Sweep, known: Sequence[PointOutcome], figure: str, best: Best) -> Any:
    offered = list(sweep.space)
    state.begin_choice("setting", offered, offered[0])
    setting: str = st.selectbox("Setting", offered, format_func=points.name_of, key="setting")
    state.keep_choice("setting", setting, offered[0])
    dots = []
    for point in known:
        value = point.settings[setting]
        across = value if isinstance(value, int | float) else points.shown(setting, value)
        if height := points.extent(point, figure):
            seeds = [(across, each) for each in point.values(figure)]
            dots.append(
                Dot(
                    point.index,
                    points.label(point),
                    Extent(across, across, across),
                    height,
                    seeds,
                    point.index == best.index,
                )
            )
    unit = NATS if figure.endswith("_nats") else ""
    line = [dot.number for dot in sorted(dots, key=lambda dot: dot.x.median)] if len(sweep.space) == 1 else []
    return sweep_charts.scatter(
        dots,
        points.name_of(setting),
        f"{TITLES[figure]}{unit}",
        theme=theme(),
        line=line,
        is_log=_is_log(sweep, setting),
    )


def _is_log(sweep: Sweep, setting: str) -> bool:
    """Whether values are spread over their logarithms: said so, or the largest is many times the smallest."""
    axis = sweep.space[setting]
    if isinstance(axis, Range):
        return axis.is_log
    numbers = [value for value in axis.values if isinstance(value, int | float)]
    return len(numbers) == len(axis.values) and min(numbers) > 0 and max(numbers) >= 10 * min(numbers)


def _parallel(sweep: Sweep, known: Sequence[PointOutcome], best: Best) -> Any:
    axes = [
        Axis(points.name_of(name), {point.index: _plain(name, point.settings[name]) for point in known})
        for name in sweep.space
    ]
    for name in known_figures(known):
        spreads = {point.index: point.spread(name) for point in known}
        axes.append(Axis(TITLES[name], {number: spread.median for number, spread in spreads.items() if spread}))
    labels = {point.index: points.label(point) for point in known}
    return sweep_charts.parallel(axes, labels, best.index, theme=theme())


def _plain(name: str, value: Any) -> Any:
    return value if isinstance(value, int | float) else points.shown(name, value)
