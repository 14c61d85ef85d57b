"""Apply, Denoising and repair: what is hidden is painted with a brush."""

from playwright.sync_api import Page, expect

from tests.e2e.gestures import READY_MS
from tests.e2e.serving import Server


def test_what_is_painted_goes_along_with_the_command_and_is_taken_back_by_clear(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/apply?run=digits&part=denoising&denoising.region=brush")
    canvas = page.locator(".ls-mask-canvas")
    expect(page.locator(".ls-mask-note")).to_have_text("0 % hidden", timeout=READY_MS)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.7)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.7, steps=4)
    page.mouse.up()
    command = page.get_by_test_id("stCode")
    expect(command).to_contain_text("--hidden 0000000000", timeout=READY_MS)
    expect(page.locator(".ls-mask-note")).not_to_have_text("0 % hidden")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(command).not_to_contain_text("--hidden", timeout=READY_MS)
