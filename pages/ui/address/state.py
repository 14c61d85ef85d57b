"""The only door to st.session_state and to the URL.

What must survive a refresh is on disk or in the URL; session state holds only what this visit may see and has typed.

URL: `run` (Explore's model), `z` (handles, "x,y;x,y;…": two numbers lie on the map, more are the coordinates from the
first dimension on), `names` (theirs, "smile;;seven"), `handle` (the active one), `show` ("lattice,holes"), what the
canvas's features keep (`OPTIONS`), `points`, `plane`, `across`, `up` and `height` (the map's axes), `training` (the run
shown on Train), `lesson` and `language` (Learn's), `compare` (the runs on Compare, "id,id"), `at` (its cursor's z) or
`image` (the held-out image it stands for), `holes`, `find`, `sort`, `order`, `page` and `chosen` (the list on Runs),
and every training setting that is not at its default.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from typing import Any, Literal, TypedDict, get_args

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.address.positions import DECIMALS, as_text, coordinates
from vae_core import runs
from vae_core.data.source import MOST_CLASSES
from vae_core.errors import LatentStudioError, RunMissing

MOST_HANDLES = 12
"""Handles on a map."""
LONGEST_NAME = 24
"""Characters of a handle's name."""
START: tuple[tuple[float, float], ...] = ((0.0, 0.0), (-1.2, 0.8), (1.2, -0.8))


class HandleState(TypedDict):
    """A handle on the map, as the address keeps it."""

    name: str
    """"" for none."""
    z: list[float]
    """Packed: two numbers lie on the map, more are the coordinates from the first dimension on."""


def handles() -> list[HandleState]:
    """The handles: the URL's `z` and `names`, else as left on another page, else three.

    What is unreadable stands at its start, and a name that is missing is empty.
    """
    text = st.query_params.get("z") or st.session_state.get("z", "")
    names = (st.query_params.get("names") or st.session_state.get("names", "")).split(";")
    parts = text.split(";")[:MOST_HANDLES] if text else [""] * len(START)
    return [
        {
            "name": names[number][:LONGEST_NAME] if number < len(names) else "",
            "z": coordinates(part) or list(START[number % len(START)]),
        }
        for number, part in enumerate(parts)
    ]


def active_handle() -> int:
    """The number of the handle that a click on the map moves, from 0."""
    text = st.query_params.get("handle", "0")
    return int(text) if text.isascii() and text.isdecimal() and int(text) < len(handles()) else 0


Shown = Literal["lattice", "pictures", "holes", "stretch", "straight", "spherical", "geodesic"]
SHOWN: tuple[Shown, ...] = get_args(Shown)
"""All there is to switch on."""


def shown() -> list[Shown]:
    """What is on the map besides the points: the URL's `show`, else as left on another page, else pictures."""
    text = st.query_params.get("show") or st.session_state.get("show") or "pictures"
    return [each for each in SHOWN if each in text.split(",")]


_NUMBER = rf"-?\d{{1,7}}(\.\d{{1,{DECIMALS}}})?"
_LIMIT = r"-?\d{1,22}(\.\d{1,22})?(e[-+]?\d{1,3})?"
FEWEST_CORNERS = 3
"""Corners of an outline that is drawn around points."""
MOST_CORNERS = 24
"""Corners of an outline that the address keeps."""
_GROUP = rf"(c\d{{1,3}}|({_NUMBER},){{{2 * FEWEST_CORNERS - 1},{2 * MOST_CORNERS - 1}}}{_NUMBER})"
OPTIONS = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "view": rf"{_NUMBER},{_NUMBER},{_NUMBER}",  # middle and half the width
        "hidden": rf"\d{{1,3}}(,\d{{1,3}}){{0,{MOST_CLASSES - 1}}}",  # classes that the legend has switched off
        "colour": r"[^\x00-\x1f\x7f]{1,200}",  # the column that the points are coloured by
        "only": rf"({_LIMIT})?~({_LIMIT})?|\d{{1,3}}(,\d{{1,3}}){{0,15}}",  # numbers from and to, or texts hidden
        "encode": r"\d{1,6}",
        "arrow": rf"{_GROUP}~{_GROUP}~-?\d(\.\d{{1,2}})?",  # from a class or an outline to another, and how far
        "present": r"\d{1,3}",  # presenter's mode, and the step of its tour
        "epoch": r"\d{1,7}@[0-9a-z-]{1,8}",  # and the beginning of the run's id, since it means nothing to another
    }.items()
}
"""What the canvas's features keep in the address beside these: name to the pattern of the whole text."""


