"""Start the app as a person would, on a free port, with folders of its own; tests and benchmarks share it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    # One process draws all pages: what the first has compiled, the next need not (a page in 2.1 s instead of 3.1).
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
]


@dataclass
class Server:
    """A running app: its address, its runs folder and its log."""

    url: str
    runs: Path
    log: Path
    process: subprocess.Popen[bytes]


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(
    folder: Path, *, script: Path = ROOT / "app.py", port: int | None = None, **environment: str
) -> Server:
    """`streamlit run app.py` (or another script) from the script's folder, ready to answer; on a free port if None."""
    port, log = port or free_port(), folder / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--server.port", str(port), "--server.address", "localhost"],
            cwd=script.parent,
            env={**os.environ, "VAE_RUNS_DIR": str(folder / "runs"), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://localhost:{port}", folder / "runs", log, process)
    _wait_until_healthy(server)
    return server


@contextmanager
def running_server(folder: Path, *, script: Path = ROOT / "app.py", **environment: str) -> Iterator[Server]:
    """`start_server`, stopped at the end whatever happens; its log must hold no traceback."""
    server = start_server(folder, script=script, **environment)
    try:
        yield server
    finally:
        log = stop_server(server)
    assert "Traceback" not in log, log[-4000:]


def _wait_until_healthy(server: Server) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"the server ended with {server.process.returncode}: {server.log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"no answer within 60 s: {server.log.read_text()[-2000:]}")


def stop_server(server: Server) -> str:
    """Ask it to end, wait for that, and return its log."""
    server.process.terminate()
    server.process.wait(timeout=60)
    return server.log.read_text()
