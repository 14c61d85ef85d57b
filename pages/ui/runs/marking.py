"""What people write beside a run: its name, note, tags and pin, for one run or for several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.ui.address import state
from vae_core.errors import LatentStudioError
from vae_core.runs.listing import Entry, marks


def offer(entry: Entry) -> None:
    """A form for all of it, and a button for the pin."""
    keys = {name: f"{name}-of-{entry.id}" for name in ("name", "note", "tags")}
    given = entry.marks
    with st.popover("Name and note", icon=":material/edit_note:"), st.form(f"marks-{entry.id}", border=False):
        st.text_input(
            "Name", value=given.name, key=keys["name"], max_chars=marks.LONGEST_NAME,
            help="Shown on all pages. Empty: what its settings make.",
        )  # fmt: skip
        st.text_area("Note", value=given.note, key=keys["note"], max_chars=marks.LONGEST_NOTE)
        st.text_input("Tags", value=", ".join(given.tags), key=keys["tags"], help="With commas between them.")
        st.form_submit_button("Keep", type="primary", on_click=_keep, args=(entry, keys))
    label = "Unpin" if given.is_pinned else "Pin"
    st.button(
        label, key=f"pin-{entry.id}", icon=":material/keep:", on_click=change, args=([entry],),
        kwargs={"is_pinned": not given.is_pinned}, help="Pinned runs come first in the list.",
    )  # fmt: skip


def offer_for_several(chosen: Sequence[Entry]) -> None:
    """A pin for all, and a tag for all."""
    is_pinned = all(each.marks.is_pinned for each in chosen)
    label = "Unpin all" if is_pinned else "Pin all"
    st.button(
        label, key="pin-several", icon=":material/keep:", on_click=change, args=(chosen,),
        kwargs={"is_pinned": not is_pinned},
    )  # fmt: skip
    with st.popover("Tag", icon=":material/label:"), st.form("tag-several", border=False):
        st.text_input("Tags", key="tags-of-several", help="With commas between them.")
        with st.container(horizontal=True):
            st.form_submit_button("Add", type="primary", on_click=_tag, args=(chosen,))
            st.form_submit_button("Take away", on_click=_tag, args=(chosen,), kwargs={"are_added": False})


def _keep(entry: Entry, keys: dict[str, str]) -> None:
    """Callback."""
    typed = {name: state.widget(key, "") for name, key in keys.items()}
    change([entry], **{**typed, "tags": marks.tags_from(typed["tags"])})


def _tag(chosen: Sequence[Entry], *, are_added: bool = True) -> None:
    """Callback."""
    typed = marks.tags_from(state.widget("tags-of-several", ""))
    for each in chosen:
        own = each.marks.tags
        change([each], tags=marks.unique([*own, *typed]) if are_added else tuple(t for t in own if t not in typed))


def change(chosen: Sequence[Entry], **changes: Any) -> None:
    """Callback: the same for each; the first refusal is said."""
    refusals = []
    for each in chosen:
        try:
            marks.change(each.directory, **changes)
        except LatentStudioError as error:
            refusals.append(str(error))
    if refusals:
        state.note(refusals[0])
