"""Figures of what a model is used for: intervals of methods side by side, lines over each other, maps side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.ui.draw.charts import Theme, quiet
from pages.ui.draw.palette import ACCENT, CLASSES, RECONSTRUCTION, RUNS, SYMBOLS
from vae_core.apply.record import Figure, Plot, Row
from vae_core.apply.standing import interval

GREY = "gray"
MOST_MAPS = 3
"""In a row."""


def intervals(rows: Sequence[Row], figure: Figure, *, theme: Theme) -> go.Figure:
    """A dot with its interval for each method, the model's in colour; what chance gives is a dotted line."""
    drawn = go.Figure()
    shown = [row for row in rows if row.role != "chance"]
    for role, title, color in (("ours", "the model", RECONSTRUCTION[theme]), ("rival", "without it", GREY)):
        own = [row for row in shown if row.role == role]
        found = [interval(row.figures[figure.name]) for row in own]
        drawn.add_scatter(
            x=[each.mean for each in found],
            y=[row.method for row in own],
            error_x={"type": "data", "array": [each.half if np.isfinite(each.half) else 0 for each in found]},
            mode="markers",
            name=title,
            marker={"color": color, "size": 9, "symbol": "circle" if role == "ours" else "diamond"},
            hovertemplate=f"%{{y}}: %{{x:{figure.form}}}<extra></extra>",
        )
    for row in (row for row in rows if row.role == "chance"):
        drawn.add_vline(x=interval(row.figures[figure.name]).mean, line={"width": 1, "dash": "dot", "color": GREY})
    drawn.update_yaxes(autorange="reversed", categoryorder="array", categoryarray=[row.method for row in shown])
    unit = f", {figure.unit}" if figure.unit else ""
    drawn.update_xaxes(title_text=f"{figure.title}{unit}")
    quiet(drawn, height=120 + 28 * len(shown))
    return drawn.update_layout(margin={"t": 40}, legend={"y": 1, "yanchor": "bottom"})


def plot(shown: Plot, classes: Sequence[str] | None, *, theme: Theme) -> go.Figure:
    """Lines over each other, or maps side by side, their points coloured by class."""
    return _lines(shown, theme) if shown.kind == "lines" else _maps(shown, classes, theme)


def _lines(shown: Plot, theme: Theme) -> go.Figure:
    drawn = go.Figure()
    hues, counts = [each[theme] for each in RUNS], {"ours": 0, "rival": 0, "chance": 0}
    dashes = ("solid", "dash", "dot", "dashdot")
    for series in shown.series:
        number = counts[series.role]
        counts[series.role] += 1
        line = {"width": 2, "color": hues[number % len(hues)]} if series.role == "ours" else {
            "width": 1.5, "color": GREY, "dash": dashes[number % len(dashes)]
        }  # fmt: skip
        drawn.add_scatter(x=series.x, y=series.y, mode="lines", name=series.title, line=line)
    drawn.update_xaxes(title_text=shown.x_title)
    drawn.update_yaxes(title_text=shown.y_title)
    return quiet(drawn, height=460).update_layout(legend={"y": -0.2, "yanchor": "top", "x": 0, "xanchor": "left"})


def _maps(shown: Plot, classes: Sequence[str] | None, theme: Theme) -> go.Figure:
    columns = min(MOST_MAPS, len(shown.series))
    rows = -(-len(shown.series) // columns)
    drawn = make_subplots(rows=rows, cols=columns, subplot_titles=[series.title for series in shown.series])
    for number, series in enumerate(shown.series):
        labels = np.asarray(series.labels or np.zeros(len(series.x)), dtype=int)
        for label in np.unique(labels):
            chosen = labels == label
            drawn.add_trace(
                go.Scatter(
                    x=np.asarray(series.x)[chosen].tolist(),
                    y=np.asarray(series.y)[chosen].tolist(),
                    mode="markers",
                    marker=_mark(int(label), theme, 4)
                    if series.labels
                    else {"size": 4, "color": RECONSTRUCTION[theme]},
                    name=classes[label] if classes and series.labels else "",
                    legendgroup=str(label),
                    showlegend=number == 0 and bool(series.labels),
                    hovertemplate="%{x:.2f}, %{y:.2f}<extra></extra>",
                ),
                row=number // columns + 1,
                col=number % columns + 1,
            )
    drawn.update_xaxes(showticklabels=False)
    drawn.update_yaxes(showticklabels=False)
    figure = quiet(drawn, height=60 + 340 * rows).update_annotations(font_size=14)
    return figure.update_layout(legend={"y": -0.02, "yanchor": "top", "x": 0, "xanchor": "left"})


def _mark(label: int, theme: Theme, size: int) -> dict[str, Any]:
    hues = CLASSES[theme]
    return {"size": size, "color": hues[label % len(hues)], "symbol": SYMBOLS[label % len(SYMBOLS)]}


def outlined_map(  # noqa: PLR0913
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    labels: npt.NDArray[Any] | None,
    classes: Sequence[str] | None,
    outline: str,
    *,
    theme: Theme,
) -> go.Figure:
    """A map on which an outline can be drawn, and the one that was. x, y: (N,); labels: (N,) or None."""
    drawn = go.Figure()
    every = np.zeros(len(x), dtype=int) if labels is None else np.asarray(labels, dtype=int)
    step = max(1, len(x) // 3000)
    for label in np.unique(every):
        rows = np.flatnonzero(every == label)[::step]
        drawn.add_scatter(
            x=x[rows].astype(float).tolist(), y=y[rows].astype(float).tolist(), mode="markers",
            name=classes[label] if labels is not None and classes else "images", marker=_mark(int(label), theme, 4),
        )  # fmt: skip
    if outline:
        corners = np.array(outline.split(","), dtype=float).reshape(-1, 2)
        closed = np.concatenate([corners, corners[:1]])
        drawn.add_scatter(
            x=closed[:, 0].tolist(), y=closed[:, 1].tolist(), mode="lines", name="outline",
            line={"color": ACCENT[theme], "width": 2}, hoverinfo="skip",
        )  # fmt: skip
    figure = quiet(drawn, height=320).update_layout(dragmode="lasso", showlegend=False, margin={"t": 8})
    return figure.update_yaxes(scaleanchor="x")
