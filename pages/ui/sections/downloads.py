"""The button that fetches a data set, and its progress. Used by every page that can do more with real images."""

from __future__ import annotations

import streamlit as st

from pages.ui.address import state
from pages.ui.server import images
from pages.ui.text import run_text
from pages.ui.text.markdown import plain
from vae_core import runs
from vae_core.data import registry

POLL_S = 0.25


def offer_download(name: str) -> None:
    """A button that downloads a data set, or the progress of one that is on its way.

    The download is a process of its own and goes on if the visitor turns to something else meanwhile.
    """
    title = registry.DATASETS[name].card.title
    if images.running_download(name):
        _watch(name, title)
        return
    if st.button(f"Download {plain(title)}", icon=":material/download:", key=f"download-{name}", width="stretch"):
        _watch(name, title)


def explain(run: runs.Run) -> None:
    """Where a run's real images cannot be shown, why; with the button, if a download would bring them."""
    reason = images.why_no_images(run)
    if reason and images.can_download(run):
        st.caption(run_text.images_hint(run))
        offer_download(run.card.name)
    elif reason:
        st.caption(plain(reason))


def _watch(name: str, title: str) -> None:
    """Show how much has arrived until the process ends, then draw the page anew."""
    current = images.download(name)
    bar = st.progress(0.0)
    while not current.wait(POLL_S):
        share = images.downloaded_share(name)
        bar.progress(share, f"Downloading {plain(title)}: {share:.0%}")
    bar.empty()
    state.note(str(current.error) if current.error else None)
    st.rerun()
