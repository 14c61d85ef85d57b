"""What of a comparison the address keeps: which runs, where the cursor stands, what is shaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from pages.ui.address import state
from pages.ui.address.positions import as_text, coordinates
from vae_core import runs

MOST_DIGITS = 9


class CursorState(TypedDict):
    """Where the cursor stands: at a position in latent space, or for an image."""

    z: NotRequired[list[float]]
    """All D coordinates, where one z leads through all models."""
    image: NotRequired[int]
    """Its number among the held-out images, where one image does."""


class CursorReport(CursorState):
    """What the linked maps report on release."""

    holes: bool
    """Whether the prior's holes are shaded."""


def compared_runs() -> list[str]:
    """Ids of the runs to compare: the address's, else those compared before, else the two that ship with the project.

    Not all of them need be there.
    """
    before = state.remembered("compare")
    text = state.in_address("compare") or (",".join(runs.SHIPPED) if before is None else before)
    return list(dict.fromkeys(part for part in text.split(",") if part))


def compare_runs(run_ids: Sequence[str]) -> None:
    """Keep these runs in the address, and for when this visit comes back."""
    text = ",".join(run_ids)
    state.remember("compare", text)
    if state.in_address("compare") != text:
        state.write("compare", text)


def cursor() -> CursorState | None:
    """Where the address has the cursor; None where it does not say."""
    if image := state.in_address("image"):
        return {"image": int(image)} if image.isascii() and image.isdecimal() and len(image) < MOST_DIGITS else None
    z = coordinates(state.in_address("at"))
    return {"z": z} if z else None


def has_holes() -> bool:
    """Whether the address asks to shade the prior's holes."""
    return state.in_address("holes") == "1"


def keep(reported: CursorReport | None) -> None:
    """Write what the linked maps reported on release into the address."""
    if not reported:
        return
    z, image = reported.get("z"), reported.get("image")
    state.write("at", as_text(z) if z else "")
    state.write("image", "" if image is None else str(image))
    state.write("holes", "1" if reported["holes"] else "")
