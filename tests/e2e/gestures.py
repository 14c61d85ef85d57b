"""What a person does with the canvas and sees on it, in Playwright's words."""

from collections.abc import Callable

from playwright.sync_api import Page

# A first start loads 16 MB of runtime on two busy cores.
READY_MS = 60_000


def wait_for_canvas(page: Page) -> None:
    """Until map and decoder both answer."""
    page.wait_for_selector('[data-testid="latent-canvas"][data-ready="true"]', timeout=READY_MS)


def wait_for(page: Page, holds: Callable[[], bool], what: str, timeout_s: float = 30.0) -> None:
    """Until something seen from Python holds; the page goes on meanwhile."""
    for _ in range(int(timeout_s / 0.1)):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not within {timeout_s:g} s: {what}")


def z_of(page: Page, handle: int = 0) -> tuple[float, float]:
    """Where a handle stands, in map units."""
    text = page.get_by_test_id(f"handle-{handle}").get_attribute("data-z") or ""
    x, y = (float(part) for part in text.split(","))
    return x, y


def shown_z_of(page: Page, handle: int = 0) -> tuple[float, float]:
    """The position whose image is shown."""
    text = page.get_by_test_id(f"decoded-{handle}").get_attribute("data-z") or ""
    x, y = (float(part) for part in text.split(","))
    return x, y


def pixels_of(page: Page, handle: int = 0) -> list[int]:
    """The red channel of a handle's decoded image, row by row."""
    script = """canvas => { const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return Array.from(data).filter((_, i) => i % 4 === 0); }"""
    return list(page.get_by_test_id(f"decoded-{handle}").evaluate(script))


def points_at_rest(page: Page) -> str:
    """The map's points as a picture, once none is on its way."""
    canvas = page.locator('[data-testid="latent-canvas"] canvas.ls-points:not([data-travelling])')
    return str(canvas.evaluate("canvas => canvas.toDataURL()"))


def centre_of(page: Page, handle: int = 0) -> tuple[float, float]:
    """A handle's centre on the screen, in CSS pixels."""
    box = page.get_by_test_id(f"handle-{handle}").bounding_box()
    assert box, f"handle {handle} is not on the screen"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, handle: int, dx: float, dy: float, steps: int = 8) -> None:
    """Drag a handle by so many screen pixels with the mouse, and release it."""
    x, y = centre_of(page, handle)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=steps)
    page.mouse.up()
