"""The map alone, with as many points as one likes: until its first frame, while it is panned, zoomed and hovered.

Points are made in the page, so that nothing of a server or a model is measured with them.
"""

import math
import time
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.bench.report import Figure, p95, single
from tests.e2e.serving import Server

COUNTS = {10_000: (150, 20), 70_000: (200, 25), 1_000_000: (400, 40)}
"""Points, and the most ms: from data to the first frame, and 95 of 100 frames while the map is panned and zoomed."""
HOVER_MS = 3.0
MEMORY_MB = 40.0

OPEN = (Path(__file__).parent / "open_map.js").read_text(encoding="utf-8").split("\n", 1)[1]
FIRST_FRAME = """async () => {
  await new Promise((resolve) => setTimeout(resolve, 500));
  const from = performance.now();
  if (window.map.show) void window.map.show(window.embedding, null);
  else await window.map.showResting(window.embedding); // 0.1.0
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return performance.now() - from;
}"""
WATCH = """() => { window.frames_ = []; window.watching = true;
  const look = (at) => { window.frames_.push(at); if (window.watching) requestAnimationFrame(look); };
  requestAnimationFrame(look); }"""
STOP = "() => { window.watching = false; return window.frames_; }"
HOVER = """() => Array.from({ length: 200 }, (_, turn) => {
  const from = performance.now();
  window.map.points.nearest([326 + 200 * Math.cos(turn), 300 + 200 * Math.sin(3 * turn)], 8);
  return performance.now() - from;
})"""


def _asset_base(page: Page, server: Server) -> str:
    """The absolute address of the app's modules, as a page of the app names it."""
    page.goto(server.url)
    source = page.locator('[data-testid="latent-canvas"]').first
    source.wait_for(timeout=60_000)
    found: str = page.evaluate(
        """() => performance.getEntriesByType('resource').map(({ name }) => name)
             .find((name) => name.includes('/studio/assets/')).replace(/(\\/studio\\/assets\\/[^/]+\\/).*/, '$1')"""
    )
    return found


def _memory_mb(browser: Browser) -> float:
    """What all pages' processes hold of their own, typed arrays included, once what is not used has been let go."""
    for context in browser.contexts:
        for page in context.pages:
            page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [Path(f"/proc/{each['id']}/status") for each in processes if each["type"] == "renderer"]
    lines = [line for status in pages for line in status.read_text().splitlines() if line.startswith("RssAnon")]
    return sum(int(line.split()[1]) for line in lines) / 1024


def _frames(page: Page, move: str, seconds: float) -> list[float]:
    """The times between frames while the mouse pans or the wheel zooms, in ms."""
    box = page.locator(".ls-map").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    if move == "pan":
        page.mouse.down()
    page.evaluate(WATCH)
    started, turn = time.monotonic(), 0
    while (passed := time.monotonic() - started) < seconds:
        if move == "pan":
            page.mouse.move(x + 150 * math.sin(2 * passed), y + 100 * math.sin(3 * passed))
        else:
            turn += 1
            page.mouse.wheel(0, -60 if turn // 30 % 2 == 0 else 60)
            page.wait_for_timeout(16)
    if move == "pan":
        page.mouse.up()
    return [after - before for before, after in pairwise(page.evaluate(STOP))]


def map_points(browser: Browser, server: Server, seconds: float, rounds: int) -> list[Figure]:
    """10,000, 70,000 and a million points."""
    figures: list[Figure] = []
    for count, (first_ms, frame_ms) in COUNTS.items():
        name = f"{count:,} points"
        firsts: list[float] = []
        for _ in range(rounds):
            context = browser.new_context(viewport={"width": 900, "height": 700})
            page = context.new_page()
            assets = _asset_base(page, server)
            page.goto(f"{server.url}/_stcore/health")  # a page of this server with nothing on it
            page.evaluate(OPEN, [assets, 10])
            before = _memory_mb(browser)
            page.evaluate(OPEN, [assets, count])
            firsts.append(page.evaluate(FIRST_FRAME))
            if len(firsts) < rounds:
                context.close()
        figures.append(p95(f"map: data to first frame, {name}", firsts, first_ms))
        page.wait_for_timeout(1000)
        figures += [
            p95(f"map: frame while it is panned, {name}", _frames(page, "pan", seconds), frame_ms),
            p95(f"map: frame while it is zoomed, {name}", _frames(page, "zoom", seconds), frame_ms),
        ]
        if page.evaluate("Boolean(window.map.points.nearest)"):
            figures.append(p95(f"map: nearest point, {name}", page.evaluate(HOVER), HOVER_MS))
        used = _memory_mb(browser) - before
        figures.append(single(f"map: memory that its page takes for it, {name}", used, MEMORY_MB, "MB"))
        context.close()
    return figures
