"""Runs with a thousand and ten thousand of them: the first row, a search, a rerun, and an index that was lost."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.bench.report import Figure, median
from tests.e2e.serving import Server, start_server, stop_server
from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.runs import records
from vae_core.runs.listing import marks
from vae_core.runs.listing.index import FILE, Index

COUNTS = (1_000, 10_000)
NEEDLE = "Needle in the haystack"
WATCH = """event => {
    const drawn = () => {  // what the first rows say; the table's elements are a fifth of a second late
        const canvas = document.querySelector('[data-testid="stDataFrame"] canvas');
        const pixels = canvas?.width ? canvas.getContext('2d').getImageData(110, 40, 200, 120).data : [];
        let sum = 0, ink = 0;
        for (let at = 0; at < pixels.length; at += 4) {
            sum = (sum * 31 + pixels[at]) % 1000000007;
            ink += Math.abs(pixels[at] - pixels[0]) > 60;
        }
        return ink > 50 ? sum : null;
    };
    const before = drawn();
    window.took = null;
    addEventListener(event, () => {
        const started = performance.now();
        const look = () => {
            const now = drawn();
            if (now === null || now === before) requestAnimationFrame(look);
            else window.took = performance.now() - started;
        };
        requestAnimationFrame(look);
    }, {once: true, capture: true}); }"""
CELL = '[data-testid="stDataFrame"] td'


def many_runs(root: Path, count: int) -> None:
    """So many small runs below root, in four kinds, a minute apart. What does not differ is one file on the disk."""
    with tempfile.TemporaryDirectory() as temporary:
        kinds = [trained(digits(beta=beta), Path(temporary)) for beta in (0.5, 1.0, 2.0, 4.0)]
        root.mkdir(parents=True)
        sources = root.parent / "sources"
        copied = [Path(shutil.copytree(run.directory, sources / run.id)) for run in kinds]
        statuses = [run.status() for run in kinds]
    now = time.time()
    for number in range(count):
        directory = root / runs.new_run_id()
        directory.mkdir()
        for path in copied[number % len(copied)].iterdir():
            if path.is_file() and path.name not in (records.STATUS, records.LOCK):
                os.link(path, directory / path.name)
        status = replace(statuses[number % len(copied)], created_at=now - 60.0 * number)
        (directory / records.STATUS).write_bytes(records.dump_status(status))
        if number == count // 2:
            marks.change(directory, name=NEEDLE)


def run_lists(browser: Browser, rounds: int) -> list[Figure]:
    """All figures for each of `COUNTS`; the bars are for a thousand."""
    figures = []
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            many_runs(folder / "runs", count)
            figures.append(_lost(folder / "runs", count, rounds))
            server = start_server(folder, VAE_DATA_DIR=str(folder / "data"))
            try:
                figures += _in_the_browser(browser, server, count, rounds)
            finally:
                stop_server(server)
    return figures


def _lost(root: Path, count: int, rounds: int) -> Figure:
    samples = []
    for _ in range(rounds):
        (root / FILE).unlink(missing_ok=True)
        started = time.monotonic()
        assert len(Index(root).entries()) == count
        samples.append(time.monotonic() - started)
    bar = 1.0 if count == COUNTS[0] else None
    return median(f"{count:,} runs: an index that was lost is there again", samples, bar, "s")


def _in_the_browser(browser: Browser, server: Server, count: int, rounds: int) -> list[Figure]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    first, search, turned = [], [], []
    field = page.get_by_role("textbox", name="Search")
    page.goto(f"{server.url}/runs")  # once, for what a browser fetches a single time
    page.locator(CELL).first.wait_for(state="attached", timeout=60_000)
    for _ in range(rounds):
        page.get_by_role("link", name="Learn").click()
        page.get_by_test_id("stSidebar").wait_for()
        _settle(page)
        first.append(_took(page, "click", lambda: page.get_by_role("link", name="Runs").click()))
        _settle(page)
        for label in ("Next", "Previous"):
            turned.append(_took(page, "click", page.get_by_role("button", name=label).click))
            _settle(page)
        for text in ("digits beta>=0.5 needle", ""):
            field.fill(text)
            search.append(_took(page, "keydown", lambda: field.press("Enter")))
            _settle(page)
    page.close()
    bars = (1.0, 0.2, 0.3) if count == COUNTS[0] else (None, None, None)
    names = ("the first row, from another page", "a search, until drawn", "a rerun: another page, until drawn")
    return [
        median(f"{count:,} runs: {name}", samples, bar, "s")
        for name, samples, bar in zip(names, (first, search, turned), bars, strict=True)
    ]


def _settle(page: Page) -> None:
    """Waits until all verdicts and pictures are here: what they cost is the server's, once."""
    page.wait_for_timeout(1500)
    page.wait_for_load_state("networkidle")


def _took(page: Page, event: str, act: Callable[[], object]) -> float:
    """Seconds from the event that an action causes until the list's first rows are drawn, and others than before."""
    page.evaluate(WATCH, event)
    act()
    page.wait_for_function("() => window.took !== null", timeout=60_000)
    return float(page.evaluate("window.took")) / 1000
