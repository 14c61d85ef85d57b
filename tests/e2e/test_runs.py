"""Runs, as a person uses it: the list, a run's curves, and a run that comes as a .zip."""

import re
import zipfile
from io import BytesIO

from playwright.sync_api import Page, expect

from tests.e2e.gestures import wait_for_canvas
from tests.e2e.serving import Server
from vae_core import runs
from vae_core.runs import archives


def upload(page: Page, server: Server, content: bytes) -> None:
    page.goto(f"{server.url}/runs")
    page.get_by_text("Upload a run").click()
    files = {"name": "run.zip", "mimeType": "application/zip", "buffer": content}
    page.locator('input[type="file"]').set_input_files(files)  # type: ignore[arg-type]


def test_an_uploaded_run_is_listed_and_opens_in_explore(page: Page, server: Server) -> None:
    before = set(server.runs.iterdir()) if server.runs.exists() else set()
    upload(page, server, archives.export_zip(runs.open_run("digits")))
    page.get_by_text(re.compile("is among your runs")).wait_for()
    (added,) = set(server.runs.iterdir()) - before
    page.goto(f"{server.url}/?run={added.name}")
    wait_for_canvas(page)
    model = page.get_by_test_id("latent-canvas").get_attribute("data-model") or ""
    assert model.startswith(added.name)


def test_a_zip_with_a_flipped_bit_is_one_sentence_and_leaves_nothing(page: Page, server: Server) -> None:
    before = set(server.runs.iterdir()) if server.runs.exists() else set()
    source, damaged = zipfile.ZipFile(BytesIO(archives.export_zip(runs.open_run("digits")))), BytesIO()
    with zipfile.ZipFile(damaged, "w") as target:
        for name in source.namelist():
            content = bytearray(source.read(name))
            if name.endswith("model.safetensors"):
                content[len(content) // 2] ^= 4
            target.writestr(name, bytes(content))
    upload(page, server, damaged.getvalue())
    expect(page.get_by_text(re.compile("model.safetensors"))).to_be_visible()
    assert page.get_by_text("Traceback").count() == 0
    assert (set(server.runs.iterdir()) if server.runs.exists() else set()) == before


def test_a_file_that_is_no_zip_is_one_sentence(page: Page, server: Server) -> None:
    upload(page, server, b"not a zip at all")
    expect(page.get_by_role("alert").filter(has_text="zip")).to_be_visible()


def test_each_run_has_its_picture(page: Page, server: Server) -> None:
    with page.expect_response(re.compile(r"/runs/digits/lattice\.png")) as answer:
        page.goto(f"{server.url}/runs")
    assert answer.value.ok
