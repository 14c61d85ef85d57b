"""A config's table in, sidebar widgets out: label, bounds, default and help all come from `vae_core.config`.

Every widget is bound to the URL under its setting's name, so an address holds whatever differs from the defaults:
choices by their values, for which the page has titles.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo
from streamlit.delta_generator import DeltaGenerator

from pages.ui.address import state
from pages.ui.server import visible_runs
from vae_core.config import (
    TrainConfig,
    check_new,
    choices,
    default_of,
    in_full,
    parse_config,
    settings,
    title_of,
    usual,
)
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.config.options import RECIPES
from vae_core.config.train_config import GROUPS, Group, Setting
from vae_core.data import registry
from vae_core.data.generated import is_generated
from vae_core.errors import ConfigInvalid
from vae_core.jobs.machine import precision_note

GROUP_TITLES: dict[Group, str] = {
    "data": "Data",
    "model": "Model",
    "objective": "Objective",
    "optimiser": "Optimiser",
}


GENERATED_NOTE = (
    "A model drew them: what learns from them learns what that model knows, and its held-out figures are of drawn ones."
)


def config_form() -> TrainConfig:
    """Draw all settings and return what they say.

    Raises ConfigInvalid if the values together are not allowed; the page shows its sentence.
    """
    _recipes()
    values: dict[str, Any] = {}
    for group in GROUPS:
        st.subheader(GROUP_TITLES[group], anchor=False)
        _group({name: pair for name, pair in settings().items() if pair[0].group == group}, values)
    st.button("Reset to defaults", icon=":material/restart_alt:", on_click=_set_all, args=({},), width="stretch")
    config = parse_config(values)
    check_new(config, registry.source(config.dataset).card)
    return config


def _group(members: Mapping[str, tuple[Setting, FieldInfo]], values: dict[str, Any]) -> None:
    """One group's settings, the rarely used ones folded; what they say goes into values."""
    captions = _draw([name for name, (setting, _) in members.items() if not setting.folded], values)
    folded = [name for name, (setting, _) in members.items() if setting.folded]
    if any(members[name][0].is_needed(values) for name in folded):
        with st.expander("More"):
            captions |= _draw(folded, values)
    for name, caption in captions.items():  # at last, for a sentence may depend on settings further down
        caption.caption(_about(name, values))


def _draw(names: Sequence[str], values: dict[str, Any]) -> dict[str, DeltaGenerator]:
    """Draw those settings that apply; the places below for a sentence on what was chosen."""
    captions = {}
    for name in names:
        setting, field = settings()[name]
        if setting.is_needed(values):
            values[name] = _widget(name, setting, field, values)
            if setting.options or name in ("dataset", "precision"):
                captions[name] = st.empty()
    return captions


def _about(name: str, values: Mapping[str, Any]) -> str:
    """What the chosen option is, in a sentence or two."""
    if name == "dataset":
        source = registry.source(values[name])
        told = f" {GENERATED_NOTE}" if is_generated(source.card) else ""
        return f"{source.about} {usual.why(source.card)}{told}"
    if name == "precision":
        return precision_note(values[name], values["device"])
    sentence = settings()[name][0].options[values[name]]
    if name != "likelihood":
        return sentence
    return f"{sentence} {LIKELIHOODS[values[name]].note_on(is_binarised=values.get('pixels') == 'binarised')}"


def _recipes() -> None:
    st.subheader("Recipes", anchor=False)
    for name, (purpose, values) in RECIPES.items():
        st.button(name, help=purpose, on_click=_set_all, args=(values,), width="stretch", key=f"recipe-{name}")


def purpose(config: TrainConfig) -> str:
    """What the recipe is for whose settings these are; for others, what sets them apart from the defaults."""
    given = {"dataset": config.dataset, "objective": config.objective}
    defaults = {name: default_of(name, given) for name in TrainConfig.model_fields}
    differing = {name: value for name, value in config if name != "dataset" and value != defaults[name]}
    for name, (sentence, values) in RECIPES.items():
        if differing == {each: value for each, value in values.items() if value != defaults[each]}:
            return f"{name}: {sentence[0].lower()}{sentence[1:]}"
    named = [f"{_label(name)} {_text(name, value, config)}" for name, value in differing.items()]
    return f"Your own settings: {', '.join(named)}."


