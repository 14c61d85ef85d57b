"""What somebody has dropped, before it is kept: how many pictures of which class, and what becomes of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.ui.address import state
from pages.ui.server import incoming
from pages.ui.server.background import Task
from pages.ui.server.incoming import Incoming
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from pages.ui.train.first_screen import class_rows
from vae_core.errors import LatentStudioError
from vae_core.intake.adding import Added
from vae_core.intake.found import USUAL_SIDES, Found
from vae_core.intake.layout import classes_of
from vae_core.intake.pictures import LARGEST, SMALLEST, Fit, Preparation

POLL_S = 0.4
FITS: dict[Fit, str] = {"fill": "Cut to fit", "fit": "Show all, with borders", "stretch": "Stretch"}
_NAMED = 6  # classes in a sentence


@in_words
def show(what: Incoming, name: str) -> None:
    """The sentence, the choices, some pictures as they would be kept, and the button that keeps them."""
    keeping = incoming.keeping(what)
    if keeping and not keeping.is_done:
        _wait(keeping, "Keeping")
        return
    if keeping and not keeping.error:
        _kept(what, keeping.result())
        return
    task = incoming.found_in(what)
    if not task.is_done:
        _wait(task, "Looking into it")
        return
    found = task.result()
    st.markdown(plain(sentence(found)))
    choices, pictures = st.columns([1, 2], gap="large")
    with choices:
        wanted = _choices(found.suggested)
        title = st.text_input(
            "Name", value=name.split(".", maxsplit=1)[0][:60] or "My pictures", key=f"title-{what.id}", max_chars=60
        )
        st.button(
            f"Keep {len(found.names):,} pictures", type="primary", icon=":material/save:", width="stretch",
            on_click=_keep, args=(what, title, wanted), disabled=not title.strip(),
        )  # fmt: skip
        if keeping and keeping.error:
            st.error(plain(str(keeping.error)))
    with pictures:
        _sheet(what, wanted)
        _skipped(found)


def sentence(found: Found) -> str:
    """What was found, for people."""
    count = len(found.names)
    text = f"{count:,} picture{'s' if count != 1 else ''}"
    if found.labels is not None:
        sizes = Counter(found.labels)
        classes = classes_of(sizes)
        named = ", ".join(f"{name or '(none)'} {sizes[name]:,}" for name in classes[:_NAMED])
        text += f" of {len(classes)} classes: {named}{' and others' if len(classes) > _NAMED else ''}."
    else:
        text += ", without classes: the map will have one colour."
    sides = Counter(found.sides or ())
    if {"train", "held-out"} <= sides.keys():
        text += f" Its folders hold {sides['held-out']:,} of them out."
    return " ".join([text, *found.notes])


def _choices(suggested: Preparation) -> Preparation:
    """The controls, and what they say."""
    sides = sorted({*USUAL_SIDES, *(suggested.size if suggested.size[0] == suggested.size[1] else ())})
    own = f"{suggested.size[0]}×{suggested.size[1]}"
    options = [own, *(text for side in sides if (text := f"{side}×{side}") != own)]
    size = st.selectbox(
        "Size", options, key="data-size",
        help=f"Pixels, height × width, {SMALLEST} to {LARGEST} a side. Smaller learns faster.",
    )  # fmt: skip
    colour = st.segmented_control(
        "Colours",
        ["Colour", "Grey"],
        default="Colour" if suggested.colour else "Grey",
        key="data-colour",
        required=True,
    )
    fit = st.selectbox("Other shapes", list(FITS), format_func=FITS.__getitem__, key="data-fit")
    inverted = st.toggle(
        "Black becomes white", key="data-inverted", help="Models learn bright strokes on black more easily."
    )
    height, _, width = size.partition("×")
    chosen = replace(suggested, size=(int(height), int(width)), colour=colour == "Colour", inverted=inverted)
    return replace(chosen, fit=fit)


def _sheet(what: Incoming, wanted: Preparation) -> None:
    task = incoming.sheet(what, wanted)
    if not task.is_done:
        _wait(task, "Decoding some of them")
        return
    st.html(class_rows(task.result()))


def _skipped(found: Found) -> None:
    if not found.skipped:
        return
    with st.expander(f"{len(found.skipped):,} files are no pictures"):
        st.dataframe(
            [{"File": name, "Why": why} for name, why in list(found.skipped.items())[:1000]], hide_index=True
        )  # fmt: skip


def _keep(what: Incoming, title: str, wanted: Preparation) -> None:
    try:
        incoming.keep(what, title.strip(), wanted)
    except LatentStudioError as error:
        state.note(str(error))


def _kept(what: Incoming, added: Added) -> None:
    """What stands there now, and the way on."""
    card = added.kept.card
    state.hold_data(str(card.digest))
    incoming.forget(what)
    sizes = f"{card.train_size:,} pictures to learn from, {card.held_out_size:,} held out"
    title = plain(card.title)
    sentence = f"{title} is kept: {sizes}." if added.is_new else f"These pictures were here already, as {title}."
    state.remember(f"kept {what.id}", sentence)
    st.success(sentence)


@st.fragment(run_every=POLL_S)
def _wait(task: Task[Any], doing: str) -> None:
    """How far it is; then the page is drawn anew."""
    if task.is_done:
        st.rerun()
    st.progress(task.share, f"{doing}{': ' + task.doing if task.doing else ' …'}")
