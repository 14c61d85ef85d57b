"""Each page as Streamlit draws it: its empty state, one thing done on it, one thing gone wrong."""

import errno
import math
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.idle_manager import IdleManager
from tests.vae_core.run_samples import finish, random_weights
from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.config import TrainConfig, options, parse_config
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.runs import RunWriter

PAGES = Path(__file__).parents[2] / "pages"


def own_run(name: str = "digits") -> str:
    """A copy of a shipped run among this person's own; its id."""
    run_id = runs.new_run_id()
    shutil.copytree(runs.open_run(name).directory, runs.runs_root() / run_id)
    return run_id


def errors(app: AppTest) -> list[str]:
    return [each.value for each in app.error]


def test_explore_opens_on_a_shipped_model_with_its_figures(app: AppTest) -> None:
    assert not app.exception
    assert "MNIST" in app.title[0].value
    assert any("Held-out −ELBO" in caption.value for caption in app.caption)
    assert "Export" in [each.label for each in app.sidebar.expander]


def test_explore_offers_the_download_where_the_images_are_missing(app: AppTest) -> None:
    assert any(button.label == "Download MNIST" for button in app.button)


def test_choosing_another_model_changes_the_page(app: AppTest) -> None:
    app.selectbox[0].set_value("digits").run()
    assert not app.exception
    assert "Digits" in app.title[0].value
    assert not any(button.label.startswith("Download") for button in app.button), "digits needs no download"


def test_the_sidebar_trains_models_of_one_latent_dimension(app: AppTest) -> None:
    app.query_params["latent_dim"] = "1"
    app.switch_page("train.py").run()
    assert not app.exception
    (dimensions,) = [each for each in app.text_input if each.label == "Latent dimensions"]
    assert dimensions.value == "1"
    assert not errors(app)


def test_a_model_of_one_dimension_asks_what_height_shows_and_keeps_it_in_the_address(
    manager: IdleManager,
) -> None:
    trained(digits(latent_dim=1), runs.runs_root())
    line = next(run for run in runs.list_runs() if run.config.latent_dim == 1)
    app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=30)
    app.query_params["run"] = line.id
    app.query_params["height"] = "class"
    app.run()
    assert not app.exception
    (height,) = [group for group in app.button_group if group.label == "Height shows"]
    assert height.value == "class"
    assert app.query_params["height"] == "class"
    app.selectbox[0].set_value("digits").run()
    assert not app.exception
    assert not [group for group in app.button_group if group.label == "Height shows"], "a plane has two axes of z"


def test_a_damaged_run_is_one_sentence_on_explore(manager: IdleManager) -> None:
    run_id = own_run()
    weights = runs.runs_root() / run_id / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=30)
    app.query_params["run"] = run_id
    app.run()
    assert not app.exception
    assert len(errors(app)) == 1
    assert "model.safetensors" in errors(app)[0]


def test_train_without_a_run_says_what_to_do(app: AppTest) -> None:
    app.switch_page("train.py").run()
    assert not app.exception
    assert any("Press Start" in caption.value for caption in app.caption)
    assert any("9,600 steps" in caption.value for caption in app.caption)
    assert [button.disabled for button in app.button if button.label == "Stop"] == [True]


CHOICES = [
    {},
    {"architecture": "conv", "likelihood": "gaussian", "beta_schedule": "warm-up"},
    {"beta_schedule": "cyclical", "likelihood": "gaussian-learned"},
    {"beta_schedule": "capacity"},
    {"beta_schedule": "free-bits"},
    *({"objective": name} for name in ("iwae", "denoising", "m2")),
]


def test_every_setting_has_a_widget_with_help_where_it_applies(app: AppTest) -> None:
    app.switch_page("train.py").run()
    seen: set[str] = set()
    for choices in CHOICES:
        for name, value in choices.items():
            app.selectbox(key=name).set_value(value).run()
        assert not app.exception
        widgets = {each.key: each for each in [*app.selectbox, *app.text_input]}
        assert all(widgets[name].help for name in widgets if name in TrainConfig.model_fields)
        seen |= set(widgets)
    assert set(TrainConfig.model_fields) <= seen


