"""Apply: what a trained model is used for, each use beside simple rivals, with a sentence on whether it is worth it."""

import streamlit as st

from pages.ui.address import state
from pages.ui.apply import form, running, showing
from pages.ui.sections import downloads
from pages.ui.server import visible_runs
from pages.ui.server.background import Task
from pages.ui.text import run_text
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from vae_core import runs
from vae_core.apply.parts import Part
from vae_core.errors import LatentStudioError

POLL_S = 0.25


def apply() -> None:
    """Model in the sidebar; which use; its form and its result."""
    st.title("Apply", anchor=False)
    with st.sidebar:
        run = choose_model()
        st.caption(run_text.summary(run))
        downloads.explain(run)
    part = form.choose_part()
    st.caption(part.purpose)
    if reason := part.why_not(run):
        st.info(plain(reason))
        return
    use(run, part)


def choose_model() -> runs.Run:
    """Of the runs that this session may see the complete ones; the one that Explore shows, too."""
    choices = {run_id: run for run_id, run in visible_runs.by_id().items() if run.is_complete}
    state.begin_explored("applied", list(choices))
    chosen = st.selectbox(
        "Model",
        list(choices),
        format_func=run_text.titles(choices).__getitem__,
        key="applied",
        help="The trained model that is put to use. Explore shows the same.",
    )
    state.explore_run(chosen)
    return choices[chosen]


@st.fragment
@in_words
def use(run: runs.Run, part: Part) -> None:
    """Form and result; a change in the form draws these alone anew."""
    form_column, result_column = st.columns([1, 3], gap="large")
    with form_column:
        wanted = running.Wanted(run, part.name, form.settings(part, run))
        current = running.outcome(wanted)
        place = st.empty()
        if current is None or current.error:
            place.button(
                "Apply", type="primary", icon=":material/play_arrow:", key="apply", on_click=_begin, args=(wanted,),
                help="In a process of its own: it goes on if you turn to another page.",
            )  # fmt: skip
        elif not current.is_done:
            place.button("Stop", icon=":material/stop:", key="stop-applying", on_click=running.stop, args=(wanted,))
        st.caption("Without the app:")
        st.code(command(wanted), language="sh", wrap_lines=True)
    with result_column:
        if current is None:
            st.info("Press Apply to see what comes of it, within a minute.")
            return
        watch(current)
        if current.error:
            st.error(plain(str(current.error)))
            return
        place.empty()
        showing.show(run, current.result())


def command(wanted: running.Wanted) -> str:
    """What does the same on the command line."""
    flags = "".join(f" --{name} {value}" for name, value in wanted.settings.items() if value)
    return f"python -m vae_core apply {wanted.part} {wanted.run.id}{flags} --out result"


def _begin(wanted: running.Wanted) -> None:
    """Callback: carry it out."""
    try:
        running.start(wanted)
    except LatentStudioError as error:
        state.note(str(error))


def watch(current: Task[running.Outcome]) -> None:
    """Show how far it is until it ends; it goes on if the visitor leaves."""
    if current.is_done:
        return
    bar = st.progress(0.0)
    while not current.wait(POLL_S):
        bar.progress(current.share, (current.doing or "waiting for another to end").capitalize())
    bar.empty()


apply()
