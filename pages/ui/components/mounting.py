"""How a component of ours is made known to Streamlit: a folder of html, css and modules, served by the asset route."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st

from pages.ui.server import bundle
from pages.ui.server.urls import asset_base

COMPONENTS = Path(__file__).parent


def component(name: str, *, dressed_like: tuple[str, ...] = ()) -> Callable[..., object]:
    """The mounting command of the component in the folder <name> beside this, with all style sheets found there.

    Its JavaScript is one line that imports it from the asset route, from the bundle or from the sources. Those are two
    names to Streamlit: a page that shows what is registered anew under its name would never hear of it.
    dressed_like: other components whose style sheets it wears below its own, as it shows their parts.
    """
    return _registered(name, dressed_like, asset_base(), bundle.asset())


@cache
def _registered(name: str, dressed_like: tuple[str, ...], base: str, asset: str) -> Callable[..., object]:
    """Registered once for each address of the module that exports it, under a name that goes by the asset's kind."""
    folder = COMPONENTS / name
    sheets = [
        sheet for each in (*dressed_like, name) for sheet in sorted((COMPONENTS / each).glob("*.css"), reverse=True)
    ]
    return st.components.v2.component(
        f"latent_studio.{name}_{asset.partition('/')[0]}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css="".join(sheet.read_text(encoding="utf-8") for sheet in sheets),
        js=f'const m = await import(new URL("{base}{asset}", document.baseURI).href);\nexport default m.{name};\n',
        isolate_styles=False,  # plotly's style sheet would not reach into a shadow root
    )
