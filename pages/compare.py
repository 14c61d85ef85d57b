"""Compare: several runs side by side, under one cursor, with their curves, figures and settings."""

import streamlit as st

from pages.ui import comparison, linking, resources, state, words
from pages.ui.linked_maps import linked_maps
from pages.ui.sentences import in_words
from vae_core import runs

FEWEST = 2


def compare() -> None:
    """The choice of runs; below it all that can be said of them together."""
    st.title("Compare", anchor=False)
    shown = choose(resources.visible_runs())
    if len(shown) < FEWEST:
        st.info("Choose two or more runs to see them under one cursor.")
        return
    maps(shown)


def choose(visible: dict[str, runs.Run]) -> list[runs.Run]:
    """The runs to compare, the first being the one that the others are measured against."""
    choices = {run_id: run for run_id, run in visible.items() if run.is_complete}
    state.begin_widget("compared", [run_id for run_id in comparison.compared_runs() if run_id in choices])
    chosen: list[str] = st.multiselect(
        "Runs",
        list(choices),
        format_func=lambda run_id: words.run_title(choices[run_id]),
        max_selections=linking.MOST_MODELS,
        key="compared",
        help="The runs to put side by side. Differences are measured from the first.",
    )
    comparison.compare_runs(chosen)
    return [choices[run_id] for run_id in chosen]


def choose_mode(shown: list[runs.Run]) -> linking.Mode | None:
    """What the cursor stands for; None, with the reason shown, where nothing links these models."""
    possible = linking.modes(shown)
    if not possible:
        st.info(" ".join(linking.why_not(shown, mode) or "" for mode in linking.MODES))
        return None
    names: dict[str, linking.Mode] = {"z": "z", "held-out image": "input"}
    offered = [name for name, mode in names.items() if mode in possible]
    chosen = st.segmented_control(
        "One cursor for the same",
        offered,
        default=offered[0],
        required=True,
        key="same",
        bind="query-params",
        help="The same z: what each decoder makes of one place. The same held-out image: where each encoder puts it, "
        "and what comes back.",
    )
    return names[chosen or offered[0]]


@st.fragment
@in_words
def maps(shown: list[runs.Run]) -> None:
    """One cursor over all maps; a released one reruns this function alone."""
    mode = choose_mode(shown)
    if mode is None:
        return
    data = linking.linked_data(shown, mode, cursor=comparison.cursor(), holes=comparison.has_holes())
    reported = linked_maps(data, key="linked")
    comparison.keep(reported.cursor)


compare()