def _label(name: str) -> str:
    """A setting's label within a sentence: 'latent dimensions', 'β'."""
    label = settings()[name][0].label.partition(",")[0]
    return label[0].lower() + label[1:]


def _text(name: str, value: Any, config: TrainConfig) -> str:
    if isinstance(value, str):
        return title_of(name, value, registry.source(config.dataset).card)
    return str(_shown(value))


def _set_all(differing: Mapping[str, Any]) -> None:
    """Callback: every setting to its default but for those named; the data set stays as chosen."""
    given = {"dataset": state.widget("dataset", TrainConfig.model_fields["dataset"].default), **differing}
    defaults = {name: default_of(name, given) for name in TrainConfig.model_fields if name != "dataset"}
    state.set_widgets({name: _shown(value) for name, value in {**defaults, **differing}.items()})


def in_address(config: TrainConfig) -> dict[str, str]:
    """What an address of Train says for the form to begin with this config, whatever it held before."""
    values = dict(config)
    needed = [name for name, (setting, _) in settings().items() if setting.is_needed(values)]
    return {name: str(_shown(values[name])) for name in needed}


def show(config: TrainConfig) -> None:
    """Callback: make the sidebar say what a config says."""
    state.set_widgets({name: _shown(value) for name, value in config})


def _suit_dataset() -> None:
    """Callback: another data set brings the settings that suit it."""
    _to_defaults(*usual.NAMES, given="dataset")


def _suit_objective() -> None:
    """Callback: another objective brings its own β, if it has one."""
    _to_defaults("beta", given="objective")


def _to_defaults(*names: str, given: str) -> None:
    chosen = {given: state.widget(given, None)}
    state.set_widgets({name: _shown(default_of(name, chosen)) for name in names})


_BRINGS_OTHERS = {"dataset": _suit_dataset, "objective": _suit_objective}


def _shown(value: Any) -> Any:
    """A value as its widget holds it: sizes and numbers are typed as text."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return in_full(value) if isinstance(value, int | float) else value


def _widget(name: str, setting: Setting, field: FieldInfo, values: Mapping[str, Any]) -> Any:
    """One setting's widget, by its type. values: of the settings before it."""
    offered = _offered(name, values)
    if offered:
        return choice(name, offered, values)
    default = default_of(name, values)
    common: dict[str, Any] = {"key": name, "help": field.description, "bind": "query-params"}
    if field.annotation in {int, float}:
        return number(name, default, on_change=_write_as_read, args=(name,), **common)
    if isinstance(field.annotation, types.GenericAlias):
        return st.text_input(setting.label, value=_shown(default), **common)
    raise TypeError(f"{name} has a type that no widget shows: {field.annotation!r}; add one to pages/ui/train/forms.py")


def _offered(name: str, values: Mapping[str, Any]) -> list[str]:
    """The values to choose from; none for a setting that is typed."""
    if name == "dataset":
        return visible_runs.dataset_names()
    if name == "left_out_class":
        return ["none", *map(str, range(registry.source(values["dataset"]).card.class_count))]
    return list(choices(name))


def choice(name: str, offered: list[str], values: Mapping[str, Any]) -> str:
    """The chosen value of a setting that has so many; values: of the settings before it."""
    setting, field = settings()[name]
    default = default_of(name, values)
    state.begin_choice(name, offered, default)
    source = registry.datasets().get(values.get("dataset", ""))
    chosen: str = st.selectbox(
        setting.label,
        offered,
        format_func=partial(title_of, name, card=source.card if source else None),
        key=name,
        help=field.description,
        on_change=_BRINGS_OTHERS.get(name),
    )
    state.keep_choice(name, chosen, default)
    return chosen


def number(name: str, value: float, **rest: Any) -> str:
    """A field for a number setting, and what is typed there; rest: what else `st.text_input` takes.

    A field of text, because a browser's field for numbers makes 1 of "0,001" and shows 0.00 for 0.00025.
    """
    typed: str = st.text_input(settings()[name][0].label, value=in_full(value), **rest)
    return typed


def _write_as_read(name: str) -> None:
    """Callback: the field says how its number was understood; what is no number stays as it was typed."""
    try:
        state.set_widgets({name: _shown(getattr(parse_config({name: state.widget(name, "")}), name))})
    except ConfigInvalid:
        return
