"""The HTML page, on its way out: what it should preload, and what it may run at all."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui.server import assets, browser_runtime, bundle, urls

HEAD = b"</head>"
FOLDERS = ("browser", *(f"components/{name}" for name in ("latent_canvas", "linked_maps", "live_curves", "run_health")))
"""Whose modules every page runs; those of lessons are asked for one by one."""


def preload_tags() -> bytes:
    """Tags that start the decoder's runtime and fetch plotly beside Streamlit instead of after it.

    A page learns what it needs only from its first script run; loaded then, one after the other, map and decoder take
    three times as long. The script is async, or Streamlit's own would wait for it. Without a
    bundle all modules are named, because found through each other's imports they come one round after the other.
    """
    base, names = urls.asset_base(), [] if bundle.is_made() else _source_names()
    links = "".join(f'<link rel="modulepreload" href="{base}{name}">' for name in names)
    plotly = f'<link rel="prefetch" href="{base}{assets.PLOTLY}">'
    return f'<script type="module" async data-preload src="{base}{bundle.asset()}"></script>{links}{plotly}'.encode()


def _source_names() -> list[str]:
    """Our modules, by the names of their assets."""
    paths = (path for folder in FOLDERS for path in (assets.UI / folder).rglob("*.mjs"))
    return sorted(f"ui/{path.relative_to(assets.UI).as_posix()}" for path in paths)


@lru_cache(maxsize=1)
def content_security_policy() -> str:
    """Scripts from this server only, plus Streamlit's own inline script by its hash (it changes with the version).

    `blob:` is where Streamlit puts a component's module, and 'wasm-unsafe-eval' what the decoder's runtime needs: it
    allows WebAssembly, and no script made of a text.
    """
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline
    )
    return f"script-src 'self' blob: 'wasm-unsafe-eval' {hashes}; object-src 'none'; base-uri 'self'"


class PageStart:
    """ASGI middleware that sees to HTML answers and leaves all others alone."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the next application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; an HTML answer gets its headers, and on pages with a canvas the tags to preload.

        For those nothing further in may compress the page: it has to be read here.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if page := misspelt(scope):
            query = scope["query_string"].decode("latin-1")
            away = RedirectResponse(f"{page}?{query}" if query else page)
            await away(scope, receive, send)
            return
        is_ready = browser_runtime.installer.state == "ready"  # else all would be asked for in vain
        tags = preload_tags() if is_ready and wants_canvas(scope) else b""
        if tags:
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        is_page = False

        async def send_page(message: Message) -> None:
            nonlocal is_page, tags
            if message["type"] == "http.response.start":
                is_page = _is_html(message)
                if is_page:
                    _set_headers(message, len(tags))
            elif is_page and tags and HEAD in message.get("body", b""):
                message = {**message, "body": message["body"].replace(HEAD, tags + HEAD, 1)}
                tags = b""
            await send(message)

        await self.app(scope, receive, send_page)


def _is_html(message: Message) -> bool:
    return MutableHeaders(scope=message).get("content-type", "").startswith("text/html")


def _set_headers(message: Message, added: int) -> None:
    """Headers of a page that grows by so many bytes; no tag of the file's own, which would outlive our part of it."""
    headers = MutableHeaders(scope=message)
    headers["Content-Security-Policy"] = content_security_policy()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"  # a run's id stands in the URL
    if added and "content-length" in headers:
        headers["Content-Length"] = str(int(headers["content-length"]) + added)
        del headers["etag"]
        del headers["last-modified"]


PAGES = ("train", "compare", "runs", "learn")
"""Beside Explore, which is the page without a name."""


def misspelt(scope: Scope) -> str | None:
    """Where a page's address leads, relative to it, if it is not quite that: '/explore', '/Train', '/train/'.

    Streamlit would say that there is no such page.
    """
    asked = str(scope.get("path", "")).removeprefix(urls.base_path()).removeprefix("/")
    name = asked.rstrip("/").lower()
    if scope["method"] not in ("GET", "HEAD") or name not in ("explore", *PAGES) or asked == name != "explore":
        return None
    up = "../" if asked.endswith("/") else "./"
    return up if name == "explore" else f"{up}{name}"


def wants_canvas(scope: Scope) -> bool:
    """Whether the page asked for is one that shows the latent canvas; asked by GET, as only then there is a body."""
    path = scope.get("path", "").removeprefix(urls.base_path()).strip("/")
    return scope["method"] == "GET" and path in {"", "train", "compare"}
