"""Runs are chosen by what they are: not by their place in a list that changes, nor by a title that two may have."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.text import run_text
from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager
from vae_core import runs
from vae_core.runs import RunWriter
from vae_core.runs.listing.index import Index


@pytest.fixture
def alone(manager: IdleManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server for one person, who sees all runs."""
    monkeypatch.setenv("VAE_SINGLE_USER", "1")


def own_run(created_at: float) -> runs.Run:
    """A copy of a shipped run among this person's own, as if it had been started then, in unix seconds."""
    run_id = runs.new_run_id()
    copied = shutil.copytree(runs.open_run("digits").directory, runs.runs_root() / run_id)
    RunWriter.open(Path(copied)).update_status(created_at=created_at)
    return runs.open_run(run_id)


def table_of(app: AppTest) -> str:
    """The key of the table on Runs as it is drawn now."""
    return str(app.dataframe[0].proto.id).partition("runs-table")[2].join(("runs-table", ""))


def select(app: AppTest, rows: list[int]) -> AppTest:
    """Rows of the table on Runs, as it is drawn now, are chosen in the browser."""
    app.session_state[table_of(app)] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return app.run()


def runs_page(app: AppTest | None = None) -> AppTest:
    app = app or AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    return app.switch_page("runs.py").run()


def addresses(app: AppTest) -> list[str]:
    """Where the links of the page lead with a run."""
    found = [each.proto.query_string.replace("%2C", ",") for each in app.get("page_link")]
    return [each for each in found if not each.startswith("dataset=")]


def listed(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Id"])


def test_several_rows_lead_to_their_comparison(app: AppTest) -> None:
    (link,) = select(runs_page(app), [1, 0]).get("page_link")
    assert link.proto.label == "Compare these 2 runs"
    assert addresses(app) == ["compare=digits,mnist"]


def test_one_row_shows_that_run(app: AppTest) -> None:
    assert [each.proto.label for each in select(runs_page(app), [0]).get("page_link")] == [
        "Open in Explore",
        "Duplicate and edit",
    ]


def test_the_same_run_stays_chosen_when_a_newer_one_appears(alone: None) -> None:
    first = own_run(1000.0)
    app = select(runs_page(), [2])
    assert listed(app)[2] == first.id
    assert f"run={first.id}" in addresses(app)
    newer = own_run(2000.0)
    app.run()
    assert listed(app)[2] == newer.id
    assert f"run={first.id}" in addresses(app)
    assert not any(newer.id in address for address in addresses(app))
    select(app, [3, 0])
    assert addresses(app) == [f"compare={first.id},mnist"]


def test_a_row_that_is_clicked_on_while_a_newer_run_appears_is_the_one_that_was_seen(alone: None) -> None:
    first = own_run(1000.0)
    app = runs_page()
    own_run(2000.0)
    assert f"run={first.id}" in addresses(select(app, [2]))


def test_the_last_row_chosen_and_a_folder_deleted_leaves_what_is_still_there(alone: None) -> None:
    oldest, newest = own_run(1000.0), own_run(2000.0)
    app = select(runs_page(), [3])
    shutil.rmtree(newest.directory)
    app.run()
    assert not app.exception
    assert f"run={oldest.id}" in addresses(app)
    shutil.rmtree(oldest.directory)
    app.run()
    assert not app.exception
    assert addresses(app) == []
    assert any("Choose a run in the list" in info.value for info in app.info)


def test_what_is_chosen_on_runs_is_still_chosen_when_one_comes_back(app: AppTest) -> None:
    select(runs_page(app), [1])
    app.switch_page("train.py").run()
    assert addresses(runs_page(app)) == ["run=digits"]


def test_every_choice_of_a_model_on_explore_counts(app: AppTest) -> None:
    for name in ("digits", "mnist", "digits"):
        app.selectbox(key="model").set_value(name).run()
        assert (app.selectbox(key="model").value, app.query_params["run"]) == (name, name)


def test_a_model_that_is_chosen_stays_when_a_newer_run_appears(alone: None) -> None:
    first = own_run(1000.0)
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    app.selectbox(key="model").set_value(first.id).run()
    own_run(1001.0)
    app.run()
    assert app.query_params["run"] == first.id
    shutil.rmtree(first.directory)
    app.run()
    assert not app.exception
    assert app.query_params["run"] == "mnist"


def twins() -> tuple[runs.Run, runs.Run]:
    """Two runs that were started in one minute, with equal settings."""
    first, second = own_run(1000.0), own_run(1001.0)
    assert run_text.run_title(first) == run_text.run_title(second)
    return first, second


def offered(choice: Any) -> list[str]:
    """What a choice among models offers, but for those that ship with the project."""
    return [each for each in choice.options if not each.endswith("(shipped)")]


def test_explore_opens_each_of_two_runs_of_equal_titles(alone: None) -> None:
    pair = twins()
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    assert len(set(offered(app.selectbox[0]))) == 2
    for run in pair:
        app.selectbox[0].set_value(run.id).run()
        assert app.query_params["run"] == run.id


def test_compare_puts_two_runs_of_equal_titles_side_by_side(alone: None) -> None:
    pair = twins()
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    app.query_params["compare"] = ",".join(run.id for run in pair)
    app.switch_page("compare.py").run()
    assert not app.exception
    assert app.multiselect[0].value == [run.id for run in pair]
    assert len(set(offered(app.multiselect[0]))) == 2


def test_a_run_that_goes_is_compared_no_more_and_the_others_still_are(alone: None) -> None:
    pair = twins()
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    app.query_params["compare"] = f"{pair[0].id},{pair[1].id},digits"
    app.switch_page("compare.py").run()
    shutil.rmtree(pair[0].directory)
    app.run()
    assert not app.exception
    assert app.multiselect[0].value == [pair[1].id, "digits"]


def test_a_run_that_goes_while_the_list_is_drawn_is_a_sentence(alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run = own_run(1000.0)
    app = runs_page()
    as_they_were = Index(runs.runs_root()).entries()
    shutil.rmtree(run.directory)
    monkeypatch.setattr(Index, "entries", lambda _: as_they_were)
    select(app, [2])
    assert not app.exception
    assert any(run.id in error.value for error in app.error)
