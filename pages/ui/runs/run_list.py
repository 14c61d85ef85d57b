"""The list of runs: searched, sorted, a page at a time, the pinned first; a row each, of which some are chosen.

Nothing is opened but what is listed just now: ten thousand runs cost what their index costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.address import state, table_rows
from pages.ui.server import run_previews, visible_runs
from pages.ui.text import run_text, tables
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.runs.listing import Entry, Glance, found, index, ordered
from vae_core.runs.listing.search import columns

TABLE = "runs-table"
HEADER, ROW, MOST_ROWS = 36, 64, 8
"""Pixels of the table's head and of a row; rows to be seen without scrolling in the table."""
SHOWN = 50
"""Rows on a page of the list."""
MOST_IN_ADDRESS = 12
"""Chosen runs that the address keeps."""
PIN = "★"
WAITING = Glance((), "…")
_SIGNS = "`<` `>` `<=` `>=` `=` `!=`, and `:` for a part of it"
HELP = (
    "Words of titles, names, notes, tags and ids, all of which are to be found; \"words together\"; and comparisons: "
    "`elbo<150`, `beta>1`, `latent_dim=2`, `tag:demo`, `verdict:collapse`, `hidden_sizes=512-256`. "
    f"Signs are {_SIGNS}. Named can be every setting, and elbo, reconstruction, kl, active, accuracy, step, verdict, "
    "state, name, note, tag, pinned, parent, from and id."
)  # fmt: skip
NATS_HELP = "Held-out images, nats per image"
_NATS = {name: st.column_config.NumberColumn(help=NATS_HELP) for name in ("−ELBO", "Reconstruction", "KL")}
COLUMNS: dict[str, Any] = {
    "Lattice": st.column_config.ImageColumn(
        width=72, help="What the decoder makes of places around the prior's middle, in the first two dimensions."
    ),
    "Loss": st.column_config.LineChartColumn(
        width=120, color="gray", help="Reconstruction + KL of the training images, nats."
    ),
    "Run": st.column_config.TextColumn(width="medium", help=f"With {PIN} those that are pinned, which come first."),
    "Verdict": st.column_config.TextColumn(width="small", help="The first symptom found; choose the run for more."),
    "Note": st.column_config.TextColumn(width="medium"),
    "Tags": st.column_config.ListColumn(width="small"),
    "From": st.column_config.TextColumn(width="small", help="The run that it goes on from, or whence it was imported."),
    **_NATS,
}
_IF_ANY = ("Note", "Tags", "From")
"""Columns that a list has where one of its runs has something there."""


@st.fragment
@in_words
def choose() -> tuple[list[Entry], list[Entry]]:
    """Draws the list; the chosen runs, in the order of choosing, and all there are.

    Searching, sorting and turning pages draw the list alone anew; choosing draws what is below it, too.
    """
    everything = visible_runs.entries()
    listed = turn_pages(arrange(everything))
    chosen = choose_of(listed, everything)
    if WAITING in map(glance_of, listed):
        redraw_with_glances(listed)
    return chosen, everything


def choose_of(listed: Sequence[Entry], everything: Sequence[Entry]) -> list[Entry]:
    """Draws the table; what is chosen in it, and elsewhere before."""
    ids, known = [each.id for each in listed], {each.id: each for each in everything}
    if not listed:
        nothing: dict[str, Any] = {"selection": {"rows": []}}
        chosen = table_rows.keep_rows(TABLE, [], nothing, known)
    else:
        first = table_rows.first_rows(TABLE, ids, [each for each in state.in_address("chosen").split(",") if each])
        table, forms = written(rows_of(listed, known))
        key = table_rows.widget_key(TABLE, ids, MOST_ROWS)
        event: Any = st.dataframe(
            table,
            hide_index=True,
            on_select=_draw_whole_page,
            selection_mode="multi-row",
            selection_default={"selection": {"rows": first}},
            key=key,
            placeholder="–",
            row_height=ROW,
            height=HEADER + ROW * min(len(listed), MOST_ROWS) + 2,
            column_config=COLUMNS | forms,
        )
        chosen = table_rows.keep_rows(TABLE, ids, event, known, key)
    state.keep_choice("chosen", ",".join(chosen) if len(chosen) <= MOST_IN_ADDRESS else "", "")
    say_what_is_chosen(chosen, ids)
    return [known[run_id] for run_id in chosen]


