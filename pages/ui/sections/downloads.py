"""The button that fetches a data set, and its progress. Used by every page that can do more with real images."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.address import state
from pages.ui.server import images
from pages.ui.server.background import Task
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
    if (task := images.running_download(name)) or pressed(name, f"Download {plain(title)}"):
        watch({name: (task or images.download(name), st.empty())})


def pressed(name: str, label: str) -> bool:
    """The button alone."""
    return st.button(label, icon=":material/download:", key=f"download-{name}", width="stretch")


def explain(run: runs.Run) -> None:
    """Where a run's real images cannot be shown, why; with the button, if a download would bring them."""
    reason = images.why_no_images(run)
    if reason and images.can_download(run):
        st.caption(run_text.images_hint(run))
        offer_download(run.card.name)
    elif reason:
        st.caption(plain(reason))


def watch(downloads: Mapping[str, tuple[Task[None], DeltaGenerator]]) -> None:
    """Show in its place how much has arrived of each data set, until one has ended; then draw the page anew.

    Nothing of what the page draws after this is seen before.
    """
    tasks = [task for task, _ in downloads.values()]
    while not any(task.is_done for task in tasks):
        for name, (_, place) in downloads.items():
            place.progress(share := images.downloaded_share(name), _doing(name, share))
        tasks[0].wait(POLL_S)
    failed = next((task.error for task in tasks if task.error), None)
    state.note(str(failed) if failed else None)
    st.rerun()


def _doing(name: str, share: float) -> str:
    title = plain(registry.DATASETS[name].card.title)
    return f"Downloading {title}: {share:.0%}" if share < 1 else f"Unpacking {title} …"
