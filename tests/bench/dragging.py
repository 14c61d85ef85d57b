"""Drag a handle for ten seconds and read what the page measured of itself."""

import math
import time
from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import Browser, Page

from tests.bench.report import Figure, p95, single
from tests.e2e.gestures import centre_of, wait_for_canvas

CLEAR = "performance.clearMeasures('decode'); performance.clearMeasures('pointer-to-paint')"
READ = """name => performance.getEntriesByName(name, 'measure').map(e => [e.startTime, e.duration])"""


@dataclass(frozen=True)
class Drag:
    """Durations in ms of every decode and of every pointer event to its painted image, and gaps between paintings."""

    decode_ms: list[float]
    paint_ms: list[float]
    gaps_ms: list[float]
    requests: int


def drag_in_circles(page: Page, seconds: float) -> Drag:
    """Move handle 0 along a figure of eight around its place without letting go, then release it."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    x, y = centre_of(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2, y)
    page.evaluate(CLEAR)
    requests.clear()
    started = time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        page.mouse.move(x + 90 * math.sin(2 * passed), y + 60 * math.sin(4 * passed))
    decodes, paints = page.evaluate(READ, "decode"), page.evaluate(READ, "pointer-to-paint")
    counted = len(requests)
    page.mouse.up()
    ends = [start + duration for start, duration in paints]
    gaps = [after - before for before, after in pairwise(ends)]
    return Drag([d for _, d in decodes], [d for _, d in paints], gaps, counted)


def dragged(browser: Browser, address: str, seconds: float) -> Drag:
    """`drag_in_circles` on a canvas that has come to rest, in a profile of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(address)
    wait_for_canvas(page)
    page.wait_for_load_state("networkidle")
    drag = drag_in_circles(page, seconds)
    context.close()
    return drag


def figures_of(
    drag: Drag, what: str, *, decode_bar: float | None, paint_bar: float, gap_bar: float | None
) -> list[Figure]:
    """The figures of one drag."""
    return [
        p95(f"decode, {what}", drag.decode_ms, decode_bar),
        p95(f"pointer-to-paint, {what}", drag.paint_ms, paint_bar),
        single(f"longest gap between drawn images, {what}", max(drag.gaps_ms), gap_bar, "ms"),
        single(f"requests during the drag, {what}", drag.requests, 0 if gap_bar else None, ""),
    ]
