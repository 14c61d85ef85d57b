"""Learn in a browser: widgets that follow a hand, a language that changes around them, no lesson wider than a phone."""

import json
import random

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from pages.ui.learn import lessons
from tests.e2e.gestures import READY_MS, wait_for
from tests.e2e.serving import Server
from vae_core import runs

NUMBERS = list(lessons.lessons("en"))
# All of a lesson but Streamlit's own buttons in a row, whose chosen one has 4.3:1 in the light theme's accent.
OURS = {"include": [[".st-key-lesson"]], "exclude": [['[data-testid="stButtonGroup"]']]}

LOADED = {
    1: ':has([data-testid="linked-maps"][data-ready]):has([data-testid="twelve-differences"][data-shown])',
    2: ':has([data-testid="two-heads"][data-shown])',
    6: ':has([data-testid="rate-distortion"][data-shown])',
    7: ':has([data-testid="three-sources"][data-shown])',
}
"""What a lesson with trained models has when all its images are there."""


def open_lesson(page: Page, server: Server, number: int, language: str = "en") -> None:
    """A lesson with all its browser widgets ready."""
    page.goto(f"{server.url}/learn?lesson={number}&language={language}")
    wait_until_ready(page, number, language)


def wait_until_ready(page: Page, number: int, language: str) -> None:
    lesson = lessons.lessons(language)[number]
    page.get_by_role("heading", name=lesson.title, level=1).wait_for(timeout=READY_MS)
    page.locator(".st-key-neighbours").wait_for(state="attached")
    page.wait_for_function(
        f"""() => {{ const all = [...document.querySelectorAll('.ls-lesson')];
        return all.every(each => each.dataset.ready && each.dataset.language === '{language}'); }}"""
    )


def value_of(page: Page, hook: str) -> float:
    return float(page.get_by_test_id(hook).get_attribute("data-value") or "nan")


def centre(box: Locator) -> tuple[float, float]:
    found = box.bounding_box()
    assert found
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2


def test_entropy_and_kl_add_up_to_cross_entropy_wherever_the_bell_is_dragged(page: Page, server: Server) -> None:
    open_lesson(page, server, 5)
    plot, bell = page.get_by_test_id("three-bars-densities"), page.get_by_test_id("three-bars-bell")
    plot.scroll_into_view_if_needed()
    area = plot.bounding_box()
    assert area
    places, chance = set(), random.Random(5)
    page.mouse.move(*centre(bell))
    page.mouse.down()
    for _ in range(20):
        x, y = (
            area["x"] + area["width"] * chance.uniform(0.3, 0.7),
            area["y"] + area["height"] * chance.uniform(0.05, 0.8),
        )
        page.mouse.move(x, y)
        entropy, kl, both = (value_of(page, f"three-bars-{name}") for name in ("entropy", "kl", "cross-entropy"))
        assert abs(entropy + kl - both) < 1e-6
        places.add((entropy, kl))
    page.mouse.up()
    assert len(places) == 20, "each place has another bell"


def speak(page: Page, language: str, number: int) -> None:
    """Choose a language in the sidebar, and wait for the lesson in it."""
    page.locator(".st-key-lesson-language").get_by_text(lessons.LANGUAGES[language], exact=True).click()
    wait_until_ready(page, number, language)


def test_a_language_switch_keeps_lesson_place_and_what_has_been_set(page: Page, server: Server) -> None:
    open_lesson(page, server, 1)
    page.wait_for_selector('[data-testid="linked-maps"][data-ready]')
    cursor, map_title = page.get_by_test_id("linked-cursor-0"), page.locator(".lm-title").first
    x, y = centre(cursor)
    start = cursor.get_attribute("data-z")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y + 30, steps=5)
    page.mouse.up()
    dragged = cursor.get_attribute("data-z")
    assert dragged != start
    speak(page, "fr", 1)
    expect(map_title).to_have_text(lessons.strings("fr")["one-cursor"]["model-0"])
    expect(cursor).to_have_attribute("data-z", dragged or "")
    words = lessons.strings("fr")["one-cursor"]
    expect(cursor).to_have_attribute("aria-label", words["maps-cursor"].format(title=words["model-0"]))
    expect(page.get_by_role("button", name=words["maps-fit"])).to_be_visible()
    expect(page.get_by_role("button", name="Show the whole maps")).to_have_count(0)

    page.locator(".st-key-lesson-number").get_by_text(lessons.lessons("fr")[5].title).click()
    wait_until_ready(page, 5, "fr")
    slider = page.get_by_test_id("two-descents-sigma")
    slider.focus()
    for _ in range(7):
        page.keyboard.press("ArrowLeft")
    page.get_by_test_id("two-descents-ten").click()
    before = value_of(page, "two-descents-sigma-kl"), slider.input_value()
    top = centre(page.get_by_test_id("two-descents"))[1]
    speak(page, "ru", 5)
    assert (value_of(page, "two-descents-sigma-kl"), slider.input_value()) == before
    assert page.get_by_test_id("two-descents-step").inner_text() == lessons.strings("ru")["two-descents"]["step"]
    assert page.evaluate("document.documentElement.lang") == "ru"
    shown = page.get_by_test_id("two-descents-sigma-kl")
    assert shown.inner_text().replace("−", "-").replace(",", ".") == f"{before[0]:.3f}"
    assert "," in shown.inner_text()
    assert "," in (slider.get_attribute("aria-valuetext") or "")
    assert "lesson=5" in page.url
    assert "language=ru" in page.url
    wait_for(page, lambda: abs(centre(page.get_by_test_id("two-descents"))[1] - top) < 120, "the widget near its place")
    page.reload()
    wait_until_ready(page, 5, "ru")
    assert (value_of(page, "two-descents-sigma-kl"), slider.input_value()) == before, "a reload keeps it as well"
    page.get_by_role("link", name="Runs").click()
    wait_for(page, lambda: bool(page.evaluate("document.documentElement.lang === 'en'")), "another page's language")


