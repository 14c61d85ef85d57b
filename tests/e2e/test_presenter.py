"""Presenter's mode, as somebody in front of an audience uses it: one key, a clicker, a tour from a file."""

import json
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.e2e.gestures import READY_MS, drag, shown_z_of, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server
from tests.e2e.test_train import live_step
from tests.vae_core.small_runs import digits, trained

TOPMOST = """places => places.every(([x, y]) => document.elementFromPoint(x, y)?.closest('.ls-canvas'))"""
INERT = "each => each.closest('[inert]') !== null"
TALK: dict[str, Any] = {
    "tour": "A short talk",
    "steps": [
        {"title": "Left", "say": "To the left.", "handles": [{"z": [-2, 0]}, {"z": [2, 1]}]},
        {"title": "Right", "say": "To the right.", "handles": [{"name": "here", "z": [2, 0]}], "show": ["lattice"]},
    ],
}


@pytest.fixture
def explore(page: Page, server: Server) -> Page:
    """Explore of MNIST, ready."""
    page.goto(server.url)
    wait_for_canvas(page)
    return page


def talk(content: Any = TALK, name: str = "talk.json") -> FilePayload:
    """A tour file as somebody has written it."""
    text = content if isinstance(content, str) else json.dumps(content)
    return FilePayload(name=name, mimeType="application/json", buffer=text.encode())


def open_tour(page: Page, file: FilePayload) -> None:
    """Choose a file in presenter's mode."""
    page.locator(".ls-presenter input[type=file]").set_input_files(file)


def caption(page: Page) -> str:
    return page.locator(".ls-caption").inner_text()


def top_and_bottom(page: Page, name: str) -> tuple[float, float]:
    """Where a part begins and ends on the screen."""
    box = page.locator(f'[data-testid="latent-canvas"] {name}').bounding_box()
    assert box, name
    return box["y"], box["y"] + box["height"]


def test_p_gives_the_screen_to_the_canvas_and_escape_gives_it_back(explore: Page) -> None:
    before = explore.get_by_test_id("latent-canvas").bounding_box()
    explore.keyboard.press("p")
    assert explore.get_by_test_id("latent-canvas").bounding_box() == {"x": 0, "y": 0, "width": 1440, "height": 900}
    assert explore.evaluate(TOPMOST, [[20, 20], [20, 450], [720, 10], [1430, 890]]), "nothing of Streamlit is seen"
    assert explore.get_by_role("link", name="Train").evaluate(INERT), "or reached"
    expect(explore.get_by_test_id("presenter")).to_have_attribute("aria-pressed", "true")
    explore.keyboard.press("Escape")
    wait_for(explore, lambda: explore.get_by_test_id("latent-canvas").bounding_box() == before, "the page as it was")
    assert not explore.get_by_role("link", name="Train").evaluate(INERT)


def test_a_p_that_is_typed_into_a_field_is_a_letter(explore: Page) -> None:
    explore.get_by_label("Name of handle 1").press_sequentially("pip")
    expect(explore.get_by_label("Name of handle 1")).to_have_value("pip")
    expect(explore.get_by_test_id("presenter")).to_have_attribute("aria-pressed", "false")


def test_a_clicker_steps_through_the_tour_even_after_a_handle_was_dragged(explore: Page) -> None:
    explore.get_by_test_id("presenter").click()
    assert "What a variational autoencoder knows of digits" in caption(explore)
    explore.keyboard.press("PageDown")
    expect(explore.locator(".ls-caption-title")).to_have_text("Ten thousand digits on one map", timeout=READY_MS)
    drag(explore, 0, 40, 40)
    explore.keyboard.press("PageDown")
    expect(explore.locator(".ls-caption-title")).to_have_text("Every place is an image", timeout=READY_MS)
    wait_for(explore, lambda: z_of(explore) == (1.85, 1.5), "the first handle where the step wants it")
    wait_for(explore, lambda: shown_z_of(explore) == (1.85, 1.5), "and its image")
    explore.keyboard.press("ArrowLeft")
    wait_for(explore, lambda: z_of(explore) == (0, 0), "the first handle where the step before wants it")


def test_a_tour_from_a_file_moves_handles_and_switches_and_its_step_is_in_the_address(
    explore: Page, context: BrowserContext
) -> None:
    explore.get_by_role("tab", name="Directions").click()
    for end, label in (("From", "0"), ("To", "1")):
        explore.get_by_role("combobox", name=end).select_option(label)
    expect(explore.get_by_test_id("arrow")).to_have_attribute("data-arrow", "true")
    explore.get_by_test_id("presenter").click()
    open_tour(explore, talk())
    expect(explore.locator(".ls-caption-title")).to_have_text("A short talk", timeout=READY_MS)
    explore.keyboard.press("End")
    expect(explore.locator(".ls-caption-text")).to_have_text("To the right.", timeout=READY_MS)
    expect(explore.get_by_test_id("handle-0")).to_contain_text("here", timeout=READY_MS)
    wait_for(explore, lambda: z_of(explore) == (2, 0), "the handle where the step wants it")
    expect(explore.get_by_test_id("handle-1")).to_have_count(0)
    expect(explore.get_by_test_id("arrow")).to_have_attribute("data-arrow", "false")
    expect(explore.get_by_role("tab", name="Images")).to_have_attribute("aria-selected", "true")
    expect(explore.get_by_test_id("lattice")).to_have_attribute("data-complete", "true", timeout=READY_MS)
    wait_for(explore, lambda: "present=2" in explore.url, "the step in the address")
    other = context.new_page()
    other.goto(explore.url)
    wait_for_canvas(other)
    assert other.evaluate(TOPMOST, [[20, 20], [1430, 890]])
    assert z_of(other) == (2, 0)


