"""A sweep in Compare: how far it is, what can be asked of it, and its plot, which grows while it runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.address import comparison, state
from pages.ui.components.linked_maps.linked_data import MOST_MODELS
from pages.ui.server import visible_runs
from pages.ui.sweeps import plots, points
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from vae_core import runs, sweeps
from vae_core.errors import LatentStudioError
from vae_core.sweeps import Sweep, cost, outcomes, records
from vae_core.sweeps.outcomes import MINUTES, PointOutcome

POLL_S = 2.0
MORE_SEEDS = 2


def show() -> None:
    """The choice among sweeps, if there are any, and the chosen one; it is drawn anew by itself while it runs."""
    visible = visible_runs.sweeps()
    if not visible:
        return
    chosen = choose(visible)
    if chosen is None:
        return
    visible_runs.hold_sweep(chosen)
    every = POLL_S if visible_runs.is_sweep_running(chosen) else None
    st.fragment(watch, run_every=every)(chosen.id, is_polled=every is not None)


def choose(visible: dict[str, Sweep]) -> Sweep | None:
    """The sweep that the address names, or that is chosen; None for none."""
    offered = [visible_runs.NO_SWEEP, *visible]
    state.begin_choice("sweep", offered, visible_runs.NO_SWEEP)
    titles = {sweep_id: f"{sweep.name}, {sweep_id[:6]}" for sweep_id, sweep in visible.items()}
    chosen: str = st.selectbox(
        "Sweep",
        offered,
        format_func=lambda each: titles.get(each, "None"),
        key="sweep",
        help="Many runs that differ in chosen settings and in their seeds; Sweep on Train starts one.",
    )
    state.keep_choice("sweep", chosen, visible_runs.NO_SWEEP)
    return visible.get(chosen)


@in_words
def watch(sweep_id: str, *, is_polled: bool) -> None:
    """All that is known of a sweep now."""
    sweep = sweeps.read_sweep(sweep_id, runs.runs_root())
    is_running = visible_runs.is_sweep_running(sweep)
    found = outcomes.outcomes(sweep, runs.runs_root())
    controls(sweep, found, is_running=is_running)
    if sweep.error:
        st.warning(plain(sweep.error))
    figure = plots.choose_figure(sweep, found)
    best = outcomes.best(sweep, found, figure)
    clicked = plots.draw(sweep, found, figure, best)
    st.markdown(verdict(sweep, found, figure, best))
    titles = {name: plots.TITLES[name] for name in plots.known_figures(found)}
    chosen = [*clicked, *points.choose(sweep, found, figure, best, titles)]
    ways_on(sweep, [found[number] for number in dict.fromkeys(chosen) if number < len(found)])
    if is_running != is_polled:
        st.rerun()  # it has ended, or somebody goes on with it: from here on it is looked at as often as it changes


def controls(sweep: Sweep, found: Sequence[PointOutcome], *, is_running: bool) -> None:
    """How far it is, and one line of what can be asked of it."""
    everything = [run for point in found for run in point.runs]
    planned = max(len(everything), (sweep.trials if sweep.engine == "optuna" else 0) * len(sweep.seeds))
    ended = outcomes.ended(found)
    st.progress(ended / max(1, planned), text=plain(progress(sweep, found, ended, planned, is_running=is_running)))
    with st.container(horizontal=True, vertical_alignment="center"):
        if is_running:
            st.button(
                "Stop the sweep", icon=":material/stop:", on_click=_stop, args=(sweep.id,), key=f"stop-{sweep.id}",
                help="Begin nothing more, and stop what trains; all of it is kept and can be gone on with.",
            )  # fmt: skip
        elif ended < planned:
            st.button(
                "Go on with it", icon=":material/resume:", type="primary", on_click=_go_on, args=(sweep.id, 0),
                key=f"resume-{sweep.id}", help="Nothing that has ended is run again.",
            )  # fmt: skip
        st.button(
            f"Add {MORE_SEEDS} seeds", icon=":material/casino:", on_click=_go_on, args=(sweep.id, MORE_SEEDS),
            key=f"seeds-{sweep.id}", help="Run every point with further seeds, to tell chance from difference.",
        )  # fmt: skip


def progress(sweep: Sweep, found: Sequence[PointOutcome], ended: int, planned: int, *, is_running: bool) -> str:
    """'7 of 18 runs have ended, two train; about 4 minutes are left.'"""
    states = [run.state for point in found for run in point.runs]
    words = [f"{ended} of {planned} runs have ended"]
    if training := sum(state in ("starting", "running", "paused") for state in states):
        words.append(f"{training} train{'s' if training == 1 else ''}")
    if failed := states.count("failed"):
        words.append(f"{failed} failed")
    if sweep.pruned:
        words.append(f"{len(sweep.pruned)} points were given up early")
    minutes = [value for point in found for value in point.values(MINUTES)]
    left = cost.minutes_left(minutes, planned - ended, visible_runs.manager().slots) if is_running else None
    if left and planned > ended:
        words.append(f"about {cost.in_words(left)} are left")
    elif not is_running and ended < planned:
        words.append("nobody runs it now")
    return ", ".join(words)


def verdict(sweep: Sweep, found: Sequence[PointOutcome], figure: str, best: outcomes.Best) -> str:
    """Whether a point is the best, and why, or why none is called so."""
    if best.leader is None:
        return ""
    name, leader = plots.TITLES[figure], plain(points.label(found[best.leader]))
    if best.index is not None:
        return f"**{leader} is best** by {name}: {best.why}."
    tied = ""
    if best.tied and len(best.tied) < len(found) - 1:
        tied = f" Not told from it: {plain(', '.join(points.label(found[number]) for number in best.tied))}."
    return f"{leader} leads by {name}, and is not called best: {best.why}.{tied}"


def ways_on(sweep: Sweep, chosen: Sequence[PointOutcome]) -> None:
    """From chosen dots to Explore, to Train while they learn, and into the comparison below."""
    if not chosen:
        st.caption("Click a dot, or rows of the table, to open their runs.")
        return
    for point in chosen[:MOST_MODELS]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(points.label(point))}**", width="content")
            for run in point.runs:
                words = f"seed {run.seed}" if len(sweep.seeds) > 1 else "the run"
                if run.state in ("finished", "stopped"):
                    address = {"run": run.run_id}
                    st.page_link(
                        "explore.py", label=f"Explore {words}", icon=":material/explore:", query_params=address
                    )
                elif run.state != "waiting":
                    address = {"training": run.run_id}
                    st.page_link("train.py", label=f"{words}: {run.state}", query_params=address)
    with_model = [typical.run_id for point in chosen if (typical := points.typical(point))][:MOST_MODELS]
    if st.button(
        "Compare these below", icon=":material/compare:", disabled=len(with_model) < 1, on_click=_compare,
        args=(with_model,), key=f"compare-{sweep.id}", help="Of each point, the run whose −ELBO is the median.",
    ):  # fmt: skip
        st.rerun()


def _compare(run_ids: list[str]) -> None:
    """Callback: the page below is about these, beside what was compared before if that was one alone."""
    kept = [each for each in comparison.compared_runs() if each not in (*run_ids, *runs.SHIPPED)]
    chosen = [*run_ids, *kept][:MOST_MODELS] if len(run_ids) < 2 else run_ids
    comparison.compare_runs(chosen)
    state.set_widgets({"compared": chosen})


def _stop(sweep_id: str) -> None:
    """Callback: ask whoever runs it to stop."""
    try:
        records.stop(sweep_id, runs.runs_root())
    except LatentStudioError as error:
        state.note(str(error))


def _go_on(sweep_id: str, more: int) -> None:
    """Callback: run what is missing, with so many seeds more."""
    try:
        root = runs.runs_root()
        if more:
            sweep = sweeps.read_sweep(sweep_id, root)
            records.add_seeds(sweep_id, records.more_seeds(sweep, more), root)
        sweeps.begin(sweep_id, visible_runs.manager())
    except LatentStudioError as error:
        state.note(str(error))
