"""Train's sidebar and its address: choices read as people write them, the address keeps their values."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from vae_core.config import TrainConfig, choices, default_of, parse_config, title_of
from vae_core.data import registry
from vae_core.data.registry import DATASETS
from vae_core.jobs import machine

OFFERED = {
    "dataset": tuple(registry.DATASETS),
    **{name: choices(name) for name in TrainConfig.model_fields if choices(name)},
}


def form_page() -> None:
    import streamlit as st

    from pages.ui.address import state
    from pages.ui.train import forms

    state.begin_page()
    st.json(forms.config_form().model_dump(mode="json"))
    state.end_page()


def form(**address: str) -> AppTest:
    return opened(form_page, address)


def opened(page: Callable[[], None], address: Mapping[str, str]) -> AppTest:
    app = AppTest.from_function(page)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def addressed(app: AppTest, name: str) -> str | None:
    """What the address says; AppTest has a list of what the script wrote."""
    value: str | list[str] | None = app.query_params.get(name)
    return value[-1] if isinstance(value, list) else value


def config_of(app: AppTest) -> TrainConfig:
    return parse_config(json.loads(app.json[0].value))


def choices_page() -> None:
    """All choices, whether they apply or not, and what they say."""
    import streamlit as st

    from pages.ui.train import forms
    from tests.pages.train.test_forms import OFFERED

    values = {}
    for name, offered in OFFERED.items():
        values[name] = forms.choice(name, list(offered), values)
    st.json(values)


@pytest.mark.parametrize("number", range(max(map(len, OFFERED.values()))))
def test_an_address_with_choices_values_opens_on_them_and_keeps_them(number: int) -> None:
    address = {name: offered[number % len(offered)] for name, offered in OFFERED.items()}
    app = opened(choices_page, address)
    assert json.loads(app.json[0].value) == address
    for name, value in address.items():
        assert title_of(name, value, DATASETS[address["dataset"]].card) in app.selectbox(key=name).options
        assert addressed(app, name) == (None if value == default_of(name, address) else value)


@pytest.mark.parametrize("bad", ["", "no such", "VAE", "β-VAE", "BETA-VAE"])
def test_an_address_with_what_is_no_value_opens_on_the_default_and_is_mended(bad: str) -> None:
    app = form(objective=bad, beta="3")
    assert (config_of(app).objective, config_of(app).beta) == ("vae", 3.0)
    assert "objective" not in app.query_params


def test_a_choice_goes_into_the_address_by_its_value_and_out_of_it_with_the_default() -> None:
    app = form()
    app.selectbox(key="objective").set_value("beta-vae").run()
    assert addressed(app, "objective") == "beta-vae"
    assert config_of(app).beta == 2.0, "and brings its own β"
    app.selectbox(key="objective").set_value("vae").run()
    assert "objective" not in app.query_params


def test_a_choice_that_does_not_apply_leaves_the_address_and_comes_back_as_it_was() -> None:
    app = form(beta_schedule="cyclical", cycles="3")
    app.selectbox(key="objective").set_value("iwae").run()
    assert "beta_schedule" not in app.query_params
    app.selectbox(key="objective").set_value("vae").run()
    assert (config_of(app).beta_schedule, addressed(app, "beta_schedule")) == ("cyclical", "cyclical")


def test_a_recipe_and_a_reset_change_choices_in_the_address_too() -> None:
    app = form(objective="cvae")
    app.button(key="recipe-Convolutional map").click().run()
    assert (addressed(app, "architecture"), addressed(app, "objective")) == ("conv", None)
    next(button for button in app.button if button.label == "Reset to defaults").click().run()
    assert "architecture" not in app.query_params


def test_the_classes_that_can_be_left_out_have_the_names_of_the_data_set() -> None:
    options: list[Any] = form(dataset="fashion-mnist").selectbox(key="left_out_class").options
    assert options[:3] == ["None", "T-shirt/top", "Trouser"]


@pytest.mark.parametrize("has", [True, False])
def test_bfloat16_says_what_it_does_on_a_processor_without_instructions_for_it(
    monkeypatch: pytest.MonkeyPatch, has: bool
) -> None:
    monkeypatch.setattr(machine, "has_bfloat16", lambda: has)
    app = form(precision="bfloat16")
    assert any("no instructions for bfloat16" in caption.value for caption in app.caption) is not has
    assert not any("bfloat16" in caption.value for caption in form().caption)
