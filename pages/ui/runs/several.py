"""What can be done with several chosen runs."""

from __future__ import annotations

import streamlit as st

from vae_core import runs


def offer_comparison(chosen: list[runs.Run]) -> None:
    """The way from several runs to Compare; what is not trained yet stays behind."""
    complete = [run.id for run in chosen if run.is_complete]
    if len(complete) < len(chosen):
        st.info("Only finished and stopped runs can be compared; choose others, or wait for these to end.")
    if len(complete) > 1:
        st.page_link(
            "compare.py", label=f"Compare these {len(complete)} runs", icon=":material/compare:",
            query_params={"compare": ",".join(complete)},
        )  # fmt: skip
