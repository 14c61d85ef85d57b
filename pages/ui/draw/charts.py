"""Figures for what stands still: numbers in, plotly Figure out. Knows neither Streamlit nor torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.ui.draw.palette import KL, RECONSTRUCTION, SUM

Row = Mapping[str, Any]
Theme = Literal["light", "dark"]
Along = Literal["step", "epoch", "seconds"]
TERMS = {"reconstruction_nats": "Reconstruction", "kl_nats": "KL", "negative_elbo_nats": "−ELBO, their sum"}
LONE_TERM = {"reconstruction_nats": "Loss: reconstruction alone"}
HUES = {"reconstruction_nats": RECONSTRUCTION, "kl_nats": KL, "negative_elbo_nats": SUM}
DASHES = {"train": "solid", "held-out": "dot"}
CONFIG = {"displayModeBar": False, "showSendToCloud": False}
"""Of every plotly figure on a page: no bar of buttons over it, and of these never the one that sends a figure away."""
NAMES = {"beta": "β", "learning_rate": "rate"}
"""The settings that an edit can change, as a mark on the curves names them."""


def curves(
    rows: Sequence[Row], *, theme: Theme, is_deterministic: bool = False, settings: Mapping[str, float] | None = None
) -> go.Figure:
    """A run's reconstruction, KL and their sum over steps, one axis each, training solid and held-out dotted.

    rows: a run's metrics, nats per image; those of split 'edit' become marks, that of 'pca' a dashed line. theme:
    'light' or 'dark'.
    is_deterministic: there is no KL. settings: β and learning rate at the first step, to tell what an edit changed.
    """
    terms = LONE_TERM if is_deterministic else TERMS
    figure = make_subplots(
        rows=len(terms), cols=1, shared_xaxes=True, vertical_spacing=0.06, subplot_titles=[*terms.values()]
    )
    for row_number, term in enumerate(terms, start=1):
        for split in DASHES:
            chosen = [row for row in rows if row["split"] == split]
            figure.add_trace(_line(chosen, term, split, theme, showlegend=row_number == 1), row=row_number, col=1)
    for row in (row for row in rows if row["split"] == "pca"):
        for row_number, term in enumerate(terms, start=1):
            line = {"width": 1.5, "dash": "dash", "color": "gray"}
            figure.add_hline(y=value_of(row, term), line=line, row=row_number, col=1)
    for step, text in marks(rows, settings or {}):
        figure.add_vline(x=step, line={"width": 1, "dash": "dot", "color": "gray"})
        figure.add_annotation(x=step, xref="x", y=1, yref="paper", yanchor="top", text=text, showarrow=False)
    figure.update_xaxes(title_text="step", row=len(terms), col=1)
    return quiet(figure, height=520 if len(terms) > 1 else 260)


def _line(rows: Sequence[Row], term: str, split: str, theme: Theme, *, showlegend: bool) -> go.Scatter:
    return go.Scatter(
        x=[row["step"] for row in rows],
        y=[value_of(row, term) for row in rows],
        name="training" if split == "train" else "held-out",
        legendgroup=split,
        showlegend=showlegend,
        line={"dash": DASHES[split], "width": 2, "color": HUES[term][theme]},
        hovertemplate="step %{x}: %{y:.1f} nats<extra></extra>",
    )


def marks(rows: Sequence[Row], settings: Mapping[str, float]) -> list[tuple[int, str]]:
    """The steps at which a setting was changed, and to what: [(120, 'β 4')]; an edit that changed nothing has none."""
    known, found = dict(settings), []
    for row in (row for row in rows if row["split"] == "edit"):
        changed = {name: row[name] for name in NAMES if row.get(name) is not None and row[name] != known.get(name)}
        known |= changed
        if changed:
            found.append(
                (int(row["step"]), ", ".join(f"{NAMES[name]} {value:.12g}" for name, value in changed.items()))
            )
    return found


def value_of(row: Row, term: str) -> float:
    """A term of a row of metrics, or the sum of both, in nats per image."""
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
    return quiet(figure, height=260)


def quiet(figure: go.Figure, height: int) -> go.Figure:
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
        for row_number, term in enumerate(TERMS, start=1):
            if curve.is_deterministic and term != "reconstruction_nats":
                continue  # an autoencoder has no KL, and so no sum
            for split in splits:
                figure.add_trace(_overlaid_line(curve, term, split, along), row=row_number, col=1)
    figure.update_xaxes(title_text=along, row=len(TERMS), col=1)
    # Below the plots, where it may take as many lines as it needs; above, it would stand on the first one's title.
    return quiet(figure, height=640).update_layout(legend={"y": -0.1, "yanchor": "top"})


def _across(curve: Curve, along: Along) -> Callable[[Mapping[str, float]], float]:
    if along == "seconds":
        return lambda row: float(row["elapsed_s"])
    return lambda row: row["step"] / (curve.steps_per_epoch if along == "epoch" else 1)


def _overlaid_line(curve: Curve, term: str, split: str, along: Along) -> go.Scatter:
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
