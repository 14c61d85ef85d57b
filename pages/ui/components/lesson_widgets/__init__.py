"""The lessons' widgets: small instruments that compute in the browser, all by one component that is told which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from pages.ui.components.mounting import component


class WidgetState(Protocol):
    """What the browser has reported."""

    done: bool | None
    """True once what the lesson asks for has been done on the widget."""


def lesson_widget(data: dict[str, Any], *, key: str, on_done: Callable[[], None]) -> WidgetState:
    """Draw a widget. data: plain JSON as `pages.ui.learn.widget_mounting` makes it; always with a key.

    on_done is called when its "try this" is done. The language is not in the key: when it changes, the same widget
    stays where it is, with other words on it.
    """
    mount = component("lesson_widgets")
    return cast(WidgetState, mount(key=key, data=data, on_done_change=on_done))
