"""The app behind a proxy that strips a prefix: everything is found from where the page was loaded."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, Response, expect

from tests.e2e.conftest import HARMLESS
from tests.e2e.gestures import READY_MS, drag, pixels_of, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.prefix_proxy import prefix_proxy
from tests.e2e.serving import Server
from tests.e2e.test_train import SHORT, start_training

PREFIX = "/user/ann/proxy/8501"


@pytest.mark.campaign
def test_below_a_prefix_that_a_proxy_strips_the_map_decodes_trains_and_lists(page: Page, server: Server) -> None:
    missing: list[str] = []

    def note(answer: Response) -> None:
        if answer.status >= 400 and not HARMLESS.search(answer.url):
            missing.append(answer.url)

    page.on("response", note)
    with prefix_proxy(int(server.url.rsplit(":", 1)[1]), PREFIX) as proxy:
        page.goto(f"{proxy.url}/")
        wait_for_canvas(page)
        before = pixels_of(page)
        drag(page, 0, 60, -40)
        wait_for(page, lambda: shown_z_of(page) == z_of(page) and pixels_of(page) != before, "another image")

        run_id = start_training(page, replace(server, url=proxy.url), SHORT)
        wait_for_canvas(page)
        page.get_by_role("link", name="Open in Explore").click()
        page.wait_for_url(re.compile(f"run={run_id}"))
        wait_for_canvas(page)

        with page.expect_response(re.compile(rf"{PREFIX}/studio/runs/digits/lattice\.png")) as picture:
            page.get_by_role("link", name="Runs", exact=True).click()
        assert picture.value.ok
        page.get_by_role("link", name="Compare", exact=True).click()
        expect(page.get_by_test_id("linked-maps")).to_have_attribute("data-ready", "true", timeout=READY_MS)
        page.get_by_role("link", name="Explore", exact=True).click()
        wait_for_canvas(page)
        page.reload()
        wait_for_canvas(page)
        page.close()
    assert proxy.outside == []
    assert missing == []
