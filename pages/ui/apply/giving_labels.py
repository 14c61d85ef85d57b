"""Labels given on the map: an outline around points and a class, one after the other, kept in the address."""

from __future__ import annotations

import streamlit as st

from pages.ui.address import state
from pages.ui.apply import selection
from pages.ui.text.markdown import plain
from vae_core import runs
from vae_core.apply import sources
from vae_core.apply.labelling import giving

GROUPS = 10
"""That may be told apart where images are of no class."""


def outlines(run: runs.Run, key: str, about: str) -> str:
    """Draws the map without its classes, which are to be given; what was given so far, as `giving.written` has it."""
    state.begin_words(key)
    given = giving.parsed(str(state.widget(key, "")))
    names = run.card.classes if run.card.classes and run.card.class_count else giving.group_names(GROUPS)
    drawn = selection.outline(run, f"{key}.drawn", about, shows_classes=False)
    number = names.index(st.selectbox("These are", names, format_func=plain, key=f"{key}-class"))
    st.button(
        "Give them this class", key=f"{key}-give", icon=":material/label:", disabled=not drawn, on_click=_keep,
        args=(key, [*given, (number, drawn)]), help="All images inside the outline; of several, the last counts.",
    )  # fmt: skip
    mu = run.embedding().mu
    for place, (each, corners) in enumerate(given):
        count = int(sources.inside(run, mu, corners).sum())
        st.button(
            f"{plain(names[each] if each < len(names) else str(each))}: {count:,} images", key=f"{key}-drop-{place}",
            icon=":material/close:", on_click=_keep, args=(key, given[:place] + given[place + 1 :]),
            help="Takes these labels back.", type="tertiary",
        )  # fmt: skip
    text = giving.written(given)
    state.keep_choice(key, text, "")
    return text


def _keep(key: str, given: list[tuple[int, str]]) -> None:
    """Callback: these labels and no others."""
    state.set_widgets({key: giving.written(given[-giving.MOST_OUTLINES :])})
