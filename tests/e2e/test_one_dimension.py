"""A model that describes an image by one number: its map has one axis of z, and a second that says what it is."""

import pytest
from playwright.sync_api import Page

from tests.e2e.gestures import drag, pixels_of, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server
from tests.vae_core.small_runs import digits, trained
from vae_core import runs


@pytest.fixture(scope="module")
def line(server: Server) -> runs.Run:
    return trained(digits(latent_dim=1, epochs=8), server.runs)


def axis_names(page: Page) -> list[str]:
    return page.locator('[data-testid="latent-canvas"] .annotation-text').all_text_contents()


def tick_texts(page: Page) -> list[str]:
    return page.locator('[data-testid="latent-canvas"] .yaxislayer-above text').all_text_contents()


def test_a_handle_moves_along_the_line_alone_and_its_image_follows(page: Page, server: Server, line: runs.Run) -> None:
    page.goto(f"{server.url}/?run={line.id}&z=0.5,-3;-1")  # the first as an address of two dimensions had it
    wait_for_canvas(page)
    assert z_of(page) == (0.5, 0)
    before = pixels_of(page)
    drag(page, 0, 150, -120)
    wait_for(page, lambda: shown_z_of(page) == z_of(page), "the image of the handle's last position")
    x, y = z_of(page)
    assert x > 1.5
    assert y == 0
    assert pixels_of(page) != before
    page.keyboard.press("ArrowUp")
    assert z_of(page) == (x, 0), "up is no direction of z"
    wait_for(page, lambda: f"z={x:g}%3B-1" in page.url, "one number for each handle in the address")


def test_the_second_axis_says_what_it_is(page: Page, server: Server, line: runs.Run) -> None:
    page.goto(f"{server.url}/?run={line.id}&show=lattice,holes")
    wait_for_canvas(page)
    assert axis_names(page) == ["z₁", "images per 0.1"]
    assert "0" in tick_texts(page)
    page.get_by_role("radio", name="class").click()
    wait_for(page, lambda: axis_names(page) == ["z₁", "class"], "the axis of the classes")
    assert tick_texts(page) == [str(digit) for digit in range(10)]
    wait_for(page, lambda: "height=class" in page.url, "the choice in the address")
