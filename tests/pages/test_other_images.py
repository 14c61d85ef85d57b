"""A run beside other images than its own, which lie under the same name: they are never shown for its own."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.address import table_rows
from pages.ui.components.latent_canvas.canvas_data import listed_classes
from pages.ui.server import images, urls
from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager
from tests.pages.test_routes import client
from tests.vae_core.idx_files import small_files, write
from tests.vae_core.small_runs import trained
from vae_core import jobs, runs
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.errors import DatasetMissing

__all__ = ["client"]
SENTENCE = "The images called MNIST on this machine are others than this run's, so they are not shown."


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> runs.Run:
    """A run trained on the images of a folder."""
    write(tmp_path / "own", small_files(40, 30))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "own"))
    settings = {"dataset": "mnist", "hidden_sizes": (4,), "epochs": 1, "batch_size": 20, "device": "cpu"}
    return trained(parse_config(settings), runs.runs_root())


@pytest.fixture(params=[(40, 30), (20, 5)], ids=["as many", "fewer"])
def elsewhere(own: runs.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The server looks into another folder now, with other images in the same files; the run's id."""
    write(tmp_path / "other", small_files(*request.param, seed=1))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "other"))
    return own.id


@pytest.mark.parametrize("asked", ["images", "thumbnails?numbers=0,29", "thumbnails?numbers=0&split=all"])
def test_no_route_gives_others_images_for_a_runs_own(client, elsewhere: str, asked: str) -> None:
    answer = client.get(f"{urls.run_base(elsewhere)}{asked}")
    assert (answer.status_code, answer.json()) == (404, {"error": SENTENCE.removesuffix(".")})


def test_not_all_points_are_encoded_of_other_images(client, elsewhere: str) -> None:
    step = runs.open_run(elsewhere).step
    answer = client.get(f"{urls.run_base(elsewhere)}embedding/{step}?split=all")
    assert (answer.status_code, answer.json()) == (404, {"error": SENTENCE.removesuffix(".")})


@pytest.mark.parametrize("page", ["explore.py", "runs.py"])
def test_pages_show_the_run_without_pictures_and_say_why_once(manager: IdleManager, elsewhere: str, page: str) -> None:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30)
    app.query_params["run"] = elsewhere
    app.run()
    if page == "runs.py":
        app.switch_page(page).run()
        key = table_rows.widget_key("runs-table", list(app.dataframe[0].value["Id"]))
        app.session_state[key] = {"selection": {"rows": [2], "columns": [], "cells": []}}
        app.run()
    assert not app.exception
    assert app.error.values == []
    assert [caption.value for caption in app.caption].count(SENTENCE) == 1


def test_beside_its_own_images_in_any_folder_a_run_has_its_pictures(
    client, own: runs.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "copied", small_files(40, 30))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "copied"))
    shown = client.get(f"{urls.run_base(own.id)}images").content
    assert shown == registry.load("mnist", "held-out").images[own.embedding().index].tobytes()


def test_start_makes_no_run_of_images_that_are_all_of_the_class_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "fives", small_files(40, 30, labels=(5, 5)))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "fives"))
    with closing(jobs.JobManager(slots=0)) as manager:
        monkeypatch.setattr(jobs, "shared", lambda: manager)
        app = AppTest.from_file(str(NAVIGATION), default_timeout=30)
        app.query_params.update({"dataset": "mnist", "left_out_class": "5"})
        app.run().switch_page("train.py").run()
        assert not app.exception
        assert any("all 40 images are of class 5" in error.value for error in app.error)
        next(button for button in app.button if button.label == "Start").click().run()
        assert not app.exception
        assert any("all 40 images are of class 5" in error.value for error in app.error)
    assert runs.list_runs() == []


@pytest.mark.parametrize("objective", ["vae", "cvae"])
def test_classes_of_which_there_is_no_image_are_marked_in_legend_and_lists(
    manager: IdleManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, objective: str
) -> None:
    write(tmp_path / "few", small_files(40, 30, labels=(2, 4)))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "few"))
    settings = {"dataset": "mnist", "hidden_sizes": (4,), "epochs": 1, "batch_size": 20, "objective": objective}
    run = trained(parse_config({**settings, "device": "cpu"}), runs.runs_root())
    names = listed_classes(run, "held-out")
    assert [name for name in names if "(no image)" not in name] == ["2", "3", "4"]
    assert names[9] == "9 (no image)"
    assert listed_classes(runs.open_run("digits"), "held-out") == list("0123456789")
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30)
    app.query_params["run"] = run.id
    app.run()
    assert not app.exception
    if objective == "cvae":
        said = "Of class 0 there is no image on the map, and there may have been none to learn from."
        assert said in app.caption.values
        app.selectbox(key="class").set_value("3").run()
        assert said.replace("0", "3") not in app.caption.values


def test_a_run_that_does_not_know_its_images_beside_fewer_is_a_sentence(
    own: runs.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of 0.1.0 may only know how many there should be."""
    few = registry.load("mnist", "held-out")[np.arange(3)]
    monkeypatch.setattr(registry, "images_of", lambda *_: few)
    images._images.cache_clear()
    with pytest.raises(DatasetMissing, match=r"^MNIST on this machine has 3 .*, and this run's map is of more"):
        images.embedded_images(own)
