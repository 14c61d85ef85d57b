"""The data sets that were added: what each is, and what can be done with it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.ui.address import state
from pages.ui.server import class_examples, visible_runs
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from pages.ui.train.first_screen import class_rows
from vae_core.data import generated, kept, registry
from vae_core.data.kept import Kept
from vae_core.errors import LatentStudioError
from vae_core.intake.array.files import COLUMN
from vae_core.intake.report import sentences

POLL_S = 0.4
MOST_EXPORTED = 512 * 2**20
"""Bytes of pictures that are handed to a browser in one file."""


@in_words
def show() -> None:
    """A part for each: what is real, and then, apart, what a model drew."""
    everything = visible_runs.added_data()
    if not everything:
        st.caption("Nothing was added yet.")
    for each in everything:
        if not generated.is_generated(each.card):
            with st.container(border=True):
                _one(each)
    drawn = [each for each in everything if generated.is_generated(each.card)]
    if drawn:
        st.subheader("Generated", anchor=False)
        st.caption("Drawn by a model: no figure counts these as real images, and what learns from them is told so.")
    for each in drawn:
        with st.container(border=True):
            _one(each)


@in_words
def _one(each: Kept) -> None:
    card = each.card
    channels, height, width = card.image_shape
    st.subheader(plain(card.title), anchor=False)
    kinds = f", {kept.kinds(card)}" if card.labels != "none" else ""
    colours = "colour" if channels == 3 else "grey"
    st.caption(
        f"{card.size('all'):,} pictures, {height}×{width} {colours}{kinds}; {card.train_size:,} to learn from, "
        f"{card.held_out_size:,} held out; {each.bytes / 1e6:.1f} MB"
    )
    if generated.is_generated(card):
        st.caption(f"{plain(card.origin[0].upper() + card.origin[1:])}.")
    _pictures(card.name)
    _report(each)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "train.py", label="Learn from it", icon=":material/model_training:", query_params={"dataset": card.name}
        )
        with st.popover("Rename", icon=":material/edit:"):
            title = st.text_input("Name", value=card.title, key=f"rename-{each.id}", max_chars=60)
            st.button(
                "Rename", key=f"renamed-{each.id}", on_click=_rename, args=(each, title), disabled=not title.strip()
            )
        if card.size("all") * int(np.prod(card.image_shape)) <= MOST_EXPORTED:
            st.download_button(
                "Export", data=lambda: exported(card.name), file_name=f"{card.name}.npz", key=f"export-{each.id}",
                icon=":material/download:", on_click="ignore",
                help="A .npz with x_train, y_train, x_test, y_test, names of classes and files, and further columns.",
            )  # fmt: skip
        with st.popover("Delete", icon=":material/delete:"):
            st.caption("Its pictures go from this machine. Runs that learnt from them stay, without real images.")
            st.button("Delete it", key=f"delete-{each.id}", on_click=_delete, args=(each,), type="primary")


def _pictures(name: str) -> None:
    found = class_examples.ask(name)
    if found is None:
        _wait(name)
        return
    st.html(class_rows(found))


@st.fragment(run_every=POLL_S)
def _wait(name: str) -> None:
    if class_examples.is_ready(name):
        st.rerun()


def _report(each: Kept) -> None:
    """What came in otherwise than it was, and what did not."""
    report = each.report
    said = "; ".join(sentences(report))
    if said:
        st.caption(f"{said}.")
    if skipped := report.get("skipped"):
        with st.expander("What was skipped, and why"):
            st.dataframe([{"File": name, "Why": why} for name, why in skipped.items()], hide_index=True)
    if said and (each.directory / kept.FILES).is_file():
        st.download_button(
            "File by file, as a table", data=(each.directory / kept.FILES).read_bytes,
            file_name=f"{each.card.name} files.csv", key=f"files-{each.id}", icon=":material/download:",
            on_click="ignore", type="tertiary",
        )  # fmt: skip


def exported(name: str) -> bytes:
    """A data set as a .npz with Keras's keys: x uint8 (N, H, W, C), or (N, H, W) of grey; y where there are labels.

    Columns go along as column_NAME_train and column_NAME_test, file names as column_file_train and column_file_test.
    """
    card = registry.source(name).card
    arrays: dict[str, npt.NDArray[Any]] = {}
    for key, split in (("train", registry.load(name, "train")), ("test", registry.load(name, "held-out"))):
        images = split.images.transpose(0, 2, 3, 1)  # (N, C, H, W) -> (N, H, W, C)
        arrays[f"x_{key}"] = images[..., 0] if images.shape[3] == 1 else images
        columns = dict(split.columns)
        if card.labels == "several" and card.classes:
            arrays[f"y_{key}"] = np.stack([columns.pop(each) for each in card.classes], axis=1).astype(np.uint8)
        elif card.labels == "number":
            arrays[f"y_{key}"] = columns.pop("label")
        elif split.labels is not None:
            arrays[f"y_{key}"] = split.labels
        arrays |= {f"{COLUMN}{column}_{key}": values for column, values in columns.items()}
    if card.classes:
        arrays["classes"] = np.array(card.classes)
    written = io.BytesIO()
    np.savez_compressed(written, **arrays)  # type: ignore[arg-type]
    return written.getvalue()


def _rename(each: Kept, title: str) -> None:
    try:
        taken = {name for name in registry.datasets() if name != each.card.name}
        if kept.name_from(title) in taken:
            state.note(f"A data set is called {kept.name_from(title)} already; take another name.")
            return
        kept.rename(each, title.strip())
    except (LatentStudioError, OSError) as error:
        state.note(str(error))


def _delete(each: Kept) -> None:
    try:
        kept.remove(each)
    except OSError as error:
        state.note(f"{each.card.title} could not be deleted ({error.strerror}); try again.")
