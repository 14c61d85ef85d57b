"""Runs are deleted at once, without a question, and come back for a day."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.address import state
from pages.ui.server import visible_runs
from pages.ui.text import run_text
from pages.ui.text.markdown import plain
from vae_core.errors import LatentStudioError
from vae_core.runs import reader
from vae_core.runs.listing import trash
from vae_core.runs.listing.trash import Deleted

JUST_NOW = "deleted"
MOST_SHOWN = 20


def offer(ids: Sequence[str], label: str) -> None:
    """A button that deletes these."""
    st.button(
        label, key=f"delete-{ids[0]}-{len(ids)}", icon=":material/delete:", on_click=_delete, args=(tuple(ids),),
        help="For a day they can come back, from the end of this page.",
    )  # fmt: skip


def _delete(ids: Sequence[str]) -> None:
    """Callback: what is refused stays, and the first refusal is said."""
    gone, refusals = [], []
    for run_id in ids:
        try:
            trash.delete(run_id)
            gone.append(run_id)
        except LatentStudioError as error:
            refusals.append(str(error))
    state.remember(JUST_NOW, ",".join(gone))
    if refusals:
        state.note(refusals[0])


def _restore(ids: Sequence[str]) -> None:
    """Callback."""
    try:
        for run_id in ids:
            trash.restore(run_id)
    except LatentStudioError as error:
        state.note(str(error))


def visible() -> list[Deleted]:
    """Those that this session may bring back, the last deleted first."""
    held, is_single = set(state.held()), visible_runs.is_single_user()
    return [each for each in trash.deleted() if is_single or each.id in held]


def offer_undo(deleted: Sequence[Deleted]) -> None:
    """One line above the list, about what was deleted last in this visit, for as long as it can come back."""
    last = set((state.remembered(JUST_NOW) or "").split(","))
    ids = [each.id for each in deleted if each.id in last]
    if not ids:
        return
    what = "1 run is deleted" if len(ids) == 1 else f"{len(ids):,} runs are deleted"
    with st.container(horizontal=True, vertical_alignment="center", key="undo"):
        st.caption(f"{what}, and can come back for a day.", width="content")
        st.button("Undo", key="undo-deletion", icon=":material/undo:", on_click=_restore, args=(ids,))
        st.button("Close", key="close-undo", type="tertiary", on_click=state.remember, args=(JUST_NOW, ""))


def show(deleted: Sequence[Deleted]) -> None:
    """All that can come back, each with its button; nothing where there is none."""
    if not deleted:
        return
    with st.expander(f"Deleted within a day: {len(deleted):,}"):
        for each in deleted[:MOST_SHOWN]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button("Bring back", key=f"restore-{each.id}", on_click=_restore, args=([each.id],))
                st.caption(plain(_title(each)), width="content")
        if len(deleted) > MOST_SHOWN:
            st.button("Bring all back", on_click=_restore, args=([each.id for each in deleted],))


def _title(each: Deleted) -> str:
    try:
        return f"{run_text.run_title(reader.load(each.directory))}, {each.id[:8]}"
    except LatentStudioError:
        return f"run {each.id}"
