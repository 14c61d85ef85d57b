"""The verdict as a person sees it on Train: it comes while the run trains, and its button starts a better one."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.gestures import wait_for, wait_for_canvas
from tests.e2e.serving import Server
from tests.e2e.test_train import start_training, stop_training

SICK = "dataset=digits&objective=beta-vae&beta=100&epochs=1000&hidden_sizes=32"


@pytest.mark.campaign
def test_a_collapsing_run_is_named_while_it_trains_and_its_button_starts_another(page: Page, server: Server) -> None:
    sick = start_training(page, server, SICK)
    health = page.get_by_test_id("run-health")
    expect(health).to_have_attribute("data-condition", "collapsed", timeout=60_000)
    expect(health).to_contain_text("Posterior collapse")
    expect(health).to_contain_text("at β = 100")
    strip = page.get_by_test_id("kl-over-steps")
    wait_for(page, lambda: int(strip.get_attribute("data-columns") or 0) > 3, "KL over the steps")
    health.get_by_role("button", name="Try β = 1", exact=True).click()
    page.wait_for_url(lambda url: "training=" in url and sick not in url)
    expect(page.get_by_role("textbox", name=re.compile("β, weight")).first).to_have_value("1")
    wait_for_canvas(page)
    stop_training(page)
    page.goto(f"{server.url}/train?training={sick}")
    stop_training(page)
    expect(health).to_have_attribute("data-mood", "sick")