def test_what_there_is_to_try_is_ticked_when_it_has_been_done(page: Page, server: Server) -> None:
    open_lesson(page, server, 3)
    assert page.locator("[class*='st-key-try-kl-bell-open']").count() == 1
    mean, width = page.get_by_test_id("kl-bell-mu"), page.get_by_test_id("kl-bell-sigma")
    for slider, value in ((mean, "1"), (width, "1")):
        slider.fill(value)
    page.locator("[class*='st-key-try-kl-bell-done']").wait_for()
    assert abs(value_of(page, "kl-bell-closed") - 0.5) < 1e-12
    assert abs(value_of(page, "kl-bell-monte-carlo") - 0.5) < 5 * value_of(page, "kl-bell-error")


def test_the_boxes_of_lesson_two_hold_what_the_model_really_says(page: Page, server: Server) -> None:
    open_lesson(page, server, 2)
    embedding = runs.open_run("digits").embedding()
    for digit in (3, 7):
        page.get_by_test_id(f"two-heads-class-{digit}").click()
        page.wait_for_selector(f'[data-testid="two-heads"][data-shown="{digit}"]', timeout=READY_MS)
        row = list(embedding.labels).index(digit)
        for name, expected in (("mu", embedding.mu[row]), ("logvar", embedding.logvar[row])):
            shown = json.loads(page.get_by_test_id(f"two-heads-tensor-{name}").get_attribute("data-value") or "[]")
            assert shown == pytest.approx([float(value) for value in expected], abs=1e-4)
    for _ in range(10):
        page.get_by_test_id("two-heads-draw").click()
    page.locator("[class*='st-key-try-two-heads-done']").wait_for()


def test_the_next_lesson_begins_at_its_top(page: Page, server: Server) -> None:
    open_lesson(page, server, NUMBERS[0])
    page.get_by_role("button", name=f"{NUMBERS[1]}. ").click()
    wait_until_ready(page, NUMBERS[1], "en")
    wait_for(page, lambda: page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0, "the lesson's top")


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("language", "scheme", "numbers"), [("en", "light", NUMBERS[::2]), ("zh", "dark", NUMBERS[1::2])]
)
def test_no_lesson_is_wider_than_a_phone_and_none_has_a_serious_barrier(
    browser: Browser, server: Server, language: str, scheme: str, numbers: list[int]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    size = {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True, has_touch=True)
    page = context.new_page()
    for number in numbers:
        open_lesson(page, server, number, language)
        page.wait_for_selector(f".st-key-lesson{LOADED.get(number, '')}", timeout=READY_MS)
        excess = page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth")
        assert excess <= 0, f"lesson {number} is {excess} px too wide"
        cut = page.locator(".ls-scroll").evaluate_all("all => all.filter(each => each.scrollWidth > each.clientWidth)")
        assert cut == [], f"a table of lesson {number} is too wide"
        found: list[str] = []
        for _ in range(20):  # what Streamlit draws anew fades meanwhile, and faded text has little contrast
            results = Axe().run(page, context=OURS).response["violations"]
            serious = [each for each in results if each["impact"] in {"serious", "critical"}]
            found = [f"{each['id']}: {node['html']}; {node['any'][:1]}" for each in serious for node in each["nodes"]]
            if not found:
                break
            page.wait_for_timeout(500)
        assert found == [], f"lesson {number}"
    context.close()
