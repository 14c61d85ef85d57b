"""The headers of HTML pages: early fetches and what may run."""

import base64
import hashlib
from pathlib import Path

import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pages.ui import headers, routes


def client() -> TestClient:
    pages = [Route(path, lambda _: HTMLResponse("<p>")) for path in ("/", "/train", "/runs")]
    data = Route("/data", lambda _: JSONResponse({}))
    return TestClient(Starlette(routes=[*pages, data], middleware=[Middleware(headers.PageHeaders)]))


def test_pages_with_a_canvas_announce_what_it_needs() -> None:
    link = client().get("/train").headers["link"]
    assert f"{routes.asset_base()}plotly.js" in link
    assert "as=script" in link


def test_pages_without_a_canvas_announce_nothing() -> None:
    assert "link" not in client().get("/runs").headers


def test_only_scripts_of_this_server_run() -> None:
    policy = client().get("/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in policy


def test_streamlits_own_inline_script_is_allowed_by_its_hash() -> None:
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    script = page.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in headers.content_security_policy()


def test_answers_that_are_no_pages_are_left_alone() -> None:
    answer = client().get("/data")
    assert "content-security-policy" not in answer.headers
    assert "link" not in answer.headers
