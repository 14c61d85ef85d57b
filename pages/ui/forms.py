"""A config's table in, sidebar widgets out: label, bounds, default and help all come from `vae_core.config`.

Every widget is bound to the URL under its setting's name, so an address holds whatever differs from the defaults.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from pages.ui import state
from vae_core import datasets
from vae_core.config import GROUPS, RECIPES, Group, Setting, TrainConfig, default_of, parse_config, settings

GROUP_TITLES: dict[Group, str] = {
    "data": "Data",
    "model": "Model",
    "objective": "Objective",
    "optimiser": "Optimiser",
}


def config_form() -> TrainConfig:
    """Draw all settings and return what they say.

    Raises ConfigInvalid if the values together are not allowed; the page shows its sentence.
    """
    _recipes()
    values: dict[str, Any] = {}
    for group in GROUPS:
        members = {name: pair for name, pair in settings().items() if pair[0].group == group}
        st.subheader(GROUP_TITLES[group], anchor=False)
        _draw({name: pair for name, pair in members.items() if not pair[0].folded}, values)
        folded = {name: pair for name, pair in members.items() if pair[0].folded}
        if folded:
            with st.expander("More"):
                _draw(folded, values)
    st.button("Reset to defaults", icon=":material/restart_alt:", on_click=_set_all, args=({},), width="stretch")
    return parse_config(values)


def _draw(members: Mapping[str, tuple[Setting, FieldInfo]], values: dict[str, Any]) -> None:
    """Draw those settings that apply, and collect what they say."""
    for name, (setting, field) in members.items():
        if setting.applies is None or values.get(setting.applies[0]) == setting.applies[1]:
            values[name] = _widget(name, setting, field, default_of(name, values))


def _recipes() -> None:
    st.subheader("Recipes", anchor=False)
    for name, (purpose, values) in RECIPES.items():
        st.button(name, help=purpose, on_click=_set_all, args=(values,), width="stretch", key=f"recipe-{name}")


def _set_all(differing: Mapping[str, Any]) -> None:
    """Callback: every setting to its default but for those named; the data set stays as chosen."""
    dataset = state.widget("dataset", TrainConfig.model_fields["dataset"].default)
    defaults = {name: default_of(name, {"dataset": dataset}) for name in TrainConfig.model_fields if name != "dataset"}
    state.set_widgets({name: _shown(value) for name, value in {**defaults, **differing}.items()})


def _suit_dataset() -> None:
    """Callback: another data set brings its own batch size and number of epochs."""
    dataset = state.widget("dataset", None)
    state.set_widgets({name: default_of(name, {"dataset": dataset}) for name in ("batch_size", "epochs")})


def _shown(value: Any) -> Any:
    """A default as its widget holds it: sizes are typed as text."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value


def _widget(name: str, setting: Setting, field: FieldInfo, default: Any) -> Any:
    """One setting's widget, by its type."""
    common: dict[str, Any] = {"key": name, "help": field.description, "bind": "query-params"}
    if name == "dataset":
        chosen = st.selectbox(setting.label, list(datasets.DATASETS), on_change=_suit_dataset, **common)
        st.caption(datasets.DATASETS[chosen].about)
        return chosen
    kind = field.annotation
    if get_origin(kind) is Literal:
        choices = list(get_args(kind))
        return st.selectbox(setting.label, choices, index=choices.index(default), **common)
    if kind in {int, float}:
        return _number(setting, field, default, common)
    if isinstance(kind, types.GenericAlias):
        return st.text_input(setting.label, value=_shown(default), **common)
    raise TypeError(f"{name} has a type that no widget shows: {kind!r}; add one to pages/ui/forms.py")


def _number(setting: Setting, field: FieldInfo, default: Any, common: dict[str, Any]) -> float | int:
    """A number between its bounds, in the field's own type."""
    low = next(part.ge for part in field.metadata if isinstance(part, Ge))
    high = next(part.le for part in field.metadata if isinstance(part, Le))
    if field.annotation is int:
        whole: int = st.number_input(
            setting.label, int(str(low)), int(str(high)), int(default), step=int(setting.step or 1), **common
        )
        return whole
    small = float(default) < 0.01
    number: float = st.number_input(
        setting.label,
        float(str(low)),
        float(str(high)),
        float(default),
        step=setting.step or float(default) / 4,
        format="%.5f" if small else "%.2f",
        **common,
    )
    return number
