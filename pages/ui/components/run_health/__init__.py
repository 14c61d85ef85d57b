"""The verdict on a run, live: its sentence, what it means, and a button for each run worth trying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from pages.ui.components.mounting import component
from pages.ui.components.run_data import CommonData


class HealthState(Protocol):
    """What the browser has reported."""

    wanted: str | None
    """The label of the change whose button was pressed, once."""


def run_health(data: CommonData, *, key: str, on_wanted: Callable[[], None]) -> HealthState:
    """Show the verdict. data: plain JSON as `run_data.common_data` makes it; always with a key."""
    mount = component("run_health")
    return cast(HealthState, mount(key=key, data=data, on_wanted_change=on_wanted))
