"""The live curves: reconstruction, KL and their sum over steps, fetched by the browser while a run trains."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

import streamlit as st

from pages.ui.routes import asset_base

FOLDER = Path(__file__).parent


class CurvesState(Protocol):
    """What the browser has reported."""

    state: str | None
    """How a run that was training has ended, None before that."""


def live_curves(data: dict[str, Any], *, key: str, on_state: Callable[[], None] = lambda: None) -> CurvesState:
    """Draw the curves. data: plain JSON as `pages.ui.canvas.curves_data` makes it; always with a key."""
    mount = _component(asset_base())
    return cast(CurvesState, mount(key=key, data=data, on_state_change=on_state))


@cache
def _component(assets: str) -> Callable[..., object]:
    """Registered once, when the address of the assets is known."""
    module = f"{assets}ui/live_curves/live_curves.mjs"
    return st.components.v2.component(
        "latent_studio.live_curves",
        html=(FOLDER / "live_curves.html").read_text(encoding="utf-8"),
        css=(FOLDER / "live_curves.css").read_text(encoding="utf-8"),
        js=f'const m = await import(new URL("{module}", document.baseURI).href);\nexport default m.default;\n',
        isolate_styles=False,  # plotly's style sheet would not reach into a shadow root
    )
