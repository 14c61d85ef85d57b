"""The live curves: reconstruction, KL and their sum over steps, fetched by the browser while a run trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from pages.ui.components import component


class CurvesState(Protocol):
    """What the browser has reported."""

    state: str | None
    """How a run that was training has ended, None before that."""


def live_curves(data: dict[str, Any], *, key: str, on_state: Callable[[], None] = lambda: None) -> CurvesState:
    """Draw the curves. data: plain JSON as `pages.ui.canvas.curves_data` makes it; always with a key."""
    mount = component("live_curves")
    return cast(CurvesState, mount(key=key, data=data, on_state_change=on_state))
