"""The list of runs: a row each, of which some are chosen."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.address import table_rows
from pages.ui.server import run_previews, visible_runs
from pages.ui.text import run_text, tables
from vae_core import runs
from vae_core.errors import LatentStudioError

WAITING = run_previews.Glance((), "…")
_NATS = {
    name: st.column_config.NumberColumn(help="Held-out images, nats per image")
    for name in ("−ELBO", "Reconstruction", "KL")
}
COLUMNS: dict[str, Any] = {
    "Lattice": st.column_config.ImageColumn(
        width=72, help="What the decoder makes of places around the prior's middle, in the first two dimensions."
    ),
    "Loss": st.column_config.LineChartColumn(
        width=120, color="gray", help="Reconstruction + KL of the training images, nats."
    ),
    "Run": st.column_config.TextColumn(width="medium"),
    "Verdict": st.column_config.TextColumn(width="small", help="The first symptom found; choose the run for more."),
    **_NATS,
}


def choose(visible: dict[str, runs.Run], glances: dict[str, run_previews.Glance | None]) -> list[runs.Run]:
    """A table with one row per run; the selected ones. What is not made yet comes later: the page does not wait."""
    titles, listed = run_text.titles(visible), list(visible)
    rows = [row(run, titles[run_id], glances[run_id]) for run_id, run in visible.items()]
    event: Any = st.dataframe(
        tables.with_minus(rows, dict.fromkeys(_NATS, ",.1f")),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": table_rows.first_rows("runs-table", listed)}},
        key=table_rows.widget_key("runs-table", listed),
        placeholder="–",
        row_height=64,
        column_config=COLUMNS,
    )
    return [visible[run_id] for run_id in table_rows.keep_rows("runs-table", listed, event)]


def glance_of(run: runs.Run) -> run_previews.Glance | None:
    """Curve and verdict; `WAITING` while they are made, None for a run that still changes or is damaged."""
    try:
        status = visible_runs.status(run)
        return (run_previews.glance(run, status) or WAITING) if status.is_final else None
    except LatentStudioError:
        return None


@st.fragment(run_every=0.4)
def redraw_with_glances(listed: list[runs.Run]) -> None:
    """Draws the page anew when all are here."""
    if WAITING not in map(glance_of, listed):
        st.rerun()


def row(run: runs.Run, title: str, glance: run_previews.Glance | None) -> dict[str, Any]:
    """One run's line in the table; figures are of the held-out images."""
    held_out: runs.Figures | None = None
    run_state: str = visible_runs.status(run).state
    try:
        held_out = run.evaluation().held_out if run.is_complete and not run.imported else None
    except LatentStudioError:
        run_state = "damaged"
    has_bound = held_out and not run.config.is_deterministic  # an autoencoder encodes to points: it has none
    return {
        "Lattice": None if run_state == "damaged" else run_previews.lattice_address(run),
        "Run": title,
        "Verdict": glance.verdict if glance else None,
        "Loss": list(glance.curve) if glance else None,
        "State": run_text.STATES[run_state],
        "−ELBO": held_out.negative_elbo_nats if held_out and has_bound else None,
        "Reconstruction": held_out.reconstruction_nats if held_out else None,
        "KL": held_out.kl_nats if held_out and has_bound else None,
        "Active": f"{held_out.active_units} of {run.config.latent_dim}" if held_out else None,
        "Epochs": run.config.epochs,
        "Id": run.id,
    }
