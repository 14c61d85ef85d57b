"""Headers on the HTML page: what the browser should fetch early, and what it may run at all."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui import browser_runtime, routes


def preload_links() -> str:
    """A `Link` header for what Explore and Train need before Streamlit has told the page so.

    Loaded one after the other, map and decoder take three times as long (the page learns of them only from the
    first script run). Nothing is named that a page might not use: browsers warn of unused preloads.
    """
    base = routes.asset_base()
    links = [f"<{base}plotly.js>; rel=preload; as=script"]
    if browser_runtime.is_installed():
        links.append(f"<{base}ort/ort.wasm.min.mjs>; rel=modulepreload")
        links.append(f"<{base}ort/ort-wasm-simd-threaded.mjs>; rel=modulepreload")
        links.append(f"<{base}ort/ort-wasm-simd-threaded.wasm>; rel=preload; as=fetch; crossorigin")
    links.append(f"<{base}ui/latent_canvas/latent_canvas.mjs>; rel=modulepreload")
    return ", ".join(links)


@lru_cache(maxsize=1)
def content_security_policy() -> str:
    """Scripts from this server only, plus Streamlit's own inline script by its hash (it changes with the version).

    `blob:` is where Streamlit puts a component's module. 'unsafe-eval' is what plotly's WebGL traces need: their
    drawing commands are compiled with `Function`, and without it the map says that WebGL is not supported.
    """
    page = (Path(streamlit.__file__).parent / "static/index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline
    )
    return f"script-src 'self' blob: 'unsafe-eval' {hashes}; object-src 'none'; base-uri 'self'"


class PageHeaders:
    """ASGI middleware that adds both headers to HTML answers and leaves all others alone."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the next application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and look at the answer's head."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Content-Security-Policy"] = content_security_policy()
                    headers["X-Content-Type-Options"] = "nosniff"
                    headers["Referrer-Policy"] = "same-origin"  # a run's id stands in the URL
                    if wants_canvas(scope):
                        headers.append("Link", preload_links())
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def wants_canvas(scope: Scope) -> bool:
    """Whether the page asked for is one that shows the latent canvas."""
    path = scope.get("path", "").removeprefix(routes.base_path()).strip("/")
    return path in {"", "explore", "train"}
