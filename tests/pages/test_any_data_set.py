"""Runs of data sets that are not digits, on a machine that knows them and on one that does not."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.idle_manager import IdleManager
from tests.vae_core.any_data_sets import SOURCES, known_here
from tests.vae_core.small_runs import trained
from vae_core import runs
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.errors import DatasetDamaged

NAVIGATION = Path(__file__).parents[2] / "pages/navigation.py"


def tiny_run(name: str, **settings: Any) -> str:
    """A run of one of these data sets, made where it was known; its id."""
    small = {"hidden_sizes": (4,), "epochs": 1, "batch_size": 65, "device": "cpu", "dataset": name}
    with known_here(name):
        return trained(parse_config({**small, **settings}), runs.runs_root()).id


def page(name: str, **address: str) -> AppTest:
    """A page as its address opens it."""
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30)
    for key, value in address.items():
        app.query_params[key] = value
    return app.run().switch_page(name).run()


def said(app: AppTest) -> list[str]:
    return [each.value for each in (*app.caption, *app.info, *app.markdown, *app.error)]


@pytest.mark.parametrize(
    ("name", "settings"),
    [("colours", {"objective": "cvae"}), ("unlabelled", {"latent_dim": 1}), ("numbers", {"latent_dim": 3})],
)
def test_explore_shows_a_run_of_a_data_set_that_is_not_known_here_and_says_so(
    manager: IdleManager, name: str, settings: dict[str, Any]
) -> None:
    app = page("explore.py", run=tiny_run(name, **settings))
    assert not app.exception
    assert [app.title[0].value, app.error.values] == [name.capitalize(), []]
    sentence = f"This machine does not know the data set {name.capitalize()}, so its real images cannot be shown."
    assert said(app).count(sentence) == 1
    assert not any(button.label.startswith("Download") for button in app.button)
    if name == "colours":
        assert len(app.selectbox(key="class").options) == 13


def test_compare_puts_two_such_runs_side_by_side_and_says_so(manager: IdleManager) -> None:
    ids = tiny_run("colours"), tiny_run("colours", objective="beta-vae")
    app = page("compare.py", compare=",".join(ids))
    assert not app.exception
    assert app.error.values == []
    assert sum("does not know the data set Colours" in sentence for sentence in said(app)) == 1


def test_runs_lists_such_a_run_with_the_title_that_its_card_has(
    manager: IdleManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_SINGLE_USER", "1")
    tiny_run("numbers")
    app = page("runs.py")
    assert not app.exception
    assert any("Numbers" in title for title in app.dataframe[0].value["Run"])


def canvas_page(run_id: str) -> None:
    import streamlit as st

    from pages.ui.components.latent_canvas.canvas_data import canvas_data
    from vae_core import runs

    run = runs.open_run(run_id)
    st.json(canvas_data(run, run.status()))


@pytest.mark.parametrize("name", ["colours", "unlabelled", "numbers", "tiles"])
def test_a_canvas_is_told_the_shape_and_the_classes_of_the_card(name: str) -> None:
    import json

    app = AppTest.from_function(canvas_page, kwargs={"run_id": tiny_run(name, latent_dim=1)}).run()
    assert not app.exception
    data = json.loads(app.json[0].value)
    assert data["imageShape"] == list(SOURCES[name].card.image_shape)
    assert data["classes"] == (list(SOURCES[name].card.classes or ()) or ["all images"])
    marks = list(zip(data["look"]["classes"]["light"], data["look"]["symbols"], strict=True))
    assert len(data["classes"]) <= len(marks) == len(set(marks))
    assert (data["dims"], data["images"]) == ([0], False)


@pytest.mark.parametrize("name", ["explore.py", "compare.py"])
def test_pages_go_on_without_images_whose_files_are_damaged_and_say_so(
    manager: IdleManager, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def damaged(*_: object) -> None:
        raise DatasetDamaged("a file should hold images; delete it")

    ids = tiny_run("colours"), tiny_run("colours", objective="beta-vae")
    monkeypatch.setattr(registry, "why_no_images", damaged)
    app = page(name, run=ids[0], compare=",".join(ids))
    assert not app.exception
    assert app.error.values == []
    assert any("delete it" in sentence for sentence in said(app))
