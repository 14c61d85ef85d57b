"""A run whose folder goes away while it trains, with a program that syncs or a share, as the page shows it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched
from tests.e2e.gestures import READY_MS, wait_for, wait_for_canvas
from tests.e2e.serving import Server
from tests.e2e.test_train import LONG, start_training, stop_training
from tests.e2e.test_train_controls import button, headline, step_of


@pytest.mark.campaign
def test_a_folder_that_is_away_is_named_on_the_page_and_the_training_goes_on_when_it_is_back(
    page: Page, server: Server, watched: Watched
) -> None:
    run_id = start_training(page, server, LONG)
    wait_for_canvas(page)
    expect(button(page, "Pause")).to_be_enabled(timeout=READY_MS)
    folder, away = server.runs / run_id, server.runs / "away"
    folder.rename(away)
    named = page.get_by_text(re.compile(rf"{run_id}\S* could not be written \(No such file or directory\)")).first
    try:
        expect(named).to_be_visible(timeout=READY_MS)
        page.reload()  # somebody opens it just now
        expect(named).to_be_visible(timeout=READY_MS)
    finally:
        away.rename(folder)
    wait_for_canvas(page)
    wait_for(page, lambda: headline(page) == "Training", "word that it goes on")
    step = step_of(page, server, run_id)
    wait_for(page, lambda: step_of(page, server, run_id) > step, "further steps")
    watched.complaints.clear()  # of what could not be fetched meanwhile
    stop_training(page)
    expect(named).to_be_hidden(timeout=READY_MS)
