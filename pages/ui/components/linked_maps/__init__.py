"""The linked maps: several models side by side, one cursor over all, and what each decodes there, in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from pages.ui.components.mounting import component


class LinkedState(Protocol):
    """What the browser has reported."""

    cursor: dict[str, Any] | None
    """{"z": [D numbers] or "image": number, "holes": bool} as of the last release, None before the first."""


def linked_maps(data: dict[str, Any], *, key: str, on_cursor: Callable[[], None] = lambda: None) -> LinkedState:
    """Draw the maps. data: plain JSON as `linked_data` beside this makes it; always with a key.

    Mount it in a fragment: a released cursor reruns what surrounds it.
    """
    mount = component("linked_maps", dressed_like=("latent_canvas",))
    return cast(LinkedState, mount(key=key, data=data, on_cursor_change=on_cursor))
