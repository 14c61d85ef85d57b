"""New models on a page that watches a training: how long until they are in use, and which frames that costs."""

from itertools import pairwise
from typing import Any

from playwright.sync_api import Browser, Page

from tests.bench.dragging import READ, drag_in_circles
from tests.bench.report import Figure, p95, single
from tests.bench.training import training_page
from tests.e2e.serving import Server

MAP_IMAGES = 10_000
TRAVEL_MS = 220  # as in travel.mjs
DRAG_MS, SETTLING_MS = 50, 300
WATCH_FRAMES = """() => { window.frames_ = []; window.long = [];
    const look = at => { window.frames_.push(at); requestAnimationFrame(look); };
    requestAnimationFrame(look);
    new PerformanceObserver(list => { for (const each of list.getEntries())
        window.long.push([each.startTime, each.duration]); }).observe({type: 'longtask'}); }"""
TAKE_FRAMES = "(() => { const seen = window.frames_; window.frames_ = []; return seen; })()"


def gaps(frames: list[float]) -> list[tuple[float, float]]:
    """From each frame to the next, in ms since the page's time origin."""
    return list(pairwise(frames))


def longest_within(frames: list[float], start: float, end: float) -> float:
    """The longest gap between frames that has a part in a span of time, 0 if there is none."""
    return max((b - a for a, b in gaps(frames) if b > start and a < end), default=0.0)


def swaps(browser: Browser, server: Server, seconds: float) -> list[Figure]:
    """Watch a default training of MNIST whose map has 10,000 points; then drag meanwhile; then let it come to rest."""
    with training_page(browser, server, "dataset=mnist&epochs=200") as (page, _):
        page.evaluate("performance.clearMeasures('swap')")
        page.evaluate(WATCH_FRAMES)
        page.wait_for_timeout(6 * seconds * 1000)
        frames, swapped = page.evaluate(TAKE_FRAMES), page.evaluate(READ, "swap")
        travelling = [longest_within(frames, at + took - TRAVEL_MS, at + took) for at, took in swapped]
        drag = drag_in_circles(page, seconds)
        dragged = [b - a for a, b in gaps(page.evaluate(TAKE_FRAMES))]
        settling = _settling(page)
    return [
        p95("swap: arrival to settled, with the 220 ms of travel", [took for _, took in swapped], None),
        p95("swap: longest frame while points travel", travelling, DRAG_MS),
        p95("swap: pointer-to-paint in a drag while it trains", drag.paint_ms, DRAG_MS),
        single("swap: longest frame in a drag while it trains", max(dragged), DRAG_MS, "ms", f"n {len(dragged)}"),
        single("swap: longest frame as points settle", settling, SETTLING_MS, "ms"),
    ]


def _settling(page: Page) -> float:
    """Stop the run, and watch until its points are at rest."""
    page.evaluate(TAKE_FRAMES)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.wait_for_function(
        "() => !document.querySelector('.ls-points').hasAttribute('data-travelling')", timeout=60_000
    )
    page.wait_for_timeout(500)
    frames: Any = page.evaluate(TAKE_FRAMES)
    return max(b - a for a, b in gaps(frames))
