"""HTML pages on their way out: the early script and what may run."""

import base64
import hashlib
from pathlib import Path

import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.ui import assets, page_start, routes

PAGE = "<html><head><title>x</title></head><body>äöü</body></html>"


def page(_: object) -> Response:
    return HTMLResponse(PAGE, headers={"etag": "tag", "last-modified": "today"})


def client() -> TestClient:
    pages = [Route(path, page) for path in ("/", "/train", "/runs")]
    data = Route("/data", lambda _: JSONResponse({}))
    return TestClient(Starlette(routes=[*pages, data], middleware=[Middleware(page_start.PageStart)]))


def test_pages_with_a_canvas_load_the_early_script_first() -> None:
    text = client().get("/train").text
    start = f'<html><head><script type="module" src="{routes.asset_base()}ui/shared/early.mjs"></script><title>'
    assert text.startswith(start)
    assert text.endswith(PAGE.split("<title>")[1])


def test_the_early_script_is_an_asset() -> None:
    assert assets.locate("ui/shared/early.mjs")


def test_pages_without_a_canvas_stay_as_they_are() -> None:
    answer = client().get("/runs")
    assert answer.text == PAGE
    assert answer.headers["etag"] == "tag"


def test_a_page_that_was_changed_is_not_taken_for_the_file_it_was() -> None:
    answer = client().get("/")
    assert "etag" not in answer.headers
    assert "last-modified" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_asking_for_the_headers_alone_changes_no_length() -> None:
    assert client().head("/").headers["content-length"] == str(len(PAGE.encode()))


def test_only_scripts_of_this_server_run() -> None:
    policy = client().get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in policy


def test_streamlits_own_inline_script_is_allowed_by_its_hash() -> None:
    index = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    assert "<head>" in index
    script = index.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page_start.content_security_policy()


def test_answers_that_are_no_pages_are_left_alone() -> None:
    assert "content-security-policy" not in client().get("/data").headers
