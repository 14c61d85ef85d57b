"""Attribute arrows: between two classes or two groups drawn around on the map, and a handle moved along them."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.gestures import pixels_of, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server


@pytest.fixture
def explore(page: Page, server: Server) -> Page:
    """Explore of the digits, ready."""
    page.goto(f"{server.url}/?run=digits")
    wait_for_canvas(page)
    return page


def draw_around(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """A rectangle on the map, in shares of its size."""
    box = page.get_by_test_id("lasso-sheet").bounding_box()
    assert box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for number, (x, y) in enumerate(corners):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def test_the_slider_moves_a_handle_along_the_arrow_between_two_drawn_groups(
    explore: Page, context: BrowserContext
) -> None:
    explore.get_by_test_id("lasso").click()
    draw_around(explore, 0.1, 0.1, 0.5, 0.9)
    draw_around(explore, 0.55, 0.1, 0.95, 0.9)
    expect(explore.get_by_test_id("lasso-sheet")).to_be_hidden()
    text = explore.locator(".ls-arrow-text")
    expect(text).to_contain_text("From group A")
    expect(text).to_contain_text("in 2 dimensions")
    expect(explore.get_by_test_id("arrow")).to_have_attribute("data-arrow", "true")
    before, place = pixels_of(explore), z_of(explore)
    explore.get_by_test_id("arrow-slider").fill("1")
    wait_for(explore, lambda: shown_z_of(explore) == z_of(explore) != place, "the image along the arrow")
    assert pixels_of(explore) != before
    assert z_of(explore)[0] > place[0], "from left to right"
    moved, words = z_of(explore), text.inner_text()
    wait_for(explore, lambda: "arrow=" in explore.url and "~1" in explore.url, "the arrow in the address")
    other = context.new_page()
    other.goto(explore.url)
    wait_for_canvas(other)
    expect(other.locator(".ls-arrow-text")).to_have_text(words)
    assert z_of(other) == pytest.approx(moved, abs=2e-3)
    other.get_by_test_id("arrow-slider").fill("0")
    wait_for(other, lambda: z_of(other) == pytest.approx(place, abs=2e-3), "the way back to where it was")


def test_an_arrow_between_two_classes_by_the_keyboard_alone(explore: Page) -> None:
    explore.get_by_role("tab", name="Images").focus()
    explore.keyboard.press("End")
    expect(explore.get_by_role("tabpanel", name="Directions")).to_be_visible()
    panel = explore.get_by_role("tabpanel", name="Directions")
    panel.get_by_role("combobox", name="From").select_option("0")
    panel.get_by_role("combobox", name="To").select_option("1")
    expect(explore.locator(".ls-arrow-text")).to_contain_text("From 0 (")
    place = z_of(explore)
    explore.get_by_test_id("arrow-slider").focus()
    for _ in range(5):
        explore.keyboard.press("ArrowRight")
    wait_for(explore, lambda: z_of(explore) != place, "the handle on its way")
    explore.get_by_role("button", name="Remove the arrow").click()
    expect(explore.get_by_test_id("arrow")).to_have_attribute("data-arrow", "false")
    expect(explore.get_by_test_id("arrow-slider")).to_be_disabled()


def test_escape_ends_drawing_and_the_map_can_be_dragged_again(explore: Page) -> None:
    explore.get_by_test_id("lasso").click()
    expect(explore.get_by_test_id("lasso-sheet")).to_be_visible()
    explore.keyboard.press("Escape")
    expect(explore.get_by_test_id("lasso-sheet")).to_be_hidden()
    expect(explore.get_by_test_id("lasso")).to_have_attribute("aria-pressed", "false")
