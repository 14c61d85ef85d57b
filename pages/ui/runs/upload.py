"""The way in for others' runs."""

from __future__ import annotations

import streamlit as st

from pages.ui.address import state
from pages.ui.text.markdown import plain
from vae_core.errors import LatentStudioError
from vae_core.runs import archives

IF_REFUSED = (
    "Should it end with an AxiosError, the app has not seen the file. With status 413 a proxy takes no file of that "
    "size: raise its limit (in nginx, client_max_body_size 256m). With status 403 the page stands in another site's "
    "frame, or a proxy keeps its cookie back: open the app in a tab of its own, or start it with "
    "`--server.enableXsrfProtection=false`."
)


def show() -> None:
    """Take in a .zip of a run directory, or of several such; nothing in it is executed."""
    with st.expander("Upload a run"):
        given = st.file_uploader(
            "A .zip of a run directory, or of several such",
            type="zip",
            help="As the Download buttons make it, on this or another machine.",
        )
        st.caption(IF_REFUSED)
        if given is not None:
            take_in(given.file_id, given.getvalue())


def take_in(upload_id: str, content: bytes) -> None:
    """Import an upload once, and say each time how that went."""
    taken = state.remembered(upload_id)
    if taken is None:
        try:
            run_ids = archives.import_any(content)
        except LatentStudioError as error:
            st.error(plain(str(error)))
            return
        state.remember(upload_id, ",".join(run_ids))
        for run_id in run_ids:
            state.hold(run_id)
        st.rerun()
    run_ids = taken.split(",")
    if len(run_ids) == 1:
        st.success(f"Run {run_ids[0]} is among your runs now: choose it in the list above.")
    else:
        st.success(f"{len(run_ids):,} runs are among your runs now: choose them in the list above.")
