"""Where a region of an image is painted that is to be hidden."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypedDict, cast

from pages.ui.components.mounting import component


class MaskData(TypedDict):
    """What the brush is told."""

    rows: int
    """Of cells."""
    columns: int
    """Of cells."""
    mask: str
    """What is painted, as `vae_core.apply.repair.damage.mask_text` writes it; "" for nothing."""
    image: str
    """A data address of what is painted on."""


class MaskState(Protocol):
    """What the browser has reported."""

    mask: str | None
    """None before the first stroke."""


def mask_brush(data: MaskData, *, key: str, on_mask: Callable[[], None] = lambda: None) -> MaskState:
    """Draw it. data: plain JSON; always with a key."""
    mount = component("mask_brush")
    return cast(MaskState, mount(key=key, data=data, on_mask_change=on_mask))
