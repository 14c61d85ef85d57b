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
        buttons(wanted, current)
        st.caption("Without the app:")
        st.code(command(wanted), language="sh", wrap_lines=True)
    with result_column:
        if current is None:
            st.info("Press Apply to see what comes of it, within a minute.")
            return
        if not current.is_done:
            watch(current)
            st.rerun(scope="fragment" if state.is_fragment_alone() else "app")  # the buttons change
        if current.error:
            st.error(plain(str(current.error)))
            return
        showing.show(run, current.result())


def buttons(wanted: running.Wanted, current: Task[running.Outcome] | None) -> None:
    """Begin and stop: both always there, so that nothing moves."""
    is_running = current is not None and not current.is_done
    is_known = current is not None and current.is_done and not current.error
    with st.container(horizontal=True):
        st.button(
            "Apply", type="primary", icon=":material/play_arrow:", key="apply", on_click=_begin, args=(wanted,),
            disabled=is_running or is_known,
            help="In a process of its own: it goes on if you turn to another page. Change a setting to apply it anew.",
        )  # fmt: skip
        st.button(
            "Stop", icon=":material/stop:", key="stop-applying", on_click=running.stop, args=(wanted,),
            disabled=not is_running,
        )  # fmt: skip


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
    bar = st.progress(0.0)
    while not current.wait(POLL_S):
        doing = current.doing or "waiting for another to end"
        bar.progress(current.share, f"{doing[0].upper()}{doing[1:]}")


apply()
