"""Models of images that are neither digits, nor grey, nor square, nor of ten classes."""

from playwright.sync_api import Page

from tests.e2e.gestures import wait_for, wait_for_canvas
from tests.e2e.serving import Server
from tests.vae_core.any_data_sets import known_here
from tests.vae_core.small_runs import trained
from vae_core import runs
from vae_core.config import parse_config

TINY = {"hidden_sizes": (16,), "epochs": 2, "batch_size": 65, "device": "cpu"}
MARKS = """buttons => buttons.map(b => getComputedStyle(b).getPropertyValue('--ls-class')
    + b.querySelector('path').getAttribute('d'))"""


def opened(page: Page, server: Server, dataset: str, **settings: int) -> runs.Run:
    """Explore on a run of a data set that the server does not know."""
    with known_here(dataset):
        run = trained(parse_config({**TINY, "dataset": dataset, **settings}), server.runs)
    page.goto(f"{server.url}/?run={run.id}&show=lattice")
    wait_for_canvas(page)
    return run


def test_thirteen_classes_of_colour_images_have_marks_of_their_own_and_a_lattice(page: Page, server: Server) -> None:
    opened(page, server, "colours")
    legend = page.locator('[data-testid^="legend-"]')
    assert legend.all_text_contents() == [f"kind {number}" for number in range(13)]
    assert len(set(legend.evaluate_all(MARKS))) == 13
    canvas = page.get_by_test_id("lattice")
    wait_for(page, lambda: canvas.get_attribute("data-complete") == "true", "the lattice")
    decoded = page.get_by_test_id("decoded-0")
    assert decoded.evaluate("canvas => [canvas.width, canvas.height]") == [20, 12]
    page.get_by_role("tab", name="Directions").click()
    assert page.locator('[data-end="0"] option').count() == 14, "no class yet, or one of thirteen"


def test_images_without_classes_have_nothing_that_tells_classes_apart(page: Page, server: Server) -> None:
    opened(page, server, "unlabelled", latent_dim=1)
    assert not page.locator('[data-testid="legend-0"]').is_visible()
    assert not page.locator(".ls-vote").first.is_visible()
    assert page.get_by_text("Height shows").count() == 0
    page.get_by_role("tab", name="Directions").click()
    assert page.get_by_text("Draw around two groups of points").is_visible()
    assert page.locator('[data-end="0"] option').count() == 1