def test_a_tour_plays_by_itself_and_stays_at_its_last_step(explore: Page) -> None:
    explore.keyboard.press("p")
    quick = {**TALK, "steps": [{**step, "seconds": 1} for step in TALK["steps"]]}
    open_tour(explore, talk(quick))
    expect(explore.locator(".ls-caption-title")).to_have_text("A short talk", timeout=READY_MS)
    explore.keyboard.press(" ")
    expect(explore.get_by_role("button", name="Pause the tour")).to_be_visible()
    expect(explore.locator(".ls-caption-title")).to_have_text("Right", timeout=READY_MS)
    expect(explore.get_by_role("button", name="Play the tour")).to_be_visible(timeout=READY_MS)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "“talk.json” is no tour: expected JSON, and it cannot be read as such; drop a file saved here."),
        (
            {"tour": "x", "steps": [{"title": "a"}, {"title": "b", "show": ["stars"]}]},
            "Step 2 of “talk.json”: expected “show” to be a list of",
        ),
    ],
)
def test_a_tour_that_cannot_be_read_is_one_sentence(explore: Page, content: Any, sentence: str) -> None:
    drop = """([text, name]) => { const data = new DataTransfer();
        data.items.add(new File([text], name, {type: 'application/json'}));
        document.querySelector('.ls-canvas').dispatchEvent(
            new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); }"""
    explore.evaluate(drop, [content if isinstance(content, str) else json.dumps(content), "talk.json"])
    problem = explore.locator(".ls-tour-problem")
    expect(problem).to_contain_text(sentence, timeout=READY_MS)
    assert problem.inner_text().count(". ") == 0
    assert "What a variational autoencoder knows" in caption(explore), "the tour there was stays"


def test_what_is_seen_becomes_a_step_of_a_saved_tour(explore: Page) -> None:
    explore.keyboard.press("p")
    open_tour(explore, talk())
    expect(explore.locator(".ls-caption-title")).to_have_text("A short talk", timeout=READY_MS)
    explore.get_by_role("button", name="Edit", exact=True).click()
    drag(explore, 1, 80, 40)
    explore.get_by_role("button", name="Add a step").click()
    explore.get_by_label("Title").fill("Mine")
    expect(explore.locator(".ls-caption-title")).to_have_text("Mine", timeout=READY_MS)
    with explore.expect_download() as download:
        explore.get_by_role("button", name="Save", exact=True).click()
    saved = json.loads(download.value.path().read_text())
    assert [step["title"] for step in saved["steps"]] == ["Mine", "Left", "Right"]
    assert saved["steps"][0]["handles"][1]["z"] == pytest.approx(z_of(explore, 1), abs=1e-3)
    assert saved["steps"][0]["active"] == 2


@pytest.mark.parametrize(
    ("width", "height", "scheme"),
    [
        (1920, 1080, "light"),
        (390, 844, "light"),
        pytest.param(1280, 720, "dark", marks=pytest.mark.campaign),
        pytest.param(768, 1024, "dark", marks=pytest.mark.campaign),
    ],
)
def test_map_image_and_words_fit_the_screen_and_have_no_serious_barrier(
    browser: Browser, server: Server, width: int, height: int, scheme: Any
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(server.url)
    wait_for_canvas(page)
    page.keyboard.press("p")
    for _ in range(4):  # the film is shown: the step that needs the most room
        page.keyboard.press("PageDown")
    expect(page.locator(".ls-caption-title")).to_have_text("A path has a film", timeout=READY_MS)
    wait_for(page, lambda: z_of(page) == (1.85, 1.5), "the handle, at once")
    canvas = page.get_by_test_id("latent-canvas")
    assert canvas.evaluate("each => each.scrollHeight <= innerHeight && each.scrollWidth <= innerWidth")
    tops = {}
    for name in (".ls-toolbar", ".ls-map", ".ls-active .ls-image", ".ls-frames", ".ls-presenter", ".ls-presenter-bar"):
        tops[name] = top_and_bottom(page, name)
        assert tops[name][0] >= 0, name
        assert tops[name][1] <= height, name
    assert tops[".ls-toolbar"][1] <= tops[".ls-map"][0]
    assert tops[".ls-map"][1] <= tops[".ls-frames"][0] + 1
    assert tops[".ls-frames"][1] <= tops[".ls-presenter"][0]
    if width < height:
        assert tops[".ls-active .ls-image"][1] <= tops[".ls-toolbar"][0]
    results = Axe().run(page, context={"include": [['[data-testid="latent-canvas"]']]})
    serious = [each for each in results.response["violations"] if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious] == []
    context.close()


def test_a_run_of_ones_own_is_replayed_to_an_audience_with_all_rows_on_a_small_projector(
    page: Page, server: Server
) -> None:
    run = trained(digits(epochs=3), server.runs)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{server.url}/?run={run.id}")
    wait_for_canvas(page)
    machine = page.get_by_test_id("time-machine")
    expect(machine).to_have_attribute("max", "3")
    page.keyboard.press("p")
    page.locator('[data-testid="latent-canvas"] [data-show="straight"]').click()
    expect(page.get_by_test_id("film-strip")).to_be_visible()
    rows = [
        top_and_bottom(page, name) for name in (".ls-toolbar", ".ls-legend", ".ls-film", ".ls-time", ".ls-presenter")
    ]
    assert all(above[1] <= below[0] for above, below in pairwise(rows)), rows
    assert rows[-1][1] <= 720
    assert top_and_bottom(page, ".ls-cards")[1] <= rows[2][0], "the images end above the film"
    machine.fill("0")
    wait_for(page, lambda: live_step(page) == 0, "principal components")
    page.get_by_role("button", name="Replay the training").click()
    wait_for(page, lambda: live_step(page) == run.step, "the run as it is now")
