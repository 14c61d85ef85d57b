"""The way in for models that were made elsewhere: what was understood of them, with pictures, to confirm or correct."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.ui.address import state
from pages.ui.server import visible_runs
from pages.ui.text.markdown import plain
from vae_core.errors import LatentStudioError
from vae_core.interchange.incoming import asking, keeping, views
from vae_core.interchange.incoming.asking import Asked, Proposal
from vae_core.interchange.incoming.files import SUFFIXES

Files = tuple[tuple[str, bytes], ...]
Told = tuple[tuple[str, str], ...]
ABOUT = (
    "A decoder as ONNX, alone or with its encoder, or the weights of a whole VAE: PyTorch's or safetensors, or the "
    "files of a folder of pythae's, or of diffusers' AutoencoderKL or AutoencoderTiny. Nothing in them is run: they "
    "are read as numbers, in a process with limits."
)
SHEET = 176
"""Pixels of a side of a sheet of pictures, about."""
NO_IMAGES = "None: a map without points"
CHOICES: Mapping[str, tuple[str, ...]] = {
    "range": views.RANGES,
    "layout": views.LAYOUTS,
    "encoder_range": views.RANGES[1:],
    "spread": views.SPREADS,
}
"""What may be corrected by choosing, where it was read from the files."""
TYPED = ("image", "classes")
"""And what by typing."""


def show() -> None:
    """Files in; what they were understood as; a run, once that is confirmed."""
    with st.expander("Open a model from elsewhere"):
        given = st.file_uploader(
            "Its files", type=[suffix.removeprefix(".") for suffix in SUFFIXES], accept_multiple_files=True,
            key="elsewhere-files", help=ABOUT,
        )  # fmt: skip
        if given:
            files = tuple((each.name, each.getvalue()) for each in given)
            _propose(files, "-".join(sorted(each.file_id for each in given)))


def _propose(files: Files, key: str) -> None:
    """What was understood, with what was answered and corrected so far."""
    kept = state.remembered(f"elsewhere-{key}")
    if kept:
        st.success("It is among your runs now.")
        st.page_link("explore.py", label="Open in Explore", icon=":material/explore:", query_params={"run": kept})
        return
    try:
        with st.spinner("Reading the files", show_time=False):
            first = proposal_of(files, ())
        corrected = _corrections(first, key)
        proposal, told, is_open = _answered(files, corrected, key)
        _understood(proposal)
        _keep(files, told, proposal, key, is_open=is_open)
    except LatentStudioError as error:
        st.error(plain(_sentence(str(error))))


@lru_cache(maxsize=4)
def proposal_of(files: Files, told: Told) -> Proposal:
    """Asked once for the same files and answers. Raises ModelRefused."""
    return asking.propose(dict(files), dict(told))


def _answered(files: Files, told: Told, key: str) -> tuple[Proposal, Told, bool]:
    """One question after the other: the pictures of each hang on the answers before. Whether one is still open."""
    while True:
        with st.spinner("Drawing", show_time=False):
            proposal = proposal_of(files, told)
        open_ones = [asked for asked in proposal.questions if asked.ask not in dict(told)]
        if not open_ones:
            return proposal, told, False
        answer = _answer(open_ones[0], key)
        if answer is None:
            return proposal, told, True
        told = (*told, (open_ones[0].ask, answer))


def _answer(asked: Asked, key: str) -> str | None:
    st.markdown(f"**{views.WORDS[asked.ask]}?** {plain(asked.why)}")
    with st.container(horizontal=True):
        for option, pictures in asked.shown.items():
            st.image(sheet(pictures), caption=option, width=SHEET)
    return st.radio(
        views.WORDS[asked.ask], asked.options, index=None, horizontal=True, key=f"elsewhere-{asked.ask}-{key}",
        label_visibility="collapsed",
    )  # fmt: skip


def _corrections(proposal: Proposal, key: str) -> Told:
    """What somebody says against what was read."""
    told: dict[str, str] = {}
    asked = {question.ask for question in proposal.questions}
    with st.popover("Correct what was read", icon=":material/edit:"):
        for name, options in CHOICES.items():
            taken = proposal.facts.get(name)
            if taken not in options or name in asked:
                continue
            chosen = st.selectbox(views.WORDS[name], options, options.index(taken), key=f"elsewhere-set-{name}-{key}")
            if chosen != taken:
                told[name] = chosen
        for name in TYPED:
            taken = proposal.facts.get(name)
            if taken is None:
                continue
            typed = st.text_input(views.WORDS[name], taken, key=f"elsewhere-set-{name}-{key}").strip()
            if typed and typed != taken:
                told[name] = typed
    return tuple(told.items())


def _understood(proposal: Proposal) -> None:
    """What it is, and pictures around the prior's middle."""
    picture, facts = st.columns([1, 3])
    picture.image(sheet(proposal.shown), width=SHEET, caption="Decoded around the prior's middle")
    rows = [f"| {views.WORDS.get(name, name)} | {plain(value)} |" for name, value in proposal.facts.items()]
    facts.markdown("\n".join([f"| {plain(proposal.kind)} | |", "|---|---|", *rows]))
    for note in proposal.notes:
        facts.caption(plain(note))


def _keep(files: Files, told: Told, proposal: Proposal, key: str, *, is_open: bool) -> None:
    """Name and map, and the button that makes a run of it."""
    name_column, map_column = st.columns(2)
    name = name_column.text_input("Name", files[0][0].rpartition(".")[0], key=f"elsewhere-name-{key}", max_chars=80)
    seen = visible_runs.dataset_names()
    cards = {card.name: card.title for card in keeping.fitting_data_sets(proposal.model, seen)}
    chosen = map_column.selectbox(
        "Images for the map", ["", *cards], key=f"elsewhere-map-{key}", disabled=not cards,
        format_func=lambda each: cards.get(each, NO_IMAGES),
        help="The encoder gives each held-out image of a data set its place. Offered are those of the same shape.",
    )  # fmt: skip
    if is_open:
        st.caption(
            "Answer what is asked above: the files do not say it, and only you can see which pictures are right."
        )
    if st.button("Keep as a run", type="primary", key=f"elsewhere-keep-{key}", disabled=is_open):
        with st.spinner("Encoding the images" if chosen else "Keeping it", show_time=False):
            run_id = keeping.keep(keeping.Source(dict(files), dict(told)), proposal, name, chosen or None)
        state.remember(f"elsewhere-{key}", run_id)
        state.hold(run_id)
        st.rerun()


def sheet(pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Pictures (16, C, H, W) from 0 to 1 as one, four in a row with a line between: uint8 (h, w, 3)."""
    count, channels, height, width = pictures.shape
    times = max(1, SHEET // (4 * max(height, width)))
    shown = np.clip(pictures, 0, 1).repeat(times, axis=2).repeat(times, axis=3)
    framed = np.pad(shown, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=0.5)
    rows = framed.reshape(count // 4, 4, channels, *framed.shape[2:])  # (4, 4, C, h, w)
    whole = rows.transpose(0, 3, 1, 4, 2).reshape(count // 4 * framed.shape[2], 4 * framed.shape[3], channels)
    colours = np.broadcast_to(whole, (*whole.shape[:2], 3))
    return np.rint(255 * colours).astype(np.uint8)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
