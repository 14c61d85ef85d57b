"""Where pictures are dropped: a folder, an archive or files, sent to the server as one file with its progress shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypedDict, cast

from pages.ui.components.mounting import component


class DropData(TypedDict):
    """What the drop zone is told."""

    address: str
    """Where files are sent to."""
    mostBytes: int
    """How many are taken in one go."""


class Received(TypedDict):
    """What has arrived on the server."""

    id: str
    """Under which the server keeps it."""
    name: str
    """Of the folder or the file."""


class DropState(Protocol):
    """What the browser has reported."""

    received: Received | None
    """None before the first."""


def drop_zone(data: DropData, *, key: str, on_received: Callable[[], None] = lambda: None) -> DropState:
    """Draw it. data: plain JSON; always with a key."""
    mount = component("drop_zone")
    return cast(DropState, mount(key=key, data=data, on_received_change=on_received))
