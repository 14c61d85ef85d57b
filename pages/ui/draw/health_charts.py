"""Figures of a run's health: numbers in, plotly Figure out. Knows neither Streamlit nor torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from pages.ui.draw.charts import Row, Theme, quiet
from pages.ui.draw.palette import ACCENT, CLASSES, KL, RECONSTRUCTION

FAINT = "rgba(128,128,128,0.55)"
LEAST_DARKEST = 0.3
"""Share of a factor's entropy that a full shade stands for at least."""
MOST_WRITTEN = 12
"""Dimensions beside which there is room for numbers."""
PARTS = {
    "mutual_information": "mutual information",
    "total_correlation": "total correlation",
    "dimension_wise_kl": "dimension-wise KL",
}


@dataclass(frozen=True)
class Point:
    """A run in the plane of rate (KL) and distortion (reconstruction), nats per held-out image."""

    title: str
    rate_nats: float
    distortion_nats: float
    is_chosen: bool


def kl_over_steps(rows: Sequence[Row], *, theme: Theme) -> go.Figure:
    """KL of each dimension over the steps, held-out nats per image: a line of cells for each, z1 on top."""
    held_out = [row for row in rows if row.get("kl_per_dim_nats")]
    dims = len(held_out[-1]["kl_per_dim_nats"]) if held_out else 0
    cells = go.Heatmap(
        x=[row["step"] for row in held_out],
        y=[f"z{dimension + 1}" for dimension in range(dims)],
        z=[[row["kl_per_dim_nats"][dimension] for row in held_out] for dimension in range(dims)],
        colorscale=[[0, "rgba(128,128,128,0.06)"], [1, KL[theme]]],
        zmin=0,
        zmax=max([0.1, *(max(row["kl_per_dim_nats"]) for row in held_out)]),
        showscale=dims > 6,  # beside fewer lines it could not be read
        colorbar={"title": "nats", "thickness": 10, "outlinewidth": 0},
        hovertemplate="%{y} at step %{x}: %{z:.2f} nats<extra></extra>",
    )
    figure = go.Figure(cells)
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title_text="step")
    return quiet(figure, height=min(420, 130 + 18 * max(2, dims)))


def decomposition(kl: Mapping[str, float], *, theme: Theme) -> go.Figure:
    """The KL's three parts end to end, nats per image; together they are the KL."""
    shades = dict(zip(PARTS, (KL[theme], ACCENT[theme], FAINT), strict=True))
    bars = [
        go.Bar(
            x=[kl[f"{name}_nats"]],
            y=["KL"],
            orientation="h",
            name=title,
            marker={"color": shades[name]},
            hovertemplate=f"{title}: %{{x:.3g}} ± {kl[f'{name}_error_nats']:.1g} nats<extra></extra>",
        )
        for name, title in PARTS.items()
    ]
    figure = go.Figure(bars)
    figure.update_layout(barmode="relative")
    figure.update_xaxes(title_text="nats per image")
    figure.update_yaxes(showticklabels=False)
    return _with_legend_below(quiet(figure, height=190), room=96)


def rate_distortion(points: Sequence[Point], *, theme: Theme) -> go.Figure:
    """Runs by rate and distortion; along the dotted line −ELBO is that of the chosen one, and below it better."""
    figure = go.Figure()
    chosen = [point for point in points if point.is_chosen]
    if chosen:
        rates = [point.rate_nats for point in points]
        ends = [0.0, max([*rates, 1.0]) * 1.1]
        total = chosen[0].rate_nats + chosen[0].distortion_nats
        figure.add_scatter(
            x=ends, y=[total - end for end in ends], mode="lines", name="equal −ELBO", hoverinfo="skip",
            line={"color": FAINT, "dash": "dot", "width": 1},
        )  # fmt: skip
    for name, color, size, some in (
        ("other runs", FAINT, 9, [point for point in points if not point.is_chosen]),
        ("this run", ACCENT[theme], 13, chosen),
    ):
        figure.add_scatter(
            x=[point.rate_nats for point in some],
            y=[point.distortion_nats for point in some],
            text=[point.title for point in some],
            mode="markers",
            name=name,
            marker={"color": color, "size": size},
            hovertemplate="%{text}<br>rate %{x:.1f}, distortion %{y:.1f} nats<extra></extra>",
        )
    figure.update_xaxes(title_text="rate: KL, nats per image", rangemode="tozero")
    figure.update_yaxes(title_text="distortion: reconstruction")
    return quiet(figure, height=320)


