"""Latent Studio's server: Streamlit, and beside it the routes that the browser's components fetch from.

Start it with `streamlit run app.py`, or `uvicorn app:app`. Streamlit finds `app` by reading this file, so it must
stand here as a literal call.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread

import streamlit as st
from anyio import move_on_after, to_thread
from starlette.middleware import Middleware
from streamlit import config

from pages.ui import routes
from pages.ui.server import artifacts, assets, browser_runtime, bundle, html_head
from vae_core import jobs
from vae_core.data import registry
from vae_core.errors import LatentStudioError

BUNDLING_S = 3.0
"""How long a start waits for the bundle, which takes 0.3 s; a visitor who comes before it gets the modules singly."""


def warm() -> None:
    """Compress and make what the first visitor would otherwise wait for."""
    artifacts.warm()
    for name in registry.DATASETS:
        with suppress(LatentStudioError):  # who asks for its images is told
            registry.card_here(name)
    bundle.make()  # unless it is made; where the server did not wait for it, this does
    assets.warm(bundle.modules())


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Have at hand what browsers load, keep a trainer warm; at the end, save and stop what still trains."""
    browser_runtime.installer.ensure(then=bundle.make)
    with move_on_after(BUNDLING_S):
        await to_thread.run_sync(bundle.make, abandon_on_cancel=True)
    Thread(target=warm, daemon=True).start()
    jobs.shared()
    try:
        yield
    finally:
        await to_thread.run_sync(jobs.close_shared)


# Also in .streamlit/config.toml, which is only found from this folder; without it every rerun costs 150 ms more.
config.set_option("runner.postScriptGC", False)

app = st.App(
    Path(__file__).parent / "pages/navigation.py",
    routes=routes.routes(),
    middleware=[Middleware(html_head.PageStart)],
    lifespan=lifespan,
)
