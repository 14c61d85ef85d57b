"""The handles in the address: what is read from it, and what is written."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.address import state
from vae_core.data.source import MOST_CLASSES

START = [[0.0, 0.0], [-1.2, 0.8], [1.2, -0.8]]


def handles_page() -> None:
    import streamlit as st

    from pages.ui.address import state

    if reported := st.session_state.pop("reported", None):
        state.keep_handles(reported)
    told = {"handles": state.handles(), "active": state.active_handle(), "show": state.shown()}
    st.json({**told, "options": state.options()})


def shown(*, reported: dict[str, Any] | None = None, **address: str) -> tuple[dict[str, Any], AppTest]:
    """What the page makes of an address, and the page."""
    app = AppTest.from_function(handles_page)
    for name, value in address.items():
        app.query_params[name] = value
    if reported:
        app.session_state["reported"] = reported
    app.run()
    assert not app.exception
    return json.loads(app.json[0].value), app


def report(**parts: Any) -> dict[str, Any]:
    """What the canvas might say, but for the parts given."""
    return {"handles": [{"name": "", "z": [1, 1]}], "active": 0, "show": [], "options": {}, **parts}


def test_without_an_address_there_are_three_handles_without_names() -> None:
    state, _ = shown()
    assert [each["z"] for each in state["handles"]] == START
    assert [each["name"] for each in state["handles"]] == ["", "", ""]


def test_an_address_holds_as_many_handles_as_it_names_in_as_many_dimensions() -> None:
    state, _ = shown(z="1,2;0,0,3.5", names="smile;;too many", handle="1")
    assert state["handles"] == [{"name": "smile", "z": [1, 2]}, {"name": "", "z": [0, 0, 3.5]}]
    assert state["active"] == 1


def test_a_handle_of_a_space_of_one_dimension_has_one_number() -> None:
    state, _ = shown(z="0.5;-1")
    assert [each["z"] for each in state["handles"]] == [[0.5], [-1]]
    _, app = shown(reported=report(handles=[{"name": "", "z": [-0.25]}]))
    assert app.query_params["z"] == "-0.25"


@pytest.mark.parametrize("bad", ["x", "nan", "1,nan", "1,1e9", "", "1,,2", ",".join(["0"] * 200)])
def test_what_cannot_be_read_stands_at_its_start(bad: str) -> None:
    state, _ = shown(z=f"5,6;{bad}", handle="7")
    assert [each["z"] for each in state["handles"]] == [[5, 6], START[1]]
    assert state["active"] == 0


def test_no_address_makes_more_handles_than_there_may_be() -> None:
    state, _ = shown(z=";".join(["1,1"] * 99), names=";".join(["n" * 99] * 99))
    assert len(state["handles"]) == 12
    assert {len(each["name"]) for each in state["handles"]} == {24}


def test_what_the_canvas_reports_is_in_the_address_and_comes_back_the_same() -> None:
    handles = [{"name": "a;b", "z": [0.5, -1.2346]}, {"name": "", "z": [0, 0, 2]}]
    state, app = shown(reported=report(handles=handles, active=1, show=["pictures"]))
    assert app.query_params["z"] == "0.5,-1.2346;0,0,2"
    assert app.query_params["names"] == "a,b;"
    assert state["handles"] == [{"name": "a,b", "z": [0.5, -1.2346]}, {"name": "", "z": [0, 0, 2]}]
    assert state["active"] == 1


def test_without_names_the_address_says_nothing_of_them() -> None:
    _, app = shown(reported=report(), names="left over")
    assert "names" not in app.query_params


@pytest.mark.parametrize(
    ("show", "address"),
    [(["pictures"], None), ([], "nothing"), (["geodesic", "lattice"], "lattice,geodesic"), (["other"], "nothing")],
)
def test_what_is_shown_comes_back_from_the_address(show: list[str], address: str | None) -> None:
    reported = report(show=show)
    state, app = shown(reported=reported)
    assert ("show" in app.query_params) == (address is not None)
    assert address is None or app.query_params["show"] == address
    assert sorted(state["show"]) == sorted(each for each in show if each != "other")


def test_pictures_are_shown_where_the_address_does_not_say() -> None:
    assert shown()[0]["show"] == ["pictures"]
    assert shown(show="nonsense")[0]["show"] == []


def test_what_a_feature_keeps_comes_back_from_the_address_and_goes_when_it_is_empty() -> None:
    state, app = shown(reported=report(options={"view": "0.5,-1,2"}))
    assert app.query_params["view"] == "0.5,-1,2"
    assert state["options"] == {"view": "0.5,-1,2"}
    state, app = shown(reported=report(options={"view": ""}), view="1,1,1")
    assert "view" not in app.query_params
    assert state["options"] == {}


def test_a_canvas_that_says_nothing_of_an_option_leaves_it_in_the_address() -> None:
    state, _ = shown(reported=report(), view="1,1,1")
    assert state["options"] == {"view": "1,1,1"}


def test_the_image_that_was_picked_is_kept_by_its_number() -> None:
    state, app = shown(reported=report(options={"encode": "297"}))
    assert (state["options"], app.query_params["encode"]) == ({"encode": "297"}, "297")
    assert shown(encode="-1")[0]["options"] == {}
    assert shown(encode="٣")[0]["options"] == {}


@pytest.mark.parametrize("bad", ["0,0", "0,0,nan", "1e9,0,1", "0,0,1;", "0,0,123456789", "<b>", "0,0,1\n"])
def test_an_option_that_does_not_fit_is_neither_read_nor_written(bad: str) -> None:
    state, app = shown(reported=report(options={"view": bad, "no such": "1"}), view="0,0,4")
    assert app.query_params["view"] == "0,0,4"
    assert state["options"] == {"view": "0,0,4"}
    assert shown(view=bad)[0]["options"] == {}
    assert "no such" not in app.query_params


@pytest.mark.parametrize("arrow", ["c3~c8~0.5", "c0~c9~0", f"{'0.5,-1.25,' * 23}0.5,-1.25~c8~-1.33"])
def test_an_arrow_between_classes_or_outlines_is_kept(arrow: str) -> None:
    assert shown(arrow=arrow)[0]["options"] == {"arrow": arrow}


@pytest.mark.parametrize("arrow", ["c3~c8", "c3", "1,2,3~c8~0", f"{'1,' * 60}1~c8~0", "c3~c8~<b>"])
def test_what_is_no_arrow_is_left_out(arrow: str) -> None:
    assert shown(arrow=arrow)[0]["options"] == {}


def test_the_address_has_room_for_every_class_that_a_data_set_can_have() -> None:
    numbers = [str(number) for number in range(MOST_CLASSES)]
    assert state.OPTIONS["hidden"].fullmatch(",".join(numbers))
    assert not state.OPTIONS["hidden"].fullmatch(",".join([*numbers, "0"]))
    assert all(state.OPTIONS["arrow"].fullmatch(f"c{number}~c0~1") for number in numbers)