def options() -> dict[str, str]:
    """What the features of the canvas kept: the URL's, else as left on another page; what does not fit is left out."""
    kept = {name: st.query_params.get(name) or st.session_state.get(name, "") for name in OPTIONS}
    return {name: text for name, text in kept.items() if OPTIONS[name].fullmatch(text)}


class HandlesState(TypedDict):
    """What the canvas reports on release."""

    handles: list[HandleState]
    active: int
    """The number of the handle that a click on the map moves, from 0."""
    show: list[Shown]
    """What is on the map besides the points."""
    options: dict[str, str]
    """What features keep in the address, by the names in `OPTIONS`, "" for what need not stand there."""


def keep_handles(reported: HandlesState | None) -> None:
    """Write what the canvas reported on release into the URL."""
    if not reported:
        return
    given = reported["handles"]
    _keep("z", ";".join(as_text(each["z"]) for each in given))
    names = [each["name"].replace(";", ",") for each in given]
    _keep("names", ";".join(names) if any(names) else "")
    st.query_params["handle"] = str(reported["active"])
    show = ",".join(each for each in SHOWN if each in reported["show"]) or "nothing"
    _keep("show", "" if show == "pictures" else show)
    for name, text in reported["options"].items():  # a canvas without some feature does not name what that one keeps
        if name in OPTIONS and (not text or OPTIONS[name].fullmatch(text)):
            _keep(name, text)


def in_address(name: str) -> str:
    """What the address says under a name; '' if nothing."""
    return str(st.query_params.get(name, ""))


def _keep(name: str, value: str) -> None:
    """In the URL, and for the other pages."""
    st.session_state[name] = value
    write(name, value)


def write(name: str, value: str) -> None:
    """In the URL, where nothing need not stand."""
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def hold(run_id: str) -> None:
    """Let this session see a run: it started it, uploaded it, or came with its address."""
    held: list[str] = st.session_state.setdefault("held_runs", [])
    if run_id not in held:
        held.append(run_id)


def held() -> list[str]:
    """Ids of the runs that this session may list, beside the shipped ones."""
    return list(st.session_state.get("held_runs", []))


def hold_data(identity: str) -> None:
    """Let this session see a data set that was added: it has added it."""
    st.session_state.setdefault("held_data", set()).add(identity)


def held_data() -> frozenset[str]:
    """Ids of the data sets that this session has added."""
    return frozenset(st.session_state.get("held_data", ()))


def adopt_address() -> None:
    """Hold the runs that the address names, so that whoever was given an address sees what it shows.

    A run whose files are damaged is worth a sentence; an id that names nothing is not.
    """
    several = [run_id for name in ("compare", "chosen") for run_id in in_address(name).split(",")]
    for run_id in (st.query_params.get("run"), st.query_params.get("training"), *several):
        try:
            if run_id:
                hold(runs.open_run(run_id).id)
        except RunMissing:
            continue
        except LatentStudioError as error:
            note(str(error))


def begin_explored(key: str, offered: Sequence[str]) -> None:
    """Before the choice of the run that Explore shows is drawn: what it holds, the first where that is not offered.

    That is the address's when it is drawn first and after Back and Forward, else what was chosen. The widget has a key
    and no index of its own: an index that follows the choice would make it another widget, and lose the next one.
    """
    held = None if _is_back_or_forward() else st.session_state.get(key)
    wanted = held or st.query_params.get("run") or st.session_state.get("explored")
    wanted = wanted if wanted in offered else offered[0]
    if st.session_state.get(key) != wanted:
        st.session_state[key] = wanted


def explore_run(run_id: str) -> None:
    """Make Explore show a run, in a copied address and when this visit comes back to it."""
    st.session_state["explored"] = run_id
    if st.query_params.get("run") != run_id:
        st.query_params["run"] = run_id


def training_run() -> str | None:
    """The run that Train shows: the one in the address if it opened, else the one it showed before."""
    run_id: str | None = st.query_params.get("training") or st.session_state.get("training")
    if run_id not in held():
        return None
    show_training(run_id)
    return run_id


def show_training(run_id: str) -> None:
    """Make Train show a run, across refreshes and in a copied address."""
    hold(run_id)
    st.session_state["training"] = run_id
    if st.query_params.get("training") != run_id:
        st.query_params["training"] = run_id


