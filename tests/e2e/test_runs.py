"""Runs, as a person uses it: the list, a run's curves, and a run that comes as a .zip."""

import re
import shutil
import time
import zipfile
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched
from tests.e2e.gestures import READY_MS, wait_for_canvas
from tests.e2e.serving import Server
from tests.vae_core.interchange import foreign
from vae_core import runs
from vae_core.runs import RunWriter, archives

HEADER, ROW = 36, 64  # the table is a canvas: its rows are found by their height


def upload(page: Page, server: Server, content: bytes) -> None:
    page.goto(f"{server.url}/runs")
    page.get_by_text("Upload a run").click()
    files = {"name": "run.zip", "mimeType": "application/zip", "buffer": content}
    expander = page.get_by_test_id("stExpander").filter(has_text="Upload a run")
    expander.locator('input[type="file"]').set_input_files(files)  # type: ignore[arg-type]


def run_folders(server: Server) -> set[Path]:
    """All in the runs folder but the index, which no run needs."""
    return {path for path in server.runs.iterdir() if path.is_dir()} if server.runs.exists() else set()


def test_an_uploaded_run_is_listed_and_opens_in_explore(page: Page, server: Server) -> None:
    before = run_folders(server)
    upload(page, server, archives.export_zip(runs.open_run("digits")))
    page.get_by_text(re.compile("is among your runs")).wait_for()
    (added,) = run_folders(server) - before
    page.goto(f"{server.url}/?run={added.name}")
    wait_for_canvas(page)
    model = page.get_by_test_id("latent-canvas").get_attribute("data-model") or ""
    assert model.startswith(added.name)


def test_a_model_from_elsewhere_is_asked_about_kept_and_explored(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/runs")
    opener = page.get_by_test_id("stExpander").filter(has_text="Open a model from elsewhere")
    opener.get_by_text("Open a model from elsewhere").click()
    content = foreign.flat_logits().SerializeToString()
    files = {"name": "<b>theirs</b>.onnx", "mimeType": "application/octet-stream", "buffer": content}
    opener.locator('input[type="file"]').set_input_files(files)  # type: ignore[arg-type]
    keep = opener.get_by_role("button", name="Keep as a run")
    expect(keep).to_be_disabled(timeout=READY_MS)  # the file does not say what its numbers mean
    opener.get_by_role("radiogroup").get_by_text("logits", exact=True).click()
    expect(keep).to_be_enabled(timeout=READY_MS)
    keep.click()
    page.get_by_role("link", name="Open in Explore").last.click()
    wait_for_canvas(page)
    expect(page.get_by_text("its likelihood is not known")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_a_zip_with_a_flipped_bit_is_one_sentence_and_leaves_nothing(page: Page, server: Server) -> None:
    before = run_folders(server)
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
    assert run_folders(server) == before
    assert list(server.runs.glob(".upload-*")) == []


def test_a_file_that_is_no_zip_is_one_sentence(page: Page, server: Server) -> None:
    upload(page, server, b"not a zip at all")
    expect(page.get_by_role("alert").filter(has_text="zip")).to_be_visible()


def test_each_run_has_its_picture(page: Page, server: Server) -> None:
    with page.expect_response(re.compile(r"/runs/digits/lattice\.png")) as answer:
        page.goto(f"{server.url}/runs")
    assert answer.value.ok


def own_run(server: Server, created_at: float) -> str:
    """A copy of a shipped run among the server's, as if it had been started then, in unix seconds; its id."""
    run_id = runs.new_run_id()
    copied = Path(shutil.copytree(runs.open_run("digits").directory, server.runs / run_id))
    RunWriter.open(copied).update_status(created_at=created_at)
    return run_id


def choose_row(page: Page, row: int) -> None:
    """A click on a row's box."""
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 16, box["y"] + HEADER + ROW * row + ROW / 2)


def compared(page: Page, count: int) -> set[str]:
    """The runs that the page leads to Compare with, once they are so many."""
    link = page.get_by_role("link", name=f"Compare these {count} runs")
    link.wait_for()
    return set(unquote(link.get_attribute("href") or "").partition("compare=")[2].split(","))


def test_a_chosen_run_stays_chosen_when_a_newer_one_appears_above_it(page: Page, server: Server) -> None:
    chosen = own_run(server, time.time())
    page.goto(f"{server.url}/runs")
    page.get_by_test_id("stDataFrame").locator("canvas").first.wait_for()
    choose_row(page, 2)  # behind the two that ship with the project
    expect(page.get_by_role("link", name="Open in Explore")).to_have_attribute("href", re.compile(chosen))
    own_run(server, time.time() + 1)
    choose_row(page, 0)  # in the list as it is still shown, where the chosen run is the third
    assert compared(page, 2) == {chosen, "mnist"}
    choose_row(page, 1)  # in the new one, where it is the fourth
    assert compared(page, 3) == {chosen, "mnist", "digits"}


@pytest.mark.parametrize(
    ("status", "remedy"), [(413, "client_max_body_size"), (403, "--server.enableXsrfProtection=false")]
)
def test_an_upload_that_is_refused_before_the_app_has_beside_it_what_to_set(
    page: Page, server: Server, watched: Watched, status: int, remedy: str
) -> None:
    page.route("**/_stcore/upload_file/**", lambda route: route.fulfill(status=status, body="<html>"))
    upload(page, server, b"a run")
    uploader = page.get_by_test_id("stExpander").filter(has_text="Upload a run")
    expect(uploader.get_by_text(f"AxiosError: Request failed with status code {status}")).to_be_visible(
        timeout=READY_MS
    )
    hint = uploader.get_by_text(f"With status {status}")
    expect(hint).to_be_visible()
    assert remedy in hint.inner_text()
    watched.complaints.clear()
