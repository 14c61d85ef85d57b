"""Where a run's model began, what goes on from it, and the sweep that it is of."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.address import table_rows
from pages.ui.runs import run_list
from pages.ui.server import visible_runs
from pages.ui.text import run_text
from pages.ui.text.markdown import plain
from vae_core import runs
from vae_core.runs.listing import Entry

MOST_CHILDREN = 6


def show(entry: Entry, run: runs.Run, everything: Sequence[Entry]) -> None:
    """Its sweep, parent and children, with the way to each; nothing for a run that has none."""
    parents = [each for each in everything if each.id == entry.parent]
    children = [each for each in everything if each.parent == entry.id]
    known = [each for each in map(run_list.opened_or_none, parents) if each]
    if said := run_text.parent(run, known):
        st.caption(said)
    for sweep in visible_runs.sweeps().values():
        if any(planned.run_id == entry.id for planned in sweep.runs()):
            address, label = {"sweep": sweep.id}, f"Of the sweep {plain(sweep.name)}"
            st.page_link("compare.py", label=label, icon=":material/scatter_plot:", query_params=address)
    if entry.marks.came_from:
        st.caption(plain(f"Imported: {entry.marks.came_from}."))
    if not parents and not children:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for each in parents:
            _way_to(each, "Show what it goes on from", ":material/arrow_upward:")
        for each in children[:MOST_CHILDREN]:
            title = run_text.run_title(child, each) if (child := run_list.opened_or_none(each)) else each.id[:8]
            _way_to(each, f"Continued: {plain(title)}", ":material/arrow_downward:")
        if len(children) > MOST_CHILDREN:
            st.caption(f"and {len(children) - MOST_CHILDREN} more: search for `parent={entry.id}`", width="content")


def _way_to(entry: Entry, label: str, icon: str) -> None:
    st.button(
        label, key=f"to-{entry.id}", icon=icon, type="tertiary", on_click=table_rows.choose,
        args=(run_list.TABLE, [entry.id]),
    )  # fmt: skip
