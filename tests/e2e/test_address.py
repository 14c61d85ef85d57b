"""A copied address shows the same picture to whoever opens it."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.gestures import centre_of, wait_for, wait_for_canvas
from tests.e2e.serving import Server


def test_the_part_of_the_map_that_is_looked_at_comes_back_with_the_address(
    page: Page, context: BrowserContext, server: Server
) -> None:
    page.goto(server.url)
    wait_for_canvas(page)
    middle = centre_of(page, 0)
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_test_id("legend-3").click()
    wait_for(page, lambda: "view=" in page.url and "hidden=3" in page.url, "view and legend in the address")
    other = context.new_page()
    other.goto(page.url)
    wait_for_canvas(other)
    assert centre_of(other, 1) == pytest.approx(centre_of(page, 1), abs=1)
    assert centre_of(other, 0) == pytest.approx(middle, abs=1), "the middle stays where it was"
    expect(other.get_by_test_id("legend-3")).to_have_attribute("aria-pressed", "false")
    other.get_by_role("button", name="Show the whole map").click()
    wait_for(other, lambda: "view=" not in other.url, "an address without a view")
