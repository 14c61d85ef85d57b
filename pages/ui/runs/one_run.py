"""The chosen run: ways on, what it was asked to do, how it went, and whether it is healthy."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from pages.ui.draw import charts
from pages.ui.health import section
from pages.ui.runs import exporting
from pages.ui.server import images, visible_runs
from pages.ui.text import run_text
from pages.ui.text.markdown import plain
from pages.ui.train import extending, run_controls
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.runs import archives


def show(run: runs.Run, visible: list[runs.Run]) -> None:
    """The chosen run: ways on, what it was asked to do, how it went, and whether it is healthy."""
    st.header(plain(run_text.run_title(run)), anchor=False)
    try:
        ways_on(run)
        status = visible_runs.status(run)
        if status.error:
            (st.error if status.state == "failed" else st.warning)(plain(status.error))
        reason = images.why_no_images(run)
        if reason and not images.can_download(run):
            st.caption(plain(reason))
        if parent := run_text.parent(run, visible):
            st.caption(parent)
        if run.is_complete:
            st.markdown(run_text.summary(run))
            exporting.offer(run)
        curves(run)
        section.show(run, visible, theme())
    except LatentStudioError as error:
        st.error(plain(str(error)))
    with st.expander("Made elsewhere" if run.imported else "Settings"):
        st.json(asdict(run.imported) if run.imported else run.config.model_dump(mode="json"))


def ways_on(run: runs.Run) -> None:
    """Open it in Explore or on Train, or take it along."""
    explore, train, download, more = st.columns([2, 2, 2, 4])
    if not (run.shipped or run.imported):
        label = "Show on Train" if run.is_complete else "Watch on Train"
        train.page_link("train.py", label=label, icon=":material/monitoring:", query_params={"training": run.id})
    if not run.is_complete:
        with explore:
            if run_controls.offer_to_settle(run):
                st.switch_page("train.py")
        return
    with more:
        if extending.offer(run, visible_runs.status(run)):
            st.switch_page("train.py")
    explore.page_link("explore.py", label="Open in Explore", icon=":material/explore:", query_params={"run": run.id})
    download.download_button(
        "Download", lambda: archives.export_zip(run), f"{run.id}.zip", "application/zip", icon=":material/download:",
        help="The run directory as a .zip: settings, weights, metrics, embedding and a manifest with digests.",
    )  # fmt: skip


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
