"""What dragging costs the trainer and the trainer the drag; how soon a new decoder is used; how steady curves are."""

import json
import re
import statistics
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.bench.dragging import drag_in_circles, figures_of
from tests.bench.report import Figure, median, p95, single
from tests.e2e.gestures import wait_for_canvas
from tests.e2e.serving import Server

WATCH_MODEL = """() => { window.swaps = {};
    const node = document.querySelector('[data-testid="latent-canvas"]');
    const note = () => { window.swaps[node.dataset.model.split('@')[1]] ??= Date.now(); };
    new MutationObserver(note).observe(node, {attributes: true, attributeFilter: ['data-model']}); }"""
WATCH_CURVES = """() => { const node = document.querySelector('[data-testid="live-curves"] .js-plotly-plot');
    window.curves = {node, updates: 0, least: 1, blank: 0};
    let count = node.data[0].x.length;
    const look = () => { const now = document.querySelector('[data-testid="live-curves"] .js-plotly-plot');
        for (let at = now; at; at = at.parentElement)
            window.curves.least = Math.min(window.curves.least, Number(getComputedStyle(at).opacity));
        if (!now.querySelector('path.js-line')) window.curves.blank += 1;
        if (now.data[0].x.length !== count) { count = now.data[0].x.length; window.curves.updates += 1; }
        requestAnimationFrame(look); };
    look(); }"""
WATCH_SHIFT = """window.shift = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())
    if (!entry.hadRecentInput) window.shift += entry.value; }).observe({type: 'layout-shift', buffered: true});"""


