"""Figures for what stands still: numbers in, plotly Figure out. Knows neither Streamlit nor torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.ui.look import KL, RECONSTRUCTION, SUM

Row = Mapping[str, Any]
Theme = Literal["light", "dark"]
TERMS = {"reconstruction_nats": "Reconstruction", "kl_nats": "KL", "negative_elbo_nats": "−ELBO, their sum"}
HUES = {"reconstruction_nats": RECONSTRUCTION, "kl_nats": KL, "negative_elbo_nats": SUM}


def curves(rows: Sequence[Row], *, theme: Theme) -> go.Figure:
    """A run's reconstruction, KL and their sum over steps, one axis each, training solid and held-out dotted.

    rows: a run's metrics, nats per image. theme: 'light' or 'dark'.
    """
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.06, subplot_titles=[*TERMS.values()])
    for place, term in enumerate(TERMS, start=1):
        for split, dash in (("train", "solid"), ("held-out", "dot")):
            chosen = [row for row in rows if row["split"] == split]
            trace = go.Scatter(
                x=[row["step"] for row in chosen],
                y=[_value(row, term) for row in chosen],
                name="training" if split == "train" else "held-out",
                legendgroup=split,
                showlegend=place == 1,
                line={"dash": dash, "width": 2, "color": HUES[term][theme]},
                hovertemplate="step %{x}: %{y:.1f} nats<extra></extra>",
            )
            figure.add_trace(trace, row=place, col=1)
    figure.update_xaxes(title_text="step", row=3, col=1)
    return _quiet(figure, height=520)


def _value(row: Row, term: str) -> float:
    if term == "negative_elbo_nats":
        return float(row["reconstruction_nats"]) + float(row["kl_nats"])
    return float(row[term])


def kl_per_dimension(kl_nats: Sequence[float], *, theme: Theme) -> go.Figure:
    """KL of each latent dimension, nats per image, largest first; a dimension near zero carries nothing."""
    order = sorted(range(len(kl_nats)), key=lambda each: -kl_nats[each])
    bars = go.Bar(
        x=[f"z{each + 1}" for each in order],
        y=[kl_nats[each] for each in order],
        marker={"color": KL[theme]},
        hovertemplate="%{x}: %{y:.2f} nats<extra></extra>",
    )
    figure = go.Figure(bars)
    figure.update_yaxes(title_text="KL, nats per image", rangemode="tozero")
    return _quiet(figure, height=260)


def _quiet(figure: go.Figure, height: int) -> go.Figure:
    """Transparent, with a grid that is barely there."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.08, "x": 1, "xanchor": "right"},
    )
    figure.update_xaxes(gridcolor="rgba(128,128,128,0.15)", zeroline=False)
    figure.update_yaxes(gridcolor="rgba(128,128,128,0.15)", zeroline=False)
    return figure
