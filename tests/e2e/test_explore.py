"""Explore, as a person uses it: the map, the handles, the keyboard, a finger, the address."""

import re
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.ui.server import urls
from tests.e2e.gestures import centre_of, drag, pixels_of, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server
from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.model.networks import build_vae, load_weights


@pytest.fixture
def explore(page: Page, server: Server) -> Page:
    """Explore, opened for the first time and ready."""
    page.goto(server.url)
    wait_for_canvas(page)
    return page


def test_a_newcomer_sees_a_large_map_and_three_different_images_and_nothing_scrolls(explore: Page) -> None:
    images = [tuple(pixels_of(explore, handle)) for handle in range(3)]
    assert len(set(images)) == 3
    assert all(max(image) > 128 for image in images)
    assert explore.locator('[data-testid="latent-canvas"] [data-testid^="legend-"]').count() == 10
    canvas = explore.get_by_test_id("latent-canvas").bounding_box()
    plot = explore.locator('[data-testid="latent-canvas"] .nsewdrag').bounding_box()
    image = explore.get_by_test_id("decoded-0").bounding_box()
    assert canvas
    assert plot
    assert image
    assert canvas["y"] + canvas["height"] <= 900
    assert plot["width"] >= 0.5 * canvas["width"]
    assert plot["width"] == pytest.approx(plot["height"], rel=0.02), "the map is square"
    assert image["width"] >= 280


def test_the_image_follows_a_drag_and_shows_where_the_handle_stands(explore: Page) -> None:
    before, start = pixels_of(explore), z_of(explore)
    drag(explore, 0, 140, -90)
    wait_for(explore, lambda: shown_z_of(explore) == z_of(explore), "the image of the handle's last position")
    assert pixels_of(explore) != before
    x, y = z_of(explore)
    assert x > start[0]
    assert y > start[1], "up on the screen is up on the map"


def test_a_drag_asks_the_server_for_nothing_and_its_release_reruns_only_the_fragment(
    context: BrowserContext, server: Server
) -> None:
    page = context.new_page()
    sent: list[BackMsg] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda payload: sent.append(BackMsg.FromString(payload)))

    page.on("websocket", listen)
    page.goto(server.url)
    wait_for_canvas(page)
    page.wait_for_load_state("networkidle")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    sent.clear()
    x, y = centre_of(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y + 60, steps=40)
    assert sent == [], "nothing is said to Python while the pointer is down"
    page.mouse.up()
    wait_for(page, lambda: "z=" in page.url, "the position in the address")
    reruns = [message.rerun_script for message in sent if message.WhichOneof("type") == "rerun_script"]
    assert reruns
    assert all(rerun.fragment_id for rerun in reruns)
    assert requests == []


def test_a_handle_is_a_slider_in_two_dimensions_that_arrows_move_and_shift_and_page_keys_move_further(
    explore: Page,
) -> None:
    sliders = explore.get_by_test_id("handle-1").locator('input[type="range"]')
    assert sliders.count() == 2
    assert sliders.first.get_attribute("aria-roledescription") == "2-D slider"
    assert sliders.first.get_attribute("aria-valuetext")
    explore.get_by_test_id("handle-0").locator("input").first.focus()
    start = z_of(explore)
    explore.keyboard.press("ArrowRight")
    small = z_of(explore)[0] - start[0]
    explore.keyboard.press("Shift+ArrowRight")
    large = z_of(explore)[0] - start[0] - small
    assert 0 < small < large
    explore.keyboard.press("ArrowUp")
    step_up = z_of(explore)[1] - start[1]
    explore.keyboard.press("PageUp")
    assert z_of(explore)[1] - start[1] - step_up > step_up > 0
    wait_for(explore, lambda: shown_z_of(explore) == z_of(explore), "the image after the last key")


def test_a_click_moves_the_active_handle_there_and_zooming_moves_it_with_the_map(explore: Page) -> None:
    before = z_of(explore)
    box = explore.locator('[data-testid="latent-canvas"] .nsewdrag').bounding_box()
    assert box
    explore.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.25)
    wait_for(explore, lambda: z_of(explore) != before, "the active handle where the click was")
    x, y = centre_of(explore)
    assert abs(x - (box["x"] + box["width"] * 0.8)) < 2
    assert abs(y - (box["y"] + box["height"] * 0.25)) < 2
    z = z_of(explore)
    explore.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.8)
    explore.mouse.wheel(0, -300)
    wait_for(explore, lambda: centre_of(explore) != (x, y), "the handle at its place on the zoomed map")
    assert z_of(explore) == z


def test_a_pasted_address_restores_model_and_positions(explore: Page, context: BrowserContext) -> None:
    drag(explore, 0, -80, 50)
    wait_for(explore, lambda: "z=" in explore.url, "the position in the address")
    other = context.new_page()
    other.goto(explore.url)
    wait_for_canvas(other)
    assert z_of(other) == pytest.approx(z_of(explore), abs=2e-3)
    assert z_of(other, 1) == pytest.approx(z_of(explore, 1), abs=2e-3)


