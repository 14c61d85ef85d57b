"""A copied address shows the same picture to whoever opens it."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.gestures import READY_MS, centre_of, wait_for, wait_for_canvas
from tests.e2e.serving import Server


def test_the_part_of_the_map_that_is_looked_at_comes_back_with_the_address(
    page: Page, context: BrowserContext, server: Server
) -> None:
    page.goto(server.url)
    wait_for_canvas(page)
    middle = centre_of(page, 0)
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_test_id("legend-3").click()
    wait_for(page, lambda: "view=" in page.url and "hidden=3" in page.url, "view and legend in the address")
    other = context.new_page()
    other.goto(page.url)
    wait_for_canvas(other)
    assert centre_of(other, 1) == pytest.approx(centre_of(page, 1), abs=1)
    assert centre_of(other, 0) == pytest.approx(middle, abs=1), "the middle stays where it was"
    expect(other.get_by_test_id("legend-3")).to_have_attribute("aria-pressed", "false")
    other.get_by_role("button", name="Show the whole map").click()
    wait_for(other, lambda: "view=" not in other.url, "an address without a view")


def test_a_choice_reads_as_people_write_it_while_the_address_keeps_its_value_also_on_the_way_back(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.url}/train?objective=beta-vae&beta=3&architecture=nonsense")
    objective = page.get_by_role("combobox", name="Objective")
    expect(objective).to_have_value("β-VAE", timeout=READY_MS)
    architecture = page.get_by_role("combobox", name="Architecture")
    expect(architecture).to_have_value("MLP")
    wait_for(page, lambda: "nonsense" not in page.url and "beta=3" in page.url, "an address with what is a value alone")
    architecture.click()
    page.get_by_role("option", name="Convolutional").click()
    wait_for(page, lambda: "architecture=conv" in page.url, "the value in the address")
    page.go_back()
    expect(architecture).to_have_value("MLP")
    expect(objective).to_have_value("β-VAE")
    assert "objective=beta-vae" in page.url
