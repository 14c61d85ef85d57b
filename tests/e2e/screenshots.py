"""Every page in both themes and three widths, for people to look at: `make screenshots`, into tests/e2e/screenshots."""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tests.e2e.gestures import READY_MS, wait_for_canvas
from tests.e2e.serving import CHROMIUM, CHROMIUM_ARGUMENTS, running_server
from tests.vae_core.small_runs import digits, trained

FOLDER = Path(__file__).parent / "screenshots"
WIDTHS = ((1440, 900), (1024, 768), (390, 844))
PAGES = ("", "train", "train?training={run}", "compare", "apply", "data", "runs", "learn")
SETTLED_MS = 1500  # for what comes after a page says that it is ready: pictures, the last curve


def main() -> None:
    """Takes them all; those from before are replaced."""
    with TemporaryDirectory() as folder, running_server(Path(folder)) as server, sync_playwright() as playwright:
        run = trained(digits(epochs=20), server.runs)
        page = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS).new_page()
        page.set_default_timeout(READY_MS)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width, height in WIDTHS:
                page.set_viewport_size({"width": width, "height": height})
                for address in PAGES:
                    page.goto(f"{server.url}/{address.format(run=run.id)}")
                    _wait_for(page, address)
                    name = address.partition("=")[0].replace("?", "-") or "explore"
                    page.screenshot(path=FOLDER / f"{name}-{scheme}-{width}.png")
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}")


def _wait_for(page: Page, address: str) -> None:
    page.get_by_role("heading", level=1).first.wait_for()
    if not address or "training" in address:
        wait_for_canvas(page)
    page.wait_for_timeout(SETTLED_MS)


if __name__ == "__main__":
    main()
