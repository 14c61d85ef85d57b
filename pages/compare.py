"""Compare: several runs side by side, under one cursor, with their curves, figures and settings."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.ui.address import comparison, state
from pages.ui.components.latent_canvas import canvas_data
from pages.ui.components.linked_maps import linked_data, linked_maps
from pages.ui.draw import charts, palette
from pages.ui.sections import conditional, downloads
from pages.ui.server import visible_runs
from pages.ui.sweeps import watching
from pages.ui.text import differences, run_text, tables
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from vae_core import runs
from vae_core.health.evidence import gather

FEWEST = 2
SPLITS = {"both": ("train", "held-out"), "training": ("train",), "held-out": ("held-out",)}


def compare() -> None:
    """The choice of runs; below it all that can be said of them together."""
    st.title("Compare", anchor=False)
    watching.show()
    shown = choose(visible_runs.by_id())
    if len(shown) < FEWEST:
        st.info(
            "Choose two or more runs to see them under one cursor. Two models ship with the project; runs of your own "
            "come from the Train page."
        )
        return
    for reason in differences.why_not_comparable([run.config for run in shown], [run.card for run in shown]):
        st.caption(plain(reason))
    maps(shown)
    st.header("Curves", anchor=False)
    curves(shown)
    st.header("Held-out figures", anchor=False)
    held_out(shown)
    st.header("Settings that differ", anchor=False)
    settings(shown)


def choose(visible: dict[str, runs.Run]) -> list[runs.Run]:
    """The runs to compare, the first being the one that the others are measured against."""
    choices = {run_id: run for run_id, run in visible.items() if run.is_complete}
    wanted = [run_id for run_id in comparison.compared_runs() if run_id in choices]
    state.begin_widget("compared", wanted[: linked_data.MOST_MODELS])
    chosen: list[str] = st.multiselect(
        "Runs",
        list(choices),
        format_func=run_text.titles(choices).__getitem__,
        max_selections=linked_data.MOST_MODELS,
        key="compared",
        help="The runs to put side by side. Differences are measured from the first.",
    )
    comparison.compare_runs(chosen)
    return [choices[run_id] for run_id in chosen]


@st.fragment
@in_words
def maps(shown: list[runs.Run]) -> None:
    """One cursor over all maps; a released one reruns this function alone."""
    for index, run in enumerate(shown):
        if said := canvas_data.caution(run):
            st.caption(plain(f"{linked_data.letter(index)}: {said}"))
    mode = choose_mode(shown)
    if mode is None:
        return
    conditional_run = next((run for run in shown if run.config.is_conditional), None)
    label = conditional.choose_label(conditional_run) if conditional_run and mode == "z" else None
    holes = comparison.has_holes()
    data = linked_data.linked_data(shown, mode, cursor=comparison.cursor(), holes=holes, examples=True, label=label)
    reported = linked_maps(data, key="linked")
    comparison.keep(reported.cursor)
    downloads.explain(shown[0])


def choose_mode(shown: list[runs.Run]) -> linked_data.Mode | None:
    """What the cursor stands for; None, with the reason shown, where nothing links these models."""
    possible = linked_data.modes(shown)
    if not possible:
        st.info(plain(" ".join(linked_data.why_not(shown, mode) or "" for mode in linked_data.MODES)))
        return None
    names: dict[str, linked_data.Mode] = {"z": "z", "held-out image": "input"}
    offered = [name for name, mode in names.items() if mode in possible]
    chosen = st.segmented_control(
        "One cursor for the same",
        offered,
        default=offered[0],
        required=True,
        key="same",
        bind="query-params",
        help="The same z: what each decoder makes of one point. The same held-out image: where each encoder puts it, "
        "and what comes back.",
    )
    missing = [linked_data.why_not(shown, mode) for mode in linked_data.MODES if mode not in possible]
    if missing:
        st.caption(plain(" ".join(reason or "" for reason in missing)))
    return names[chosen or offered[0]]


@st.fragment
@in_words
def curves(shown: list[runs.Run]) -> None:
    """The runs' curves over each other."""
    choices = st.columns([2, 2, 4])
    with choices[0]:
        along: charts.Along | None = st.segmented_control(
            "Along", ["step", "epoch", "seconds"], default="step", required=True, key="along", bind="query-params",
            help="What lies across: steps; epochs, that is how often all images were seen; or seconds of training.",
        )  # fmt: skip
    with choices[1]:
        split = st.segmented_control(
            "Images", list(SPLITS), default="both", required=True, key="images", bind="query-params",
            help="Curves on the images that are learned from (solid), on those kept apart (dotted), or both.",
        )  # fmt: skip
    drawn = [curve_of(run, index) for index, run in enumerate(shown)]
    figure = charts.overlaid(drawn, along or "step", SPLITS[split or "both"])
    st.plotly_chart(figure, key="curves", config=charts.CONFIG)
    without = [curve.letter for curve in drawn if along == "seconds" and not curve.has_times]
    if without:
        st.caption(f"Not drawn: {', '.join(without)}, whose seconds were not recorded, as in the shipped models.")


