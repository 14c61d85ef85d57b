"""Drawn images are kept as a data set of their own, which Train and Data then show, and call generated."""

from __future__ import annotations

import streamlit as st

from pages.ui.address import state
from pages.ui.apply.running import Outcome
from pages.ui.server.background import Background, Task
from pages.ui.text.markdown import plain
from vae_core import runs
from vae_core.apply.record import Result
from vae_core.apply.synthesis.origins import FILE, ORIGINS
from vae_core.data import registry
from vae_core.data.generated import GENERATED
from vae_core.errors import LatentStudioError
from vae_core.intake import adding
from vae_core.intake.adding import Added

POLL_S = 0.25
_kept = Background[Added]("keep-drawn", 8)


def offer(run: runs.Run, outcome: Outcome) -> None:
    """A name and a button; then what stands in Data."""
    st.markdown(
        "**Keep as a data set**", help="In Data and in Train's list, apart from real images and called generated."
    )
    origin = ORIGINS[outcome.result.settings["origin"]].lower()
    name = st.text_input("Name", value=f"{run.card.title} from {origin}", key="keep-drawn-name", max_chars=60)
    key = f"{outcome.path(FILE)} {name.strip()}"
    st.button(
        "Keep in Data", key="keep-drawn", icon=":material/inventory_2:", on_click=_begin,
        args=(key, outcome, name.strip()), disabled=not name.strip(),
    )  # fmt: skip
    if task := _kept.get(key):
        _show(task)


def keep(outcome: Outcome, title: str) -> Added:
    """Keeps what was drawn. Raises DataRefused, as for a name that is taken, or DatasetMissing."""
    return adding.add(
        adding.find(outcome.path(FILE)), title, registry.data_root(), origin=how(outcome.result),
        seed=int(outcome.result.settings["seed"]),
    )  # fmt: skip


def how(result: Result) -> str:
    """The origin that the data set's card has."""
    origin, seed = result.settings["origin"], result.settings["seed"]
    return f"{GENERATED}: {ORIGINS[origin][0].lower()}{ORIGINS[origin][1:]}; run {result.run}, seed {seed}"


def _begin(key: str, outcome: Outcome, title: str) -> None:
    """Callback."""
    try:
        _kept.start(key, lambda task: keep(outcome, title))
    except LatentStudioError as error:
        state.note(str(error))


def _show(task: Task[Added]) -> None:
    with st.spinner("Keeping them"):
        while not task.wait(POLL_S):
            pass
    if task.error:
        st.error(plain(str(task.error)))
        return
    kept = task.result().kept
    state.hold_data(kept.id)
    st.success(f"{plain(kept.card.title)} is kept: {kept.card.size('all'):,} images, all of them generated.")
    st.page_link(
        "train.py", label="Learn from it", icon=":material/model_training:", query_params={"dataset": kept.card.name}
    )
