"""An address that was cut off where it was copied: what is missing is named, and a whole one is left alone."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager

WHOLE = {
    "run": "digits",
    "z": "0.5,-1;2,0.25",
    "names": "smile;",
    "handle": "1",
    "show": "lattice,holes",
    "view": "0,0.5,3",
    "hidden": "3,4",
}


def warnings_of(address: dict[str, str]) -> tuple[list[str], AppTest]:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return [each.value for each in app.warning if "address" in each.value], app


def test_a_whole_address_and_none_are_no_cause_for_words(manager: IdleManager) -> None:
    assert warnings_of(WHOLE)[0] == []
    assert warnings_of({})[0] == []


@pytest.mark.parametrize(
    ("name", "left", "words"),
    [
        ("run", "0123456789abcdef01234", "the model"),
        ("run", "d", "the model"),
        ("training", "0123456789abcdef01234", "the run"),
        ("compare", "mnist,dig", "the runs to compare"),
        ("z", "0.5,-1;2,", "where the handles stand"),
        ("z", "0.5,-1;-", "where the handles stand"),
        ("handle", "7", "the active handle"),
        ("show", "lattice,hol", "what is on the map"),
        ("view", "0,0.5", "the view of the map"),
        ("arrow", "c3~c", "the view of the map"),
        ("at", "0.5,", "where the cursor stands"),
    ],
)
def test_what_is_missing_of_an_address_is_named(manager: IdleManager, name: str, left: str, words: str) -> None:
    (warning,), app = warnings_of({**WHOLE, name: left})
    assert f"could not be read: {words}." in warning
    assert "copy it again, whole" in warning
    app.run()
    assert [each.value for each in app.warning] == [warning], "it stays while the page is drawn again"
    app.switch_page("runs.py").run()
    assert not any("address" in each.value for each in app.warning)
