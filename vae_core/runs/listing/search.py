"""Which of many runs are meant, and in which order: words, comparisons of settings and figures, and sorting by any."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from vae_core.config import settings
from vae_core.config.typed_numbers import read_number
from vae_core.errors import ConfigInvalid
from vae_core.runs.listing.index import Entry
from vae_core.runs.listing.words import value_text


@dataclass(frozen=True)
class Column:
    """Something that each run may have. read: its value, None where it has none."""

    label: str
    read: Callable[[Entry], Any]


def _figure(label: str, name: str) -> Column:
    return Column(label, lambda entry: entry.figures.get(name))


def _setting(label: str, name: str) -> Column:
    return Column(label, lambda entry: entry.settings.get(name))


_OTHER_NAMES = {"β": "beta", "-elbo": "elbo", "−elbo": "elbo", "data": "dataset", "tags": "tag", "lr": "learning_rate"}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_PART = re.compile(
    r"(?:(?P<name>[-−]?[^\W\d][\w-]*)\s*(?P<sign><=|>=|!=|=|<|>|:)\s*)?(?P<text>\"[^\"]*\"|[^\s\"<>=]+|\")"
)


@cache
def columns() -> dict[str, Column]:
    """By the name that a search calls it: what a run has measured, what is written beside it, and every setting."""
    own = {
        "elbo": _figure("−ELBO", "negative_elbo_nats"),
        "reconstruction": _figure("Reconstruction", "reconstruction_nats"),
        "kl": _figure("KL", "kl_nats"),
        "active": _figure("Active units", "active_units"),
        "accuracy": _figure("Accuracy", "accuracy"),
        "step": Column("Steps", lambda entry: entry.step),
        "verdict": Column("Verdict", lambda entry: entry.glance.verdict if entry.glance else None),
        "state": Column("State", lambda entry: entry.state),
        "name": Column("Name", lambda entry: entry.marks.name or None),
        "note": Column("Note", lambda entry: entry.marks.note or None),
        "tag": Column("Tags", lambda entry: entry.marks.tags or None),
        "pinned": Column("Pinned", lambda entry: "yes" if entry.marks.is_pinned else "no"),
        "parent": Column("Continued from", lambda entry: entry.parent),
        "from": Column("Imported from", lambda entry: entry.made_in or entry.marks.came_from or None),
        "id": Column("Id", lambda entry: entry.id),
    }
    return {**own, **{name: _setting(setting.label, name) for name, (setting, _) in settings().items()}}


def found(entries: Iterable[Entry], text: str) -> list[Entry]:
    """Those that a search means: all its words, somewhere, and all its comparisons.

    text: words, "several together", and comparisons such as `beta>2`, `latent_dim=2`, `tag:demo`. Raises ConfigInvalid
    for a name that is none of `columns`.
    """
    tests = [_test(part) for part in _PART.finditer(text)]
    return [entry for entry in entries if all(test(entry) for test in tests)]


def ordered(entries: Iterable[Entry], name: str = "", *, is_descending: bool = False) -> list[Entry]:
    """Sorted by a column of that name, the pinned first; what has no value comes last. Of no name: as they came."""
    pinned_last = sorted(entries, key=lambda entry: not entry.marks.is_pinned)
    if name not in columns():
        return pinned_last
    read = columns()[name].read
    having = [entry for entry in pinned_last if read(entry) is not None]
    having.sort(key=lambda entry: _comparable(read(entry)), reverse=is_descending)
    lacking = [entry for entry in pinned_last if read(entry) is None]
    return sorted([*having, *lacking], key=lambda entry: not entry.marks.is_pinned)


def _comparable(value: Any) -> tuple[float, str]:
    if isinstance(value, int | float):
        return float(value), ""
    return 0.0, value_text(value).lower()


def _test(part: re.Match[str]) -> Callable[[Entry], bool]:
    wanted = part["text"].strip('"').lower()
    if not part["name"]:
        return lambda entry: wanted in entry.text
    column = _column(part["name"])
    if part["sign"] in _COMPARISONS:
        return _number_test(column, part["sign"], wanted)
    if part["sign"] == ":":
        return lambda entry: any(wanted in each for each in _texts(column.read(entry)))
    is_wanted = part["sign"] == "="
    return lambda entry: _equals(column.read(entry), wanted) is is_wanted


def _column(name: str) -> Column:
    small = name.lower()
    small = _OTHER_NAMES.get(small, small)
    if small not in columns():
        raise ConfigInvalid(f"{name!r} is no setting or figure; search by one of {', '.join(columns())}")
    return columns()[small]


def _number_test(column: Column, sign: str, wanted: str) -> Callable[[Entry], bool]:
    try:
        bound = float(read_number(wanted, is_whole=False))
    except ValueError:
        raise ConfigInvalid(f"{sign} compares with a number, and {wanted!r} is none; write one behind it") from None

    def is_so(entry: Entry) -> bool:
        value = column.read(entry)
        return isinstance(value, int | float) and _COMPARISONS[sign](value, bound)

    return is_so


def _texts(value: Any) -> Sequence[str]:
    """What of a run a text is looked for in, in small letters: each tag, or the value as it is written."""
    if value is None:
        return []
    if isinstance(value, tuple):
        return [str(each).lower() for each in value]
    return [value_text(value).lower()]


def _equals(value: Any, wanted: str) -> bool:
    if isinstance(value, int | float):
        try:
            return float(value) == float(read_number(wanted, is_whole=False))
        except ValueError:
            return False
    return wanted.replace(",", "-") in _texts(value)
