"""Figures of a sweep: dots with their spread over seeds, along any two figures or settings; parallel coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from pages.ui.draw.charts import Theme, quiet
from pages.ui.draw.palette import ACCENT, RECONSTRUCTION

HEIGHT = 440
_GREY = "rgba(128,128,128,0.55)"


@dataclass(frozen=True)
class Extent:
    """Where a dot lies along one axis: a median, and from where to where its seeds do."""

    median: Any
    low: Any
    high: Any


@dataclass(frozen=True)
class Dot:
    """One point of a sweep. number: what a click on it tells. seeds: (x, y) of each of its runs."""

    number: int
    label: str
    x: Extent
    y: Extent
    seeds: Sequence[tuple[Any, Any]] = ()
    is_best: bool = False


def scatter(  # noqa: PLR0913
    dots: Sequence[Dot], x_title: str, y_title: str, *, theme: Theme, line: Sequence[int] = (), is_log: bool = False
) -> go.Figure:
    """Medians with bars as long as their seeds scatter, and the single runs behind them, faint.

    line: numbers of the dots that a dashed line leads through, in order. is_log: the x-axis is logarithmic.
    """
    figure = go.Figure()
    by_number = {dot.number: dot for dot in dots}
    led = [by_number[number] for number in line if number in by_number]
    figure.add_trace(
        go.Scatter(
            x=[dot.x.median for dot in led],
            y=[dot.y.median for dot in led],
            mode="lines",
            line={"dash": "dash", "width": 1.5, "color": _GREY},
            name="frontier",
            showlegend=len(led) > 1,
            hoverinfo="skip",
        )
    )
    figure.add_trace(_single_runs(dots, theme))
    figure.add_trace(_medians(dots, theme))
    figure.update_xaxes(title_text=x_title, type="log" if is_log else None)
    figure.update_yaxes(title_text=y_title)
    # The same revision each time: what one has zoomed into stays while dots come.
    return quiet(figure, HEIGHT).update_layout(uirevision="sweep", clickmode="event+select", dragmode="pan")


def _single_runs(dots: Sequence[Dot], theme: Theme) -> go.Scatter:
    single = [(x, y, dot) for dot in dots for x, y in dot.seeds]
    return go.Scatter(
        x=[x for x, _, _ in single],
        y=[y for _, y, _ in single],
        customdata=[[dot.number] for _, _, dot in single],
        text=[dot.label for _, _, dot in single],
        mode="markers",
        marker={"size": 5, "color": RECONSTRUCTION[theme], "opacity": 0.35},
        name="single runs",
        showlegend=any(len(dot.seeds) > 1 for dot in dots),
        hovertemplate="%{text}, one seed: %{x:.5~g}, %{y:.5~g}<extra></extra>",
    )


def _medians(dots: Sequence[Dot], theme: Theme) -> go.Scatter:
    hues = [ACCENT[theme] if dot.is_best else RECONSTRUCTION[theme] for dot in dots]
    return go.Scatter(
        x=[dot.x.median for dot in dots],
        y=[dot.y.median for dot in dots],
        error_x=_bars([dot.x for dot in dots]),
        error_y=_bars([dot.y for dot in dots]),
        customdata=[[dot.number] for dot in dots],
        text=[dot.label for dot in dots],
        textposition="top right",
        mode="markers+text" if len(dots) <= 24 else "markers",
        marker={
            "size": [15 if dot.is_best else 10 for dot in dots],
            "symbol": ["star" if dot.is_best else "circle" for dot in dots],
            "color": hues,
            "line": {"width": 1, "color": "rgba(255,255,255,0.7)"},
        },
        name="median of the seeds",
        hovertemplate="%{text}: %{x:.5~g}, %{y:.5~g}<extra></extra>",
        cliponaxis=False,
    )


def _bars(extents: Sequence[Extent]) -> dict[str, Any] | None:
    """From the least to the most of the seeds; none along an axis of names."""
    if not all(isinstance(each.median, int | float) for each in extents):
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [each.high - each.median for each in extents],
        "arrayminus": [each.median - each.low for each in extents],
        "thickness": 1,
        "width": 3,
        "color": _GREY,
    }


@dataclass(frozen=True)
class Axis:
    """An upright axis of parallel coordinates. values: by the number of a line; texts for settings that have names."""

    title: str
    values: Mapping[int, Any]


def parallel(axes: Sequence[Axis], labels: Mapping[int, str], best: int | None, *, theme: Theme) -> go.Figure:
    """One line for each point, through its value on each axis; the best in the accent's colour.

    Drawn as lines: plotly's own kind makes its programs of text, which the page's policy forbids.
    """
    figure = go.Figure()
    scales = [_scale(axis) for axis in axes]
    for number, label in labels.items():
        heights = [scale.get(number) for scale in scales]
        said = [_text(axis.values.get(number)) for axis in axes]
        figure.add_trace(
            go.Scatter(
                x=list(range(len(axes))),
                y=heights,
                customdata=[[number] for _ in axes],
                text=[f"{label}<br>{axis.title} {text}" for axis, text in zip(axes, said, strict=True)],
                mode="lines+markers",
                line={
                    "width": 3 if number == best else 1.5,
                    "color": (ACCENT if number == best else RECONSTRUCTION)[theme],
                },
                opacity=1.0 if number == best else 0.55,
                marker={"size": 6},
                hovertemplate="%{text}<extra></extra>",
                showlegend=False,
            )
        )
    for index, axis in enumerate(axes):
        figure.add_vline(x=index, line={"width": 1, "color": _GREY})
        low, high = _ends(axis)
        for y, text in ((-0.08, low), (1.08, high)):
            figure.add_annotation(x=index, y=y, text=text, showarrow=False)
    figure.update_xaxes(tickvals=list(range(len(axes))), ticktext=[axis.title for axis in axes], showgrid=False)
    figure.update_yaxes(visible=False, range=[-0.16, 1.16])
    return quiet(figure, HEIGHT).update_layout(uirevision="sweep", clickmode="event+select", dragmode="pan")


def _scale(axis: Axis) -> dict[int, float]:
    """Heights from 0 to 1, by the number of a line."""
    known = {number: value for number, value in axis.values.items() if value is not None}
    if not all(isinstance(value, int | float) for value in known.values()):
        names = sorted(set(map(str, known.values())))
        return {number: names.index(str(value)) / max(1, len(names) - 1) for number, value in known.items()}
    low, high = min(known.values(), default=0), max(known.values(), default=1)
    return {number: (value - low) / (high - low) if high > low else 0.5 for number, value in known.items()}


def _ends(axis: Axis) -> tuple[str, str]:
    known = [value for value in axis.values.values() if value is not None]
    if not known:
        return "", ""
    if all(isinstance(value, int | float) for value in known):
        return _text(min(known)), _text(max(known))
    names = sorted(set(map(str, known)))
    return names[0], names[-1] if len(names) > 1 else ""


def _text(value: Any) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
