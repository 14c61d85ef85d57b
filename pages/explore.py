"""Explore: a map of latent space, points to drag, and the images they stand for."""

import streamlit as st

from pages.ui.address import state
from pages.ui.components.latent_canvas import latent_canvas
from pages.ui.components.latent_canvas.canvas_data import MapView, canvas_data
from pages.ui.explore import map_view
from pages.ui.sections import conditional, downloads, exporting
from pages.ui.server import images, visible_runs
from pages.ui.server.urls import Split
from pages.ui.text import run_text
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from vae_core import runs


def explore() -> None:
    """Model and points in the sidebar; the canvas beside it."""
    with st.sidebar:
        run, reason = choose_model()
        points = choose_points(run)
        view = map_view.choose_view(run)
        label = conditional.choose_label(run)
        about(run)
    st.title(plain(run.card.title), anchor=False)
    if reason:
        st.info(plain(reason))
    canvas(run, view, points, label)


def choose_model() -> tuple[runs.Run, str | None]:
    """Of the runs that this session may see those that have something to show; why it is not the one asked for."""
    visible = visible_runs.by_id()
    choices = {run_id: run for run_id, run in visible.items() if run.is_complete or not run.status().is_final}
    missing = visible.get(state.in_address("run"))
    reason = missing.why_no_model() if missing and missing.id not in choices else None
    state.begin_explored("model", list(choices))
    chosen = st.selectbox(
        "Model",
        list(choices),
        format_func=run_text.titles(choices).__getitem__,
        key="model",
        help="Which trained model to explore. The map, the decoder and the facts all change with it.",
    )
    state.explore_run(chosen)
    return choices[chosen], f"{reason[:1].upper()}{reason[1:]}." if reason else None


def choose_points(run: runs.Run) -> Split:
    """Which images the map shows; all of them needs the data set itself."""
    splits: list[Split] = ["held-out", "all"]
    chosen = st.segmented_control(
        "Points on the map",
        splits,
        default="held-out",
        required=True,
        key="points",
        bind="query-params",
        disabled=not images.has_images(run) or run.imported is not None,
        help="Held-out: images the model never saw, stored with it. All: training images too, encoded now.",
    )
    return chosen if chosen and images.has_images(run) and not run.imported else "held-out"


@in_words
def about(run: runs.Run) -> None:
    """The model's own figures, and the way to its real images."""
    st.caption(run_text.summary(run))
    downloads.explain(run)
    if run.is_complete:
        exporting.offer(run)


@st.fragment
@in_words
def canvas(run: runs.Run, view: MapView | None, points: Split, label: int | None) -> None:
    """The map and its handles; a released handle reruns this function alone."""
    data = canvas_data(run, visible_runs.status(run), view=view, points=points, label=label)
    reported = latent_canvas(data, key="canvas")
    state.keep_handles(reported.handles)


explore()
