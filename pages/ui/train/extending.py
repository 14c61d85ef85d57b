"""A finished run trained for more epochs, as a new run: offered on Train and on Runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from pages.ui.address import state
from pages.ui.server import visible_runs
from pages.ui.text import run_text
from pages.ui.train import forms
from vae_core import runs
from vae_core.config import bounds, choices, in_full, parse_config, settings, title_of
from vae_core.errors import LatentStudioError


def offer(run: runs.Run, status: runs.Status) -> bool:
    """The settings of such a run and its button; whether there is one now, which Train then shows."""
    if not (status.is_final and run.is_complete) or run.is_resumable or run.imported:
        return False
    keys = {name: f"extend-{name}-{run.id}" for name in ("epochs", "schedule", "learning_rate")}
    with st.popover("Train on", icon=":material/more_time:"), st.form(f"extend-{run.id}", border=False):
        most = int(bounds("epochs")[1]) - run.config.epochs
        st.text_input("More epochs", value=in_full(max(1, min(run.config.epochs, most))), key=keys["epochs"])
        schedules = choices("schedule")
        st.selectbox(
            settings()["schedule"][0].label,
            schedules,
            index=schedules.index(run.config.schedule),
            format_func=partial(title_of, "schedule"),
            key=keys["schedule"],
            help="One cycle and cosine begin anew and warm the learning rate up again; constant leaves it as it is.",
        )
        forms.number("learning_rate", run_text.in_force(run.config, status)["learning_rate"], key=keys["learning_rate"])
        st.caption("A new run goes on from this one's model, for so many epochs more. Its curves begin with these.")
        pressed = st.form_submit_button("Train for more epochs", type="primary", on_click=_extend, args=(run.id, keys))
    return pressed and state.remembered(f"extend-{run.id}") == "begun"


def _extend(run_id: str, keys: Mapping[str, str]) -> None:
    """Callback: start the new run and put its id into the address."""
    try:
        typed = parse_config({name: state.widget(key, None) for name, key in keys.items()})
        changes = {"schedule": typed.schedule, "learning_rate": typed.learning_rate}
        state.show_training(visible_runs.manager().extend(run_id, typed.epochs, **changes))
        state.remember(f"extend-{run_id}", "begun")
    except LatentStudioError as error:
        state.remember(f"extend-{run_id}", "refused")
        state.note(str(error))
