"""Where things stand: a t-SNE layout of more than two dimensions, images on a phone, images beside curves."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.gestures import drag, pixels_of, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server
from tests.vae_core.small_runs import digits, trained
from vae_core.runs import Run


@pytest.fixture(scope="module")
def deep(server: Server) -> Run:
    """A model with four latent dimensions."""
    return trained(digits(latent_dim=4, epochs=4, beta=0.5), server.runs)


SEEN = """image => { const {x, y, width, bottom} = image.getBoundingClientRect();
    return [y + 4, bottom - 4].every(at => image.contains(document.elementFromPoint(x + width / 2, at))); }"""


def move_beside_the_image(page: Page, slider: Locator, value: str) -> None:
    """Scroll to a slider as far as it takes to see it, and move it: the image is in sight, and another afterwards."""
    slider.evaluate("each => each.scrollIntoView({block: 'end'})")
    expect(slider).to_be_in_viewport(ratio=0.9)
    expect(page.locator(".ls-active .ls-image")).to_be_in_viewport(ratio=1)
    assert page.locator(".ls-active .ls-image").evaluate(SEEN), "nothing lies on the image"
    before = pixels_of(page)
    slider.fill(value)
    wait_for(page, lambda: pixels_of(page) != before, "another image")


def test_a_handle_snaps_to_points_and_what_needs_a_plane_is_off(page: Page, server: Server, deep: Run) -> None:
    page.goto(f"{server.url}/?run={deep.id}&plane=t-SNE&show=lattice")
    wait_for_canvas(page)
    expect(page.get_by_test_id("latent-canvas")).to_contain_text("t-SNE 1")
    expect(page.get_by_test_id("map-key")).to_contain_text("only its points can be decoded")
    for layer in ("lattice", "holes", "stretch"):
        expect(page.locator(f'[data-testid="latent-canvas"] [data-show="{layer}"]')).to_be_disabled()
    expect(page.get_by_test_id("lattice")).to_have_attribute("data-size", "0")
    handle = page.get_by_test_id("handle-0")
    wait_for(page, lambda: z_of(page) != (0, 0), "the layout, computed")
    assert handle.get_attribute("data-outside") is not None, "0 is the place of no image"
    before = pixels_of(page)
    drag(page, 0, 120, 60)
    wait_for(page, lambda: shown_z_of(page) == z_of(page), "the image of the point")
    assert pixels_of(page) != before
    assert handle.get_attribute("data-outside") is None, "on a point it is where it is shown"
    places = [z_of(page)]
    handle.locator("input").first.focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        places.append(z_of(page))
    assert len(set(places)) > 2, "keys lead from point to point"
    wait_for(page, lambda: "z=0,0" not in page.url and "z=" in page.url, "the point's place in the address")


def test_a_map_of_a_model_that_has_collapsed_says_that_nothing_is_encoded(page: Page, server: Server) -> None:
    run = trained(digits(latent_dim=4, objective="beta-vae", beta=10_000.0, epochs=20), server.runs)
    page.goto(f"{server.url}/?run={run.id}&plane=t-SNE")
    wait_for_canvas(page)
    expect(page.get_by_test_id("map-key")).to_contain_text("Nothing is encoded: no dimension carries 0.01 nats.")
    page.get_by_text("PCA", exact=True).click()
    expect(page.get_by_test_id("latent-canvas")).to_contain_text("PC 1")
    expect(page.get_by_test_id("map-key")).to_contain_text(
        "neighbours and shares of the variance on this map are chance"
    )


def test_on_a_phone_the_image_is_seen_beside_every_slider_that_changes_it(
    page: Page, server: Server, deep: Run
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/?run={deep.id}")
    wait_for_canvas(page)
    page.locator(".ls-other-dimensions details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    move_beside_the_image(page, page.locator(".ls-other-dimensions input").last, "3")
    page.get_by_role("tab", name="Directions").click()
    panel = page.get_by_role("tabpanel", name="Directions")
    panel.get_by_role("combobox", name="From").select_option("0")
    panel.get_by_role("combobox", name="To").select_option("1")
    move_beside_the_image(page, page.get_by_test_id("arrow-slider"), "2")
    page.set_viewport_size({"width": 390, "height": 400})
    page.get_by_test_id("arrow-slider").evaluate("each => each.scrollIntoView({block: 'end'})")
    expect(page.locator(".ls-active .ls-image")).not_to_be_in_viewport()


@pytest.mark.parametrize("width", [820, 1024, 1440])
def test_the_image_covers_nothing_of_the_curves_beside_it(page: Page, server: Server, deep: Run, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server.url}/train?training={deep.id}")
    wait_for_canvas(page)
    curves = page.locator('[data-testid="live-curves"][data-ready="true"]')
    expect(curves.locator(".js-plotly-plot")).to_be_visible()
    wait_for(page, lambda: curves.screenshot() == curves.screenshot(), "all is drawn")
    with_image = curves.screenshot()
    page.locator(".ls-active .ls-image").evaluate("image => { image.style.visibility = 'hidden'; }")
    assert curves.screenshot() == with_image


@pytest.mark.parametrize("width", [390, 768, 820, 1024])
def test_every_button_above_the_map_stands_above_it_and_not_beside(page: Page, server: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1100})
    page.goto(server.url)
    wait_for_canvas(page)
    edges = "each => { const {left, right, bottom} = each.getBoundingClientRect(); return [left, right, bottom]; }"
    left, right, _ = page.locator(".ls-toolbar").evaluate(edges)
    top = (page.locator(".ls-map").bounding_box() or {"y": 0})["y"]
    for button in page.locator(".ls-toolbar button:visible").all():
        at = button.evaluate(edges)
        assert left <= at[0], button
        assert at[1] <= right, button
        assert at[2] <= top, button
