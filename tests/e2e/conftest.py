"""A real server and a real browser for the tests of this folder; the console and the server's log must stay clean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, expect, sync_playwright

from tests.e2e.gestures import READY_MS
from tests.e2e.serving import CHROMIUM, CHROMIUM_ARGUMENTS, Server, running_server

# On a deep link Streamlit itself asks for the first two below the page's address, and gets 404. Then there are warnings
# about the tests' own reading of decoded images, which nothing of the app does, and on a machine that is slow just now
# that what was asked for beforehand has not been used yet.
HARMLESS = re.compile(r"_stcore/(health|host-config)|willReadFrequently|was preloaded using link preload")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def serve(folder: Path, **environment: str) -> Iterator[Server]:
    """A server whose log must be clean when it ends."""
    with running_server(folder, **environment) as server:
        yield server
    log = server.log.read_text()
    assert not re.search(r"Traceback|Error|Exception", log), log[-4000:]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One app for one person, shared by all tests, without any downloaded data set."""
    yield from serve(tmp_path_factory.mktemp("server"), VAE_DATA_DIR=str(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing; install Debian's chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


expect.set_options(timeout=15_000)  # ms; a machine that is busy with other tests takes longer than the usual 5 s


@dataclass
class Watched:
    """What a context's pages complained about."""

    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type in {"error", "warning"} and not HARMLESS.search(message.text + where):
            self.complaints.append(f"{message.type}: {message.text} ({where})")


@pytest.fixture
def watched() -> Watched:
    """The complaints of this test's pages; a test that provokes one clears it."""
    return Watched()


@pytest.fixture(scope="session")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """One profile at 1440×900: what a page fetched and compiled once, 17 MB, the next test's page need not again."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.set_default_timeout(READY_MS)
    context.new_page()  # stays, and with it the process that knows what it has compiled
    yield context
    context.close()


@pytest.fixture
def context(profile: BrowserContext, watched: Watched) -> Iterator[BrowserContext]:
    """The profile without a page or anything that a page has stored, its console watched."""

    def fault(error: WebError) -> None:
        watched.complaints.append(f"uncaught: {error.error}")

    profile.on("console", watched.hear)
    profile.on("weberror", fault)
    yield profile
    forget(profile)
    profile.remove_listener("console", watched.hear)
    profile.remove_listener("weberror", fault)
    assert watched.complaints == []


def forget(profile: BrowserContext) -> None:
    """Close all pages but the first, and clear cookies and storage of their origins; what was fetched stays."""
    first, *shown = profile.pages
    origins = {"{0.scheme}://{0.netloc}".format(urlsplit(page.url)) for page in shown}
    for page in shown:
        page.close()
    client = profile.new_cdp_session(first)
    for origin in origins:
        client.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    client.detach()
    profile.clear_cookies()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page that remembers nothing."""
    return context.new_page()
