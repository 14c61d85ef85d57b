"""The way out: a run in the format of another program, chosen and downloaded.

What torch computes is made by a process of its own, so that the server never imports torch; for everyone once.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from pages.ui.server.background import Background, Task
from pages.ui.server.browser_runtime import ROOT
from pages.ui.text.error_text import in_words
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.interchange.exports import formats

POLL_S = 0.4
Made = bytes
_made = Background[Made]("exports", 8)
"""Few: an embedding of all images has many megabytes."""


@st.fragment
@in_words
def offer(run: runs.Run) -> None:
    """The panel of a complete run; a choice in it draws the panel alone anew."""
    with st.expander("Export"):
        name = st.selectbox(
            "Format",
            list(formats.of(run)),
            format_func=lambda each: formats.FORMATS[each].title,
            key=f"export-format-{run.id}",
        )
        st.caption(formats.FORMATS[name].about)
        if formats.FORMATS[name].is_slow:
            offer_slow(run, name)
        else:
            download(run, name, partial(formats.packed, run, name))
        st.caption(f"Without the app: `python -m vae_core export {run.id} --to {name} --out PATH`")


def offer_slow(run: runs.Run, name: str) -> None:
    """A button that has it made; then how that goes; then what was made."""
    key = f"{run.digest()} {name}"
    task = _made.get(key)
    place = st.empty()
    is_asked_for = (task is None or task.error) and place.button(
        "Make it", key=f"export-make-{run.id}", icon=":material/settings:"
    )
    if is_asked_for:
        task = _made.start(key, lambda task: _make(run, name, task))
        place.empty()
    if task:
        _watch(task)
        download(run, name, task.result())


def _watch(task: Task[Made]) -> None:
    """Waits for the end, and says so meanwhile; whoever turns to something else interrupts it between two words."""
    place = st.empty()
    while not task.wait(POLL_S):
        place.caption(
            f"It is {task.doing or 'waiting for others'}; where all images are looked at, that takes seconds …"
        )
    place.empty()


def download(run: runs.Run, name: str, made: Made | partial[Made]) -> None:
    """The button that gives the file."""
    file = formats.file_name(run, name)
    mime = "application/zip" if file.endswith(".zip") else "application/octet-stream"
    st.download_button(f"Download {file}", made, file, mime, key=f"export-{run.id}-{name}", icon=":material/download:")


def _make(run: runs.Run, name: str, task: Task[Made]) -> Made:
    """Raises LatentStudioError with the sentence that the process ended with."""
    task.doing = "being made"
    try:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / formats.file_name(run, name)
            command = [sys.executable, "-m", "vae_core", "export", str(run.directory), "--to", name, "--out", str(out)]
            done = subprocess.run(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                messages = done.stderr.strip().splitlines()
                raise LatentStudioError(messages[-1] if messages else "the export ended without saying why; try again")
            return out.read_bytes()
    except OSError as error:
        raise LatentStudioError(f"the export could not be made ({error}); make room and try again") from error
