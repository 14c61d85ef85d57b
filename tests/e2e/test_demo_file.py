"""The demo that is one file, opened from disk: it asks for nothing, and names in it are words."""

import dataclasses
from pathlib import Path

from playwright.sync_api import Page, expect

from pages.ui.demo.contents import contents
from pages.ui.demo.document import document
from tests.e2e.gestures import READY_MS
from vae_core import runs

WORDS = '</script><img src=x onerror="window.isHit = true"><script>window.isHit = true</script>'
READY = '[data-testid="latent-canvas"][data-ready="true"]'


def demo_of_digits(folder: Path) -> Path:
    """A file in which every name is an attempt to run something."""
    found = contents(runs.open_run("digits"))
    data = found.facts["data"]
    names = [WORDS for _ in data["classes"]]
    handles = [{**each, "name": WORDS[:24]} for each in data["handles"]]
    told = {**data, "classes": names, "listedClasses": names, "handles": handles, "caution": WORDS}
    path = folder / "demo.html"
    path.write_text(document(dataclasses.replace(found, facts={**found.facts, "data": told}), WORDS, WORDS))
    return path


def test_it_drags_and_trains_from_disk_and_asks_for_nothing(page: Page, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1280, "height": 900})
    path = demo_of_digits(tmp_path)
    page.goto(path.as_uri())
    canvas = page.locator(READY)
    expect(canvas).to_have_attribute("data-model", "digits@9600", timeout=READY_MS)
    expect(page.locator("h1")).to_have_text(WORDS)
    expect(page.locator('[data-fact="z"]').first).to_have_text("0.00, 0.00")
    ring = page.get_by_test_id("handle-0").bounding_box()
    assert ring
    x, y = ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 40, steps=4)
    page.mouse.up()
    expect(page.locator('[data-fact="z"]').first).not_to_have_text("0.00, 0.00")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#training-note")).to_contain_text("Held-out −ELBO", timeout=READY_MS)
    page.wait_for_selector('[data-testid="latent-canvas"][data-model^="trained-1@"]')
    page.get_by_role("button", name="Show the trained model again").click()
    expect(canvas).to_have_attribute("data-model", "digits@9600", timeout=READY_MS)
    assert page.evaluate("window.isHit") is None
    assert [url for url in asked if not url.startswith("blob:")] == [path.as_uri()]
