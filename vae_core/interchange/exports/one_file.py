"""A run as one HTML file, and as a widget of notebooks that shows this file.

The file is made of the app's own modules, which the core does not know: by a process of the app's, `pages.ui.demo`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from vae_core.errors import RunError, RunMissing
from vae_core.runs import Run, find_run

_ROOT = Path(__file__).parents[3]
WIDGET = """
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.title = "Latent space";
  frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 0`;
  frame.srcdoc = model.get("html");
  el.append(frame);
  const hear = ({ source, data }) => {
    if (source !== frame.contentWindow || !data.latentStudio?.handles) return;
    model.set("handles", data.latentStudio.handles.handles);
    model.save_changes();
  };
  addEventListener("message", hear);
  return () => removeEventListener("message", hear);
}
export default { render };
"""
"""The widget's module. In its frame the file's scripts reach nothing of the notebook, and its policy lets them fetch
nothing.
"""


def demo_html(run: Run) -> bytes:
    """The file of a complete run, UTF-8. Raises RunError with the sentence that the process ended with."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "demo.html"
        command = [sys.executable, "-m", "pages.ui.demo", str(run.directory.absolute()), "--out", str(out)]
        done = subprocess.run(
            command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            messages = done.stderr.strip().splitlines()
            raise RunError(messages[-1] if messages else "the file was not made, nobody said why; try again")
        return out.read_bytes()


def show(run: Run | str, *, height: int = 900) -> Any:
    """A run's canvas as a widget of a notebook (Jupyter, marimo, VS Code): no server, the network may be cut.

    Its `handles` are those on the map as they were last let go of: [{"name": "", "z": [0.5, -1.2]}, …]; two
    numbers are a place on the map, more are all coordinates.
    run: a complete one, or its id or directory. height: in CSS pixels. Raises RunMissing where anywidget is not
    installed or there is no such run, and as `demo_html`.
    """
    try:
        anywidget, traitlets = import_module("anywidget"), import_module("traitlets")
    except ImportError:
        raise RunMissing(
            "anywidget is not installed, and a notebook shows a run by that package; pip install anywidget"
        ) from None
    html = demo_html(find_run(run) if isinstance(run, str) else run).decode()
    traits = {
        "_esm": WIDGET,
        "html": traitlets.Unicode(html).tag(sync=True),
        "height": traitlets.Int(height).tag(sync=True),
        "handles": traitlets.List([]).tag(sync=True),
    }
    return type("Canvas", (anywidget.AnyWidget,), traits)()
