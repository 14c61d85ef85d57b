"""What Streamlit runs first: the page's frame, the menu, and what concerns every page."""

from pathlib import Path

import streamlit as st

from pages.ui.address import cut, state
from pages.ui.server import visible_runs
from pages.ui.server.browser_runtime import installer
from pages.ui.text.markdown import plain
from vae_core.errors import LatentStudioError

FOLDER = Path(__file__).parent
st.set_page_config(page_title="Latent Studio", page_icon=str(FOLDER / "ui/icon.svg"), layout="wide")
st.html(FOLDER / "ui/page.css")


@st.fragment(run_every=3600.0)
def finds_its_way_back() -> None:
    """Nothing to see: a page with something that runs by itself is drawn anew when its lost connection is back.

    Any other waits for a click, and what is clicked in a fragment a server that was started meanwhile does not know.
    """


@st.fragment(run_every=3.0)
def tries_again() -> None:
    """Draw the page anew, though not at once."""
    if state.is_fragment_alone():
        st.rerun()


@st.fragment(run_every=1.0)
def runtime_arrives() -> None:
    """Say that the browser runtime is on its way, and draw the page anew when it is here."""
    if installer.state == "fetching":
        st.info("Fetching ONNX Runtime Web, which decodes images in the browser. Once only, about a minute.")
    else:
        st.rerun()


def about_address(page: str) -> None:
    """What of the address that this visit came with could not be read, for as long as it stays on that page."""
    if state.remembered("opened") is None:
        state.remember("opened", f"{page}:{', '.join(cut.unreadable())}")
    opened, _, parts = (state.remembered("opened") or "").partition(":")
    if parts and opened == page:
        st.warning(
            f"Of the address this could not be read: {parts}. It may have been cut off: copy it again, whole. "
            "Until then the page begins there as always."
        )


def chosen_page() -> None:
    """The menu, a word if something is missing, and the page itself."""
    page = st.navigation(
        [
            st.Page("explore.py", title="Explore", icon=":material/explore:", default=True),
            st.Page("train.py", title="Train", icon=":material/model_training:"),
            st.Page("compare.py", title="Compare", icon=":material/compare:"),
            st.Page("apply.py", title="Apply", icon=":material/build:"),
            st.Page("data.py", title="Data", icon=":material/photo_library:"),
            st.Page("runs.py", title="Runs", icon=":material/folder_open:"),
            st.Page("learn.py", title="Learn", icon=":material/school:"),
        ],
        position="top",
    )
    if installer.state == "fetching":
        runtime_arrives()
    elif installer.state == "missing":
        missing = "ONNX Runtime Web is not installed; run `make runtime` and start the app again."
        st.warning(plain(installer.error or missing))
    visible_runs.adopt_address()
    about_address(page.url_path)
    if message := state.take_note():
        st.error(plain(message))
    state.begin_page()
    try:
        page.run()
    except LatentStudioError as error:  # the folder of the runs, say, lies on a share that does not answer
        st.error(plain(str(error)))
        tries_again()
    state.end_page()
    finds_its_way_back()


chosen_page()
