"""A sweep, from the settings in the sidebar: what it goes over, what it will take, and one press to start it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.address import state
from pages.ui.server import images, visible_runs
from pages.ui.text.markdown import plain
from pages.ui.train.speed import speed_of
from vae_core import runs, sweeps
from vae_core.config import TrainConfig, settings
from vae_core.config.typed_numbers import read_number
from vae_core.data import registry
from vae_core.errors import ConfigInvalid, LatentStudioError
from vae_core.sweeps import Sweep, cost, records, space
from vae_core.sweeps.records import AIMS, Engine

ENGINES: dict[Engine, str] = {"grid": "Every combination", "random": "Random draws", "optuna": "Optuna"}
_BEGUN = "sweep-begun"
POPOVER = "sweep-form"
POLL_S = 0.25
_ABOUT = (
    "Values with commas between them (0.5, 1, 2), or from where to where: 0.25..8 log 6 are six values spread over "
    "their logarithms. Sizes stand between semicolons: 512-256; 400."
)


def offer(config: TrainConfig | None) -> Callable[[], None]:
    """The form in a popover, and the way to the sweep that was started last. config: of the sidebar.

    Returns what says how long it will take, which may have to be measured: to be called when all else is drawn.
    """
    say_cost = _form_and_start(config)
    if begun := state.remembered(_BEGUN):
        address = {"sweep": begun}
        st.page_link("compare.py", label="Watch the sweep", icon=":material/scatter_plot:", query_params=address)
    return say_cost


def _form_and_start(config: TrainConfig | None) -> Callable[[], None]:
    is_here = config is not None and registry.is_available(config.dataset)
    popover = st.popover(
        "Sweep", icon=":material/grid_on:", disabled=not is_here, help="Many runs that differ in settings.",
        key=POPOVER, on_change="rerun",
    )  # fmt: skip
    with popover:
        if config is None or not is_here:
            return _nothing
        try:
            sweep = _form(config)
            if not popover.open:  # what takes a while, for whoever looks
                return _nothing
            records.check_points(sweep, registry.source(config.dataset).card)
        except ConfigInvalid as error:
            st.caption(plain(str(error)))
            return _nothing
        cost_line = st.empty()
        st.button("Start the sweep", type="primary", icon=":material/play_arrow:", on_click=_start, args=(sweep,))
    return partial(_say_cost, cost_line, sweep, config)


def _nothing() -> None:
    """Nobody has asked."""


def _form(config: TrainConfig) -> Sweep:
    """What the form asks for, planned. Raises ConfigInvalid."""
    over = _axes(config)
    engine: Engine = st.segmented_control(
        "How", list(ENGINES), default="grid", required=True, format_func=ENGINES.__getitem__, key="sweep-engine",
        help="Optuna draws where it was good before (TPE); it has to be installed.",
    ) or "grid"  # fmt: skip
    trials, aims, prunes = (0, [next(iter(AIMS))], False) if engine == "grid" else _draws(engine)
    seeds = st.text_input(
        "Seeds", "0, 1, 2", key="sweep-seeds",
        help="Each point is run with each of these. With three or more it can be said whether one is best.",
    )  # fmt: skip
    named = {"seeds": space.seeds_from(seeds), "trials": trials, "aims": aims, "prunes": prunes}
    return records.plan(config, over, engine, **named)  # type: ignore[arg-type]


def _axes(config: TrainConfig) -> dict[str, space.Choices | space.Range]:
    values = dict(config)
    offered = [name for name in space.sweepable() if settings()[name][0].is_needed(values)]
    names: list[str] = st.multiselect(
        "Settings to go over", offered, default=[name for name in ("beta",) if name in offered],
        format_func=lambda name: settings()[name][0].label, key="sweep-over",
    )  # fmt: skip
    typed = {
        name: st.text_input(settings()[name][0].label, space.suggestion(name), key=f"sweep-{name}", help=_ABOUT)
        for name in names
    }
    return {name: space.axis_from(name, text) for name, text in typed.items()}


def _draws(engine: Engine) -> tuple[int, Sequence[str], bool]:
    """How many points are drawn, what Optuna aims at, and whether it gives up early what is worse."""
    text = st.text_input("Points to draw", "20", key="sweep-trials")
    try:
        trials = int(read_number(text, is_whole=True))
    except ValueError as error:
        raise ConfigInvalid(f"points to draw: {error}; got {text!r}") from None
    if engine != "optuna":
        return trials, [next(iter(AIMS))], False
    aims: list[str] = st.multiselect(
        "Aims", list(AIMS), default=[next(iter(AIMS))], format_func=_AIM_TITLES.__getitem__, key="sweep-aims",
        help="Of several, it looks for points that no other beats in all of them.",
    )  # fmt: skip
    prunes = st.toggle(
        "Give up early what is worse", key="sweep-prunes", help="By held-out rows, at the ends of epochs."
    )
    return trials, aims, prunes


_AIM_TITLES = {
    "negative_elbo_nats": "least −ELBO",
    "reconstruction_nats": "least reconstruction",
    "kl_nats": "least KL",
    "active_units": "most active units",
    "accuracy": "most accuracy",
}


def _say_cost(line: DeltaGenerator, sweep: Sweep, config: TrainConfig) -> None:
    """'18 runs × 1.2 minutes, 2 at a time: about 11 minutes in all.'; how many, while their speed is being measured."""
    card, width = registry.source(config.dataset).card, visible_runs.manager().slots
    count = (len(sweep.points) or sweep.trials) * len(sweep.seeds)
    try:
        while (speed := speed_of(config)) is None:
            line.caption(f"{count} runs, {width} at a time; how long they take is being measured …")
            time.sleep(POLL_S)  # a click meanwhile ends this script at its next line
    except LatentStudioError as error:
        line.caption(plain(f"{count} runs, {width} at a time. {error}"))
        return
    trained = images.train_images(config) or card.train_size
    said = cost.cost_of(sweep, card, speed, width, trained)
    line.caption(plain(f"{said}, as fast as such trainings are on this machine."))


def _start(sweep: Sweep) -> None:
    """Callback: write the sweep down, begin it, and let Compare be about it."""
    try:
        records.keep(sweep, runs.runs_root())
        sweeps.begin(sweep.id, visible_runs.manager())
        visible_runs.show_sweep(sweep)
        state.remember(_BEGUN, sweep.id)
    except LatentStudioError as error:
        state.note(str(error))
