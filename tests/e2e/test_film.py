"""The path through the handles and its film, and what else can be shown on the map."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.gestures import drag, pixels_of, wait_for, wait_for_canvas
from tests.e2e.serving import Server

FRAME = """canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)
    .filter((_, i) => i % 4 === 0)"""
PAINTED = """canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    .data.some(each => each)"""


@pytest.fixture
def explore(page: Page, server: Server) -> Page:
    """Explore of the digits, ready: its data set comes with the project."""
    page.goto(f"{server.url}/?run=digits")
    wait_for_canvas(page)
    return page


def switch(page: Page, what: str) -> None:
    """One of the map's switches."""
    page.locator(f'[data-testid="latent-canvas"] [data-show="{what}"]').click()


def frame(page: Page, number: int) -> list[int]:
    """A frame's pixels."""
    return list(page.get_by_test_id(f"frame-{number}").evaluate(FRAME))


def test_the_film_begins_at_the_first_handle_and_ends_at_the_last(explore: Page) -> None:
    switch(explore, "straight")
    expect(explore.get_by_test_id("film-strip")).to_be_visible()
    wait_for(explore, lambda: frame(explore, 0) == pixels_of(explore, 0), "the first handle's image")
    assert frame(explore, 11) == pixels_of(explore, 2)
    before = frame(explore, 11)
    drag(explore, 2, -60, -80)
    wait_for(explore, lambda: frame(explore, 11) == pixels_of(explore, 2) != before, "the film of the new path")


def test_a_sphere_and_the_geodesic_lead_elsewhere_between_the_same_ends(explore: Page) -> None:
    drag(explore, 0, 70, 90)  # off the line through the origin, which is a sphere's path, too
    switch(explore, "straight")
    films = []
    for kind in ("straight", "spherical", "geodesic"):
        explore.get_by_label("The path's kind").select_option(kind)
        wait_for(explore, lambda: frame(explore, 0) == pixels_of(explore, 0), "the path's first image")
        wait_for(explore, lambda: explore.locator("[data-searching]").count() == 0, "the path")
        wait_for(explore, lambda: [frame(explore, n) for n in range(12)] not in films, f"another film: {kind}")
        films.append([frame(explore, n) for n in range(12)])
        assert films[-1][11] == pixels_of(explore, 2)
    assert "geodesic" in explore.url


def test_the_film_plays_and_the_scrubber_stops_at_a_frame(explore: Page) -> None:
    switch(explore, "straight")
    explore.get_by_role("button", name="Play the film").click()
    expect(explore.locator(".ls-frame[data-now]")).not_to_have_attribute("data-testid", "frame-0")
    explore.get_by_role("button", name="Pause the film").click()
    scrubber = explore.get_by_label("Frame of the film")
    scrubber.fill("7")
    expect(explore.locator(".ls-frame[data-now]")).to_have_attribute("data-testid", "frame-7")


def test_the_film_is_kept_as_a_file(explore: Page) -> None:
    switch(explore, "straight")
    wait_for(explore, lambda: frame(explore, 0) == pixels_of(explore, 0), "the film")
    for kind, start in {"gif": b"GIF89a", "png": b"\x89PNG"}.items():
        with explore.expect_download() as download:
            explore.locator(f'[data-save="{kind}"]').click()
        assert download.value.path().read_bytes().startswith(start), kind
        assert download.value.suggested_filename.endswith(f".{kind}")


def test_the_lattice_is_drawn_behind_the_points_and_refined_when_one_comes_closer(explore: Page) -> None:
    switch(explore, "lattice")
    lattice = explore.get_by_test_id("lattice")
    expect(lattice).to_have_attribute("data-complete", "true")
    assert lattice.evaluate(PAINTED)
    explore.get_by_role("button", name="Zoom in").click()
    expect(lattice).to_have_attribute("data-complete", "true")
    assert explore.evaluate("performance.getEntriesByName('lattice').length") >= 2
    switch(explore, "lattice")
    expect(lattice).to_have_attribute("data-size", "0")


def test_regions_are_shaded_one_kind_at_a_time(explore: Page) -> None:
    regions = explore.get_by_test_id("regions")
    switch(explore, "stretch")
    for mode in ("holes", "stretch"):
        switch(explore, mode)
        expect(regions).to_have_attribute("data-mode", mode)
        expect(regions).to_have_attribute("data-complete", "true")
        wait_for(explore, lambda: bool(regions.evaluate(PAINTED)), "shades")
        expect(explore.get_by_test_id("map-key")).to_contain_text("stripes")
    switch(explore, "stretch")
    expect(explore.get_by_test_id("map-key")).to_be_hidden()


def test_real_images_appear_at_their_points(explore: Page) -> None:
    pictures = explore.get_by_test_id("pictures")
    expect(pictures).to_have_attribute("data-complete", "true")
    expect(pictures).to_have_attribute("data-count", re.compile("[1-9]"))
    switch(explore, "pictures")
    expect(pictures).to_have_attribute("data-count", "0")


def test_what_is_shown_is_in_the_address(explore: Page, context: BrowserContext) -> None:
    switch(explore, "lattice")
    switch(explore, "straight")
    wait_for(explore, lambda: "straight" in explore.url, "what is shown, in the address")
    other = context.new_page()
    other.goto(explore.url)
    wait_for_canvas(other)
    expect(other.get_by_test_id("film-strip")).to_be_visible()
    expect(other.get_by_test_id("lattice")).to_have_attribute("data-complete", "true")
