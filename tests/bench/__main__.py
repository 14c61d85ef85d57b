"""`make bench`: every figure that the app promises, measured in a real browser. Run it on a quiet machine.

Needs MNIST (VAE_DATA_DIR, or ../shared/data beside the project) for the map of 70,000 points and the default trainer.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.bench import loading, training
from tests.bench.dragging import drag_in_circles, figures_of
from tests.bench.encoding import encoding
from tests.bench.report import Figure, table
from tests.e2e.gestures import wait_for_canvas
from tests.e2e.serving import CHROMIUM, CHROMIUM_ARGUMENTS, ROOT, Server, start_server, stop_server

PARTS = ("drag", "encode", "load", "start", "click", "train", "decoder", "curves")


def drags(browser: Browser, server: Server, seconds: float) -> list[Figure]:
    """The shipped MNIST model at 10,000 and 70,000 points."""
    figures: list[Figure] = []
    for points, name in (("held-out", "10,000 points"), ("all", "70,000 points")):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(f"{server.url}/?run=mnist&points={points}")
        wait_for_canvas(page)
        page.wait_for_load_state("networkidle")
        drag = drag_in_circles(page, seconds)
        figures += figures_of(drag, name, decode_bar=2.0, paint_bar=20.0, gap_bar=100.0)
        context.close()
    return figures


def measure(parts: list[str], seconds: float, rounds: int) -> list[Figure]:
    """All chosen parts, one after the other, on one warm server."""
    figures: list[Figure] = []
    data_dir = os.environ.get("VAE_DATA_DIR") or str(ROOT.parent / "shared/data")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        if "start" in parts:
            figures.append(loading.second_start(rounds))
        folder = Path(name)
        server = start_server(folder, VAE_DATA_DIR=data_dir)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS[:1])
        try:
            if "drag" in parts:
                figures += drags(browser, server, seconds)
            if "encode" in parts:
                figures += encoding(browser, server)
            if "load" in parts:
                figures += loading.page_loads(browser, server, folder, rounds)
            if "click" in parts:
                figures += training.first_points(browser, server, rounds)
            if "train" in parts:
                figures += training.drag_while_training(browser, server, seconds)
            if "decoder" in parts:
                figures += training.new_decoders(browser, server, 2 * seconds)
            if "curves" in parts:
                figures += training.curves(browser, server)
        finally:
            browser.close()
            stop_server(server)
    return figures


def main() -> int:
    """Print the table; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=f"which of {', '.join(PARTS)} (all)")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of one drag (10)")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of loads and starts (5)")
    given = parser.parse_args()
    figures = measure(given.parts, given.seconds, given.rounds)
    print(table(figures))
    return int(any(each.verdict == "MISSED" for each in figures))


if __name__ == "__main__":
    sys.exit(main())
