"""A first start without a network: one sentence says what is missing, and everything else still works."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.serving import ROOT, Server, start_server, stop_server


@pytest.fixture
def offline_server(tmp_path: Path) -> Iterator[Server]:
    """The app in a copy that has no node_modules, with a registry that does not answer."""
    copy = tmp_path / "copy"
    shutil.copytree(
        ROOT, copy, ignore=shutil.ignore_patterns("node_modules", ".venv", ".git", "runs", "tests", ".*_cache")
    )
    shutil.copytree(ROOT / ".streamlit", copy / ".streamlit", dirs_exist_ok=True)
    server = start_server(
        tmp_path,
        script=copy / "app.py",
        npm_config_registry="http://127.0.0.1:9/",
        npm_config_cache=str(tmp_path / "npm"),
        VAE_DATA_DIR=str(tmp_path / "data"),
    )
    yield server
    assert "Traceback" not in stop_server(server)


def test_without_a_network_the_map_still_shows_and_one_sentence_names_the_command(
    browser: Browser, offline_server: Server
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(offline_server.url)
    expect(page.get_by_text(re.compile("ONNX Runtime Web.*make runtime"))).to_be_visible(timeout=120_000)
    assert page.get_by_text(re.compile("ONNX Runtime Web.*make runtime")).count() == 1
    page.locator('[data-testid="latent-canvas"] .gl-canvas').first.wait_for(state="attached", timeout=60_000)
    assert page.get_by_text("Traceback").count() == 0
    context.close()
