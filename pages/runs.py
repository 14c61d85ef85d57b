"""Runs: every run this session may see, its figures, and the way in and out for others' runs."""

import streamlit as st

from pages.ui.runs import deleting, elsewhere, one_run, run_list, several, upload
from pages.ui.server import visible_runs
from pages.ui.text.error_text import in_words


@in_words
def page() -> None:
    """The list, then what is chosen of it, then the ways in."""
    st.title("Runs", anchor=False)
    deleted = deleting.visible()
    deleting.offer_undo(deleted)
    chosen, everything = run_list.choose() or ([], [])
    if not chosen:
        st.info("Choose a run in the list to see its curves, open it in Explore or download it; several, to compare.")
    elif len(chosen) == 1:
        one_run.show(chosen[0], everything)
    else:
        several.show(chosen)
    upload.show()
    elsewhere.show()
    deleting.show(deleted)
    if not visible_runs.is_single_user():
        st.caption(
            "Listed are the shipped runs and those that this visit started, uploaded or came with the address of. "
            "A server for one person lists all: start it with `--server.address localhost` or VAE_SINGLE_USER=1."
        )


page()
