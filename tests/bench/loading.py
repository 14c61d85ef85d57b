"""Page load to a first image and to a whole canvas, against an empty Streamlit page, in turn."""

import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser

from tests.bench.report import Figure, median
from tests.e2e.serving import ROOT, Server, free_port, start_server, stop_server

CANVAS = '[data-testid="latent-canvas"]'


def load_ms(browser: Browser, url: str, *selectors: str) -> list[float]:
    """Milliseconds from the navigation's start until each selector matches, in a fresh profile."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    # The page itself notes when a selector first matches: asking from outside would disturb what is measured.
    page.add_init_script(
        f"""window.seen = {{}}; const wanted = {list(selectors)!r};
        const look = () => {{ for (const each of wanted)
            if (!(each in window.seen) && document.querySelector(each)) window.seen[each] = performance.now(); }};
        new MutationObserver(look).observe(document, {{subtree: true, childList: true, attributes: true}});"""
    )
    page.goto(url)
    page.wait_for_function(f"() => Object.keys(window.seen).length === {len(selectors)}", timeout=60_000)
    seen = page.evaluate("window.seen")
    context.close()
    return [float(seen[each]) for each in selectors]


def page_loads(browser: Browser, server: Server, folder: Path, rounds: int) -> list[Figure]:
    """Ratios pair by pair: Explore against an empty page, each once to warm up and then in turn."""
    script = folder / "empty.py"
    script.write_text("import streamlit as st\nst.title('Empty')\n")
    empty = start_server(folder, script=script)
    usable: list[float] = []
    ready: list[float] = []
    absolute: list[float] = []
    for turn in range(rounds + 1):
        (base,) = load_ms(browser, empty.url, "h1")
        first, whole = load_ms(browser, server.url, f'{CANVAS}[data-usable="true"]', f'{CANVAS}[data-ready="true"]')
        if turn:
            usable.append(first / base)
            ready.append(whole / base)
            absolute.append(whole)
    stop_server(empty)
    return [
        median("page load to data-usable, against an empty page", usable, 2.0, "×"),
        median("page load to data-ready, against an empty page", ready, 3.2, "×"),
        median("page load to data-ready", absolute, None, "ms"),
    ]


def second_start(rounds: int) -> Figure:
    """Seconds from `make app` to a served page when everything is installed."""
    samples = [_start_once() for _ in range(rounds)]
    return median("make app to a served page, second time", samples, 10.0, "s")


def _start_once() -> float:
    port, started = free_port(), time.monotonic()
    process = subprocess.Popen(
        ["make", "app", f"PORT={port}"],
        cwd=ROOT,
        env={**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while time.monotonic() - started < 60:
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/", timeout=1) as answer:
                    if re.search(b"<title>", answer.read()):
                        return time.monotonic() - started
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("make app served no page within 60 s")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