def _draw_whole_page() -> None:
    """Callback of what changes more than the list."""
    st.rerun()


def _choose_none() -> None:
    """Callback."""
    table_rows.choose(TABLE, ())
    _draw_whole_page()


def say_what_is_chosen(chosen: Sequence[str], listed: Sequence[str]) -> None:
    """How many are chosen, where one cannot see it, and the way back to none."""
    away = len(set(chosen) - set(listed))
    if len(chosen) > 1 or away:
        elsewhere = f", {away} of them not in this list" if away else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{len(chosen):,} chosen{elsewhere}", width="content")
            st.button("Choose none", type="tertiary", on_click=_choose_none)


def arrange(everything: Sequence[Entry]) -> list[Entry]:
    """What a search has found, in the order that was asked for; all of them, with its sentence, if it means nothing."""
    for key in ("find", "page"):
        state.begin_words(key)
    names = ["", *columns()]
    state.begin_choice("sort", names, "")
    state.begin_choice("order", ["up", "down"], "up")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", key="find", placeholder="mnist beta>1 tag:demo", help=HELP, on_change=_to_first_page, width=360
        )
        name = st.selectbox(
            "Sort by", names, key="sort", on_change=_to_first_page, width=240,
            format_func=lambda each: columns()[each].label if each else "Newest first",
        )  # fmt: skip
        order: str | None = "up"
        if name:
            order = st.segmented_control(
                "Order", ["up", "down"], key="order", required=True, on_change=_to_first_page,
                format_func={"up": "Lowest first", "down": "Highest first"}.__getitem__,
            )  # fmt: skip
    for key, value, default in (("find", text, ""), ("sort", name, ""), ("order", order or "up", "up")):
        state.keep_choice(key, value, default)
    try:
        matching = found(everything, text)
    except LatentStudioError as error:
        st.error(plain(str(error)))
        matching = list(everything)
    if not matching:
        st.info("No run has all of this. Search for less, or clear the field to see all.")
    return ordered(matching, name, is_descending=order == "down")


def _to_first_page() -> None:
    """Callback."""
    state.set_widgets({"page": "1"})


