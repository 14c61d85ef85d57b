"""The live curves: reconstruction, KL and their sum over steps, fetched by the browser while a run trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypedDict, cast

from pages.ui.components.mounting import component
from pages.ui.components.run_data import CurvesData
from vae_core.runs.records import State


class Received(TypedDict):
    """The state that a run has gone into since the page was last drawn."""

    state: State
    at: int
    """When the browser received it, ms."""


class CurvesState(Protocol):
    """What the browser has reported."""

    received: Received | None
    """None before the first."""


def live_curves(data: CurvesData, *, key: str, on_received: Callable[[], None] = lambda: None) -> CurvesState:
    """Draw the curves. data: plain JSON as `run_data.curves_data` makes it; always with a key.

    Mount it in one fragment with the run's controls: when the run goes into another state, what surrounds the curves
    is drawn anew.
    """
    mount = component("live_curves")
    return cast(CurvesState, mount(key=key, data=data, on_received_change=on_received))
