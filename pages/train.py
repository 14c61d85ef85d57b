"""Train: settings in the sidebar, curves and a living map beside them."""

import streamlit as st

from pages.ui import downloads, forms, resources, state, words
from pages.ui.canvas import canvas_data, curves_data
from pages.ui.latent_canvas import latent_canvas
from pages.ui.live_curves import live_curves
from pages.ui.sentences import in_words
from vae_core import datasets, runs
from vae_core.config import TrainConfig
from vae_core.errors import ConfigInvalid, LatentStudioError


def train() -> None:
    """The form, the control bar, and the run that the address names."""
    with st.sidebar:
        config = settings()
    run_id = state.training_run()
    try:
        run = runs.open_run(run_id) if run_id else None
        controls(config, run)
        if run is None:
            st.info(
                "Choose a recipe or change the settings in the sidebar, then press Start. Digits needs no download."
            )
            if config:
                st.caption(words.plan(config))
        else:
            watch(run)
    except LatentStudioError as error:
        st.error(str(error))


def settings() -> TrainConfig | None:
    """The form's config, or None with its sentence shown where a setting is out of bounds."""
    try:
        return forms.config_form()
    except ConfigInvalid as error:
        st.error(str(error))
        return None


def controls(config: TrainConfig | None, run: runs.Run | None) -> None:
    """The title, Start, Stop, and the way on, in one line."""
    active = run is not None and not run.status().is_final
    missing = config is not None and not datasets.is_available(config.dataset)
    title, start, stop, onward = st.columns([2, 1, 1, 3], vertical_alignment="center")
    title.title("Train", anchor=False)
    start.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=config is None or missing or active,
        on_click=begin,
        args=(config,),
        width="stretch",
        help="Train with the settings in the sidebar. The run goes on if you reload or close this page.",
    )
    stop.button(
        "Stop",
        icon=":material/stop:",
        disabled=not active,
        on_click=end,
        args=(run.id if run else "",),
        width="stretch",
        help="Stop after the current batch; what has been learned so far is kept.",
    )
    if run is not None and run.status().is_final and run.is_complete:
        onward.page_link("explore.py", label="Open in Explore", icon=":material/explore:", query_params={"run": run.id})
    if missing and config is not None:
        name = datasets.DATASETS[config.dataset].title
        st.info(f"{name} is not on this machine yet; download it once, or choose Digits, which needs no network.")
        downloads.offer_download(config.dataset)


def begin(config: TrainConfig) -> None:
    """Callback: start a run and put its id into the address."""
    try:
        state.show_training(resources.manager().start(config))
    except LatentStudioError as error:
        state.note(str(error))


def end(run_id: str) -> None:
    """Callback: stop a run; it is saved as it is."""
    resources.manager().stop(run_id)


def watch(run: runs.Run) -> None:
    """Curves and canvas, and a word when the run did not go well."""
    status = run.status()
    if status.state == "failed":
        st.error(status.error or "the run failed without saying why")
    live(run)
    if run.is_complete:
        st.caption(words.summary(run))


@st.fragment
@in_words
def live(run: runs.Run) -> None:
    """Curves and canvas, which fetch what is new by themselves; the page is drawn anew once, when the run has ended.

    One fragment for both: when a run ends, both say so at once, and Streamlit takes one fragment's news at a time.
    """
    curves_column, map_column = st.columns([2, 3], gap="medium")
    with curves_column:
        curves = live_curves(curves_data(run), key=f"curves-{run.id}")
    with map_column:
        canvas = latent_canvas(canvas_data(run, compact=True), key=f"canvas-{run.id}")
    state.keep_handles(canvas.handles)
    if curves.state and state.first_time(f"ended-{run.id}"):
        st.rerun()


train()
