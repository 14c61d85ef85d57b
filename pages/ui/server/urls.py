"""The addresses of what we serve, below wherever the server itself lives."""

from __future__ import annotations

from streamlit import config

from pages.ui.server import assets


def base_path() -> str:
    """Where the server lives below the host, from server.baseUrlPath: '' or '/prefix'."""
    prefix = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""


def asset_base() -> str:
    """The address under which every asset lies, with its version: '/studio/assets/<version>/'."""
    return f"{base_path()}/studio/assets/{assets.version()}/"


def run_base(run_id: str) -> str:
    """The address under which everything about one run lies: '/studio/runs/<id>/'."""
    return f"{base_path()}/studio/runs/{run_id}/"