def lesson_language(known: Container[str], default: str) -> str:
    """The language that lessons are read in: the address's, else the one of before, else the default."""
    wanted = str(st.query_params.get("language") or st.session_state.get("language"))
    language = wanted if wanted in known else default
    speak(language)
    return language


def speak(language: str) -> None:
    """Read lessons in a language from now on, also in a copied address."""
    _keep("language", language)


def lesson(known: Mapping[int, object]) -> int:
    """The number of the lesson that is open: the address's, else the one of before, else the first there is."""
    text = st.query_params.get("lesson") or st.session_state.get("lesson", "")
    number = int(text) if text.isascii() and text.isdecimal() and int(text) in known else min(known)
    open_lesson(number)
    return number


def open_lesson(number: int) -> None:
    """Open a lesson, also in a copied address."""
    _keep("lesson", str(number))


def finish_try(name: str) -> None:
    """What a lesson asks to try has been done, and stays done for this visit."""
    st.session_state.setdefault("tries", set()).add(name)


def finished_tries() -> frozenset[str]:
    """Names of what has been tried and done in this visit."""
    return frozenset(st.session_state.get("tries", ()))


def widget(key: str, default: Any) -> Any:
    """What a widget holds, by its key; the default before it is drawn."""
    return st.session_state.get(key, default)


def set_widgets(values: Mapping[str, Any]) -> None:
    """Set widgets by their keys; only from a callback, before they are drawn again."""
    for key, value in values.items():
        st.session_state[key] = value


def begin_widget(key: str, value: Any) -> None:
    """What a widget holds when it is drawn for the first time, where that is not the value that clearing it gives."""
    st.session_state.setdefault(key, value)


def begin_choice(key: str, offered: Sequence[str], default: str) -> None:
    """Before a widget for one of several values is drawn: what it holds, see `keep_choice`.

    That is the address's when it is drawn first and after Back and Forward, else what was chosen; the default where
    that is nothing that is offered. A browser is told each time: where a page is drawn twice before it shows the first,
    it knows the second alone, and would hold the first value that is offered for what was chosen.
    """
    kept = st.session_state.get("choices", {}).get(key)
    if _is_back_or_forward():
        held = in_address(key)
    elif key in st.session_state:
        held = st.session_state[key]
    else:
        held = in_address(key) if in_address(key) in offered else kept
    if held not in offered:
        held = default
    if st.session_state.get(key) != held or held != offered[0]:
        st.session_state[key] = held


def begin_words(key: str, default: str = "") -> None:
    """Before what is typed, or counted, is drawn: what it holds, see `begin_choice` and `keep_choice`."""
    if _is_back_or_forward():
        st.session_state[key] = in_address(key) or default
    elif key not in st.session_state:
        st.session_state[key] = in_address(key) or st.session_state.get("choices", {}).get(key, default)


def keep_choice(key: str, value: str, default: str) -> None:
    """Into the address, unless it is the default; for Streamlit's own binding would put there what the widget shows."""
    st.session_state.setdefault("choices", {})[key] = value
    st.session_state.setdefault("drawn", set()).add(key)
    if st.query_params.get(key) != (None if value == default else value):
        write(key, "" if value == default else value)


def begin_page() -> None:
    """From here on the page's choices are drawn."""
    st.session_state["drawn"] = set()


def end_page() -> None:
    """Choices that were not drawn, because another page has them or they do not apply, leave the address."""
    for key in st.session_state.get("choices", {}).keys() - st.session_state["drawn"]:
        write(key, "")


def is_fragment_alone() -> bool:
    """Whether a fragment is drawn by itself, without the page around it."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def _is_back_or_forward() -> bool:
    """Whether the browser's Back or Forward led here, and the address so says what the page shall show."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def remember(key: str, value: str) -> None:
    """Keep a value for this visit."""
    st.session_state.setdefault("remembered", {})[key] = value


def remembered(key: str) -> str | None:
    """What `remember` kept under a key."""
    value: str | None = st.session_state.get("remembered", {}).get(key)
    return value


def note(message: str | None) -> None:
    """Keep one sentence for the next time the page is drawn (an error in a callback, say)."""
    st.session_state["note"] = message


def take_note() -> str | None:
    """The sentence kept by `note`, once."""
    message: str | None = st.session_state.pop("note", None)
    return message
