"""What Python and the browser both know stands in one place, and the browser's copy of it is that of now."""

import types
from typing import Any, Literal, NotRequired, TypedDict, get_args

import pytest

from pages.ui import routes
from pages.ui.contract import writing
from pages.ui.server import urls
from vae_core.runs.records import Column, RowKind


def test_every_address_below_a_run_has_one_who_answers() -> None:
    assert routes.HANDLERS.keys() == urls.RUN_ROUTES.keys()


class Named(TypedDict):
    """A thing with a name."""

    name: str
    """"" for none."""


class Told(Named):
    """A thing to be told.

    And more about it.
    """

    sides: tuple[int, int, int]
    marks: NotRequired[list[float | None]]
    kind: Literal["a", "b"]


def test_a_record_is_written_with_its_fields_types_and_docstrings() -> None:
    assert writing.record("Told", Told, {Literal["a", "b"]: "Kind", Named: "Named"}).splitlines() == [
        "/**",
        f" * @typedef {{object}} ToldOwn A thing to be told. And more about it. `{__name__}.Told`",
        " * @property {[number, number, number]} sides",
        " * @property {(number | null)[]} [marks]",
        " * @property {Kind} kind",
        " * @typedef {Named & ToldOwn} Told",
        " */",
    ]


def test_a_field_has_the_docstring_under_it() -> None:
    assert ' * @property {string} name "" for none.' in writing.record("Named", Named, {}).splitlines()


def test_a_column_that_not_every_row_has_is_optional_and_says_where_it_is() -> None:
    table = {"step": Column(get_args(RowKind), int, "steps"), "kl": Column(("train",), float, "nats")}
    assert writing.columns("Row", table, ("step",), {}).splitlines()[2:4] == [
        " * @property {number} step steps",
        " * @property {number} [kl] nats in rows of train",
    ]


def test_an_address_takes_the_numbers_in_its_path_and_what_may_be_asked() -> None:
    written = writing.address("old_map", "maps/{epoch:int}/points", {"split": str | None}, {})
    assert "@param {number} epoch @param {{split?: string | null}} [query]" in written
    assert "oldMap: (base, epoch, query) => withQuery(`${base}maps/${epoch}/points`, query)," in written


def test_a_constant_without_a_docstring_cannot_be_told() -> None:
    with pytest.raises(KeyError):
        writing.constant(writing, "_SIMPLE")


@pytest.mark.parametrize("hint", [bytes, types.ModuleType, set[int]])
def test_a_type_that_the_browser_does_not_know_is_refused(hint: Any) -> None:
    with pytest.raises((TypeError, KeyError)):
        writing.type_of(hint, {})
