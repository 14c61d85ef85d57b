"""Which class a conditional model draws: its decoder is asked for one class at a time."""

from __future__ import annotations

import streamlit as st

from pages.ui.server import artifacts
from pages.ui.text.markdown import plain
from vae_core import runs


def choose_label(run: runs.Run) -> int | None:
    """A widget for the class, kept in the URL as `class`; the class's number, or None where there is no choice.

    There is none for models that know no classes, and none while a run trains: it publishes the decoder of its first
    class only.
    """
    if not run.config.is_conditional:
        return None
    classes = list(run.card.classes or ())
    if not run.is_complete:
        st.caption(f"Until the run has ended, all images are decoded as class {classes[0]}.")
        return None
    chosen: str = st.selectbox(
        "Class",
        classes,
        key="class",
        bind="query-params",
        width=200,
        help="The label that the decoder is told. The map shows what the label leaves open: the style.",
    )
    label = classes.index(chosen)
    if label in artifacts.absent_classes(run):
        st.caption(
            f"Of class {plain(chosen)} there is no image on the map, and there may have been none to learn from."
        )
    return label
