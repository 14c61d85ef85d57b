"""Dragging through colour pictures of 64×64 pixels, decoded by convolutions of the usual settings."""

import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser

from tests.bench.dragging import dragged, figures_of
from tests.bench.report import Figure
from tests.e2e.serving import Server
from vae_core import runs

ROOT = Path(__file__).parents[2]


def colour_run(folder: Path) -> str:
    """The id of a run on shapes that are drawn for it, one epoch long: how well it draws them costs nothing."""
    environment = {**os.environ, "VAE_DATA_DIR": str(folder / "data")}
    for arguments in (
        ["data", "draw", "shapes", "--count", "1000"],
        ["train", "--dataset", "shapes", "--epochs", "1", "--runs-dir", str(folder / "runs")],
    ):
        command = [sys.executable, "-m", "vae_core", *arguments]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=environment)
    return next(run.id for run in runs.list_runs(folder / "runs") if run.config.dataset == "shapes")


def colour(browser: Browser, server: Server, run_id: str, seconds: float) -> list[Figure]:
    """One handle, at a thousand points."""
    drag = dragged(browser, f"{server.url}/?run={run_id}", seconds)
    return figures_of(drag, "64×64 colour, convolutions", decode_bar=5.0, paint_bar=20.0, gap_bar=100.0)
