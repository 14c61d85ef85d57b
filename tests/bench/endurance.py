"""What a page holds on to over half an hour of use: heap after garbage collection, listeners, nodes."""

import time
from dataclasses import dataclass

from playwright.sync_api import Browser, CDPSession, Page

from tests.bench.dragging import drag_in_circles
from tests.bench.exploring import open_explore
from tests.bench.report import Figure, single
from tests.e2e.serving import Server

FLAT_MB = 20.0
SETTLED_CYCLES = 2  # until everything has been opened once


@dataclass(frozen=True)
class Held:
    """What a page holds at one moment."""

    heap_mb: float
    listeners: float
    nodes: float


def held(client: CDPSession) -> Held:
    """After a garbage collection."""
    client.send("HeapProfiler.collectGarbage")
    found = {each["name"]: each["value"] for each in client.send("Performance.getMetrics")["metrics"]}
    return Held(found["JSHeapUsedSize"] / 2**20, found["JSEventListeners"], found["Nodes"])


def memory(browser: Browser, server: Server, run_id: str, minutes: float) -> list[Figure]:
    """Drag, zoom, switch everything on and off, add and remove handles, and look back, again and again."""
    page = open_explore(browser, f"{server.url}/?run={run_id}")
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    samples: list[Held] = []
    finish = time.monotonic() + 60 * minutes
    while time.monotonic() < finish or len(samples) <= SETTLED_CYCLES + 1:
        _use(page)
        samples.append(held(client))
    page.context.close()
    settled = samples[SETTLED_CYCLES:]
    spread = f"{len(samples)} rounds in {minutes:g} min, {settled[0].heap_mb:.1f} to {settled[-1].heap_mb:.1f} MB"
    return [
        single(
            "memory: heap after use, more than before",
            _growth([each.heap_mb for each in settled]),
            FLAT_MB,
            "MB",
            spread,
        ),
        single("memory: listeners, more than before", _growth([each.listeners for each in settled]), 0, ""),
        single("memory: nodes, more than before", _growth([each.nodes for each in settled]), None, ""),
    ]


def _growth(values: list[float]) -> float:
    """From the first third's most to the last third's least: what comes and goes is no growth."""
    third = max(1, len(values) // 3)
    return min(values[-third:]) - max(values[:third])


def _use(page: Page) -> None:
    """Once through everything, and back to where it began."""
    drag_in_circles(page, 3)
    for what in ("lattice", "holes", "stretch", "straight"):
        switch = page.locator(f'[data-testid="latent-canvas"] [data-show="{what}"]')
        switch.click()
        page.wait_for_timeout(400)
        switch.click()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Show the whole map").click()
    page.get_by_test_id("add-handle").click()
    page.get_by_role("button", name="Remove handle 4").click()
    machine = page.get_by_test_id("time-machine")
    for position in (0, 2, 1, int(machine.get_attribute("max") or 0)):
        machine.fill(str(position))
        page.wait_for_timeout(500)
