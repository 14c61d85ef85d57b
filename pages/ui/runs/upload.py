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
    """Take in a .zip of a run directory; nothing in it is executed."""
    with st.expander("Upload a run"):
        given = st.file_uploader(
            "A .zip of a run directory", type="zip", help="As the Download button makes it, on this or another machine."
        )
        st.caption(IF_REFUSED)
        if given is not None:
            take_in(given.file_id, given.getvalue())


def take_in(upload_id: str, content: bytes) -> None:
    """Import an upload once, and say each time how that went."""
    run_id = state.remembered(upload_id)
    if run_id is None:
        try:
            run_id = archives.import_zip(content)
        except LatentStudioError as error:
            st.error(plain(str(error)))
            return
        state.remember(upload_id, run_id)
        state.hold(run_id)
        st.rerun()
    st.success(f"Run {run_id} is among your runs now: choose it in the list above.")
