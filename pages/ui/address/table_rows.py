"""The rows chosen in a table, known by what they stand for; Streamlit knows them by their positions alone.

A table is another widget as soon as it lists other things, or the same in another order, unless it had no row chosen
and nothing to scroll: then it shows the others at once, where a new one takes a browser a tenth of a second. It begins
with the rows of what was chosen before; what it does not list stays chosen, for as long as it is known at all. So does
it when a visit comes back to its page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class _Drawn:
    """A table as it was drawn last: its widget's key, what it listed, row by row, and what was chosen by then.

    turn: how often another than the table has chosen.
    """

    key: str
    ids: tuple[str, ...]
    chosen: tuple[str, ...]
    turn: int = 0


def widget_key(name: str, ids: Sequence[str], most_rows: int = 0) -> str:
    """The key of the widget of a table that lists just these, in this order. most_rows: seen without scrolling."""
    drawn: _Drawn | None = st.session_state.get(name)
    if drawn and drawn.key:
        is_in_view = min(len(ids), len(drawn.ids)) <= most_rows
        is_free = is_in_view and not {*ids, *drawn.ids}.intersection(_chosen(name))
        if is_free or drawn.ids == tuple(ids):
            return drawn.key
    turn = f"-{drawn.turn}" if drawn and drawn.turn else ""
    key = f"{name}-{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:16]}{turn}"
    return f"{key}-again" if drawn and drawn.key == key else key  # which holds the rows chosen in another listing


def choose(name: str, ids: Sequence[str]) -> None:
    """Callback: these are chosen from now on, and no others."""
    drawn = st.session_state.get(name, _Drawn("", (), ()))
    st.session_state[name] = _Drawn("", (), tuple(ids), drawn.turn + 1)


def first_rows(name: str, ids: Sequence[str], at_first: Sequence[str] = ()) -> list[int]:
    """The rows that a table of these begins with: those of what was chosen, in the listing in which it was.

    at_first: what is chosen in a visit that has not seen the table.
    """
    if name not in st.session_state and at_first:
        st.session_state[name] = _Drawn("", (), tuple(at_first))
    chosen = _chosen(name)
    return [row for row, each in enumerate(ids) if each in chosen]


def keep_rows(
    name: str, ids: Sequence[str], event: Mapping[str, Any], known: Collection[str], key: str = ""
) -> tuple[str, ...]:
    """Remembers what a table reported when it was drawn with these; what is chosen, in the order of choosing.

    known: all that there is, listed or not: nothing else is chosen any more. key: the widget's; "" where nothing was
    drawn.
    """
    elsewhere = [each for each in _chosen(name) if each not in ids and each in known]
    chosen = (*elsewhere, *_ids_of(event, ids))
    drawn: _Drawn = st.session_state.get(name, _Drawn("", (), ()))
    st.session_state[name] = _Drawn(key, tuple(ids), chosen, drawn.turn)
    return chosen


def _chosen(name: str) -> tuple[str, ...]:
    """All that is chosen now, also what was clicked on while another listing was on its way."""
    drawn: _Drawn | None = st.session_state.get(name)
    if drawn is None:
        return ()
    clicked = st.session_state.get(drawn.key) if drawn.key else None
    if clicked is None:
        return drawn.chosen
    return (*(each for each in drawn.chosen if each not in drawn.ids), *_ids_of(clicked, drawn.ids))


def _ids_of(event: Mapping[str, Any], ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(ids[row] for row in event["selection"]["rows"] if row < len(ids))
