"""Draw on the pad and read how long after a stroke's point its ellipse and its reconstruction are painted."""

import math

from playwright.sync_api import Browser, Page

from tests.bench.dragging import READ
from tests.bench.report import Figure, p95
from tests.e2e.gestures import wait_for_canvas
from tests.e2e.serving import Server

STROKES, POINTS = 8, 40
BAR_MS = 30.0


def encoding(browser: Browser, server: Server) -> list[Figure]:
    """The shipped MNIST model: every point of every stroke, the one that loads the encoder aside."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{server.url}/?run=mnist")
    wait_for_canvas(page)
    page.wait_for_load_state("networkidle")
    page.get_by_role("tab", name="Encode").click()
    _stroke(page, 0)
    page.locator('[data-testid="posterior"][data-mu]').wait_for()
    page.evaluate("performance.clearMeasures('encode')")
    for turn in range(1, STROKES + 1):
        _stroke(page, turn)
        page.get_by_role("button", name="Clear").click()
    samples = [duration for _, duration in page.evaluate(READ, "encode")]
    context.close()
    return [p95("encode, from a stroke's point to ellipse and reconstruction", samples, BAR_MS)]


def _stroke(page: Page, turn: int) -> None:
    """A loop, smaller from turn to turn."""
    pad = page.get_by_test_id("draw-pad").bounding_box()
    assert pad
    radius = 0.35 - 0.03 * turn
    for at in range(POINTS + 1):
        angle = 2 * math.pi * at / POINTS
        x, y = 0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)
        page.mouse.move(pad["x"] + x * pad["width"], pad["y"] + y * pad["height"])
        if at == 0:
            page.mouse.down()
    page.mouse.up()
