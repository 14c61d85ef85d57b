"""The map's points: what is said of one, no need of a graphics card, and what a page need not be allowed for them."""

import io
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, Request, expect

from tests.e2e.gestures import drag, points_at_rest, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import CHROMIUM, CHROMIUM_ARGUMENTS, Server
from tests.e2e.test_compare import cursor, drag_cursor, wait_for_maps

PAGES = ("", "train", "compare", "runs", "learn")
# As seen from the page: whatever a debugger lets through, a timer of the page's own does not.
MAKE_SCRIPT = """() => new Promise((resolve) => setTimeout(() => {
  try { resolve(new Function("return 'a script was made of a text'")()); } catch (error) { resolve(error.name); }
}))"""
# A place that a point covers, in CSS pixels of the page.
PLACE_OF_A_POINT = """() => {
  const canvas = document.querySelector('[data-testid="latent-canvas"] canvas.ls-points');
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const box = canvas.getBoundingClientRect();
  for (let row = Math.floor(height / 8); row < height; row++)
    for (let column = 0; column < width; column++)
      if (data[4 * (row * width + column) + 3] > 200)
        return [box.left + ((column + 0.5) * box.width) / width, box.top + ((row + 0.5) * box.height) / height];
}"""


@pytest.fixture
def explore(page: Page, server: Server) -> Page:
    """The model that everyone sees first."""
    page.goto(server.url)
    wait_for_canvas(page)
    return page


def hover_a_point(page: Page) -> list[float]:
    """Put the mouse on some point, and say where that is; the page may still be laying itself out."""
    points_at_rest(page)
    place: list[float] = []

    def is_named() -> bool:
        nonlocal place
        if page.evaluate(PLACE_OF_A_POINT) != place:
            place = page.evaluate(PLACE_OF_A_POINT)
            page.mouse.move(*place)
        return page.get_by_test_id("hover").is_visible()

    wait_for(page, is_named, "words beside the point under the mouse")
    return place


def test_a_point_under_the_mouse_says_its_class_and_place_and_falls_silent_beside_it(explore: Page) -> None:
    label = explore.get_by_test_id("hover")
    expect(label).to_be_hidden()
    hover_a_point(explore)
    assert label.locator("b").inner_text() in [str(digit) for digit in range(10)]
    assert "z₁" in label.inner_text()
    assert "z₂" in label.inner_text()
    box = explore.locator(".ls-map").first.bounding_box()
    assert box
    explore.mouse.move(box["x"] + 60, box["y"] + 20)
    expect(label).to_be_hidden()


def test_a_hidden_class_is_neither_drawn_nor_named(explore: Page) -> None:
    before = points_at_rest(explore)
    place = hover_a_point(explore)
    label = explore.get_by_test_id("hover")
    name = label.locator("b").inner_text()
    explore.get_by_test_id(f"legend-{name}").click()
    wait_for(explore, lambda: points_at_rest(explore) != before, "the map without a class")
    explore.mouse.move(place[0] + 1, place[1])
    wait_for(explore, lambda: label.is_hidden() or label.locator("b").inner_text() != name, "another point, or none")


def test_no_script_is_made_of_a_text(explore: Page) -> None:
    assert explore.evaluate(MAKE_SCRIPT) == "EvalError"


