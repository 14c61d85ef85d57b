"""The table of settings: complete, bounded, and firm with what does not belong in it."""

import pytest

from vae_core.config import GROUPS, RECIPES, TrainConfig, default_of, parse_config, settings
from vae_core.datasets import DATASETS
from vae_core.errors import ConfigInvalid
from vae_core.layers import weight_shapes

BAD_VALUES = {
    "dataset": ["imagenet", 3, None],
    "architecture": ["transformer"],
    "hidden_sizes": ["", "0", "4097", "1 2 3 4 5", "wide", [512, -1]],
    "channels": ["", "1, 2, 3, 4", [0]],
    "latent_dim": [1, 65, 2.5, "many"],
    "activation": ["tanh"],
    "likelihood": ["poisson"],
    "gaussian_sigma": [0.0, 2.1, float("nan"), float("inf")],
    "beta": [-0.1, 100.1, float("nan")],
    "learning_rate": [0.0, 1.1, float("nan")],
    "schedule": ["cosine"],
    "batch_size": [0, 8193],
    "epochs": [0, 1001],
    "seed": [-1, 2**31],
    "device": ["tpu"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD_VALUES.items() for value in values])
def test_a_value_out_of_bounds_is_refused_in_one_sentence_that_names_it(name: str, value: object) -> None:
    with pytest.raises(ConfigInvalid) as refusal:
        parse_config({name: value})
    message = str(refusal.value)
    assert message.startswith(name)
    assert repr(value) in message or name in {"hidden_sizes", "channels"}
    assert "\n" not in message


def test_the_bad_values_above_try_every_setting() -> None:
    assert BAD_VALUES.keys() == settings().keys()


def test_a_setting_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ConfigInvalid, match=r"^momentum is no setting; the settings are dataset, architecture"):
        parse_config({"momentum": 0.9})


@pytest.mark.parametrize("name", settings())
def test_every_setting_has_a_label_a_group_and_words_for_people(name: str) -> None:
    setting, field = settings()[name]
    assert setting.label
    assert setting.group in GROUPS
    assert field.description
    assert field.description.endswith(".")
    if setting.applies:
        other, value = setting.applies
        parse_config({other: value})


def test_the_words_for_beta_name_its_unit_and_those_for_bernoulli_its_limit_on_grey_pixels() -> None:
    assert "nats per image" in (TrainConfig.model_fields["beta"].description or "")
    assert "not a likelihood" in (TrainConfig.model_fields["likelihood"].description or "")


@pytest.mark.parametrize("typed", ["64, 32", "64 32", " 64,32 ", (64, 32), [64, 32], ["64", "32"]])
def test_layer_sizes_are_read_as_people_type_them(typed: object) -> None:
    assert parse_config({"hidden_sizes": typed}).hidden_sizes == (64, 32)


def test_a_config_survives_its_way_through_json() -> None:
    config = parse_config({"dataset": "mnist", "channels": "8 16", "beta": 0.1, "learning_rate": 3e-4})
    assert TrainConfig.model_validate_json(config.model_dump_json()) == config
    assert parse_config(config.model_dump(mode="json")) == config


def test_small_data_sets_get_more_epochs_of_smaller_batches_unless_told_otherwise() -> None:
    small, large = parse_config({"dataset": "digits"}), parse_config({"dataset": "mnist"})
    assert (small.epochs, small.batch_size) == (400, 64)
    assert (large.epochs, large.batch_size) == (12, 256)
    assert parse_config({"dataset": "digits", "epochs": 3}).epochs == 3
    assert default_of("epochs", {"dataset": "digits"}) == 400


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        TrainConfig().beta = 2.0  # type: ignore[misc]


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_fits_every_data_set(recipe: str, dataset: str) -> None:
    words, changes = RECIPES[recipe]
    config = parse_config({**changes, "dataset": dataset})
    assert words.endswith(".")
    assert weight_shapes(config, DATASETS[dataset].image_shape)
