"""Explore with much on it: eight handles with path and film, a lattice, and the image that is last after a drag."""

import math
import time

from playwright.sync_api import Browser, Page

from tests.bench.dragging import READ, drag_in_circles
from tests.bench.report import Figure, median, p95, single
from tests.e2e.gestures import centre_of, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server

EIGHT = ";".join(f"{1.5 * math.cos(math.pi * at / 4):.2f},{1.5 * math.sin(math.pi * at / 4):.2f}" for at in range(8))
SIXTIETH_S = 1 / 60
COMPARE = """async ([at, z]) => {
    const root = document.querySelector('[data-testid="latent-canvas"]');
    const image = await root.decodeAll(z);
    const canvas = root.querySelector(`[data-testid="decoded-${at}"]`);
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let most = 0;
    for (let pixel = 0; pixel < data.length / 4; pixel++)
        most = Math.max(most, Math.abs(255 * image[pixel] - data[4 * pixel]));
    return most; }"""
ROUNDING = 1.0  # levels of 255: half for the pixel, and a little for z, of which the hook tells four decimals


def open_explore(browser: Browser, url: str) -> Page:
    """A page of its own at 1440×900, quiet."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(url)
    wait_for_canvas(page)
    page.wait_for_load_state("networkidle")
    return page


def eight_handles(browser: Browser, server: Server, seconds: float) -> list[Figure]:
    """Drag one of eight, with the path through all and its film of twelve frames, at 10,000 and 70,000 points."""
    figures: list[Figure] = []
    for points, name, bar in (("held-out", "10,000 points", 25.0), ("all", "70,000 points, thumbnails", 33.0)):
        page = open_explore(browser, f"{server.url}/?run=mnist&points={points}&z={EIGHT}&show=straight,pictures")
        page.get_by_test_id("frame-11").wait_for()
        drag = drag_in_circles(page, seconds)
        figures.append(p95(f"pointer-to-paint, one of 8 handles with film, {name}", drag.paint_ms, bar))
        figures.append(single(f"longest gap between drawn images, 8 handles, {name}", max(drag.gaps_ms), None, "ms"))
        page.context.close()
    return figures


def lattice(browser: Browser, server: Server, rounds: int) -> list[Figure]:
    """From a press on Zoom in until a lattice of about 20 by 20 images is complete, and its longest slice."""
    whole: list[float] = []
    slices: list[float] = []
    size = 0
    for _ in range(rounds):
        page = open_explore(browser, f"{server.url}/?run=mnist&show=lattice")
        complete = page.locator('[data-testid="lattice"][data-complete="true"]')
        complete.wait_for()
        page.evaluate("['lattice', 'lattice-slice'].forEach(name => performance.clearMeasures(name))")
        page.get_by_role("button", name="Zoom in").click()
        page.wait_for_function("() => performance.getEntriesByName('lattice').length > 0")
        size = int(complete.get_attribute("data-size") or 0)
        whole.append(page.evaluate(READ, "lattice")[-1][1])
        slices += [duration for _, duration in page.evaluate(READ, "lattice-slice")]
        page.context.close()
    return [
        median(f"lattice {size}×{size}, from zoom to complete", whole, 400, "ms"),
        single("lattice, longest slice", max(slices), 12, "ms", f"median {sorted(slices)[len(slices) // 2]:.2f}"),
    ]


def last_images(browser: Browser, server: Server, seconds: float, drags: int) -> list[Figure]:
    """After each long drag at 60 Hz, the image that stays is the decoder's at the place where the handle was let go."""
    page = open_explore(browser, f"{server.url}/?run=mnist")
    right, differences = 0, []
    for turn in range(drags):
        _drag_at_sixty(page, seconds, turn)
        wait_for(page, lambda: shown_z_of(page) == z_of(page), "the last image")
        page.wait_for_timeout(300)  # an older image that came late would show by now
        differences.append(page.evaluate(COMPARE, [0, list(z_of(page))]))
        right += shown_z_of(page) == z_of(page) and differences[-1] <= ROUNDING
    page.context.close()
    spread = f"{drags} drags of {seconds:g} s, largest difference {max(differences):.2f} of 255"
    return [single("last images that are not the decoder's at the last place", drags - right, 0, "", spread)]


def _drag_at_sixty(page: Page, seconds: float, turn: int) -> None:
    x, y = centre_of(page)
    page.mouse.move(x, y)
    page.mouse.down()
    started = time.monotonic()
    for step in range(1, int(seconds / SIXTIETH_S)):
        passed = step * SIXTIETH_S
        page.mouse.move(x + 90 * math.sin((2 + 0.1 * turn) * passed), y + 60 * math.sin(4 * passed))
        time.sleep(max(0.0, started + passed - time.monotonic()))
    page.mouse.up()
