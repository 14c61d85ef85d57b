"""`make bench`: every figure that the app promises, measured in a real browser. Run it on a quiet machine.

Needs MNIST (VAE_DATA_DIR, or ../shared/data beside the project) for the map of 70,000 points and the default trainer.
`make bench-canvas` measures what the canvas promises: the parts in CANVAS, half an hour of use among them. `python -m
tests.bench data` measures how pictures come in, the parts in DATA, which need CIFAR-10 in the same folder;
`python -m tests.bench apply` measures what models are used for.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.bench import (
    applying,
    brush,
    colour,
    dropped,
    endurance,
    exploring,
    hostile,
    intake,
    layouts,
    loading,
    map_points,
    run_list,
    swapping,
    sweep,
    training,
)
from tests.bench.dragging import dragged, figures_of
from tests.bench.encoding import encoding
from tests.bench.report import Figure, table
from tests.e2e.serving import CHROMIUM, CHROMIUM_ARGUMENTS, ROOT, Server, start_server, stop_server
from vae_core import runs

USUAL = ("drag", "encode", "load", "start", "click", "train", "decoder", "curves")
CANVAS = ("map", "colour", "eight", "lattice", "encode", "swap", "train", "last", "memory")
FILES = ("intake", "photographs", "tables", "million", "hostile")
DATA = (*FILES, "dropped")
PARTS = tuple(dict.fromkeys((*USUAL, *CANVAS, *DATA, "runs", "apply", "brush", "sweep", "layouts")))


def drags(browser: Browser, server: Server, seconds: float) -> list[Figure]:
    """The shipped MNIST model at 10,000 and 70,000 points."""
    figures: list[Figure] = []
    for points, name in (("held-out", "10,000 points"), ("all", "70,000 points")):
        drag = dragged(browser, f"{server.url}/?run=mnist&points={points}", seconds)
        figures += figures_of(drag, name, decode_bar=2.0, paint_bar=20.0, gap_bar=100.0)
    return figures


def looked_back_on(folder: Path) -> str:
    """The id of a small run whose every epoch was kept, made by the command line."""
    command = [sys.executable, "-m", "vae_core", "train", "--dataset", "digits", "--epochs", "12"]
    subprocess.run([*command, "--runs-dir", str(folder)], cwd=ROOT, check=True, capture_output=True)
    (run,) = runs.list_runs(folder)
    return run.id


def without_server(given: argparse.Namespace, data_dir: str) -> list[Figure]:
    """The chosen parts that no page takes part in."""
    parts: dict[str, Callable[[], list[Figure]]] = {
        "start": lambda: [loading.second_start(given.rounds)],
        "intake": lambda: intake.small_pictures(Path(data_dir), given.rounds),
        "photographs": lambda: intake.photographs(Path(data_dir), given.rounds),
        "tables": lambda: intake.tables(given.rounds),
        "million": intake.learning,
        "layouts": layouts.layouts,
        "hostile": hostile.hostile,
        "sweep": lambda: sweep.sweep(Path(data_dir)),
        "apply": lambda: applying.applied(Path(data_dir)),
    }
    return [figure for name in parts if name in given.parts for figure in parts[name]()]


def measure(given: argparse.Namespace) -> list[Figure]:
    """All chosen parts, one after the other, those that need one on one warm server."""
    data_dir = os.environ.get("VAE_DATA_DIR") or str(ROOT.parent / "shared/data")
    figures = without_server(given, data_dir)
    if not set(given.parts) - {"start", "sweep", "apply", "layouts", *FILES}:
        return figures
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder, seconds, rounds = Path(temporary), given.seconds, given.rounds
        run_id = looked_back_on(folder / "runs") if "memory" in given.parts else ""
        colour_id = colour.colour_run(folder) if "colour" in given.parts else ""
        wide_id = brush.wide_run(folder / "runs", data_dir) if "brush" in given.parts else ""
        map_images = str(swapping.MAP_IMAGES if "swap" in given.parts else "")
        server = start_server(folder, VAE_DATA_DIR=data_dir, VAE_MAP_IMAGES=map_images)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS[:1])
        parts: dict[str, Callable[[], list[Figure]]] = {
            "drag": lambda: drags(browser, server, seconds),
            "map": lambda: map_points.map_points(browser, server, seconds / 2, rounds),
            "colour": lambda: colour.colour(browser, server, colour_id, seconds),
            "eight": lambda: exploring.eight_handles(browser, server, seconds),
            "lattice": lambda: exploring.lattice(browser, server, rounds),
            "encode": lambda: encoding(browser, server),
            "brush": lambda: brush.brush(browser, server, folder, wide_id, Path(data_dir)),
            "load": lambda: loading.page_loads(browser, server, folder, rounds),
            "click": lambda: training.first_points(browser, server, rounds),
            "train": lambda: training.drag_while_training(browser, server, seconds),
            "swap": lambda: swapping.swaps(browser, server, seconds),
            "decoder": lambda: training.new_decoders(browser, server, 2 * seconds),
            "curves": lambda: training.curves(browser, server),
            "last": lambda: exploring.last_images(browser, server, seconds, given.drags),
            "runs": lambda: run_list.run_lists(browser, rounds),
            "dropped": lambda: dropped.dropped(browser),
            "memory": lambda: endurance.memory(browser, server, run_id, given.minutes),
        }
        try:
            for name in [each for each in parts if each in given.parts]:
                figures += parts[name]()
        finally:
            browser.close()
            stop_server(server)
    return figures


def main() -> int:
    """Print the table; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "parts", nargs="*", default=list(USUAL), help=f"which of {', '.join(PARTS)}, or canvas, or data"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="length of one drag (10)")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of loads and starts (5)")
    parser.add_argument("--drags", type=int, default=50, help="long drags whose last image is looked at (50)")
    parser.add_argument("--minutes", type=float, default=30.0, help="of use, for what a page holds on to (30)")
    given = parser.parse_args()
    given.parts = {"canvas": list(CANVAS), "data": list(DATA)}.get(" ".join(given.parts), given.parts)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    figures = measure(given)
    print(table(figures))
    return int(any(each.verdict == "MISSED" for each in figures))


if __name__ == "__main__":
    sys.exit(main())
