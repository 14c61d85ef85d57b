"""A server that is started again while a page is open: the page finds its way by itself."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched
from tests.e2e.gestures import READY_MS, wait_for, wait_for_canvas
from tests.e2e.serving import start_server, stop_server
from tests.e2e.test_train import LONG, start_training, stop_training
from tests.e2e.test_train_controls import button, headline, resume, step_of


@pytest.mark.campaign
def test_after_a_restart_train_offers_start_and_resume_without_a_reload(
    page: Page, watched: Watched, tmp_path: Path
) -> None:
    folders = {"VAE_DATA_DIR": str(tmp_path / "data")}
    server = start_server(tmp_path, **folders)
    try:
        run_id = start_training(page, server, LONG)
        wait_for_canvas(page)
        page.get_by_role("textbox", name="Epochs").fill("70")
        page.get_by_role("textbox", name="Epochs").press("Enter")
        page.evaluate("() => { window.stays = true; }")
        stop_server(server)
        server = start_server(tmp_path, port=int(server.url.rsplit(":", 1)[1]), **folders)
        expect(button(page, "Start")).to_be_enabled(timeout=READY_MS)
        expect(button(page, "Resume")).to_be_enabled(timeout=READY_MS)
        wait_for(page, lambda: headline(page) == "Stopped", "word of the stop")
        assert page.evaluate("() => window.stays"), "it was loaded again"
        assert page.get_by_role("textbox", name="Epochs").input_value() == "70"
        step = step_of(page, server, run_id)
        resume(page)
        wait_for(page, lambda: step_of(page, server, run_id) > step, "the run to go on")
        stop_training(page)
    finally:
        stop_server(server)
        page.close()
        watched.complaints.clear()  # of the time without a server