@pytest.mark.campaign
def test_a_walk_through_all_pages_asks_no_other_host_and_nothing_offers_to_send_a_figure_away(
    page: Page, server: Server
) -> None:
    hosts: set[str] = set()

    def note(request: Request) -> None:
        hosts.add(urlsplit(request.url).netloc)

    page.on("request", note)
    for name in PAGES:
        page.goto(f"{server.url}/{name}")
        expect(page.locator("h1").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        for figure in page.locator(".js-plotly-plot").all():
            figure.hover(force=True)
        assert page.locator('[data-title*="hare"], [data-attr*="cloud"]').count() == 0, name or "explore"
    assert hosts - {""} == {urlsplit(server.url).netloc}


@pytest.fixture(scope="module")
def without_webgl(browser: Browser) -> Iterator[Browser]:
    """A browser that has no WebGL at all, as in a virtual machine or over a remote desktop."""
    arguments = [*CHROMIUM_ARGUMENTS, "--disable-gpu", "--disable-3d-apis"]
    other = browser.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    yield other
    other.close()


@pytest.mark.campaign
def test_a_browser_without_webgl_shows_the_same_picture(explore: Page, without_webgl: Browser, server: Server) -> None:
    page = without_webgl.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    assert page.evaluate("document.createElement('canvas').getContext('webgl') === null")
    page.goto(server.url)
    wait_for_canvas(page)
    assert points_at_rest(page) == points_at_rest(explore)
    before = z_of(page)
    drag(page, 0, 90, -60)
    wait_for(page, lambda: z_of(page) != before and shown_z_of(page) == z_of(page), "the image of another place")
    page.goto(f"{server.url}/compare?compare=mnist,digits")
    wait_for_maps(page)
    cursors = [cursor(page, at) for at in (0, 1)]
    drag_cursor(page, 1, 40, -40)
    wait_for(page, lambda: all(cursor(page, at) != cursors[at] for at in (0, 1)), "the cursor on both maps")
    assert page.get_by_text("WebGL").count() == 0, "nothing lies over the map"
    page.close()


# Which kinds of surface a page draws on; a second part loses one, as a graphics card that is reset does.
NOTE_SURFACES = """window.surfaces = new Set();
for (const kind of [HTMLCanvasElement, OffscreenCanvas]) {
  const own = kind.prototype.getContext;
  kind.prototype.getContext = function (...what) {
    window.surfaces.add(what[0]);
    return own.apply(this, what);
  };
}"""
LOSE_POINTS = """() => {
  const canvas = document.querySelector('[data-testid="latent-canvas"] canvas.ls-points');
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
  canvas.dispatchEvent(new Event("contextrestored"));
}"""


def test_no_map_needs_webgl_and_points_whose_surface_was_lost_come_back_by_themselves(explore: Page) -> None:
    explore.add_init_script(NOTE_SURFACES)
    explore.reload()
    wait_for_canvas(explore)
    before = points_at_rest(explore)
    assert explore.evaluate("[...window.surfaces]") == ["2d"]
    explore.evaluate(LOSE_POINTS)
    wait_for(explore, lambda: points_at_rest(explore) == before, "the points again")


def saved(page: Page, kind: str) -> bytes:
    """What the map's menu saves as PNG or SVG."""
    page.get_by_test_id("save-map").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    assert download.value.suggested_filename == f"map.{kind.lower()}"
    expect(page.get_by_role("button", name=kind, exact=True)).to_be_hidden()
    return download.value.path().read_bytes()


def test_the_map_is_saved_as_a_picture_with_axes_points_and_handles(explore: Page) -> None:
    points_at_rest(explore)
    explore.get_by_role("button", name="Holes").click()
    picture = Image.open(io.BytesIO(saved(explore, "PNG"))).convert("RGB")
    shown = Image.open(io.BytesIO(explore.locator(".ls-map").first.screenshot())).convert("RGB")
    assert abs(picture.width - 2 * shown.width) <= 2, "twice as fine"
    differences = ImageChops.difference(picture.resize(shown.size), shown).convert("L").histogram()
    assert sum(differences[64:]) < 0.04 * shown.width * shown.height, "it looks as on the screen"


def test_the_drawing_of_the_map_names_its_axes_and_handles_as_text(explore: Page) -> None:
    document = ElementTree.fromstring(saved(explore, "SVG"))
    svg = "{http://www.w3.org/2000/svg}"
    words = ["".join(each.itertext()) for each in document.iter(f"{svg}text")]
    assert {"z₁", "z₂", "1", "2", "3"} <= set(words)
    assert [each for each in document.iter(f"{svg}image") if each.get("href", "").startswith("data:image/png")]