def test_a_choice_is_explained_in_a_sentence_and_a_likelihood_says_whether_it_is_one(app: AppTest) -> None:
    app.switch_page("train.py").run()
    app.selectbox(key="objective").set_value("cvae").run()
    captions = " ".join(caption.value for caption in app.caption)
    assert options.OBJECTIVES["cvae"].help in captions
    assert LIKELIHOODS["bernoulli"].note_on(is_binarised=False) in captions
    app.selectbox(key="pixels").set_value("binarised").run()
    captions = " ".join(caption.value for caption in app.caption)
    assert LIKELIHOODS["bernoulli"].note_on(is_binarised=True) in captions


def test_a_choice_in_the_address_is_told_each_time_for_a_browser_may_see_only_the_second(app: AppTest) -> None:
    """Of two drawings right after each other it shows the last alone, and would answer with the first option."""
    app.switch_page("train.py")
    app.query_params["objective"] = "cvae"
    for _ in range(2):
        chosen = app.run().selectbox(key="objective").proto
        assert (chosen.set_value, chosen.raw_value) == (True, "Conditional VAE")


def test_another_objective_brings_its_own_beta(app: AppTest) -> None:
    app.switch_page("train.py").run()
    for name in ("beta-vae", "mmd-vae", "vae"):
        app.selectbox(key="objective").set_value(name).run()
        assert float(app.text_input(key="beta").value) == options.OBJECTIVES[name].beta
    app.selectbox(key="objective").set_value("autoencoder").run()
    assert not app.exception
    assert not any(each.key == "beta" for each in app.text_input)


def test_start_trains_what_the_sidebar_says(app: AppTest, manager: IdleManager) -> None:
    app.switch_page("train.py").run()
    app.text_input(key="beta").set_value("4,0").run()
    next(button for button in app.button if button.label == "Start").click().run()
    assert not app.exception
    assert [config.beta for config in manager.started] == [4.0]
    assert app.query_params["training"] == "0" * 32


def test_settings_that_do_not_apply_are_not_shown(app: AppTest) -> None:
    app.switch_page("train.py").run()
    assert not any(each.key == "channels" for each in app.text_input)
    app.selectbox(key="architecture").set_value("conv").run()
    assert any(each.key == "channels" for each in app.text_input)
    assert not any(each.key == "hidden_sizes" for each in app.text_input)


def test_sizes_that_are_no_numbers_are_one_sentence_and_start_is_off(app: AppTest) -> None:
    app.switch_page("train.py").run()
    app.text_input(key="hidden_sizes").set_value("512, many").run()
    assert not app.exception
    assert len(errors(app)) == 1
    assert "hidden_sizes" in errors(app)[0]
    assert next(button for button in app.button if button.label == "Start").disabled


def test_a_data_set_that_is_not_here_offers_its_download_and_start_is_off(app: AppTest) -> None:
    app.switch_page("train.py").run()
    app.selectbox(key="dataset").set_value("mnist").run()
    assert any(button.label == "Download MNIST" for button in app.button)
    assert next(button for button in app.button if button.label == "Start").disabled


def test_another_data_set_brings_its_own_epochs_and_batch_size(app: AppTest) -> None:
    app.switch_page("train.py").run()
    assert app.text_input(key="epochs").value == "400"
    app.selectbox(key="dataset").set_value("mnist").run()
    assert app.text_input(key="epochs").value == "12"
    assert app.text_input(key="batch_size").value == "128"


def test_a_recipe_sets_the_form_and_reset_takes_it_back(app: AppTest) -> None:
    app.switch_page("train.py").run()
    next(button for button in app.button if button.label == "Sharp images").click().run()
    assert app.text_input(key="latent_dim").value == "20"
    next(button for button in app.button if button.label == "Reset to defaults").click().run()
    assert app.text_input(key="latent_dim").value == "2"


def test_runs_lists_the_shipped_models(app: AppTest) -> None:
    app.switch_page("runs.py").run()
    assert not app.exception
    assert {"mnist", "digits"} <= set(app.dataframe[0].value["Id"])


