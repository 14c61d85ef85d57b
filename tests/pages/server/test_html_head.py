"""HTML pages on their way out: the early script and what may run."""

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.ui.server import assets, browser_runtime, bundle, html_head, urls

PAGE = "<html><head><title>x</title></head><body>äöü</body></html>"


def page(_: object) -> Response:
    return HTMLResponse(PAGE, headers={"etag": "tag", "last-modified": "today"})


@pytest.fixture(autouse=True)
def no_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages load the sources, whatever was made here; `test_bundle` has the other case."""
    monkeypatch.setattr(bundle, "FOLDER", tmp_path)


def client() -> TestClient:
    """Pages behind a server that compresses whatever it may, as Streamlit does."""
    pages = [Route(path, page) for path in ("/", "/train", "/runs")]
    data = Route("/data", lambda _: JSONResponse({}))
    layers = [Middleware(html_head.PageStart), Middleware(GZipMiddleware, minimum_size=1)]
    return TestClient(Starlette(routes=[*pages, data], middleware=layers))


def test_pages_with_a_canvas_start_it_early_and_are_otherwise_as_they_were() -> None:
    text = client().get("/train").text
    before, after = PAGE.split("</head>")
    tags = text.removeprefix(before).removesuffix(f"</head>{after}")
    preload = f"{urls.asset_base()}ui/components/bundle.mjs"
    assert tags.startswith(f'<script type="module" async data-preload src="{preload}"></script>')
    assert f'<link rel="modulepreload" href="{urls.asset_base()}ui/components/latent_canvas/latent_canvas.mjs">' in tags


def test_nothing_is_asked_for_early_while_npm_still_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_runtime.Installer, "state", property(lambda self: "fetching"))
    assert client().get("/train").text == PAGE


def test_everything_that_starts_early_is_an_asset() -> None:
    named = re.findall(rf'(?:src|href)="{urls.asset_base()}([^"]+)"', html_head.preload_tags().decode())
    assert len(named) > 20
    assert all(assets.locate(name) for name in named)


def test_pages_without_a_canvas_stay_as_they_are() -> None:
    answer = client().get("/runs")
    assert answer.text == PAGE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"] == "tag"


def test_a_page_that_was_changed_is_not_taken_for_the_file_it_was() -> None:
    answer = client().get("/")
    assert "etag" not in answer.headers
    assert "last-modified" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_asking_for_the_headers_alone_changes_no_length() -> None:
    plain = {"accept-encoding": "identity"}
    assert client().head("/", headers=plain).headers["content-length"] == str(len(PAGE.encode()))


def test_only_scripts_of_this_server_run() -> None:
    policy = client().get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in policy


def test_streamlits_own_inline_script_is_allowed_by_its_hash() -> None:
    index = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    assert "</head>" in index
    script = index.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in html_head.content_security_policy()


def test_answers_that_are_no_pages_are_left_alone() -> None:
    assert "content-security-policy" not in client().get("/data").headers


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("/explore", "/"),
        ("/explore/", "/"),
        ("/Explore?run=digits&z=0.5,1", "/?run=digits&z=0.5,1"),
        ("/Train?beta=2", "/train?beta=2"),
        ("/train/", "/train"),
        ("/RUNS", "/runs"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/user/ann/proxy/8501"])
def test_a_pages_address_that_is_not_quite_right_leads_to_the_page(asked: str, page: str, prefix: str) -> None:
    answer = client().get(asked, follow_redirects=False)
    assert answer.status_code == 307
    assert urljoin(f"http://host{prefix}{asked}", answer.headers["location"]) == f"http://host{prefix}{page}"


def test_the_pages_own_addresses_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/", "/train", "/runs", "/data", "/static/explore", "/exploration"):
        assert html_head.misspelt({"path": path, "method": "GET"}) is None
    monkeypatch.setattr(urls.config, "get_option", lambda _: "prefix")
    assert html_head.misspelt({"path": "/prefix/explore", "method": "GET"}) == "./"
    assert html_head.misspelt({"path": "/prefix/train", "method": "GET"}) is None
