"""How a component of ours is made known to Streamlit: a folder of html, css and modules, served by the asset route."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st

from pages.ui.routes import asset_base

UI = Path(__file__).parent


def component(name: str) -> Callable[..., object]:
    """The mounting command of the component in the folder pages/ui/<name>, with all style sheets found there.

    Its JavaScript is one line that imports <name>.mjs from the asset route, so its modules may import each other and
    need no bundler.
    """
    return _registered(name, asset_base())


@cache
def _registered(name: str, assets: str) -> Callable[..., object]:
    """Registered once, when the address of the assets is known."""
    folder = UI / name
    module = f"{assets}ui/{name}/{name}.mjs"
    return st.components.v2.component(
        f"latent_studio.{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css="".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.css"), reverse=True)),
        js=f'const m = await import(new URL("{module}", document.baseURI).href);\nexport default m.default;\n',
        isolate_styles=False,  # plotly's style sheet would not reach into a shadow root
    )
