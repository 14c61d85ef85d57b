"""Compare, as a person uses it: one cursor over several maps, and what of it the address keeps."""

import shutil

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.gestures import READY_MS, wait_for
from tests.e2e.serving import Server
from vae_core import runs

PIXELS = """canvas => { const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return Array.from(data).filter((_, i) => i % 4 === 0); }"""


def open_compare(page: Page, server: Server, *run_ids: str, more: str = "") -> None:
    page.goto(f"{server.url}/compare?compare={','.join(run_ids)}{more}")
    wait_for_maps(page)


def wait_for_maps(page: Page) -> None:
    page.wait_for_selector('[data-testid="linked-maps"][data-ready="true"]', timeout=READY_MS)


def image(page: Page, at: int) -> list[int]:
    return list(page.get_by_test_id(f"linked-image-{at}").evaluate(PIXELS))


def cursor(page: Page, at: int) -> tuple[float, float]:
    x, y = (page.get_by_test_id(f"linked-cursor-{at}").get_attribute("data-z") or "").split(",")
    return float(x), float(y)


def drag_cursor(page: Page, at: int, dx: float, dy: float) -> None:
    box = page.get_by_test_id(f"linked-cursor-{at}").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=10)
    page.mouse.up()


def own_copy(server: Server) -> str:
    """A run of this server's own with the shipped digits' model; its id."""
    run_id = runs.new_run_id()
    shutil.copytree(runs.open_run("digits").directory, server.runs / run_id)
    return run_id


def test_a_drag_on_one_map_moves_the_cursor_and_the_image_on_both_without_asking_the_server(
    page: Page, server: Server
) -> None:
    open_compare(page, server, "mnist", "digits")
    before = [image(page, at) for at in (0, 1)]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    box = page.get_by_test_id("linked-cursor-1").bounding_box()
    assert box
    page.mouse.move(box["x"] + 22, box["y"] + 22)
    page.mouse.down()
    page.mouse.move(box["x"] + 72, box["y"] - 38, steps=10)
    wait_for(page, lambda: all(image(page, at) != before[at] for at in (0, 1)), "both images follow")
    assert asked == []
    page.mouse.up()
    assert cursor(page, 0) == cursor(page, 1) != (0.0, 0.0)
    for at in (0, 1):
        expect(page.get_by_test_id(f"linked-image-{at}")).to_have_attribute(
            "data-z", page.get_by_test_id("linked-cursor-1").get_attribute("data-z") or ""
        )


def test_choice_and_cursor_are_in_the_address_and_survive_a_reload(page: Page, server: Server) -> None:
    open_compare(page, server, "mnist", "digits")
    drag_cursor(page, 0, 60, 40)
    wait_for(page, lambda: "at=" in page.url, "the cursor is in the address")
    x, y = cursor(page, 0)
    page.reload()
    wait_for_maps(page)
    assert "compare=mnist%2Cdigits" in page.url or "compare=mnist,digits" in page.url
    assert abs(cursor(page, 1)[0] - x) < 1e-3
    assert abs(cursor(page, 1)[1] - y) < 1e-3


@pytest.mark.campaign
def test_compare_has_no_serious_barrier_in_either_theme(page: Page, server: Server) -> None:
    from axe_playwright_python.sync_playwright import Axe

    open_compare(page, server, "mnist", "digits")

    def serious() -> list[str]:
        results = Axe().run(page, context={"include": [[".stMainBlockContainer"]]}).response["violations"]
        return [str(each["nodes"]) for each in results if each["impact"] in {"serious", "critical"}]

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator(".stApp")).to_have_css("color-scheme", scheme)
        wait_for(page, lambda: serious() == [], "no barrier, once all is drawn")


def test_zooming_one_map_zooms_the_other_to_the_same_view(page: Page, server: Server) -> None:
    open_compare(page, server, "mnist", "digits")
    ranges = """map => { const {xaxis, yaxis} = map.querySelector('.ls-plot')._fullLayout;
        return [...xaxis.range, ...yaxis.range].map(Number); }"""
    first, second = (page.get_by_test_id(f"linked-map-{at}") for at in (0, 1))
    whole = second.evaluate(ranges)
    first.hover()
    page.mouse.wheel(0, -400)
    wait_for(page, lambda: second.evaluate(ranges)[0] > whole[0] + 0.1, "the other follows")
    wait_for(
        page,
        lambda: all(abs(a - b) < 1e-6 for a, b in zip(first.evaluate(ranges), second.evaluate(ranges), strict=True)),
        "both show the same",
    )
    page.get_by_role("button", name="Show the whole maps").click()
    wait_for(page, lambda: second.evaluate(ranges) == whole, "all is seen again")


def test_under_the_same_image_keys_go_from_image_to_image_on_both_maps(page: Page, server: Server) -> None:
    open_compare(page, server, "digits", own_copy(server), more="&image=0&same=held-out+image")
    original = page.locator(".lm-original")
    expect(original).to_have_attribute("data-image", "0")
    wait_for_maps(page)
    page.get_by_test_id("linked-cursor-0").locator("input").first.focus()
    page.keyboard.press("ArrowRight")
    expect(original).not_to_have_attribute("data-image", "0")
    assert cursor(page, 0) == cursor(page, 1), "the models are the same, and so are its places"
    number = original.get_attribute("data-image")
    wait_for(page, lambda: f"image={number}" in page.url, "the image is in the address")
    expect(page.get_by_test_id("linked-original")).to_be_visible()


def test_other_images_puts_another_of_each_class_through_both_models(page: Page, server: Server) -> None:
    open_compare(page, server, "digits", own_copy(server))
    table = page.get_by_test_id("linked-examples")
    rows = table.locator("tr")

    def names(row: int) -> list[str]:
        labels = rows.nth(row).locator("canvas").evaluate_all("all => all.map(each => each.ariaLabel)")
        return [label.split(": held-out image ")[1] for label in labels]

    def are_drawn() -> bool:
        return table.locator("canvas.lm-decoded[data-painted]").count() == 20

    def pixels(row: int) -> list[list[int]]:
        return [list(canvas.evaluate(PIXELS)) for canvas in rows.nth(row).locator("canvas").all()]

    wait_for(page, lambda: rows.count() == 3 and are_drawn(), "originals, and each model's images of them")
    first, decoded = names(0), pixels(1)
    assert [name.split(", ")[1] for name in first] == list("0123456789")
    table.get_by_role("button", name="Other images").click()
    wait_for(page, lambda: names(0) != first and are_drawn(), "others are drawn")
    assert [name.split(", ")[1] for name in names(0)] == list("0123456789"), "one of each class again"
    assert not {*first} & {*names(0)}
    assert names(0) == names(1) == names(2)
    assert pixels(1) == pixels(2), "the models are the same, and so are their images"
    assert all(before != after for before, after in zip(decoded, pixels(1), strict=True))
