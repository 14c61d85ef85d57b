"""The latent canvas: a map with three handles to drag, and their images, decoded in the browser.

The component's own JavaScript is a line that imports the modules beside this file from the asset route, so they may
import each other and need no bundler.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

import streamlit as st

from pages.ui.routes import asset_base

FOLDER = Path(__file__).parent


class CanvasState(Protocol):
    """What the browser has reported."""

    handles: dict[str, Any] | None
    """{"positions": [[x, y], …], "active": number} as of the last release, None before the first."""
    state: str | None
    """How a run that was training has ended, None before that."""


def latent_canvas(
    data: dict[str, Any],
    *,
    key: str,
    on_handles: Callable[[], None] = lambda: None,
    on_state: Callable[[], None] = lambda: None,
) -> CanvasState:
    """Draw the canvas. data: plain JSON as `pages.ui.canvas.canvas_data` makes it.

    Always with a key: without one, every change of `data` would be another canvas. Mount it in a fragment: a released
    handle reruns what surrounds it.
    """
    mount = _component(asset_base())
    return cast(CanvasState, mount(key=key, data=data, on_handles_change=on_handles, on_state_change=on_state))


@cache
def _component(assets: str) -> Callable[..., object]:
    """Registered once, when the address of the assets is known."""
    module = f"{assets}ui/latent_canvas/latent_canvas.mjs"
    return st.components.v2.component(
        "latent_studio.latent_canvas",
        html=(FOLDER / "latent_canvas.html").read_text(encoding="utf-8"),
        css="".join((FOLDER / name).read_text(encoding="utf-8") for name in ("latent_canvas.css", "cards.css")),
        js=f'const m = await import(new URL("{module}", document.baseURI).href);\nexport default m.default;\n',
        isolate_styles=False,  # plotly's style sheet would not reach into a shadow root
    )
