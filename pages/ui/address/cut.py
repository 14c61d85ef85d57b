"""What of an address cannot be read: it was cut off where it was copied, or names what is not here."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from pages.ui.address import state
from pages.ui.address.positions import coordinates
from vae_core import runs
from vae_core.errors import LatentStudioError, RunMissing


def unreadable() -> list[str]:
    """What of the address's parts is not what it should be, in words; [] for an address that is whole."""
    held = ((state.in_address(name), words, is_right) for name, (words, is_right) in _PARTS.items())
    return list(dict.fromkeys(words for text, words, is_right in held if text and not is_right(text)))


def _names_run(text: str) -> bool:
    try:
        runs.open_run(text)
    except RunMissing:
        return text in state.held()  # it trains, and its folder is away
    except LatentStudioError:  # which is said elsewhere
        return True
    return True


def _is_each(is_right: Callable[[str], bool], separator: str) -> Callable[[str], bool]:
    def are(text: str) -> bool:
        return all(is_right(part) for part in text.split(separator))

    return are


def _fits(pattern: re.Pattern[str], text: str) -> bool:
    return bool(pattern.fullmatch(text))


def _is_shown(text: str) -> bool:
    return text == "nothing" or text in state.SHOWN


def _is_handle(text: str) -> bool:
    return text == str(state.active_handle())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _is_position(text: str) -> bool:
    return coordinates(text) is not None


_PARTS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "run": ("the model", _names_run),
    "training": ("the run", _names_run),
    "compare": ("the runs to compare", _is_each(_names_run, ",")),
    "z": ("where the handles stand", _is_each(_is_position, ";")),
    "handle": ("the active handle", _is_handle),
    "show": ("what is on the map", _is_each(_is_shown, ",")),
    "at": ("where the cursor stands", _is_position),
    "image": ("the cursor's image", _is_number),
    **{name: ("the view of the map", partial(_fits, pattern)) for name, pattern in state.OPTIONS.items()},
}
"""Of each part of the address, what it is and whether a text can be that. Settings are read by their own fields."""
