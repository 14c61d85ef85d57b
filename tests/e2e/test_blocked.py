"""What an extension of the browser blocks is not laid on the server."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watched
from tests.e2e.gestures import READY_MS
from tests.e2e.serving import Server


def test_a_blocked_request_names_what_may_block_it_and_curves_are_at_no_trackers_address(
    page: Page, server: Server, watched: Watched
) -> None:
    page.route("**/metrics*", lambda route: route.abort("blockedbyclient"))  # as lists of trackers have it
    page.route("**/studio/runs/*/decoder/**", lambda route: route.abort("blockedbyclient"))
    page.goto(f"{server.url}/")
    said = page.get_by_text("an ad blocker or a privacy extension in this browser may block it").first
    expect(said).to_be_visible(timeout=READY_MS)
    assert page.request.get(f"{server.url}/studio/runs/digits/rows").ok
    watched.complaints.clear()
