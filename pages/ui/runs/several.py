"""What can be done with several chosen runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.runs import deleting, marking, run_list
from vae_core.runs import archives
from vae_core.runs.listing import Entry


def show(chosen: Sequence[Entry]) -> None:
    """Compare them, take them along, mark or delete them."""
    offer_comparison(chosen)
    own = [each for each in chosen if not each.shipped]
    with st.container(horizontal=True, vertical_alignment="center"):
        offer_archive(chosen)
        if own:
            marking.offer_for_several(own)
            deleting.offer([each.id for each in own], f"Delete {len(own):,} {'run' if len(own) == 1 else 'runs'}")
    if len(own) < len(chosen):
        st.caption("Runs that ship with the project stay as they are: pins, tags and deletion pass over them.")


def offer_comparison(chosen: Sequence[Entry]) -> None:
    """The way from several runs to Compare; what is not trained yet stays behind."""
    complete = [each.id for each in chosen if each.is_complete]
    if len(complete) < len(chosen):
        st.info("Only finished and stopped runs can be compared; choose others, or wait for these to end.")
    if len(complete) > 1:
        st.page_link(
            "compare.py", label=f"Compare these {len(complete)} runs", icon=":material/compare:",
            query_params={"compare": ",".join(complete)},
        )  # fmt: skip


def offer_archive(chosen: Sequence[Entry]) -> None:
    """All that are trained, as one file, which Upload takes in again."""
    complete = [each for each in chosen if each.is_complete]
    opened = [run for run in map(run_list.opened_or_none, complete) if run]
    if len(opened) < 2:
        return
    if archives.size_of(opened) > archives.MAX_BYTES:
        st.caption(
            f"{len(opened):,} runs are more than {archives.MAX_BYTES // 2**20} MiB, which one archive holds: "
            "choose fewer to download them."
        )
        return
    st.download_button(
        f"Download {len(opened):,} runs", lambda: archives.export_several(opened), "runs.zip", "application/zip",
        key="download-several", icon=":material/download:", on_click="ignore",
        help="One .zip that holds the .zip of each run, as Download makes it; Upload takes it in again.",
    )  # fmt: skip
