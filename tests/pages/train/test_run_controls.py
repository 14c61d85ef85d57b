"""Train's control bar: which controls a state offers, and what each asks of the job manager."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.address import table_rows
from tests.pages.idle_manager import IdleManager
from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.config import parse_config
from vae_core.runs import RunWriter, recovery

NAVIGATION = Path(__file__).parents[3] / "pages/navigation.py"
CONTROLS = ("Start", "Pause", "Step", "Stop")


def run_in(state: str, *, objective: str = "vae", checkpoint: int | None = None, **status: Any) -> str:
    """A run on the disk in some state, with a checkpoint of that step if given; its id."""
    writer = RunWriter.create(parse_config({"dataset": "digits", "hidden_sizes": (3,), "objective": objective}))
    writer.update_status(state="running", step=40, total_steps=100)
    if checkpoint is not None:
        writer.save_checkpoint({"model.x": np.zeros(1, np.float32)}, step=checkpoint, elapsed_s=1.0)
    writer.update_status(state=state, **status)
    return writer.run_id


def train_page(run_id: str | None = None) -> AppTest:
    """Train with that run in its address."""
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    if run_id:
        app.query_params["training"] = run_id
    app.switch_page("train.py").run()
    assert not app.exception
    return app


def enabled(app: AppTest) -> list[str]:
    """Labels of the bar's buttons that can be pressed."""
    bar = {*CONTROLS, "Resume", "Apply", "Resume with these"}
    return [button.label for button in app.button if button.label in bar and not button.disabled]


def select_own(app: AppTest) -> AppTest:
    """Runs, with the first after those that ship with the project chosen."""
    key = table_rows.widget_key("runs-table", list(app.dataframe[0].value["Id"]))
    app.session_state[key] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    return app.run()


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def texts(elements: Any) -> str:
    return " ".join(each.value for each in elements)


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("queued", ["Stop"]),
        ("starting", ["Pause", "Step", "Stop", "Apply"]),
        ("running", ["Pause", "Step", "Stop", "Apply"]),
        ("paused", ["Resume", "Step", "Stop", "Apply"]),
        ("failed", ["Start"]),
    ],
)
def test_a_state_offers_the_controls_that_mean_something_in_it(
    manager: IdleManager, state: str, offered: list[str]
) -> None:
    assert enabled(train_page(run_in(state))) == offered


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_a_run_that_ended_with_a_checkpoint_can_be_resumed_from_it(manager: IdleManager, state: str) -> None:
    app = train_page(run_id := run_in(state, checkpoint=30))
    assert enabled(app) == ["Start", "Resume", "Resume with these"]
    assert "goes on from step 30" in texts(app.caption)
    press(app, "Resume")
    assert manager.asked == [("resume", run_id, {})]


@pytest.mark.parametrize("page", ["train.py", "runs.py"])
def test_what_a_run_kept_that_was_cut_off_is_made_a_trained_model_on_request(manager: IdleManager, page: str) -> None:
    app = train_page(run_id := run_in("failed", checkpoint=30))
    if page == "runs.py":
        select_own(app.switch_page(page).run())
    (keep,) = [button for button in app.button if button.label == "Keep what it has"]
    assert "step 30" in keep.help
    press(app, "Keep what it has")
    assert manager.asked == [("settle", run_id)]
    assert app.title[0].value == "Train"


@pytest.mark.parametrize("page", ["train.py", "runs.py"])
def test_a_finished_run_is_trained_for_more_epochs_on_request(manager: IdleManager, page: str) -> None:
    run = trained(digits(), runs.runs_root())
    app = train_page(run.id)
    if page == "runs.py":
        app = select_own(app.switch_page(page).run())
    assert not app.exception
    app.text_input(key=f"extend-epochs-{run.id}").set_value("12")
    app.selectbox(key=f"extend-schedule-{run.id}").set_value("constant")
    app.text_input(key=f"extend-learning_rate-{run.id}").set_value("0,001")
    press(app, "Train for more epochs")
    assert manager.asked == [("extend", run.id, 12, {"schedule": "constant", "learning_rate": 0.001})]
    assert app.title[0].value == "Train"


def test_what_is_no_number_of_epochs_is_a_sentence(manager: IdleManager) -> None:
    run = trained(digits(), runs.runs_root())
    app = train_page(run.id)
    app.text_input(key=f"extend-epochs-{run.id}").set_value("many")
    press(app, "Train for more epochs")
    assert manager.asked == []
    assert "epochs" in texts(app.error)


@pytest.mark.parametrize("page", ["train.py", "runs.py"])
def test_a_run_that_goes_on_from_another_names_it(manager: IdleManager, page: str) -> None:
    config = recovery.extended_config(runs.open_run("digits"), 1, {})
    writer = recovery.extend(runs.open_run("digits"), config)
    app = train_page(writer.run_id)
    if page == "runs.py":
        app = select_own(app.switch_page(page).run())
    steps = runs.open_run("digits").step
    assert f"(shipped) (run digits), after its {steps:,} steps." in texts(app.caption)


def test_there_is_nothing_to_keep_where_there_is_no_checkpoint(manager: IdleManager) -> None:
    assert "Keep what it has" not in [button.label for button in train_page(run_in("failed")).button]


def test_explore_says_why_it_does_not_open_a_run_that_was_cut_off(manager: IdleManager) -> None:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30)
    app.query_params["run"] = run_in("failed", checkpoint=30)
    app.run()
    assert not app.exception
    assert "keeps what its checkpoint of step 30 holds" in texts(app.info)


