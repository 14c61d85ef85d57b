"""The control bar of Train: start, pause, one step, stop, slow motion, and what can be changed while a run trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui.address import state
from pages.ui.server import visible_runs
from pages.ui.text import run_text
from pages.ui.train import extending, forms, sweeping
from vae_core import runs
from vae_core.config import TrainConfig, in_full, parse_config
from vae_core.config.typed_numbers import read_number
from vae_core.data import registry
from vae_core.errors import ConfigInvalid, LatentStudioError
from vae_core.runs import checkpoints

MOST_STEPS_PER_S = 1000.0


def control_bar(config: TrainConfig | None, run: runs.Run | None, status: runs.Status | None) -> Callable[[], None]:
    """All controls in one line, which wraps on a narrow screen. config: what Start would train. Call in a fragment.

    Returns what is to be called when all else is drawn, since it may wait.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
        st.title("Train", anchor=False, width="content")
        if run and status and visible_runs.is_elsewhere(run):
            run = status = None  # nothing can be asked of it here, but another can be started
        _start(config, is_busy=status is not None and not status.is_final)
        _pause_or_resume(run, status)
        _step(run, status)
        _stop(run, status)
        say_cost = sweeping.offer(config)
        if run:
            offer_to_settle(run)
        if run and status:
            _while_it_runs(run, status)
    return say_cost


def _while_it_runs(run: runs.Run, status: runs.Status) -> None:
    """What only some of the time there is a use for."""
    if run_text.is_training(status):
        _slow_motion(run, status)
    if run_text.is_training(status) or run.is_resumable:
        _changes(run, status)
    if extending.offer(run, status):
        st.rerun()  # the page is about the new run
    if status.is_final and run.is_complete:
        st.page_link("explore.py", label="Open in Explore", icon=":material/explore:", query_params={"run": run.id})


def _start(config: TrainConfig | None, *, is_busy: bool) -> None:
    is_here = config is not None and registry.is_available(config.dataset)
    if st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not is_here or is_busy,
        on_click=_begin,
        args=(config,),
        help="Train with the settings in the sidebar. The run goes on if you reload or close this page.",
    ):
        st.rerun()  # another run: the whole page is about it


def _pause_or_resume(run: runs.Run | None, status: runs.Status | None) -> None:
    """One button that changes: Pause while the run trains, else Resume."""
    run_id = run.id if run else ""
    if run and status and (status.state == "paused" or run.is_resumable):
        blocked = visible_runs.manager().blocked(run_id) is not None
        step = checkpoints.newest_step(run.directory) if status.is_final else status.step
        help_text = "It goes on by itself when there is room." if blocked else f"Go on from step {step:,}."
        st.button(
            "Resume", key="pause", icon=":material/resume:", help=help_text, disabled=blocked,
            on_click=_resume, args=(run_id,),
        )  # fmt: skip
        return
    st.button(
        "Pause",
        key="pause",
        icon=":material/pause:",
        disabled=not run_text.is_training(status),
        on_click=_ask,
        args=("pause", run_id),
        help="Hold the training after the current batch. Curves and map then show exactly that step.",
    )


def _step(run: runs.Run | None, status: runs.Status | None) -> None:
    st.button(
        "Step",
        icon=":material/skip_next:",
        disabled=run is None or not run_text.is_training(status) or visible_runs.manager().blocked(run.id) is not None,
        on_click=_ask,
        args=("step", run.id if run else ""),
        help="Make one step, show what it changed, and pause.",
    )


def _stop(run: runs.Run | None, status: runs.Status | None) -> None:
    st.button(
        "Stop",
        icon=":material/stop:",
        disabled=status is None or status.is_final,
        on_click=_ask,
        args=("stop", run.id if run else ""),
        help="Stop after the current batch. What has been learned so far is kept, and can be resumed.",
    )


def offer_to_settle(run: runs.Run) -> bool:
    """A button for a run that was cut off, to have a trained model of its newest checkpoint; whether it was pressed."""
    return run.can_be_settled and st.button(
        "Keep what it has",
        key=f"settle-{run.id}",
        icon=":material/save:",
        on_click=_settle,
        args=(run.id,),
        help="Its training was cut off. This makes a trained model of its newest checkpoint, of step "
        f"{checkpoints.newest_step(run.directory):,}: to explore, compare and export. It can still be resumed.",
    )


