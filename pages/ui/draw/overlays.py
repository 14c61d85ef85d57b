"""The curves of several runs over each other: numbers in, plotly Figure out. Knows neither Streamlit nor torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.ui.draw.charts import DASHES, TERMS, Row, quiet, value_of

Along = Literal["step", "epoch", "seconds"]


@dataclass(frozen=True)
class Curve:
    """One run's rows of metrics, its letter and its colour. steps_per_epoch: how many of its steps make an epoch."""

    letter: str
    color: str
    rows: Sequence[Row]
    steps_per_epoch: float
    is_deterministic: bool = False

    @property
    def has_times(self) -> bool:
        """Whether it was recorded how long it took; in shipped runs it was not."""
        return any(row.get("elapsed_s") for row in self.rows)


def overlaid(curves: Sequence[Curve], along: Along = "step", splits: Sequence[str] = tuple(DASHES)) -> go.Figure:
    """Reconstruction, KL and their sum of all runs, a plot each: a colour and a letter for each run, held-out dotted.

    along: what lies across: steps, epochs, or seconds, over which runs without times are left out. splits: 'train',
    'held-out' or both.
    """
    figure = make_subplots(
        rows=len(TERMS), cols=1, shared_xaxes=True, vertical_spacing=0.06, subplot_titles=[*TERMS.values()]
    )
    for curve in (curve for curve in curves if along != "seconds" or curve.has_times):
        for place, term in enumerate(TERMS, start=1):
            if curve.is_deterministic and term != "reconstruction_nats":
                continue  # an autoencoder has no KL, and so no sum
            for split in splits:
                figure.add_trace(_line(curve, term, split, along), row=place, col=1)
    figure.update_xaxes(title_text=along, row=len(TERMS), col=1)
    # Below the plots, where it may take as many lines as it needs; above, it would stand on the first one's title.
    return quiet(figure, height=640).update_layout(legend={"y": -0.1, "yanchor": "top"})


def _across(curve: Curve, along: Along) -> Callable[[Mapping[str, float]], float]:
    if along == "seconds":
        return lambda row: float(row["elapsed_s"])
    return lambda row: row["step"] / (curve.steps_per_epoch if along == "epoch" else 1)


def _line(curve: Curve, term: str, split: str, along: Along) -> go.Scatter:
    """A run's line; its letter stands at its end, so that it is known without its colour."""
    rows = [row for row in curve.rows if row["split"] == split]
    across = _across(curve, along)
    name = "training" if split == "train" else "held-out"
    return go.Scatter(
        x=[across(row) for row in rows],
        y=[value_of(row, term) for row in rows],
        mode="lines+text",
        text=[""] * (len(rows) - 1) + [curve.letter] if rows else [],
        textposition="middle right",
        cliponaxis=False,
        name=f"{curve.letter}, {name}",
        legendgroup=f"{curve.letter}, {name}",
        showlegend=term == next(iter(TERMS)),
        line={"dash": DASHES[split], "width": 2, "color": curve.color},
        textfont={"color": curve.color, "size": 14},
        hovertemplate=f"{curve.letter}, {name}, {along} %{{x:.4~g}}: %{{y:.1f}} nats<extra></extra>",
    )
