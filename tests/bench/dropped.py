"""A folder of pictures, dropped in the browser: until it is kept, until a handle decodes, until a map is there."""

import re
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page

from tests.bench.report import Figure, single
from tests.e2e.gestures import wait_for_canvas
from tests.e2e.serving import start_server, stop_server
from tests.vae_core.intake.pictures_for_tests import encoded

PICTURES = 10_000
_LONG_MS = 300_000


def dropped(browser: Browser) -> list[Figure]:
    """Seconds from the choice of the folder, and from Start, by the defaults, with two classes of made pictures."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        folder = _made(root / "pictures")
        server = start_server(root, VAE_DATA_DIR=str(root / "data"))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        try:
            page.goto(f"{server.url}/data")
            page.get_by_test_id("drop-zone").wait_for()
            page.wait_for_load_state("networkidle")
            seconds, spread = _kept(page, folder)
            return [single(f"{PICTURES:,} PNGs dropped: kept", seconds, 25.0, "s", spread), *_learnt(page)]
        finally:
            page.close()
            stop_server(server)


def _kept(page: Page, folder: Path) -> tuple[float, str]:
    """(seconds until it is kept, of what they are made up). Nobody waits: the button is pressed once it is there."""
    started = time.monotonic()
    page.get_by_test_id("drop-folder").set_input_files(folder)
    page.wait_for_function("() => !document.querySelector('.ls-drop[data-busy]')", timeout=_LONG_MS)
    sent = time.monotonic() - started
    keep = page.get_by_role("button", name=f"Keep {PICTURES:,} pictures")
    keep.wait_for(timeout=_LONG_MS)
    seen = time.monotonic() - started
    keep.click()
    page.get_by_text("pictures is kept:").wait_for(timeout=_LONG_MS)
    seconds = time.monotonic() - started
    return seconds, f"sent after {sent:.1f}, previewed after {seen:.1f}"


def _learnt(page: Page) -> list[Figure]:
    page.get_by_role("link", name="Learn from it").click()
    page.wait_for_url(re.compile("dataset=pictures"))
    start = page.get_by_role("button", name="Start", exact=True)
    start.wait_for(timeout=_LONG_MS)
    started = time.monotonic()
    start.click()
    page.locator('[data-testid="latent-canvas"][data-usable="true"]').wait_for(timeout=_LONG_MS)
    decodes = time.monotonic() - started
    page.get_by_role("link", name="Open in Explore").click(timeout=_LONG_MS)
    wait_for_canvas(page)
    return [
        single("the first handle decodes, after Start", decodes, 60.0, "s"),
        single("a trained model's map, after Start", time.monotonic() - started, 180.0, "s"),
    ]


def _made(folder: Path) -> Path:
    """Waves of 30 by 30 pixels with noise, in ten folders."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:30, 0:30] / 30
    for number in range(PICTURES):
        kind, phase = number % 10, rng.uniform(0, 6, 3)
        waves = [np.sin((kind % 5 + 1) * 3 * x + p) * np.cos((kind // 5 + 1) * 3 * y + p) for p in phase]
        pixels = np.clip(127 + 100 * np.stack(waves, axis=-1) + rng.normal(0, 8, (30, 30, 3)), 0, 255)
        path = folder / str(kind) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(pixels.astype(np.uint8)))
    return folder
