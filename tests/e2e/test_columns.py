"""Columns of a data set colour the map, and filter it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import serve
from tests.e2e.gestures import READY_MS, wait_for, wait_for_canvas
from tests.e2e.serving import Server
from tests.vae_core.small_runs import trained
from vae_core import runs
from vae_core.config import parse_config
from vae_core.intake import adding, drawn
from vae_core.intake.pictures import Preparation

TINY = {"hidden_sizes": (8,), "epochs": 1, "batch_size": 40, "device": "cpu", "latent_dim": 2}
COLOURS = """canvas => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const found = new Set();
    for (let at = 0; at < data.length; at += 4) if (data[at + 3]) found.add(data.slice(at, at + 3).join());
    return found.size;
}"""


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, runs.Run]]:
    """A server that has shapes with known factors, and a run that learnt from them."""
    data = tmp_path_factory.mktemp("data")
    adding.add(drawn.draw("shapes", 400), "Shapes", data, Preparation((16, 16), colour=True), share=0.5)
    for server in serve(tmp_path_factory.mktemp("server"), VAE_DATA_DIR=str(data)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VAE_DATA_DIR", str(data))
            run = trained(parse_config({**TINY, "dataset": "shapes"}), server.runs)
        yield server, run


def test_a_column_colours_the_points_and_its_ends_hide_some(page: Page, learnt: tuple[Server, runs.Run]) -> None:
    server, run = learnt
    page.goto(f"{server.url}/?run={run.id}&show=nothing")
    wait_for_canvas(page)
    chooser, points = page.get_by_test_id("colour-by"), page.locator(".ls-points")
    expect(chooser).to_be_visible(timeout=READY_MS)
    assert chooser.locator("option").all_text_contents() == ["class", "shape", "size", "angle", "x", "y", "hue"]
    by_class = points.evaluate(COLOURS)
    chooser.select_option("x")
    expect(page.get_by_test_id("scale-from")).to_be_visible()
    wait_for(page, lambda: points.evaluate(COLOURS) > by_class, "many shades")
    shades = points.evaluate(COLOURS)
    page.get_by_test_id("scale-from").press("PageUp")
    wait_for(page, lambda: points.evaluate(COLOURS) < shades, "fewer points")
    wait_for(page, lambda: "colour=x" in page.url and "only=-0.8" in page.url, "both in the address")
    other = page.context.new_page()
    other.goto(page.url)
    wait_for_canvas(other)
    expect(other.get_by_test_id("scale-from")).to_have_attribute("aria-valuetext", "−0.80", timeout=READY_MS)
    chooser.select_option("")
    wait_for(page, lambda: "colour=" not in page.url, "classes again")
    expect(page.get_by_test_id("legend-0")).to_be_visible()