def curve_of(run: runs.Run, index: int) -> charts.Curve:
    """One run's curve in its own colour."""
    rows, _ = run.metrics()
    theme: charts.Theme = "dark" if st.context.theme.type == "dark" else "light"
    steps_per_epoch = gather(rows, run.config, run.card).total_steps / run.config.epochs
    return charts.Curve(
        linked_data.letter(index), palette.RUNS[index][theme], rows, steps_per_epoch, run.config.is_deterministic
    )


@in_words
def held_out(shown: Sequence[runs.Run]) -> None:
    """One row per run, and how far it is from the first."""
    measured = [
        differences.Measured(
            linked_data.named(run, index),
            run.config,
            run.card,
            run.evaluation().held_out,
            run.metrics()[0],
            run.status().epoch,
        )
        for index, run in enumerate(shown)
        if not run.imported
    ]
    if without := [linked_data.letter(index) for index, run in enumerate(shown) if run.imported]:
        st.caption(f"Without figures: {', '.join(without)}, made elsewhere: their ELBO was not measured here.")
    if not measured:
        return
    nats = "Held-out images, nats per image, with β = 1 whatever a run was trained with."
    columns: dict[str, Any] = {}
    for title in differences.NATS.values():
        columns[title] = st.column_config.NumberColumn(help=nats)
        columns[differences.CHANGE + title] = st.column_config.NumberColumn(
            help=f"{title} less the first run's, where nats mean the same in both."
        )
    forms = {title: "+,.1f" if title.startswith(differences.CHANGE) else ",.1f" for title in columns}
    columns["Seconds"] = st.column_config.NumberColumn(format="%.0f", help="Time the training took, if recorded.")
    columns["Images/s"] = st.column_config.NumberColumn(format="%.0f", help="Median speed of training, if recorded.")
    columns["Parameters"] = st.column_config.NumberColumn(format="localized", help="Numbers that training adjusts.")
    table = tables.with_minus(differences.figures_table(measured), forms)
    st.dataframe(table, hide_index=True, key="figures", placeholder="–", column_config=columns)


def settings(shown: Sequence[runs.Run]) -> None:
    """The runs' settings, those that are the same apart from those that differ."""
    own = {linked_data.letter(index): run for index, run in enumerate(shown) if not run.imported}
    if not own:
        st.caption("None are known of models that were made elsewhere.")
        return
    differing, same = differences.setting_rows([run.config for run in own.values()], [run.card for run in own.values()])
    letters = list(own)
    if differing:
        st.markdown(differences.markdown_table(differing, letters))
    else:
        st.caption("None: these runs have the same settings.")
    with st.expander("Settings that are the same"):
        st.markdown(differences.markdown_table([(label, texts[:1]) for label, texts in same], ["All"]))


compare()
