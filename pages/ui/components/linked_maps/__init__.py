"""The linked maps: several models side by side, one cursor over all, and what each decodes there, in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

from pages.ui.address.comparison import CursorReport
from pages.ui.components.linked_maps.linked_data import LinkedData
from pages.ui.components.mounting import component


class LinkedState(Protocol):
    """What the browser has reported."""

    cursor: CursorReport | None
    """As of the last release, None before the first."""


def linked_maps(data: LinkedData, *, key: str, on_cursor: Callable[[], None] = lambda: None) -> LinkedState:
    """Draw the maps. data: plain JSON as `linked_data` beside this makes it; always with a key.

    Mount it in a fragment: a released cursor reruns what surrounds it.
    """
    mount = component("linked_maps", dressed_like=("latent_canvas",))
    return cast(LinkedState, mount(key=key, data=data, on_cursor_change=on_cursor))
