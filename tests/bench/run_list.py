"""Runs with a thousand and ten thousand of them: the first row, a search, a rerun, and an index that was lost."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
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
WATCH = """([event, selector, text]) => {
    window.took = null;
    addEventListener(event, () => {
        const started = performance.now();
        const seen = new MutationObserver(() => {
            const shown = [...document.querySelectorAll(selector)].some(each => each.textContent.includes(text));
            if (shown && window.took === null) { window.took = performance.now() - started; seen.disconnect(); }
        });
        seen.observe(document, {subtree: true, childList: true, characterData: true});
    }, {once: true, capture: true}); }"""
CELL = '[data-testid="stDataFrame"] td'


def many_runs(root: Path, count: int) -> list[float]:
    """So many small runs below root, in four kinds; when they were started, the newest first, in unix seconds.

    What does not differ is one file on the disk.
    """
    with tempfile.TemporaryDirectory() as temporary:
        kinds = [trained(digits(beta=beta), Path(temporary)) for beta in (0.5, 1.0, 2.0, 4.0)]
        root.mkdir(parents=True)
        sources = root.parent / "sources"
        copied = [Path(shutil.copytree(run.directory, sources / run.id)) for run in kinds]
        statuses = [run.status() for run in kinds]
    now = time.time()
    times = [now - 60.0 * number for number in range(count)]
    for number, created_at in enumerate(times):
        directory = root / runs.new_run_id()
        directory.mkdir()
        for path in copied[number % len(copied)].iterdir():
            if path.is_file() and path.name not in (records.STATUS, records.LOCK):
                os.link(path, directory / path.name)
        status = replace(statuses[number % len(copied)], created_at=created_at)
        (directory / records.STATUS).write_bytes(records.dump_status(status))
        if number == count // 2:
            marks.change(directory, name=NEEDLE)
    return times


def run_lists(browser: Browser, rounds: int) -> list[Figure]:
    """All figures for each of `COUNTS`; the bars are for a thousand."""
    figures = []
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            times = many_runs(folder / "runs", count)
            figures.append(_lost(folder / "runs", count, rounds))
            server = start_server(folder, VAE_DATA_DIR=str(folder / "data"))
            try:
                figures += _in_the_browser(browser, server, times, rounds)
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


def _in_the_browser(browser: Browser, server: Server, times: list[float], rounds: int) -> list[Figure]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    first, search, turned = [], [], []
    second_page = f"{datetime.fromtimestamp(times[48]).astimezone():%d %b %H:%M}"  # behind 48 and two that ship
    newest = f"{datetime.fromtimestamp(times[0]).astimezone():%d %b %H:%M}"
    field = page.get_by_role("textbox", name="Search")
    page.goto(f"{server.url}/runs")  # once, for what a browser fetches a single time
    page.locator(CELL).first.wait_for(state="attached", timeout=60_000)
    for _ in range(rounds):
        page.get_by_role("link", name="Learn").click()
        page.get_by_test_id("stSidebar").wait_for()
        page.wait_for_load_state("networkidle")
        first.append(_took(page, "click", newest, lambda: page.get_by_role("link", name="Runs").click()))
        _settle(page)
        turned.append(_took(page, "click", second_page, lambda: page.get_by_role("button", name="Next").click()))
        turned.append(_took(page, "click", newest, lambda: page.get_by_role("button", name="Previous").click()))
        field.fill("digits beta>=0.5 needle")
        search.append(_took(page, "keydown", NEEDLE, lambda: field.press("Enter")))
        field.fill("")
        search.append(_took(page, "keydown", newest, lambda: field.press("Enter")))
    page.close()
    bars = (1.0, 0.2, 0.3) if len(times) == COUNTS[0] else (None, None, None)
    names = (
        "the first row, from another page",
        "a search, until shown",
        "a rerun: another page of the list, until shown",
    )
    return [
        median(f"{len(times):,} runs: {name}", samples, bar, "s")
        for name, samples, bar in zip(names, (first, search, turned), bars, strict=True)
    ]


def _settle(page: Page) -> None:
    """Waits until all verdicts are here: what they cost is the server's, once."""
    page.wait_for_timeout(1500)
    page.wait_for_load_state("networkidle")


def _took(page: Page, event: str, text: str, act: Callable[[], object]) -> float:
    """Seconds from the event that an action causes until a row with that text is in the table."""
    page.evaluate(WATCH, [event, CELL, text])
    act()
    page.wait_for_function("() => window.took !== null", timeout=60_000)
    return float(page.evaluate("window.took")) / 1000
