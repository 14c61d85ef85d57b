"""Train, as a person uses it: Start, curves, dragging meanwhile, a refresh, Stop, and a second person."""

import json
import os
import re
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import serve
from tests.e2e.gestures import READY_MS, drag, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server

CURVES = '[data-testid="live-curves"] .js-plotly-plot'
POINTS = f"document.querySelector('{CURVES}').data[0].x.length"
LONG = "dataset=digits&epochs=1000&batch_size=64"
SHORT = "dataset=digits&epochs=3&hidden_sizes=32"


def start_training(page: Page, server: Server, settings: str) -> str:
    """Open Train with these settings in its address, press Start, and return the run's id."""
    page.goto(f"{server.url}/train?{settings}")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile("training=[0-9a-f]{32}"))
    found = re.search("training=([0-9a-f]{32})", page.url)
    assert found
    return found.group(1)


def test_before_start_the_page_shows_what_it_would_learn_from_and_the_networks_of_the_moment(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/train")
    networks = page.get_by_role("img", name="From image to image")
    expect(networks).to_have_attribute(
        "aria-label", re.compile("8×8, 512, 256, z 2 μ, σ, 256, 512, 8×8"), timeout=READY_MS
    )
    expect(page.get_by_role("img", name="10 images of each class")).to_be_visible(timeout=READY_MS)
    sizes = page.get_by_role("textbox", name="Hidden sizes")
    sizes.fill("64")
    sizes.press("Enter")
    expect(networks).to_have_attribute("aria-label", re.compile("8×8, 64, z 2 μ, σ, 64, 8×8"))


def stop_training(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("link", name="Open in Explore").wait_for()


def live_step(page: Page) -> int:
    """The step of the decoder that is in use."""
    model = page.get_by_test_id("latent-canvas").get_attribute("data-model") or "@-1"
    step = model.rsplit("@", 1)[1]
    return int(step) if step.lstrip("-").isdecimal() else -1


WATCH_SHIFT = """window.shift = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())
    if (!entry.hadRecentInput) window.shift += entry.value; }).observe({type: 'layout-shift', buffered: true});"""
WATCH_CURVES = """curves => { const node = document.querySelector(curves);
    window.curves = node; window.shift = 0; window.least = 1;
    const look = () => { for (let at = node; at; at = at.parentElement)
            window.least = Math.min(window.least, Number(getComputedStyle(at).opacity));
        requestAnimationFrame(look); };
    look(); }"""


def test_curves_grow_in_their_place_the_map_stays_draggable_and_a_refresh_reconnects(
    page: Page, server: Server
) -> None:
    page.add_init_script(WATCH_SHIFT)
    run_id = start_training(page, server, LONG)
    wait_for_canvas(page)
    page.locator(CURVES).wait_for()
    page.evaluate(WATCH_CURVES, CURVES)
    start, first = page.evaluate(POINTS), live_step(page)
    wait_for(page, lambda: live_step(page) > first, "a newer decoder")
    for way in (60, -60):
        drag(page, 0, way, way / 2)
        wait_for(page, lambda: shown_z_of(page) == z_of(page), "the image of the released position")
    wait_for(page, lambda: page.evaluate(POINTS) >= start + 20, "twenty more points on the curve")
    assert page.evaluate("curves => window.curves === document.querySelector(curves)", CURVES)
    assert page.evaluate("window.least") == 1
    assert page.evaluate("window.shift") <= 0.01
    assert (page.get_by_test_id("latent-canvas").get_attribute("data-model") or "").startswith(run_id)

    page.reload()
    wait_for_canvas(page)
    assert run_id in page.url
    before = live_step(page)
    wait_for(page, lambda: live_step(page) > before, "the run to go on")
    stop_training(page)


def test_a_finished_run_is_trained_on_opens_in_explore_and_is_listed(page: Page, server: Server) -> None:
    parent = start_training(page, server, SHORT)
    page.get_by_role("button", name="Train on").click()
    page.get_by_role("textbox", name="More epochs").fill("1")
    page.get_by_role("button", name="Train for more epochs").click()
    page.get_by_text(re.compile(f"^Goes on from .*{parent[:8]}")).wait_for()
    run_id = re.sub(".*training=", "", page.url)[:32]
    assert run_id != parent
    page.get_by_role("link", name="Open in Explore").click()
    page.wait_for_url(re.compile(f"run={run_id}"))  # the page it leaves has a canvas, too
    wait_for_canvas(page)
    directory = server.runs / run_id
    manifest = json.loads((directory / "manifest.json").read_text())
    assert {"config.json", "model.safetensors", "metrics.jsonl", "embedding.safetensors"} <= set(manifest["files"])
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()


def test_numbers_are_shown_in_full_and_read_as_they_are_meant_or_refused(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/train?beta=0.00025&learning_rate=0.000001")
    beta = page.get_by_role("textbox", name=re.compile("β, weight"))
    rate = page.get_by_role("textbox", name="Learning rate")
    expect(beta).to_have_value("0.00025", timeout=READY_MS)
    expect(rate).to_have_value("0.000001")
    rate.press("Control+a")
    rate.press_sequentially("0,001")
    rate.press("Tab")
    expect(rate).to_have_value("0.001")
    page.wait_for_url(re.compile(r"learning_rate=0\.001(&|$)"))
    for typed, sentence in (("1,000", "beta: can be read as 1 and as 1000"), ("100000", "beta: Input should be less")):
        beta.fill(typed)
        beta.press("Enter")
        expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
        expect(beta).to_have_value(typed)


def test_a_recipe_fills_the_form_and_the_address(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/train")
    page.get_by_role("button", name="Sharp images").click()
    page.wait_for_url(re.compile("latent_dim=20"))
    page.get_by_role("button", name="Reset to defaults").click()
    wait_for(page, lambda: "latent_dim" not in page.url, "an address without settings")


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app as it stands on a server for many, on two cores: as many runs train at once as there are cores."""
    if sys.platform != "linux" or len(cores := os.sched_getaffinity(0)) < 2:
        pytest.skip("needs to keep a server on two cores")
    folder = tmp_path_factory.mktemp("many")
    os.sched_setaffinity(0, sorted(cores)[:2])  # what is started now stays there
    servers = serve(folder, VAE_DATA_DIR=str(folder / "data"), VAE_SINGLE_USER="0")
    try:
        server = next(servers)
    finally:
        os.sched_setaffinity(0, cores)
    yield server
    next(servers, None)


@pytest.mark.campaign
def test_two_windows_are_two_people_and_a_third_run_waits_its_turn(
    context: BrowserContext, shared_server: Server
) -> None:
    pages = [context.new_page() for _ in range(3)]
    ids = [start_training(page, shared_server, LONG) for page in pages]
    assert len(set(ids)) == 3
    expect(pages[2].get_by_text("Waiting, number 1 in line")).to_be_visible(timeout=READY_MS)
    pages[1].goto(f"{shared_server.url}/runs")
    pages[1].get_by_role("heading", name="Runs").wait_for()
    assert ids[0] not in pages[1].content()
    pages[0].get_by_role("button", name="Stop", exact=True).click()
    wait_for_canvas(pages[2])
    wait_for(pages[2], lambda: live_step(pages[2]) > 0, "the waiting run to begin")
    pages[1].goto(f"{shared_server.url}/train?training={ids[1]}")
    for page in (pages[1], pages[2]):
        stop_training(page)
