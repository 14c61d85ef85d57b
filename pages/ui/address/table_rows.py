"""The rows chosen in a table, known by what they stand for; Streamlit knows them by their positions alone.

A table is another widget as soon as it lists other things, or the same in another order. It begins with the rows of
what was chosen before, as far as that is still listed; so does it when a visit comes back to its page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class _Drawn:
    """A table as it was drawn last: its widget's key, what it listed, row by row, and what of that was chosen."""

    key: str
    ids: tuple[str, ...]
    chosen: tuple[str, ...]


def widget_key(name: str, ids: Sequence[str]) -> str:
    """The key of a table's widget while it lists just these, in this order."""
    return f"{name}-{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:16]}"


def first_rows(name: str, ids: Sequence[str]) -> list[int]:
    """The rows that a table of these begins with: those of what was chosen, in the listing in which it was."""
    drawn: _Drawn | None = st.session_state.get(name)
    if drawn is None:
        return []
    clicked = st.session_state.get(drawn.key)  # also what was clicked on while another listing was on its way
    chosen = drawn.chosen if clicked is None else _ids_of(clicked, drawn.ids)
    return [row for row, each in enumerate(ids) if each in chosen]


def keep_rows(name: str, ids: Sequence[str], event: Mapping[str, Any]) -> tuple[str, ...]:
    """Remembers what a table reported when it was drawn with these; what is chosen, in the order of choosing."""
    chosen = _ids_of(event, ids)
    st.session_state[name] = _Drawn(widget_key(name, ids), tuple(ids), chosen)
    return chosen


def _ids_of(event: Mapping[str, Any], ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(ids[row] for row in event["selection"]["rows"] if row < len(ids))
