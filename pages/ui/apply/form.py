"""The form of a use, from its settings in `vae_core.apply.parts`; the address holds whatever is not as usual."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.ui.address import state
from pages.ui.apply import giving_labels, painting, selection
from pages.ui.text.markdown import plain
from vae_core import runs
from vae_core.apply.parts import PARTS, Option, Part


def choose_part() -> Part:
    """Which use; in the address as `part`."""
    names = list(PARTS)
    state.begin_choice("part", names, names[0])
    chosen = st.segmented_control(
        "What for",
        names,
        format_func=lambda name: f"{PARTS[name].icon} {PARTS[name].title}".strip(),
        required=True,
        key="part",
        label_visibility="collapsed",
    )
    state.keep_choice("part", chosen or names[0], names[0])
    return PARTS[chosen or names[0]]


def settings(part: Part, run: runs.Run) -> dict[str, str]:
    """Draws all settings that mean something; what they say. In the address as `<part>.<setting>`."""
    values: dict[str, str] = {}
    for option in part.options:
        if option.is_needed(values):
            values[option.name] = WIDGETS[option.kind](option, run, f"{part.name}.{option.name}")
    return values


def _choice(option: Option, run: runs.Run, key: str) -> str:
    offered = option.offered(run)
    usual = option.usual(run)
    state.begin_choice(key, list(offered), usual)
    chosen: str = st.selectbox(
        option.label, list(offered), format_func=lambda value: plain(offered[value]), key=key, help=option.about
    )
    state.keep_choice(key, chosen, usual)
    return chosen


def _number(option: Option, run: runs.Run, key: str) -> str:
    usual = option.usual(run)
    state.begin_choice(key, option.steps, usual)
    chosen: str = st.select_slider(option.label, option.steps, key=key, help=option.about)
    state.keep_choice(key, chosen, usual)
    return chosen


def _outline(option: Option, run: runs.Run, key: str) -> str:
    return selection.outline(run, key, option.about)


WIDGETS: dict[str, Callable[[Option, runs.Run, str], str]] = {
    "choice": _choice,
    "count": _number,
    "number": _number,
    "outline": _outline,
    "mask": lambda option, run, key: painting.region(run, key, option.about),
    "outlines": lambda option, run, key: giving_labels.outlines(run, key, option.about),
}
"""By the kind of setting: (setting, run, key in the address) -> what it says."""