def test_runs_of_others_are_not_listed_on_a_shared_server(
    manager: IdleManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = own_run()
    for single, listed in (("0", False), ("1", True)):
        monkeypatch.setenv("VAE_SINGLE_USER", single)
        app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=30).run()
        app.switch_page("runs.py").run()
        assert (run_id in set(app.dataframe[0].value["Id"])) is listed


@pytest.mark.parametrize("page", ["explore.py", "runs.py"])
def test_one_damaged_run_in_the_list_takes_no_page_with_it(
    manager: IdleManager, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("VAE_SINGLE_USER", "1")
    run_id = own_run()
    (runs.runs_root() / run_id / "evaluation.json").write_text("{")
    app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=30).run()
    app.switch_page(page).run()
    if page == "explore.py":
        app.selectbox[0].set_value(run_id).run()
        assert errors(app)
        assert all("evaluation.json" in message for message in errors(app))
    else:
        listed = app.dataframe[0].value.set_index("Id")
        assert listed["State"][run_id] == "damaged"
        assert listed["State"]["mnist"] == "finished"
        assert math.isnan(listed["−ELBO"][run_id])
        assert app.dataframe[0].proto.placeholder == "–"  # what stands there instead
    assert not app.exception


def test_a_finished_run_on_train_can_be_opened_in_explore(manager: IdleManager) -> None:
    app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=30).run()
    app.query_params["training"] = own_run()
    app.switch_page("train.py").run()
    assert not app.exception
    assert any("Held-out −ELBO" in caption.value for caption in app.caption)


def conditional_run() -> str:
    """A finished run of a conditional model; its id."""
    writer = RunWriter.create(parse_config({"dataset": "digits", "hidden_sizes": (3,), "objective": "cvae"}))
    return finish(writer, random_weights(writer.config)).id


@pytest.mark.parametrize(("page", "parameter"), [("explore.py", "run"), ("train.py", "training")])
def test_a_conditional_models_class_is_chosen_on_the_page_and_kept_in_the_address(
    manager: IdleManager, page: str, parameter: str
) -> None:
    app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=30)
    app.query_params[parameter] = conditional_run()
    app.run()
    app.switch_page(page).run()
    assert not app.exception
    assert app.selectbox(key="class").value == "0"
    app.selectbox(key="class").set_value("7").run()
    assert not app.exception
    assert app.selectbox(key="class").value == "7"


def test_models_without_classes_offer_none(app: AppTest) -> None:
    assert not any(each.key == "class" for each in app.selectbox)


def test_while_a_conditional_model_trains_the_page_says_which_class_it_draws(manager: IdleManager) -> None:
    writer = RunWriter.create(parse_config({"dataset": "digits", "hidden_sizes": (3,), "objective": "m2"}))
    writer.update_status(state="running")
    app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=30).run()
    app.query_params["training"] = writer.run_id
    app.switch_page("train.py").run()
    assert not app.exception
    assert not any(each.key == "class" for each in app.selectbox)
    assert any("decoded as class 0" in caption.value for caption in app.caption)


def test_a_failed_run_says_why(manager: IdleManager) -> None:
    run_id = own_run()
    writer = RunWriter.open(runs.runs_root() / run_id)
    writer.update_status(state="failed", error="the loss is no longer finite")
    app = AppTest.from_file(str(PAGES / "navigation.py"), default_timeout=30).run()
    app.query_params["training"] = run_id
    app.switch_page("train.py").run()
    assert any("no longer finite" in message for message in errors(app))


@pytest.mark.parametrize("page", ["explore.py", "train.py", "compare.py", "runs.py"])
def test_runs_on_a_share_that_does_not_answer_are_one_sentence_until_it_does(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    app.switch_page(page).run()
    listing = os.scandir

    def failing(path: Path) -> Any:
        if path == runs.runs_root():
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return listing(path)

    with monkeypatch.context() as share:
        share.setattr(os, "scandir", failing)
        app.run()
    assert not app.exception
    assert page == "train.py" or any("could not be looked at (Stale" in error for error in errors(app))
    app.run()
    assert not errors(app)