def turn_pages(matching: Sequence[Entry]) -> Sequence[Entry]:
    """Those on the page that the address names, and the way to the others."""
    typed, pages = state.widget("page", "1"), max(1, -(-len(matching) // SHOWN))
    number = min(max(int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 1, 1), pages)
    state.keep_choice("page", str(number), "1")
    first = SHOWN * (number - 1)
    listed = matching[first : first + SHOWN]
    if pages > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            for label, to in (("Previous", number - 1), ("Next", number + 1)):
                values, is_none = {"page": str(to)}, not 1 <= to <= pages
                st.button(label, key=f"page-{label}", on_click=state.set_widgets, args=(values,), disabled=is_none)
            st.caption(f"{first + 1:,} to {first + len(listed):,} of {len(matching):,} runs", width="content")
    return listed


def rows_of(listed: Sequence[Entry], known: dict[str, Entry]) -> list[dict[str, Any]]:
    """A row for each; columns in which nothing stands are left out. known: all runs, for the titles of parents."""
    opened = {each.id: run for each in listed if (run := opened_or_none(each))}
    titles = run_text.titles(opened, known)
    rows = [row(each, opened.get(each.id), titles.get(each.id), known) for each in listed]
    empty = {name for name in _IF_ANY if not any(each[name] for each in rows)}
    return [{name: value for name, value in each.items() if name not in empty} for each in rows]


def written(rows: list[dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
    """The rows as a table, and the form of its figures.

    A true minus and commas need a Styler, which costs a third of what it takes to draw the page: only where they occur.
    """
    if any(not 0 <= (each[name] or 0) < 1000 for each in rows for name in _NATS):
        return tables.with_minus(rows, dict.fromkeys(_NATS, ",.1f")), {}
    forms = {name: st.column_config.NumberColumn(help=NATS_HELP, format="%.1f") for name in _NATS}
    return pd.DataFrame(rows), forms


def opened_or_none(entry: Entry) -> runs.Run | None:
    """The run, not verified; None if it cannot be opened."""
    try:
        return index.open_listed(entry)
    except LatentStudioError:
        return None


def glance_of(entry: Entry) -> Glance | None:
    """Curve and verdict; `WAITING` while they are made, None for a run that still changes or is damaged."""
    try:
        return (run_previews.glance(entry) or WAITING) if entry.is_final else None
    except LatentStudioError:
        return None


@st.fragment(run_every=0.4)
def redraw_with_glances(listed: Sequence[Entry]) -> None:
    """Draws the page anew when all are here."""
    if WAITING not in map(glance_of, listed):
        st.rerun()


def state_of(entry: Entry, run: runs.Run | None) -> str:
    """Its state, where its files can be read, and where a server waits for the disk."""
    if run is None or entry.is_damaged:
        return "damaged"
    try:
        return entry.state if entry.is_final else visible_runs.status(run).state
    except LatentStudioError:
        return "damaged"


def row(entry: Entry, run: runs.Run | None, title: str | None, known: dict[str, Entry]) -> dict[str, Any]:
    """One run's line in the table; figures are of the held-out images."""
    run_state, glance, figures = state_of(entry, run), glance_of(entry), entry.figures
    has_bound = run is not None and not run.config.is_deterministic  # an autoencoder encodes to points: it has none
    name = title or entry.marks.name or f"Run {entry.id[:8]}"
    units = figures.get("active_units")
    active = None if units is None else f"{units:.0f} of {entry.settings.get('latent_dim')}"
    has_picture = entry.is_complete and run_state != "damaged"
    return {
        "Lattice": run_previews.picture_at(entry.id, entry.step) if has_picture else None,
        "Run": f"{PIN} {name}" if entry.marks.is_pinned else name,
        "Verdict": glance.verdict if glance else None,
        "Loss": list(glance.curve) if glance else None,
        "State": run_text.STATES[run_state],
        "−ELBO": figures.get("negative_elbo_nats") if has_bound else None,
        "Reconstruction": figures.get("reconstruction_nats"),
        "KL": figures.get("kl_nats") if has_bound else None,
        "Active": active,
        "Epochs": None if entry.made_in else entry.settings.get("epochs"),
        "Data set": entry.data_title,
        "Note": entry.marks.note,
        "Tags": list(entry.marks.tags),
        "From": origin(entry, known),
        "Id": entry.id,
        **sorted_by(entry),
    }


def origin(entry: Entry, known: dict[str, Entry]) -> str:
    """Where its model began, in a few words; '' if here, and from nothing."""
    if entry.parent:
        return f"continues {known[entry.parent].marks.name if entry.parent in known else ''}".strip() + (
            f" {entry.parent[:8]}"
        )
    whence = entry.made_in or entry.marks.came_from
    return f"imported: {whence}" if whence else ""


_LISTED = {"", "elbo", "reconstruction", "kl", "active", "verdict", "state", "epochs", "pinned", "note", "tag", "id"}
"""What the list can be sorted by and shows anyway."""


def sorted_by(entry: Entry) -> dict[str, Any]:
    """What the list is sorted by, where no other column says it."""
    name = state.widget("sort", "")
    if name in _LISTED or name not in columns():
        return {}
    value = columns()[name].read(entry)
    return {columns()[name].label: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value}
