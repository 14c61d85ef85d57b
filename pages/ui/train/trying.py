"""Starting the run that a verdict suggests, from wherever it stands."""

from __future__ import annotations

from pages.ui.address import state
from pages.ui.server import run_health, visible_runs
from pages.ui.train import forms
from vae_core import runs
from vae_core.errors import LatentStudioError


def try_change(run_id: str, label: str) -> None:
    """Callback: start a run with the settings of this one, but for the change of that label in its verdict.

    Train shows it then, and its sidebar says what it trains. What cannot be done is said there, too.
    """
    try:
        run = runs.open_run(run_id)
        change = run_health.change_of(run, label)
        if change is None:
            state.note("The verdict on the run has changed meanwhile; look at it again.")
            return
        config = change.applied_to(run.config)
        state.show_training(visible_runs.manager().start(config))
        forms.show(config)
    except LatentStudioError as error:
        state.note(str(error))


def try_wanted(run_id: str, key: str) -> None:
    """Callback: `try_change` for what the component of that key has reported."""
    wanted = getattr(state.widget(key, None), "wanted", None)
    if isinstance(wanted, str):
        try_change(run_id, wanted)
