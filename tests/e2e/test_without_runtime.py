"""A first start without a network: one sentence says what is missing, and everything else still works."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.gestures import READY_MS
from tests.e2e.serving import ROOT, Server, running_server


def copy_without_modules(folder: Path) -> Path:
    """The project as it comes from a clone, before anything was installed for the browser."""
    copy = folder / "copy"
    left_out = shutil.ignore_patterns("node_modules", ".venv", ".git", "tests", ".*_cache")

    def ignore(directory: str, names: list[str]) -> set[str]:
        return {*left_out(directory, names), *({"runs"} if Path(directory) == ROOT else ())}  # not vae_core/runs

    return Path(shutil.copytree(ROOT, copy, ignore=ignore))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where that server keeps data sets."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def offline_server(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Server]:
    """The app as cloned, with a registry and a mirror that do not answer."""
    folder = tmp_path_factory.mktemp("offline")
    settings = {
        "npm_config_registry": "http://127.0.0.1:9/",
        "npm_config_fetch_retry_mintimeout": "1",
        "npm_config_cache": str(folder / "npm"),
        "VAE_DATA_MIRROR": "http://127.0.0.1:9/",
        "VAE_DATA_DIR": str(data),
    }
    script = copy_without_modules(folder) / "app.py"
    with running_server(folder, script=script, **settings) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh profile whose console is not watched: these tests provoke what it complains of."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.campaign
def test_without_a_network_the_map_still_shows_and_one_sentence_names_the_command(
    page: Page, offline_server: Server
) -> None:
    page.goto(offline_server.url)
    sentence = page.get_by_text(re.compile("ONNX Runtime Web.*make runtime"))
    expect(sentence).to_be_visible(timeout=120_000)
    assert sentence.count() == 1
    page.locator('[data-testid="latent-canvas"] .nsewdrag').first.wait_for(state="attached", timeout=READY_MS)
    assert page.get_by_text("Traceback").count() == 0


@pytest.mark.campaign
def test_a_first_start_with_a_network_fetches_the_runtime_and_then_decodes(page: Page, tmp_path: Path) -> None:
    copy = copy_without_modules(tmp_path)
    with running_server(tmp_path, script=copy / "app.py", VAE_DATA_DIR=str(tmp_path / "data")) as server:
        page.goto(server.url)
        page.wait_for_selector('[data-testid="latent-canvas"][data-ready="true"]', timeout=180_000)
        assert (copy / "node_modules/onnxruntime-web").is_dir()


def test_a_runtime_that_did_not_come_is_asked_for_again_by_the_next_model(page: Page, server: Server) -> None:
    runtime = re.compile(r"/ort/")
    page.route(runtime, lambda route: route.abort())
    page.goto(server.url)
    canvas = page.get_by_test_id("latent-canvas")
    expect(canvas.get_by_text("The decoder's runtime could not be fetched").first).to_be_visible(timeout=READY_MS)
    expect(canvas).to_contain_text("can be looked back on once this browser can decode")
    page.unroute(runtime)
    page.get_by_role("combobox", name=re.compile("Model")).click()
    page.get_by_role("option").filter(has_text="Digits").first.click()
    expect(canvas).to_have_attribute("data-ready", "true", timeout=READY_MS)


@pytest.mark.campaign
def test_a_download_that_finds_no_network_is_one_sentence_and_leaves_nothing(
    page: Page, offline_server: Server, data: Path
) -> None:
    page.goto(offline_server.url)
    page.get_by_role("button", name="Download MNIST").click()
    expect(page.get_by_role("alert").filter(has_text="could not be downloaded")).to_be_visible(timeout=READY_MS)
    assert [path for path in data.rglob("*") if path.is_file()] == []