def test_an_address_with_nonsense_in_it_still_opens(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?z=1,nan;;x&handle=99&run=nothing")
    wait_for_canvas(page)
    assert page.get_by_test_id("handle-0").get_attribute("data-z")


def test_a_finger_drags_a_handle(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(server.url)
    wait_for_canvas(page)
    page.get_by_test_id("handle-0").scroll_into_view_if_needed()
    start, (x, y) = z_of(page), centre_of(page)
    client = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": px, "y": py} for px, py in points]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    touch("touchStart", (x, y))
    for step in range(1, 11):
        touch("touchMove", (x + 6 * step, y - 3 * step))
    touch("touchEnd")
    wait_for(page, lambda: shown_z_of(page) == z_of(page), "the image of the last position")
    assert z_of(page)[0] > start[0]
    context.close()


DECODE = """async ([assets, file, model, rows]) => {
    const {loadRuntime, createDecoder} = await import(assets + 'ui/browser/model/decoder.mjs');
    const bytes = await (await fetch(file)).arrayBuffer();
    const decoder = await createDecoder(await loadRuntime(assets), bytes, model);
    const images = [];
    for (const row of rows) images.push(Array.from(await decoder.decode(row)));
    return images;
}"""


KINDS = [
    {"architecture": "mlp", "likelihood": "bernoulli"},
    {"architecture": "mlp", "likelihood": "gaussian"},
    {"architecture": "conv", "likelihood": "continuous-bernoulli"},
    {"architecture": "conv", "likelihood": "gaussian-learned"},
    {"architecture": "conv", "likelihood": "discretised-logistic", "latent_dim": 5},
]


def test_every_model_decodes_in_the_browser_as_in_torch(page: Page, server: Server) -> None:
    import torch

    page.goto(f"{server.url}/?run=digits")
    wait_for_canvas(page)
    shipped = [runs.open_run(name) for name in ("mnist", "digits")]
    for run in [*shipped, *(trained(digits(**kind), server.runs) for kind in KINDS)]:
        vae = build_vae(run.config)
        load_weights(vae, run.weights())
        z = torch.randn(100, run.config.latent_dim, generator=torch.Generator().manual_seed(7))
        model = {"latentDim": run.config.latent_dim, "imageShape": list(vae.image_shape)}
        file = f"{server.url}/{urls.run_base(run.id)}decoder/{run.step}"
        decoded = page.evaluate(DECODE, [f"{server.url}/{urls.asset_base()}", file, model, z.tolist()])
        with torch.no_grad():
            expected = vae.image(z).flatten(1).numpy()
        assert np.abs(np.array(decoded) - expected).max() <= 1e-5, run.config


def test_nothing_sticks_out_to_the_side_and_on_a_phone_the_image_is_above_the_map(explore: Page) -> None:
    for width in (1440, 1024, 390):
        explore.set_viewport_size({"width": width, "height": 844})
        fits = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        wait_for(explore, lambda fits=fits: explore.evaluate(fits), f"nothing beyond {width} pixels")

    def tops() -> list[float]:
        parts = ('[data-testid="decoded-0"]', '[data-testid="latent-canvas"] .nsewdrag')
        boxes = [explore.locator(part).bounding_box() for part in parts]
        return [box["y"] for box in boxes if box]

    wait_for(explore, lambda: len(tops()) == 2 and tops()[0] < tops()[1], "the image above the map")


@pytest.mark.campaign
def test_no_page_has_a_serious_barrier_in_either_theme(browser: Browser, server: Server) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light", bypass_csp=True)
    page = context.new_page()

    def barriers() -> list[tuple[str, list[str]]]:
        results = Axe().run(page)
        serious = [each for each in results.response["violations"] if each["impact"] in {"serious", "critical"}]
        return [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious]

    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for name in ("", "train", "apply", "runs"):
        page.goto(f"{server.url}/{name}")
        page.get_by_role("heading", level=1).first.wait_for()
        if not name:
            wait_for_canvas(page)
        if name == "train":
            page.get_by_role("button", name="Start", exact=True).wait_for()
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            expect(page.locator(".stApp")).to_have_css("color-scheme", scheme)
            assert barriers() == [], f"{name}, {scheme}"
        schemes.reverse()
    context.close()


def test_without_the_data_set_the_page_says_where_real_images_come_from(explore: Page) -> None:
    explore.goto(f"{explore.url.split('?')[0]}?run=mnist")
    wait_for_canvas(explore)
    assert explore.get_by_text(re.compile("real MNIST images appear")).is_visible()
    assert explore.get_by_role("button", name="Download MNIST").is_visible()