def anomaly_histograms(anomalies: Mapping[str, Any], *, theme: Theme) -> go.Figure:
    """How −ELBO is spread over held-out and over foreign images; the outermost bins hold all that lies beyond."""
    edges = anomalies["edges"]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    kinds = [("held-out", anomalies["own_counts"], anomalies["own_images"], RECONSTRUCTION[theme])]
    shades = CLASSES[theme][6::-2]
    for place, kind in enumerate(anomalies["foreign"]):
        name = f"{kind['title']}, AUROC {kind['auroc']:.3f}"
        kinds.append((name, kind["counts"], kind["images"], shades[place % len(shades)]))
    figure = go.Figure()
    for place, (name, counts, images, color) in enumerate(kinds):
        figure.add_scatter(
            x=middles,
            y=[count / images for count in counts],
            name=name,
            mode="lines",
            line={"shape": "hvh", "color": color, "width": 1.5 if place else 2},
            fill=None if place else "tozeroy",
            hovertemplate=f"{name}<br>%{{x:.0f}} nats: %{{y:.1%}} of them<extra></extra>",
        )
    inner = [count / images for _, counts, images, _ in kinds for count in counts[1:-1]]  # of what has not piled up
    highest = 1.15 * max([*inner, 0.05])
    figure.update_xaxes(title_text="−ELBO, nats per image")
    figure.update_yaxes(title_text="share of images", tickformat=".0%", range=[0, highest])
    return _with_legend_below(quiet(figure, height=400), room=130)


def told_of_factors(found: Mapping[str, Any], *, theme: Theme) -> go.Figure:
    """What each dimension tells of each factor, in shares of its entropy: a cell each, which can be clicked.

    Cells are marks, too, as large as they are and not to be seen: marks alone report a click. Each one's customdata is
    its factor and its dimension.
    """
    shares, names = found["shares"], found["names"]
    dimensions = [f"z{d + 1}" for d in range(len(shares[0]))]
    cells = go.Heatmap(
        x=dimensions,
        y=names,
        z=shares,
        texttemplate="%{z:.2f}" if len(dimensions) <= MOST_WRITTEN else None,
        colorscale=[[0, "rgba(128,128,128,0.06)"], [1, KL[theme]]],
        zmin=0,
        zmax=max(LEAST_DARKEST, *(max(row) for row in shares)),
        xgap=2,
        ygap=2,
        showscale=False,
        hoverinfo="skip",
    )
    places = [(f, d) for f in range(len(names)) for d in range(len(dimensions))]
    marks = go.Scatter(
        x=[dimensions[d] for _, d in places],
        y=[names[f] for f, _ in places],
        customdata=places,
        text=[f"{dimensions[d]} tells {shares[f][d]:.0%} of {names[f]}: click to see it" for f, d in places],
        mode="markers",
        marker={"symbol": "square", "size": 26, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    figure = go.Figure([cells, marks])
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    figure.update_xaxes(type="category", showgrid=False, side="top")
    figure.update_layout(hovermode="closest", hoverdistance=-1)  # all of a cell, however large, is its mark's
    return quiet(figure, height=60 + 32 * max(2, len(names)))


def _with_legend_below(figure: go.Figure, room: int) -> go.Figure:
    """Where it may wrap on a narrow screen without lying on what it names. room: px for it and the axis."""
    return figure.update_layout(
        margin={"t": 8, "b": room}, legend={"yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "xanchor": "left"}
    )
