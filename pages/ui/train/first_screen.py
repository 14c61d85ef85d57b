"""Train before Start: what would be learned from, the networks, what the settings are for, how the last run went."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Sequence
from html import escape
from math import prod

import streamlit as st

from pages.ui.draw.network_picture import Stage, network_picture
from pages.ui.server import class_examples, images, run_health, run_previews, visible_runs
from pages.ui.text import run_text
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from vae_core.architecture import layers
from vae_core.config import TrainConfig
from vae_core.data import registry
from vae_core.data.source import DataCard

POLL_S = 0.4
SMALL = 20
"""Images of fewer pixels a side are shown with their pixels to be seen."""


def show(config: TrainConfig) -> None:
    """All of it, left to right as cause and effect; pictures that take their time come later."""
    with st.container(key="before"):
        learned_from, network = st.columns([2, 3], gap="large")
    with learned_from:
        st.subheader("Learns from", anchor=False)
        examples(config)
    with network:
        st.subheader("The networks", anchor=False)
        draw_networks(config)
        last_result()


@in_words
def examples(config: TrainConfig) -> None:
    """The training images by class, or why there is nothing to see."""
    card = registry.source(config.dataset).card
    if not registry.is_available(config.dataset):
        st.caption(f"{card.train_size:,} images; they can be seen here after the download.")
        return
    found = class_examples.ask(config.dataset)
    if found is None:
        st.caption(f"{card.train_size:,} images, on their way …")
        wait_for_examples(config.dataset)
        return
    left_out = {int(config.left_out_class)} if config.left_out_class.isdecimal() else set()
    st.html(class_rows(found, left_out))
    count = images.train_images(config)
    held_out = registry.card_here(config.dataset).held_out_size
    sizes = f"{count or card.train_size:,} training images, {held_out:,} held out"
    classes = f"; {found.more} more classes" if found.more else ""
    st.caption(f"{sizes}{classes}." if any(found.names) else f"{sizes}; without labels, so the map has one colour.")


@st.fragment(run_every=POLL_S)
def wait_for_examples(dataset: str) -> None:
    """Draws the page anew when the images are here, or cannot be read: then it says so, and nobody waits any more."""
    if class_examples.is_ready(dataset):
        st.rerun()


def class_rows(given: class_examples.ClassExamples, left_out: Collection[int] = ()) -> str:
    """One row for each class: its name, some of its images, how many there are. left_out: classes never seen."""
    cells = [
        f'<span class="classes-name{_faint(row, left_out)}" style="grid-row:{row + 1}" title="{escape(name)}">'
        f"{escape(name)}</span>"
        f'<span class="classes-count" style="grid-row:{row + 1}">{_count(row, name, count, left_out)}</span>'
        for row, (name, count) in enumerate(zip(given.names, given.counts, strict=True))
    ]
    rows = len(given.names)
    source = f"data:image/png;base64,{base64.b64encode(given.atlas_png).decode()}"
    style = f"grid-row:1/span {rows};image-rendering:{'pixelated' if given.side < SMALL else 'auto'}"
    said = f"{given.per_row} images of each class" if any(given.names) else f"{given.per_row * rows} images"
    return (
        f'<div class="classes-box"><div class="classes" style="--per-row:{given.per_row};--rows:{rows}">'
        f'<img src="{source}" alt="{said}" style="{style}">{"".join(cells)}</div></div>'
    )


def _count(row: int, name: str, count: int, left_out: Collection[int]) -> str:
    return "left out" if row in left_out else f"{count:,}" if name else ""


def _faint(row: int, left_out: Collection[int]) -> str:
    return " classes-left-out" if row in left_out else ""


@in_words
def draw_networks(config: TrainConfig) -> None:
    """Encoder and decoder with their shapes and weights; a classifier in words."""
    card = registry.source(config.dataset).card
    st.html(network_picture(stages(config, card)))
    counts = dict.fromkeys(("encoder", "decoder", "classifier"), 0)
    for name, shape in layers.weight_shapes(config, card).items():
        network = name.split(".")[0]
        if network in counts:
            counts[network] += prod(shape)
    sizes = ", ".join(f"{name} {count:,} weights" for name, count in counts.items() if count)
    labelled = " Encoder and decoder are told the class as well." if config.is_conditional else ""
    st.caption(f"{sizes[:1].upper()}{sizes[1:]}.{labelled}")


def stages(config: TrainConfig, card: DataCard) -> list[Stage]:
    """What flows through the networks, from the image to z and back. Raises ConfigInvalid."""
    dim = config.latent_dim
    encoder = list(_stages(layers.encoder_layers(config, card), card.image_shape))
    decoder = list(_stages(layers.decoder_layers(config, card), (dim,)))
    note = "point" if config.is_deterministic else "μ, σ"
    z = Stage(f"z {dim}", note, dim, encoder[-1].weights, "z")
    image = Stage(*_words(card.image_shape), prod(card.image_shape), 0, "image")
    back = Stage(image.title, image.note, image.size, decoder[-1].weights, "image")
    return [image, *encoder[:-1], z, *decoder[:-1], back]


def _stages(network: Iterable[layers.Layer], shape: tuple[int, ...]) -> Iterable[Stage]:
    """What each layer with weights makes of an input of that shape, laid out as the next takes it."""
    stages: list[Stage] = []
    for layer in network:
        shape = layers.output_shape(layer, shape)
        weights = layers.weight_count(layer)
        if weights or (stages and isinstance(layer, layers.Unflatten)):
            title, note = _words(shape)
            made_by = weights or stages.pop().weights
            stages.append(Stage(title, note, prod(shape), made_by))
    return stages


def _words(shape: Sequence[int]) -> tuple[str, str]:
    """(512,) as '512', and (16, 14, 14) as '14×14' with '16 maps' below it; an image's channels are colours."""
    if len(shape) == 1:
        return f"{shape[0]}", ""
    channels, height, width = shape
    return f"{height}×{width}", {1: "", 3: "RGB"}.get(channels, f"{channels} maps")


@in_words
def last_result() -> None:
    """What came of the last training of one's own that is complete, with the way to it; nothing without one."""
    run = next((run for run in visible_runs.by_id().values() if not run.shipped and run.is_complete), None)
    if run is None:
        return
    st.subheader("The last run", anchor=False)
    verdict = run_health.verdicts.of(run, visible_runs.status(run))
    st.html(
        f'<img class="lattice" src="{run_previews.lattice_address(run)}" alt="Images that it generates" loading="lazy">'
    )
    st.markdown(f"{plain(run_text.run_title(run))}. **{verdict.title}.** {run_text.summary(run)}")
    with st.container(horizontal=True):
        st.page_link("train.py", label="Show it", icon=":material/monitoring:", query_params={"training": run.id})
        st.page_link("explore.py", label="See it in Explore", icon=":material/explore:", query_params={"run": run.id})