@contextmanager
def training_page(browser: Browser, server: Server, settings: str) -> Iterator[tuple[Page, Path]]:
    """A page on which a run has just begun, and the run's directory; stopped at the end."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH_SHIFT)
    page.goto(f"{server.url}/train?{settings}")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile("training=[0-9a-f]{32}"), timeout=60_000)
    found = re.search("training=([0-9a-f]{32})", page.url)
    assert found
    wait_for_canvas(page)
    yield page, server.runs / found.group(1)
    if page.is_closed():
        return
    stop = page.get_by_role("button", name="Stop", exact=True)
    if stop.is_enabled():  # else the run was stopped inside, to be watched
        stop.click()
    page.get_by_role("link", name="Open in Explore").wait_for(timeout=60_000)
    context.close()


WATCH_FIRST_POINT = """() => {
    const button = [...document.querySelectorAll('button')].find(each => each.innerText.trim().endsWith('Start'));
    button.addEventListener('click', event => { window.pressed = event.timeStamp; }, {capture: true});
    const look = () => {
        const plots = [...document.querySelectorAll('[data-testid="live-curves"] .js-plotly-plot')];
        const hasPoint = plots.some(plot => plot.data?.some(trace => trace.x?.length));
        if (window.pressed && hasPoint) { window.firstPoint = performance.now() - window.pressed; return; }
        requestAnimationFrame(look); };
    look(); }"""
SPARE_MS = 15_000  # until another spare has imported torch


def first_points(browser: Browser, server: Server, rounds: int) -> list[Figure]:
    """From the click on Start to the first point on the curve, with a warm spare waiting."""
    figures: list[Figure] = []
    for dataset in ("digits", "mnist"):
        seconds: list[float] = []
        for _ in range(rounds):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            page.goto(f"{server.url}/train?dataset={dataset}&epochs=200")
            page.get_by_role("button", name="Start", exact=True).wait_for()
            page.wait_for_timeout(SPARE_MS)
            page.evaluate(WATCH_FIRST_POINT)
            page.get_by_role("button", name="Start", exact=True).click()
            page.wait_for_function("() => window.firstPoint", timeout=60_000)
            seconds.append(page.evaluate("window.firstPoint") / 1000)
            page.get_by_role("button", name="Stop", exact=True).click()
            page.get_by_role("link", name="Open in Explore").wait_for(timeout=60_000)
            context.close()
        figures.append(median(f"click on Start to the first point, {dataset}", seconds, 1.0, "s", stretch=0.5))
    return figures


def speeds(directory: Path, since: float) -> list[float]:
    """images/s of every metrics row of the training split that was written after `since` seconds of the run."""
    rows = [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]
    return [row["images_per_s"] for row in rows if row["split"] == "train" and row["elapsed_s"] >= since]


def elapsed(directory: Path) -> float:
    """Seconds that the run has trained so far."""
    return float(json.loads((directory / "metrics.jsonl").read_text().splitlines()[-1])["elapsed_s"])


def drag_while_training(browser: Browser, server: Server, seconds: float, rounds: int = 3) -> list[Figure]:
    """Undisturbed and dragged in turn, within one run of the default trainer."""
    quiet: list[float] = []
    dragged: list[float] = []
    figures: list[Figure] = []
    with training_page(browser, server, "dataset=mnist&epochs=200") as (page, directory):
        url = page.url
        for turn in range(rounds):
            page.goto("about:blank")  # nobody watches: the trainer alone
            page.wait_for_timeout(1000)
            begun = elapsed(directory)
            page.wait_for_timeout(seconds * 1000)
            quiet.append(statistics.mean(speeds(directory, begun)))
            page.goto(url)
            wait_for_canvas(page)
            begun = elapsed(directory)
            drag = drag_in_circles(page, seconds)
            dragged.append(statistics.mean(speeds(directory, begun)))
            what = f"while the default trainer runs ({turn + 1})"
            figures += figures_of(drag, what, decode_bar=None, paint_bar=50, gap_bar=None)[1:3]
    slower = [100 * (1 - after / before) for before, after in zip(quiet, dragged, strict=True)]
    return [
        *figures,
        median("training slowed by the drag", slower, 25.0, "%"),
        median("images/s undisturbed", quiet, None, "1/s"),
        median("images/s while dragged", dragged, None, "1/s"),
    ]


def new_decoders(browser: Browser, server: Server, seconds: float) -> list[Figure]:
    """From a decoder file's rename until the canvas uses it, and the server's time for handing it out."""
    with training_page(browser, server, "dataset=mnist&epochs=200") as (page, directory):
        page.evaluate(WATCH_MODEL)
        renamed: dict[str, float] = {}
        server_ms: list[float] = []
        answer_ms: list[float] = []
        finish = time.monotonic() + seconds
        while time.monotonic() < finish:
            for path in (directory / "live").glob("*.onnx"):
                step = path.name.split("-")[0]  # the rest is its digest
                if step not in renamed:
                    renamed[step] = path.stat().st_ctime * 1000
                    handler, whole = _fetch_ms(f"{server.url}/studio/runs/{directory.name}/decoder/{step}")
                    server_ms.append(handler)
                    answer_ms.append(whole)
            page.wait_for_timeout(50)
        swaps = page.evaluate("window.swaps")
    delays = [(at - renamed[step]) / 1000 for step, at in swaps.items() if step in renamed]
    return [
        p95("a new decoder, the server's time", server_ms, 30),
        p95("a new decoder, request to last byte", answer_ms, None),
        p95("a new decoder, from its file's rename until it is used", delays, 1.5, "s"),
    ]


def _fetch_ms(url: str) -> tuple[float, float]:
    """The server's own time for an answer, and the time from here until its last byte."""
    started = time.perf_counter()
    with urllib.request.urlopen(url) as answer:
        answer.read()
        timing = answer.headers["Server-Timing"]
    return float(timing.rpartition("dur=")[2]), 1000 * (time.perf_counter() - started)


def curves(browser: Browser, server: Server, updates: int = 60) -> list[Figure]:
    """Sixty updates watched frame by frame."""
    with training_page(browser, server, "dataset=mnist&epochs=200") as (page, _):
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.wait_for_function(
            "() => document.querySelector('[data-testid=\"live-curves\"] path.js-line')", timeout=60_000
        )
        page.evaluate(WATCH_CURVES)
        page.evaluate("window.shift = 0")
        started = time.monotonic()
        page.wait_for_function(f"() => window.curves.updates >= {updates}", timeout=180_000)
        rate = updates / (time.monotonic() - started)
        seen = page.evaluate("({...window.curves, same: window.curves.node.isConnected, node: 0, shift: window.shift})")
    return [
        single("curves: updates per second (at least 2)", -rate, -2.0, "1/s", f"{updates} updates"),
        single("curves: DOM node replaced", float(not seen["same"]), 0, ""),
        single("curves: blank frames", seen["blank"], 0, ""),
        single("curves: fading, 1 − least opacity", 1 - seen["least"], 0, ""),
        single("curves: layout shift", seen["shift"], 0.01, ""),
        single("curves: console errors", len(errors), 0, ""),
    ]
