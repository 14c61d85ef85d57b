"""The words by which a run may be found: its settings as they are written and as they are called, and its marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vae_core.config import in_full, options
from vae_core.runs.listing.marks import Marks

_TELLING = ("dataset", "objective", "architecture", "likelihood", "posterior")
"""Settings whose values tell runs apart by themselves; of the others one must say which is meant."""


def of(settings: Mapping[str, Any], marks: Marks, *others: str) -> str:
    """All of them, a line each."""
    values = {name: str(settings.get(name, "")) for name in _TELLING}
    called = [options.TITLES[name].get(value) for name, value in values.items() if name in options.TITLES]
    given = (*others, marks.name, marks.note, marks.came_from, *marks.tags, *values.values(), *called)
    return "\n".join(filter(None, given))


def value_text(value: Any) -> str:
    """A setting's value as people write it: '512-256', '0.001', 'mnist'."""
    if isinstance(value, list | tuple):
        return "-".join(map(str, value))
    return in_full(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
