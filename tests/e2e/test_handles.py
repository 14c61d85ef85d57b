"""Many handles, in as many dimensions as the model has: added, named, removed, and all of it in the address."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.gestures import drag, pixels_of, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server
from tests.vae_core.small_runs import digits, trained
from vae_core.runs import Run

DECODE_ALL = """async z => Array.from(await document.querySelector('[data-testid="latent-canvas"]').decodeAll(z))"""


@pytest.fixture
def explore(page: Page, server: Server) -> Page:
    """Explore, ready."""
    page.goto(server.url)
    wait_for_canvas(page)
    return page


@pytest.fixture(scope="module")
def deep(server: Server) -> Run:
    """A model with six latent dimensions."""
    return trained(digits(latent_dim=6, epochs=20, beta=0.5), server.runs)


def test_a_handle_is_added_where_it_can_be_seen_and_shows_its_image_and_twelve_are_the_most(explore: Page) -> None:
    explore.get_by_test_id("add-handle").click()
    expect(explore.get_by_test_id("handle-3")).to_be_visible()
    wait_for(explore, lambda: shown_z_of(explore, 3) == z_of(explore, 3), "the image of the new handle")
    assert min(abs(a - b) for a, b in zip(z_of(explore, 3), z_of(explore, 0), strict=True)) < 8
    drag(explore, 3, 40, 40)
    wait_for(explore, lambda: shown_z_of(explore, 3) == z_of(explore, 3), "the image after a drag")
    assert max(pixels_of(explore, 3)) > 128
    add = explore.get_by_test_id("add-handle")
    for _ in range(8):
        add.click()
    expect(explore.get_by_test_id("handle-11")).to_be_visible()
    expect(add).to_be_disabled()


def test_a_handle_is_removed_by_its_button_and_by_the_delete_key_but_never_the_last(explore: Page) -> None:
    second, third = z_of(explore, 1), z_of(explore, 2)
    explore.get_by_role("button", name="Remove handle 1").click()
    expect(explore.get_by_test_id("handle-2")).to_have_count(0)
    assert [z_of(explore, 0), z_of(explore, 1)] == [second, third], "the others stay where they are"
    explore.get_by_test_id("handle-0").locator("input").first.focus()
    explore.keyboard.press("Delete")
    expect(explore.get_by_test_id("handle-1")).to_have_count(0)
    assert z_of(explore, 0) == third
    explore.get_by_test_id("handle-0").locator("input").first.focus()
    explore.keyboard.press("Delete")
    expect(explore.get_by_test_id("handle-0")).to_be_visible()


def test_names_and_handles_are_in_the_address_and_come_back_with_it(explore: Page, context: BrowserContext) -> None:
    explore.get_by_test_id("add-handle").click()
    name = explore.get_by_label("Name of handle 4")
    name.fill("a seven")
    name.press("Enter")
    expect(explore.get_by_test_id("handle-3")).to_contain_text("a seven")
    wait_for(explore, lambda: "names=" in explore.url, "the name in the address")
    other = context.new_page()
    other.goto(explore.url)
    wait_for_canvas(other)
    expect(other.get_by_test_id("handle-3")).to_contain_text("a seven")
    assert z_of(other, 3) == pytest.approx(z_of(explore, 3), abs=2e-3)


def test_a_slider_moves_the_active_handle_off_the_map(page: Page, server: Server, deep: Run) -> None:
    page.goto(f"{server.url}/?run={deep.id}")
    wait_for_canvas(page)
    sliders = page.locator('[data-testid^="dimension-"]')
    assert sliders.count() == 4
    before, place = pixels_of(page), z_of(page)
    sliders.first.fill("2.5")
    wait_for(page, lambda: pixels_of(page) != before, "another image")
    assert z_of(page) == place, "on the map it stays where it was"
    dimension = int((sliders.first.get_attribute("data-testid") or "").split("-")[1])
    z = [0.0] * 6
    z[dimension] = 2.5
    expected = [round(255 * value) for value in page.evaluate(DECODE_ALL, z)]
    assert pixels_of(page) == expected
    wait_for(page, lambda: "2.5" in page.url, "all of its coordinates in the address")


def test_the_principal_components_are_another_view_of_the_same_places(page: Page, server: Server, deep: Run) -> None:
    page.goto(f"{server.url}/?run={deep.id}")
    wait_for_canvas(page)
    images = [pixels_of(page, handle) for handle in range(3)]
    page.get_by_role("radio", name="PCA").or_(page.get_by_role("button", name="PCA")).first.click()
    expect(page.get_by_test_id("latent-canvas")).to_contain_text("PC 1")
    wait_for_canvas(page)
    wait_for(page, lambda: [pixels_of(page, handle) for handle in range(3)] == images, "the same three images")
    assert page.locator('[data-testid^="dimension-"]').count() == 6
    drag(page, 0, 80, 30)
    wait_for(page, lambda: shown_z_of(page) == z_of(page), "the image after a drag in that plane")
