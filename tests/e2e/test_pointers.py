"""What points: a finger beside a mouse, and a page that is zoomed or transformed by CSS."""

import pytest
from playwright.sync_api import Page

from tests.e2e.gestures import centre_of, drag, wait_for, wait_for_canvas
from tests.e2e.serving import Server
from tests.e2e.test_encode import draw_a_seven, numbers, opened

SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"
AROUND = (
    "body { zoom: 1.25; }",
    "[data-testid=stMain] { transform: scale(0.8); transform-origin: 0 0; }",
)


@pytest.fixture
def digits(page: Page, server: Server) -> Page:
    """Explore of the digits, ready."""
    page.goto(f"{server.url}/?run=digits")
    wait_for_canvas(page)
    return page


def place_on_map(page: Page, across: float, down: float) -> tuple[float, float]:
    """Where on the screen a share of the map's box lies."""
    box = page.locator(".ls-map").first.bounding_box()
    assert box
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def expect_handle(page: Page, wanted: tuple[float, float], what: str) -> None:
    """Until the first handle is there, within a pixel of the screen."""
    wait_for(page, lambda: all(abs(a - b) < 1 for a, b in zip(centre_of(page), wanted, strict=True)), what)


@pytest.mark.parametrize("css", AROUND)
def test_taps_drags_pans_and_strokes_are_where_the_pointer_is_on_a_page_of_another_scale(
    digits: Page, css: str
) -> None:
    opened(digits)
    draw_a_seven(digits)
    wait_for(digits, lambda: len(numbers(digits, "mu")) == 2, "a posterior")
    usual = numbers(digits, "mu")
    digits.add_style_tag(content=css)
    digits.get_by_role("button", name="Clear", exact=True).click()
    draw_a_seven(digits)
    wait_for(digits, lambda: numbers(digits, "mu") == pytest.approx(usual, abs=0.1), "the same seven's posterior")
    digits.get_by_role("tab").first.click()
    tapped = place_on_map(digits, 0.6, 0.35)
    digits.mouse.click(*tapped)
    expect_handle(digits, tapped, "the handle under the mouse that clicked")
    drag(digits, 0, -80, 60)
    dragged = (tapped[0] - 80, tapped[1] + 60)
    expect_handle(digits, dragged, "the handle under the mouse that dragged it")
    start = place_on_map(digits, 0.15, 0.15)
    digits.mouse.move(*start)
    digits.mouse.down()
    digits.mouse.move(start[0] + 50, start[1] + 40, steps=8)
    digits.mouse.up()
    expect_handle(digits, (dragged[0] + 50, dragged[1] + 40), "the map under the mouse that panned it")


def swipe(page: Page) -> None:
    """A finger goes up by 180 pixels, from the middle of the map."""
    client = page.context.new_cdp_session(page)
    x, y = place_on_map(page, 0.3, 0.5)
    for step in range(13):
        touches = [{"x": x, "y": min(y, 480) - 15 * step}]
        client.send("Input.dispatchTouchEvent", {"type": "touchMove" if step else "touchStart", "touchPoints": touches})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_beside_a_mouse_a_finger_scrolls_the_page_over_the_map_and_pans_it_once_zoomed(digits: Page) -> None:
    digits.set_viewport_size({"width": 1000, "height": 500})
    assert not digits.evaluate("matchMedia('(pointer: coarse)').matches"), "a mouse is there"
    corner = lambda: place_on_map(digits, 0, 0)[1]  # noqa: E731
    before = centre_of(digits)[1] - corner()
    swipe(digits)
    wait_for(digits, lambda: digits.evaluate(SCROLLED) > 100, "the page to scroll")
    wait_for(
        digits, lambda: abs(centre_of(digits)[1] - corner() - before) < 0.5, "the handle on its place, come to rest"
    )
    digits.evaluate(f"{SCROLLED} = 0")
    digits.locator('[data-zoom="in"]').first.click()
    scrolled, before = digits.evaluate(SCROLLED), centre_of(digits)[1]
    swipe(digits)
    wait_for(digits, lambda: centre_of(digits)[1] < before - 100, "the map to move")
    assert digits.evaluate(SCROLLED) == scrolled