def _slow_motion(run: runs.Run, status: runs.Status) -> None:
    key = f"pace-{run.id}"
    state.begin_widget(key, in_full(status.steps_per_s) if status.steps_per_s else "")
    st.text_input(
        "Steps a second",
        placeholder="full speed",
        key=key,
        on_change=_pace,
        args=(run.id, key),
        width=152,
        help="Slow motion: so many steps a second and no more. Empty or 0: full speed.",
    )


def _changes(run: runs.Run, status: runs.Status) -> None:
    """β and the learning rate, as they are in force; nothing happens before the button is pressed."""
    shown = run_text.in_force(run.config, status)
    if status.diverged_step is not None:
        shown["learning_rate"] /= 4
    keys = {name: f"{name}-{run.id}-{in_full(value)}" for name, value in shown.items()}
    title, verb, action = ("Change while it runs", "Apply", _edit)
    if status.is_final:
        title, verb, action = ("Change and resume", "Resume with these", _resume)
    with st.popover(title, icon=":material/tune:"), st.form(f"changes-{run.id}", border=False):
        for name, value in shown.items():
            forms.number(name, value, key=keys[name])
        st.caption("Weights and momentum stay as they are; the curves mark the step.")
        known = run_text.in_force(run.config, status)
        st.form_submit_button(verb, type="primary", on_click=action, args=(run.id, keys, known))


def _begin(config: TrainConfig) -> None:
    """Callback: start a run and put its id into the address."""
    try:
        state.show_training(visible_runs.manager().start(config))
    except LatentStudioError as error:
        state.note(str(error))


def _ask(what: str, run_id: str) -> None:
    """Callback: pause, step or stop a run."""
    manager = visible_runs.manager()
    try:
        {"pause": manager.pause, "step": manager.step, "stop": manager.stop}[what](run_id)
    except LatentStudioError as error:
        state.note(str(error))


def _resume(run_id: str, keys: Mapping[str, str] | None = None, known: Mapping[str, float] | None = None) -> None:
    """Callback: let a paused run go on, or take up one that has stopped or failed, changed or not."""
    try:
        visible_runs.manager().resume(run_id, **_changed(keys or {}, known or {}))
    except LatentStudioError as error:
        state.note(str(error))


def _settle(run_id: str) -> None:
    """Callback: keep what a run's newest checkpoint holds; Train shows how that goes."""
    try:
        visible_runs.manager().settle(run_id)
        state.show_training(run_id)
    except LatentStudioError as error:
        state.note(str(error))


def _edit(run_id: str, keys: Mapping[str, str], known: Mapping[str, float]) -> None:
    """Callback: tell the run what was changed."""
    try:
        if changed := _changed(keys, known):
            visible_runs.manager().edit(run_id, **changed)
    except LatentStudioError as error:
        state.note(str(error))


def _changed(keys: Mapping[str, str], known: Mapping[str, float]) -> dict[str, float]:
    """The settings that were typed anew. keys: of their widgets, by setting; known: the values in force.

    Raises ConfigInvalid.
    """
    read = parse_config({name: state.widget(key, known[name]) for name, key in keys.items()})
    typed = {name: float(getattr(read, name)) for name in keys}
    return {name: value for name, value in typed.items() if value != known[name]}


def _pace(run_id: str, key: str) -> None:
    """Callback: slow motion, or full speed again."""
    try:
        visible_runs.manager().pace(run_id, _typed_pace(state.widget(key, "")))
    except LatentStudioError as error:
        state.note(str(error))


def _typed_pace(text: str) -> float | None:
    """What was typed as steps a second; None for full speed. Raises ConfigInvalid."""
    try:
        pace = read_number(text, is_whole=False) if text.strip() else 0.0
    except ValueError as error:
        raise ConfigInvalid(f"steps a second: {error}; got {text!r}") from None
    if not 0 <= pace <= MOST_STEPS_PER_S:
        raise ConfigInvalid(f"steps a second: expected 0 to {MOST_STEPS_PER_S:g}, or nothing; got {text!r}")
    return float(pace) or None
