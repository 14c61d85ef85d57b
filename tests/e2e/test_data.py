"""Data, as a person uses it: a folder is dropped, looked at, kept, and learnt from."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.gestures import READY_MS, wait_for_canvas
from tests.e2e.serving import Server
from tests.vae_core.intake.pictures_for_tests import files, write


def test_a_folder_of_pictures_in_colour_becomes_a_map_with_handles(page: Page, server: Server, tmp_path: Path) -> None:
    names = [f"{kind}/{number}.png" for kind in ("Katzen größer", "dogs") for number in range(20)]
    folder = write(tmp_path / "pets", files(names, side=16))
    page.goto(f"{server.url}/data")
    page.get_by_test_id("drop-zone").wait_for()
    page.wait_for_load_state("networkidle")
    page.get_by_test_id("drop-folder").set_input_files(folder)
    expect(page.get_by_text("40 pictures of 2 classes: dogs (20), Katzen größer (20).")).to_be_visible(timeout=READY_MS)
    expect(page.get_by_role("img", name="10 images of each class")).to_be_visible(timeout=READY_MS)
    page.get_by_role("button", name="Keep 40 pictures").click()
    expect(page.get_by_text("pets is kept: 36 pictures to learn from, 4 held out.")).to_be_visible(timeout=READY_MS)
    page.get_by_role("link", name="Learn from it").click()
    page.wait_for_url(re.compile("dataset=pets"))
    page.goto(f"{server.url}/train?dataset=pets&epochs=20&hidden_sizes=16")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("link", name="Open in Explore").click(timeout=READY_MS)
    wait_for_canvas(page)
    painted = "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    pixels = page.locator(".ls-card canvas").first.evaluate(painted)
    assert any(pixels[at] != pixels[at + 1] for at in range(0, len(pixels), 4)), "what is decoded has colours"


def test_a_file_that_holds_no_pictures_is_one_sentence(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/data")
    page.get_by_test_id("drop-zone").wait_for()
    page.wait_for_load_state("networkidle")
    given = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"nothing to see"}
    page.get_by_test_id("drop-files").set_input_files(given)  # type: ignore[arg-type]
    expect(page.get_by_text(re.compile(r"notes\.txt is nothing that pictures come in"))).to_be_visible(timeout=READY_MS)
