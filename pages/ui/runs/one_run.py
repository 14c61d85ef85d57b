"""The chosen run: ways on, what it was asked to do, how it went, and whether it is healthy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st

from pages.ui.draw import charts
from pages.ui.health import section
from pages.ui.runs import deleting, lineage, marking, run_list
from pages.ui.sections import exporting
from pages.ui.server import images, visible_runs
from pages.ui.text import run_text
from pages.ui.text.markdown import plain
from pages.ui.train import extending, forms, run_controls
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.runs import archives
from vae_core.runs.listing import Entry, index

MOST_RELATED = 200
"""Of runs of the same data set, how many the chosen one is shown among, the newest first."""


def show(entry: Entry, everything: Sequence[Entry]) -> None:
    """The chosen run, its data, and all that can be done with it."""
    run = run_list.opened_or_none(entry)
    if run is None:
        show_unreadable(entry)
        return
    st.header(plain(run_text.run_title(run, entry)), anchor=False)
    try:
        ways(entry, run)
        written_beside(entry)
        status = visible_runs.status(run)
        if status.error:
            (st.error if status.state == "failed" else st.warning)(plain(status.error))
        reason = images.why_no_images(run)
        if reason and not images.can_download(run):
            st.caption(plain(reason))
        lineage.show(entry, run, everything)
        if run.is_complete:
            st.markdown(run_text.summary(run))
            exporting.offer(run)
        curves(run)
        section.show(run, related(entry, everything), theme())
    except LatentStudioError as error:
        st.error(plain(str(error)))
    with st.expander("Made elsewhere" if run.imported else "Settings"):
        st.json(asdict(run.imported) if run.imported else run.config.model_dump(mode="json"))


def show_unreadable(entry: Entry) -> None:
    """Why a run cannot be opened; it can be deleted all the same."""
    st.header(plain(entry.marks.name or f"Run {entry.id[:8]}"), anchor=False)
    try:
        index.open_listed(entry).status()
    except LatentStudioError as error:
        st.error(plain(str(error)))
    deleting.offer([entry.id], "Delete")


def related(entry: Entry, everything: Sequence[Entry]) -> list[runs.Run]:
    """Runs that it can be compared with: complete, of the same data set; the newest, and itself."""
    same = [each for each in everything if each.data_title == entry.data_title and (each.is_complete or each is entry)]
    return [run for run in map(run_list.opened_or_none, same[:MOST_RELATED]) if run]


def ways(entry: Entry, run: runs.Run) -> None:
    """All that can be done with it, in one line that wraps."""
    with st.container(horizontal=True, vertical_alignment="center"):
        ways_on(run)
        if not run.imported:
            st.page_link(
                "train.py", label="Duplicate and edit", icon=":material/content_copy:",
                query_params=forms.in_address(run.config),
                help="Train with its settings in the form, to change some of them first.",
            )  # fmt: skip
        if not entry.shipped:
            marking.offer(entry)
            deleting.offer([entry.id], "Delete")
    if not run.imported and run.config.dataset not in visible_runs.dataset_names():
        st.caption("Its data set is not on this machine: a duplicate begins with another.")


def ways_on(run: runs.Run) -> None:
    """Open it in Explore or on Train, train it on, or take it along."""
    if run.is_complete:
        address = {"run": run.id}
        st.page_link("explore.py", label="Open in Explore", icon=":material/explore:", query_params=address)
    elif run_controls.offer_to_settle(run):
        st.switch_page("train.py")
    if not (run.shipped or run.imported):
        label = "Show on Train" if run.is_complete else "Watch on Train"
        st.page_link("train.py", label=label, icon=":material/monitoring:", query_params={"training": run.id})
    if not run.is_complete:
        return
    if extending.offer(run, visible_runs.status(run)):
        st.switch_page("train.py")
    st.download_button(
        "Download", lambda: archives.export_zip(run), f"{run.id}.zip", "application/zip", icon=":material/download:",
        help="The run directory as a .zip: settings, weights, metrics, embedding and a manifest with digests.",
    )  # fmt: skip


def written_beside(entry: Entry) -> None:
    """Its tags and its note, as they were typed."""
    if entry.marks.tags:
        st.caption(plain(f"Tags: {', '.join(entry.marks.tags)}"))
    if entry.marks.note:
        st.markdown(plain(entry.marks.note).replace("\n", "  \n"))


def theme() -> charts.Theme:
    """The visitor's."""
    return "dark" if st.context.theme.type == "dark" else "light"


def curves(run: runs.Run) -> None:
    """How reconstruction and KL went."""
    rows, _ = run.metrics()
    if run.imported:
        return
    if not rows:
        st.info("No metrics yet.")
        return
    config = run.config
    settings = {"beta": config.beta, "learning_rate": config.learning_rate}
    drawn = charts.curves(rows, theme=theme(), is_deterministic=config.is_deterministic, settings=settings)
    st.plotly_chart(drawn, key=f"curves-{run.id}", config=charts.CONFIG)
    if run.is_complete and not config.is_deterministic:
        bars = charts.kl_per_dimension(run.evaluation().held_out.kl_per_dim_nats, theme=theme())
        st.plotly_chart(bars, key=f"kl-{run.id}", config=charts.CONFIG)
