"""Data: pictures of one's own, dropped here, looked at, and kept to learn from."""

from pathlib import Path

import streamlit as st

from pages.ui.address import state
from pages.ui.components.drop_zone import drop_zone
from pages.ui.data_sets import by_name, kept_list, preview
from pages.ui.data_sets.seeds import typed_seed
from pages.ui.sections import downloads
from pages.ui.server import incoming, urls, visible_runs
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from vae_core.data.shapes import DRAWINGS
from vae_core.errors import LatentStudioError


@in_words
def page() -> None:
    """The drop zone; other ways in; what was dropped; what was kept."""
    st.title("Data", anchor=False)
    st.caption("Pictures of your own, to learn from: they stay on the machine that this app runs on.")
    received = drop_zone({"address": urls.INCOMING, "mostBytes": incoming.most_bytes()}, key="drop-zone").received
    named = (on_this_machine() if visible_runs.is_single_user() else None) or known_factors()
    on_their_way = by_name.show(downloads.pressed)
    if named is not None:
        preview.show(named, named.name)
    elif received:
        look_at(received["id"], received["name"])
    st.subheader("Kept", anchor=False)
    kept_list.show()
    if on_their_way:
        downloads.watch(on_their_way)  # at last: nothing after it is drawn until one has ended


def on_this_machine() -> incoming.Incoming | None:
    """A folder or a file of the machine, named instead of sent: only where everybody is one person."""
    with st.expander("A folder on this machine"):
        text = st.text_input("Path", key="data-path", placeholder="/home/me/pictures")
    if not text.strip():
        return None
    try:
        return incoming.on_this_machine(Path(text.strip()).expanduser())
    except LatentStudioError as error:
        st.error(plain(str(error)))
        return None


def known_factors() -> incoming.Incoming | None:
    """Pictures that are drawn: what there is to find out is known of each."""
    with st.expander("Shapes with known factors"):
        name = st.segmented_control(
            "Draw", list(DRAWINGS), format_func=lambda each: DRAWINGS[each].title, key="data-drawn"
        )
        count = st.selectbox("Pictures", [1_000, 10_000, 50_000], index=1, format_func="{:,}".format, key="data-count")
        seed = typed_seed("Seed", "data-seed")
        st.caption(
            DRAWINGS[name].about
            if name
            else "The factors go along as columns, and figures tell how well a code has found them."
        )
    return incoming.drawn_here(name, count, seed) if name and seed is not None else None


def look_at(identity: str, name: str) -> None:
    """What was sent, until it is kept and forgotten."""
    if sentence := state.remembered(f"kept {identity}"):
        st.success(sentence)
        return
    try:
        preview.show(incoming.sent(identity), name)
    except LatentStudioError as error:
        st.info(plain(str(error)))


page()
