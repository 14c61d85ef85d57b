"""What somebody has dropped, before it is kept: how many pictures of which class, and what becomes of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.ui.address import state
from pages.ui.data_sets.seeds import typed_seed
from pages.ui.server import incoming
from pages.ui.server.background import Task
from pages.ui.server.incoming import Incoming
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from pages.ui.train.first_screen import class_rows
from vae_core.errors import LatentStudioError
from vae_core.intake.adding import Added
from vae_core.intake.array.pixels import USUAL_RANGES
from vae_core.intake.found import USUAL_SIDES, Found
from vae_core.intake.layout import classes_of
from vae_core.intake.pictures import LARGEST, SMALLEST, Fit, Preparation, ValueRange
from vae_core.intake.report import as_csv
from vae_core.intake.splitting import MOST_HELD_OUT, SHARE

POLL_S = 0.4
FITS: dict[Fit, str] = {"fill": "Cut to fit", "fit": "Show all, with borders", "stretch": "Stretch"}
SHARES = (0.05, SHARE, 0.2, 0.3)
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
        with st.expander("Values and split"):
            wanted = _values(found, wanted)
            held_out, seed = _split(found)
        title = st.text_input(
            "Name", value=name.split(".", maxsplit=1)[0][:60] or "My pictures", key=f"title-{what.id}", max_chars=60
        )
        st.button(
            f"Keep {len(found.names):,} pictures", type="primary", icon=":material/save:", width="stretch",
            on_click=_keep, args=(what, title, wanted, held_out, seed), disabled=not title.strip() or seed is None,
        )  # fmt: skip
        if keeping and keeping.error:
            st.error(plain(str(keeping.error)))
    with pictures:
        _sheet(what, wanted)
        _skipped(found, name)


def sentence(found: Found) -> str:
    """What was found, for people."""
    count = len(found.names)
    text = f"{count:,} picture{'s' if count != 1 else ''}"
    if found.labels is not None:
        sizes = Counter(found.labels)
        classes = classes_of(sizes)
        named = ", ".join(f"{name or 'none'} ({sizes[name]:,})" for name in classes[:_NAMED])
        text += f" of {len(classes)} classes: {named}{' and others' if len(classes) > _NAMED else ''}."
    elif found.properties:
        text += f", of which each may have several of {len(found.properties)} properties."
    elif "label" in found.columns and found.columns["label"].dtype.kind == "f":
        text += ", each with a number as its label."
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
    fit = st.selectbox(
        "Other shapes", list(FITS), index=list(FITS).index(suggested.fit), format_func=FITS.__getitem__, key="data-fit"
    )
    height, _, width = size.partition("×")
    return replace(suggested, size=(int(height), int(width)), colour=colour == "Colour", fit=fit)


def _values(found: Found, wanted: Preparation) -> Preparation:
    """What is black and what white."""
    inverted = st.toggle(
        "Black becomes white", key="data-inverted", help="Models learn bright strokes on black more easily."
    )
    return replace(wanted, inverted=inverted, value_range=_value_range(found))


def _value_range(found: Found) -> ValueRange | None:
    """Of numbers, what is black and what white: as found, unless somebody knows better."""
    if found.extent is None or found.suggested.value_range is None:
        return None
    low, high = found.extent
    ranges = {"as found": found.suggested.value_range, **USUAL_RANGES}
    if low < high:
        ranges["smallest to largest, as if standardised"] = (low, high)
    chosen = st.selectbox(
        "Black and white", list(ranges), format_func=lambda each: range_named(each, ranges[each]), key="data-range",
        help=f"The numbers go from {minus(low)} to {minus(high)}; what lies beyond black and white is cut.",
    )  # fmt: skip
    return ranges[chosen]


def range_named(name: str, black_white: ValueRange) -> str:
    """In words, with its name where that says more than its numbers."""
    text = f"{minus(black_white[0])} to {minus(black_white[1])}"
    return text if name == text else f"{text} ({name})"


def minus(number: float) -> str:
    """A number in as many digits as mean something, with a true minus."""
    return (f"{number:g}" if number == round(number) else f"{number:.3g}").replace("-", "−")


def _split(found: Found) -> tuple[float, int | None]:
    """What share is held out, and the seed that draws it; None for no seed."""
    if {"train", "held-out"} <= set(found.sides or ()):
        st.caption("Held out is what the folders, files or columns say is.")
        return SHARE, 0
    share = st.segmented_control(
        "Held out", SHARES, default=SHARE, format_func="{:.0%}".format, key="data-share", required=True,
        help=f"Of each class, to measure by and never to learn from; {MOST_HELD_OUT:,} pictures at most.",
    )  # fmt: skip
    return share, typed_seed("Seed of the split", "data-split-seed", "Equal seeds hold the same pictures out.")


def _sheet(what: Incoming, wanted: Preparation) -> None:
    task = incoming.sheet(what, wanted)
    if not task.is_done:
        _wait(task, "Decoding some of them")
        return
    st.html(class_rows(task.result()))


def _skipped(found: Found, name: str) -> None:
    if not found.skipped:
        return
    with st.expander(
        "1 file is no picture" if len(found.skipped) == 1 else f"{len(found.skipped):,} files are no pictures"
    ):
        st.dataframe(
            [{"File": name, "Why": why} for name, why in list(found.skipped.items())[:1000]], hide_index=True
        )  # fmt: skip
        st.download_button(
            "All of them, as a table", data=lambda: as_csv(found.skipped.items()), file_name=f"{name} skipped.csv",
            icon=":material/download:", on_click="ignore", key="data-skipped",
        )  # fmt: skip


def _keep(what: Incoming, title: str, wanted: Preparation, held_out: float, seed: int) -> None:
    try:
        incoming.keep(what, title.strip(), wanted, held_out=held_out, seed=seed)
    except LatentStudioError as error:
        state.note(str(error))


def _kept(what: Incoming, added: Added) -> None:
    """What stands there now, and the way on."""
    card = added.kept.card
    state.hold_data(added.kept.id)
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
