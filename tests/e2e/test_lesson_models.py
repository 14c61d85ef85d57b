"""What only a browser shows of the lessons that take trained models apart: images follow the hand."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.gestures import wait_for
from tests.e2e.serving import Server

PIXELS = """canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)
    .filter((_, i) => i % 4 === 0)"""
ALL_PIXELS = f"box => [...box.querySelectorAll('canvas')].map({PIXELS})"


def opened(page: Page, server: Server, lesson: int, widget: str) -> Page:
    """A lesson whose widget has shown its first images."""
    page.goto(f"{server.url}/learn?lesson={lesson}&language=en")
    page.wait_for_selector(f'[data-testid="{widget}"][data-shown]')
    return page


def images(page: Page, name: str) -> list[list[int]]:
    """The pixels of every image in a gallery."""
    return list(page.get_by_test_id(name).evaluate(ALL_PIXELS))


def test_a_drag_in_lesson_one_changes_all_three_images(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/learn?lesson=1&language=en")
    page.wait_for_selector('[data-testid="linked-maps"][data-ready]')

    def decoded() -> list[list[int]]:
        return [list(page.get_by_test_id(f"linked-image-{at}").evaluate(PIXELS)) for at in range(3)]

    before = decoded()
    box = page.get_by_test_id("linked-cursor-2").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y - 40, steps=10)
    wait_for(page, lambda: all(now != was for now, was in zip(decoded(), before, strict=True)), "three other images")
    page.mouse.up()


def test_at_the_curves_one_end_all_reconstructions_are_one_image(page: Page, server: Server) -> None:
    opened(page, server, 6, "rate-distortion")
    assert len({tuple(each) for each in images(page, "rate-distortion-reconstructions")}) == 10
    along = page.get_by_test_id("rate-distortion-index")
    along.fill("0")
    page.wait_for_selector('[data-testid="rate-distortion"][data-shown="40"]')
    shades = [min(pixels) for pixels in zip(*images(page, "rate-distortion-reconstructions"), strict=True)]
    most = [max(pixels) for pixels in zip(*images(page, "rate-distortion-reconstructions"), strict=True)]
    assert max(high - low for high, low in zip(most, shades, strict=True)) <= 8  # of 255
    along.fill("6")
    page.wait_for_selector('[data-testid="rate-distortion"][data-shown="0"]')
    expect(page.locator(".st-key-try-rate-distortion-done")).to_be_visible()


def test_more_parts_lead_the_mixture_out_of_the_holes(page: Page, server: Server) -> None:
    opened(page, server, 7, "three-sources")
    note = page.get_by_test_id("three-sources-mixture-note")
    before, drawn = float(note.get_attribute("data-holes") or 1), images(page, "three-sources-mixture")
    page.get_by_test_id("three-sources-components-20").click()
    expect(page.get_by_test_id("three-sources")).to_have_attribute("data-shown", re.compile("20"))
    assert float(note.get_attribute("data-holes") or 1) < before
    assert images(page, "three-sources-mixture") != drawn
    expect(page.locator(".st-key-try-three-sources-done")).to_be_visible()