def test_each_button_asks_the_manager_once(manager: IdleManager) -> None:
    app = train_page(run_id := run_in("running"))
    for label in ("Pause", "Step", "Stop"):
        press(app, label)
    assert manager.asked == [("pause", run_id), ("step", run_id), ("stop", run_id)]


def test_a_paused_run_is_let_go_on(manager: IdleManager) -> None:
    app = train_page(run_id := run_in("paused"))
    press(app, "Resume")
    assert manager.asked == [("resume", run_id, {})]


@pytest.mark.parametrize(("typed", "asked"), [("5", 5.0), ("2,5", 2.5), ("0", None), ("", None)])
def test_slow_motion_is_steps_a_second_and_nothing_is_full_speed(
    manager: IdleManager, typed: str, asked: float | None
) -> None:
    app = train_page(run_id := run_in("running", steps_per_s=20.0))
    pace = app.text_input(key=f"pace-{run_id}")
    assert pace.value == "20"
    pace.set_value(typed).run()
    assert manager.asked == [("pace", run_id, asked)]


def change(app: AppTest, label: str, value: str) -> None:
    """Type another value among those that can be changed while the run trains."""
    next(each for each in app.text_input if each.label == label and each.form_id).set_value(value)


BETA = "β, weight of the regulariser"


def test_only_what_was_changed_is_told_to_the_run(manager: IdleManager) -> None:
    app = train_page(run_id := run_in("running", beta=2.0, learning_rate=1e-3))
    change(app, BETA, "4")
    press(app, "Apply")
    assert manager.asked == [("edit", run_id, {"beta": 4.0})]


def test_what_can_be_changed_is_shown_in_full_and_what_cannot_be_read_is_refused(manager: IdleManager) -> None:
    app = train_page(run_in("running", beta=0.00025, learning_rate=1e-6))
    assert [each.value for each in app.text_input if each.form_id] == ["0.00025", "0.000001"]
    change(app, BETA, "1,000")
    press(app, "Apply")
    assert "beta: can be read as 1 and as 1000" in texts(app.error)
    assert manager.asked == []


@pytest.mark.parametrize("typed", ["1,000", "fast", "2000", "-1"])
def test_a_pace_that_is_none_is_refused_in_a_sentence(manager: IdleManager, typed: str) -> None:
    app = train_page(run_id := run_in("running"))
    app.text_input(key=f"pace-{run_id}").set_value(typed).run()
    assert "steps a second: " in texts(app.error)
    assert manager.asked == []


def test_nothing_is_told_when_nothing_was_changed(manager: IdleManager) -> None:
    app = train_page(run_in("running", beta=2.0, learning_rate=1e-3))
    press(app, "Apply")
    assert manager.asked == []


def test_an_objective_without_beta_offers_the_learning_rate_alone(manager: IdleManager) -> None:
    app = train_page(run_in("running", objective="iwae"))
    assert [each.label for each in app.text_input if each.form_id] == ["Learning rate"]


def test_a_stopped_run_is_resumed_together_with_its_changes(manager: IdleManager) -> None:
    app = train_page(run_id := run_in("stopped", checkpoint=30, beta=1.0))
    change(app, BETA, "2e1")
    press(app, "Resume with these")
    assert manager.asked == [("resume", run_id, {"beta": 20.0})]


def test_a_diverged_run_says_why_where_and_what_to_change(manager: IdleManager) -> None:
    why = "the loss is not finite at step 35, probably because the learning rate is too large"
    app = train_page(run_id := run_in("failed", checkpoint=30, error=why, diverged_step=35, learning_rate=0.04))
    assert why in texts(app.error)
    assert "from step 30" in texts(app.caption)
    assert "smaller learning rate" in texts(app.caption)
    press(app, "Resume with these")
    assert manager.asked == [("resume", run_id, {"learning_rate": 0.01})]


def test_a_run_that_the_disk_holds_up_is_paused_and_says_so(manager: IdleManager) -> None:
    manager.reason = "the disk is full; make room and the run goes on"
    app = train_page(run_in("running"))
    assert "the disk is full" in texts(app.warning)
    assert enabled(app) == ["Stop", "Apply"]


def test_a_refusal_of_the_manager_is_a_sentence_on_the_page(manager: IdleManager) -> None:
    app = train_page(run_in("stopped", checkpoint=30))
    manager.refusal = "the checkpoint of step 30 is damaged; start the run again"
    press(app, "Resume with these")
    assert "damaged" in texts(app.error)
    assert manager.asked == []


def test_a_run_of_another_server_is_shown_without_controls_and_another_can_be_started(manager: IdleManager) -> None:
    manager.elsewhere = True
    app = train_page(run_in("running"))
    assert enabled(app) == ["Start"]
    assert "trained by another server" in texts(app.info)


def test_a_run_whose_folder_goes_away_says_what_it_waits_for_and_comes_back_by_itself(
    manager: IdleManager, tmp_path: Path
) -> None:
    app = train_page(run_id := run_in("running"))
    folder = tmp_path / "runs" / run_id
    folder.rename(tmp_path / "away")
    manager.reason = f"{folder} could not be written"
    app.run()
    assert not app.exception
    assert f"{folder} could not be written" in texts(app.error)
    (tmp_path / "away").rename(folder)
    manager.reason = None
    app.run()
    assert not app.error
    assert enabled(app) == ["Pause", "Step", "Stop", "Apply"]


def test_a_run_that_cannot_be_read_leaves_the_page_usable(manager: IdleManager) -> None:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    app.query_params["training"] = "f" * 32
    app.switch_page("train.py").run()
    assert not app.exception
    assert enabled(app) == ["Start"]
