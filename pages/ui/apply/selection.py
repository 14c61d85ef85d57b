"""A selection on the map: an outline drawn around points, kept in the address."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.address import state
from pages.ui.draw import apply_charts, charts
from vae_core import runs
from vae_core.apply import sources
from vae_core.latent import planes


def outline(run: runs.Run, key: str, about: str, *, shows_classes: bool = True) -> str:
    """Draws the map, on which an outline may be drawn; its corners x,y,x,y,…, "" while there is none."""
    state.begin_words(key)
    kept = str(state.widget(key, ""))
    theme: charts.Theme = "dark" if st.context.theme.type == "dark" else "light"
    embedding = run.embedding()
    x, y = planes.project(sources.plane_of(run), embedding.mu)
    has_classes = shows_classes and bool(run.card.class_count)
    labels = embedding.labels if has_classes else None
    figure = apply_charts.outlined_map(x, y, labels, run.card.classes, kept, theme=theme)
    st.caption(about)
    event: Any = st.plotly_chart(
        figure, key=f"{key}-map", config=charts.CONFIG, on_select="rerun", selection_mode=("lasso",)
    )
    drawn = event.selection.lasso if event else []
    if drawn:
        kept = sources.shown_outline(list(zip(drawn[0]["x"], drawn[0]["y"], strict=True)))
        state.set_widgets({key: kept})
    state.keep_choice(key, kept, "")
    st.caption("Another outline takes the place of this one." if kept else "No outline is drawn yet.")
    return kept
