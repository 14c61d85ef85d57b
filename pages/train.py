"""Train: settings in the sidebar, curves and a living map beside them."""

from contextlib import suppress

import streamlit as st

from pages.ui.address import state
from pages.ui.components.latent_canvas import latent_canvas
from pages.ui.components.latent_canvas.canvas_data import canvas_data
from pages.ui.components.live_curves import live_curves
from pages.ui.components.run_data import common_data, curves_data
from pages.ui.components.run_health import run_health
from pages.ui.sections import conditional, downloads
from pages.ui.server import images, visible_runs
from pages.ui.text import run_text
from pages.ui.text.markdown import plain
from pages.ui.train import first_screen, forms, trying
from pages.ui.train.run_controls import control_bar
from vae_core import runs
from vae_core.config import TrainConfig
from vae_core.data import registry
from vae_core.errors import ConfigInvalid, LatentStudioError


def train() -> None:
    """The form in the sidebar, and the run that the address names."""
    with st.sidebar:
        config = settings()
    studio(config, chosen_run())


def chosen_run() -> runs.Run | None:
    """The run in the address, or None with the sentence shown if it cannot be read."""
    run_id = state.training_run()
    try:
        return runs.open_run(run_id) if run_id else None
    except LatentStudioError as error:
        st.error(plain(visible_runs.why_away(run_id or "", error)))
        comes_back(run_id or "")
        return None


@st.fragment(run_every=1.0)
def comes_back(run_id: str) -> None:
    """Draw the page anew once a run can be read: its folder was away, or its disk failed."""
    with suppress(LatentStudioError):
        visible_runs.status(runs.open_run(run_id))
        st.rerun()


def settings() -> TrainConfig | None:
    """The form's config, or None with its sentence shown where a setting is out of bounds."""
    try:
        return forms.config_form()
    except ConfigInvalid as error:
        st.error(plain(str(error)))
        return None


@st.fragment
def studio(config: TrainConfig | None, run: runs.Run | None) -> None:
    """What `drawn_studio` draws; if the run's files are away just then, why, until they are there again."""
    try:
        drawn_studio(config, run)
    except LatentStudioError as error:
        st.error(plain(visible_runs.why_away(run.id, error) if run else str(error)))
        if run:
            comes_back(run.id)


def drawn_studio(config: TrainConfig | None, run: runs.Run | None) -> None:
    """Controls, curves and canvas: all that changes with a run's state, drawn anew when the curves report another.

    One fragment for all: when a run ends, curves and canvas say so at once, and Streamlit takes one fragment's news
    at a time. Whatever may come and go has a container of its own, so that nothing after it is mounted anew.
    """
    status = visible_runs.status(run) if run else None  # once: what is drawn below must be of one and the same moment
    say_cost = control_bar(config, run, status)
    with st.container(key="messages"):
        missing(config)
        if run and status:
            messages(run, status)
    if run and status:
        watch(run, status)
    elif config:
        card = registry.source(config.dataset).card
        plan = run_text.plan(config, card, images.train_images(config))
        st.caption(f"{forms.purpose(config)}  \n{plan} Press Start to train it.")
        first_screen.show(config)
    else:
        st.info("Choose a recipe or change the settings in the sidebar, then press Start. Digits needs no download.")
    say_cost()


def missing(config: TrainConfig | None) -> None:
    """A refusal to what was pressed, and a data set that is not here yet."""
    if note := state.take_note():
        st.error(note)
    if config is not None and not registry.is_available(config.dataset):
        name = registry.source(config.dataset).card.title
        st.info(f"{name} is not on this machine yet; download it once, or choose Digits, which needs no network.")
        downloads.offer_download(config.dataset)


def messages(run: runs.Run, status: runs.Status) -> None:
    """What went wrong with a run, and how it can go on."""
    if status.state == "failed":
        st.error(plain(status.error or "the run failed without saying why"))
    elif status.error:
        st.warning(plain(status.error))
    elif not status.is_final and visible_runs.is_elsewhere(run):
        st.info(
            "This run is trained by another server or program: pause and stop it there. Here it is only shown, "
            "and another can be started."
        )
    if advice := run_text.resume_advice(run):
        st.caption(advice)
    if parent := run_text.parent(run, visible_runs.by_id().values() if run.parent else ()):
        st.caption(parent)


def watch(run: runs.Run, status: runs.Status) -> None:
    """Verdict, curves and canvas, which fetch what is new by themselves; below them how it ended."""
    health(run, status)
    curves_column, map_column = st.columns([2, 3], gap="medium")
    with curves_column:
        live_curves(curves_data(run, status), key=f"curves-{run.id}")
    with map_column:
        label = conditional.choose_label(run)
        canvas = latent_canvas(canvas_data(run, status, label=label, compact=True), key=f"canvas-{run.id}")
    state.keep_handles(canvas.handles)
    if run.is_complete:
        st.caption(run_text.summary(run))


def health(run: runs.Run, status: runs.Status) -> None:
    """The verdict on the run; a button in it starts another, which the whole page is then about."""
    key = f"health-{run.id}"
    reported = run_health(common_data(run, status), key=key, on_wanted=lambda: trying.try_wanted(run.id, key))
    if reported.wanted:
        st.rerun()


train()
