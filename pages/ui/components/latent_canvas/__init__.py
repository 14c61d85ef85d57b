"""The latent canvas: a map with handles to drag, and their images, decoded in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from pages.ui.address.state import HandlesState
from pages.ui.components.latent_canvas.canvas_data import CanvasData
from pages.ui.components.mounting import component


class CanvasState(Protocol):
    """What the browser has reported."""

    handles: HandlesState | None
    """As of the last release, None before the first."""
    state: str | None
    """How a run that was training has ended, None before that."""


def latent_canvas(
    data: CanvasData,
    *,
    key: str,
    on_handles: Callable[[], None] = lambda: None,
    on_state: Callable[[], None] = lambda: None,
) -> CanvasState:
    """Draw the canvas. data: plain JSON as `canvas_data` beside this makes it.

    Always with a key: without one, every change of `data` would be another canvas. Mount it in a fragment: a released
    handle reruns what surrounds it.
    """
    mount = component("latent_canvas")
    return cast(CanvasState, mount(key=key, data=data, on_handles_change=on_handles, on_state_change=on_state))
