"""The data sets that everybody can have: what each is, whether it is here, and how it gets here."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.server import images
from pages.ui.server.background import Task
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from vae_core.data import registry
from vae_core.data.source import Source


@in_words
def show(start: Callable[[str, str], bool]) -> dict[str, tuple[Task[None], DeltaGenerator]]:
    """A line for each. start: draws the button that downloads, by name and label, and says whether it was pressed.

    Returns the downloads that are on their way, each with the place for its progress.
    """
    on_their_way = {}
    with st.expander("By name", key="by-name"):
        st.caption("What everybody has: fetched from its own server once, checked, and kept on this machine.")
        for name, source in registry.DATASETS.items():
            about, action = st.columns([3, 2], vertical_alignment="center")
            about.markdown(f"**{plain(source.card.title)}**: {plain(source.about)}", help=plain(source.card.origin))
            with action:
                if task := _task(name, source, start):
                    on_their_way[name] = (task, st.empty())
    return on_their_way


def _task(name: str, source: Source, start: Callable[[str, str], bool]) -> Task[None] | None:
    """The download that is on its way; else the way to learn from what is here, or the button."""
    if registry.is_available(name):
        st.page_link(
            "train.py", label="Learn from it", icon=":material/model_training:", query_params={"dataset": name}
        )
        return None
    label = f"Download {plain(source.card.title)}, {source.download_bytes / 1e6:.0f} MB"
    running = images.running_download(name)
    return running or (images.download(name) if start(name, label) else None)
