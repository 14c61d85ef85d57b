"""Runs, kept in order: searched, sorted, a page at a time; named, pinned, duplicated, deleted and brought back."""

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.runs import run_list
from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager
from vae_core import runs
from vae_core.config import parse_config
from vae_core.runs import RunWriter
from vae_core.runs.checkpoints import Parent
from vae_core.runs.listing import marks


@pytest.fixture(autouse=True)
def alone(manager: IdleManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server for one person, who sees all runs."""
    monkeypatch.setenv("VAE_SINGLE_USER", "1")


def small(created_at: float, parent: Parent | None = None, **settings: Any) -> str:
    """A run that was stopped before anything was trained; its id."""
    writer = RunWriter.create(parse_config({"dataset": "digits", **settings}), now=lambda: created_at, parent=parent)
    writer.update_status(state="stopped")
    return writer.run_id


def trained(created_at: float) -> str:
    """A copy of a shipped run."""
    run_id = runs.new_run_id()
    copied = shutil.copytree(runs.open_run("digits").directory, runs.runs_root() / run_id)
    RunWriter.open(Path(copied)).update_status(created_at=created_at)
    return run_id


def opened(**address: str) -> AppTest:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30)
    for name, value in address.items():
        app.query_params[name] = value
    return app.switch_page("runs.py").run()


def listed(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Id"])


def select(app: AppTest, *ids: str) -> AppTest:
    """These of the listed runs are chosen in the browser, and none else of them."""
    rows = [listed(app).index(run_id) for run_id in ids]
    key = run_list.TABLE + str(app.dataframe[0].proto.id).partition(run_list.TABLE)[2]
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return quiet(app.run())


def press(app: AppTest, label: str) -> AppTest:
    next(each for each in app.button if each.label == label).click()
    return quiet(app.run())


def quiet(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error, app.error
    return app


def said(app: AppTest) -> str:
    return " ".join(each.value for each in [*app.caption, *app.header, *app.markdown, *app.info])


def test_the_list_is_searched_sorted_and_turned_page_by_page_and_the_address_keeps_it() -> None:
    found = [small(float(number), epochs=number + 1) for number in range(run_list.SHOWN + 2)]
    newest = [*runs.SHIPPED, *reversed(found)]
    app = opened()
    assert listed(app) == newest[: run_list.SHOWN]
    assert listed(press(app, "Next")) == newest[run_list.SHOWN :]
    assert app.query_params["page"] == "2"
    app.text_input(key="find").set_value("epochs<=3 stopped").run()
    assert listed(quiet(app)) == list(reversed(found[:3]))
    assert "page" not in app.query_params
    app.selectbox(key="sort").set_value("epochs").run()
    assert listed(quiet(app)) == found[:3]
    again = opened(**{name: app.query_params[name] for name in ("find", "sort")})
    assert listed(quiet(again)) == found[:3]
    app.text_input(key="find").set_value("epoch<=3").run()
    assert "no setting or figure" in app.error[0].value
    assert len(listed(app)) == run_list.SHOWN
    app.text_input(key="find").set_value("no-such-word").run()
    assert "No run has all of this" in said(quiet(app))


def test_a_list_of_which_nothing_is_chosen_or_scrolled_stays_the_same_table_while_it_is_searched() -> None:
    chosen, other, *_ = [small(float(number), epochs=number + 1) for number in range(run_list.MOST_ROWS)]
    app = opened()
    table = app.dataframe[0].proto.id
    app.text_input(key="find").set_value("epochs=1 stopped").run()
    assert app.dataframe[0].proto.id == table
    assert app.query_params.get("chosen") is None
    select(app, chosen)  # rows are known by their places: what is chosen here is of this list
    assert app.query_params["chosen"] == chosen
    app.text_input(key="find").set_value("epochs=2 stopped").run()
    assert listed(app) == [other]
    assert app.dataframe[0].proto.id != table
    assert app.query_params["chosen"] == chosen


def test_what_is_chosen_in_a_search_is_all_that_is_chosen_when_the_search_is_cleared() -> None:
    chosen, *_ = [small(float(number), epochs=number + 1) for number in range(2)]
    app = opened()
    app.text_input(key="find").set_value("epochs=1 stopped").run()
    select(app, chosen)
    app.text_input(key="find").set_value("").run()  # a list in which another stands where that one stood
    assert listed(quiet(app)).index(chosen) > 0
    assert app.query_params["chosen"] == chosen


def test_what_is_chosen_stays_chosen_when_the_list_shows_others() -> None:
    first, second = small(1.0, latent_dim=3), small(2.0)
    app = select(opened(), first)
    app.text_input(key="find").set_value("latent_dim=2 stopped").run()
    assert listed(app) == [second]
    select(app, second)
    assert "2 chosen, 1 of them not in this list" in said(app)
    assert app.query_params["chosen"] == f"{first},{second}"
    app.text_input(key="find").set_value("stopped").run()
    assert "2 chosen" in said(app)
    assert "not in this list" not in said(app)
    press(app, "Choose none")
    assert "chosen" not in app.query_params
    assert "Choose a run in the list" in said(app)
    assert "MLP 512-256-3" in said(opened(chosen=first))


def test_a_run_is_named_noted_tagged_and_pinned_and_its_name_is_shown_everywhere() -> None:
    first, last = small(1.0), trained(2.0)
    app = select(opened(), first)
    for name, text in (("name", "My *best* <b>"), ("note", "for the talk"), ("tags", "demo, demo, talk")):
        next(each for each in [*app.text_input, *app.text_area] if each.key == f"{name}-of-{first}").set_value(text)
    press(app, "Keep")
    row = app.dataframe[0].value.set_index("Id").loc[first]
    assert (row["Run"], row["Note"], list(row["Tags"])) == ("My *best* <b>", "for the talk", ["demo", "talk"])
    assert app.header[0].value == r"My \*best\* \<b>"
    press(app, "Pin")
    assert listed(app) == [first, *runs.SHIPPED, last]
    marks.change(runs.runs_root() / last, name="Another")
    explore = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    assert "Another" in explore.selectbox(key="model").options


def test_several_are_pinned_tagged_deleted_and_brought_back_at_once_and_the_shipped_stay() -> None:
    pair = [small(1.0), small(2.0)]
    app = select(opened(), *pair, "digits")
    press(app, "Pin all")
    app.text_input(key="tags-of-several").set_value("demo")
    press(app, "Add")
    written = [marks.read(runs.runs_root() / run_id) for run_id in pair]
    assert [(each.is_pinned, each.tags) for each in written] == [(True, ("demo",))] * 2
    press(app, "Delete 2 runs")
    assert sorted(listed(app)) == ["digits", "mnist"]
    assert app.query_params["chosen"] == "digits"
    assert "2 runs are deleted" in said(app)
    press(app, "Undo")
    assert sorted(listed(app)) == sorted([*pair, *runs.SHIPPED])
    press(select(app, pair[0]), "Delete")
    press(app, "Close")
    assert "deleted, and can" not in said(app)
    press(app, "Bring back")
    assert pair[0] in listed(app)


def test_a_run_that_trains_is_not_deleted_and_the_reason_is_one_sentence() -> None:
    run_id = small(1.0)
    app = select(opened(), run_id)
    RunWriter.open(runs.runs_root() / run_id).update_status(state="running")
    next(each for each in app.button if each.label == "Delete").click().run()
    assert not app.exception
    assert any("stop it first" in each.value for each in app.error)
    assert run_id in listed(app)


def test_a_duplicate_begins_with_the_settings_of_the_run_whatever_train_held_before(manager: IdleManager) -> None:
    run_id = small(1.0, objective="beta-vae", beta=4.0, hidden_sizes=(64, 32), learning_rate=0.0005)
    app = opened()
    app.switch_page("train.py").run()
    app.selectbox(key="likelihood").set_value("gaussian").run()
    select(app.switch_page("runs.py").run(), run_id)
    (link,) = [each.proto for each in app.get("page_link") if each.proto.label == "Duplicate and edit"]
    for name, value in parse_qsl(link.query_string):
        app.query_params[name] = value
    app.switch_page("train.py").run()
    next(each for each in app.button if each.label == "Start").click().run()
    assert manager.started == [runs.open_run(run_id).config]


def test_parents_and_children_lead_to_each_other() -> None:
    parent = trained(1.0)
    child = small(2.0, Parent(parent, runs.open_run(parent).digest(), 10))
    app = select(opened(), child)
    assert app.dataframe[0].value.set_index("Id")["From"][child] == f"continues {parent[:8]}"
    assert "Goes on from" in said(app)
    press(app, "Show what it goes on from")
    assert app.query_params["chosen"] == parent
    press(app, next(each.label for each in app.button if each.label.startswith("Continued:")))
    assert app.query_params["chosen"] == child
