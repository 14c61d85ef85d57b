"""The table of settings: complete, bounded, and firm with what does not belong in it."""

from dataclasses import replace

import pytest

from vae_core.architecture.layers import weight_shapes
from vae_core.config import TrainConfig, check_data, check_new, choices, default_of, parse_config, settings
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.config.options import OBJECTIVES, RECIPES
from vae_core.config.train_config import GROUPS
from vae_core.data.registry import DATASETS
from vae_core.data.source import DataCard
from vae_core.errors import ConfigInvalid

BAD_VALUES = {
    "dataset": ["", 3, None],
    "left_out_class": ["ten", "-1", "07", 7, None],
    "architecture": ["transformer"],
    "hidden_sizes": ["", "0", "4097", "1 2 3 4 5", "wide", [512, -1]],
    "channels": ["", "1, 2, 3, 4, 5, 6, 7", [0]],
    "latent_dim": [0, 65, 2.5, "many"],
    "activation": ["tanh"],
    "likelihood": ["poisson"],
    "gaussian_sigma": [0.0, 2.1, float("nan"), float("inf")],
    "objective": ["gan", 3],
    "posterior": ["mixture"],
    "pixels": ["sepia"],
    "widths": ["image"],
    "noise_sigma": [-0.1, 2.1],
    "importance_samples": [0, 101],
    "labelled_images": [9, 60_001],
    "beta": [-0.1, 10_000.1, float("nan")],
    "beta_span": [0.9, 100.1, float("nan")],
    "beta_schedule": ["sawtooth"],
    "ramp_share": [0.0, 1.1],
    "cycles": [0, 101],
    "capacity_nats": [-1.0, 1000.1],
    "free_bits_nats": [-0.1, 10.1],
    "learning_rate": [0.0, 1.1, float("nan")],
    "schedule": ["linear"],
    "batch_size": [0, 8193],
    "epochs": [0, 1001],
    "seed": [-1, 2**31],
    "device": ["tpu"],
    "precision": ["float16"],
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
    with pytest.raises(
        ConfigInvalid, match=r"^momentum is no setting; the settings are dataset, left_out_class, architecture"
    ):
        parse_config({"momentum": 0.9})


@pytest.mark.parametrize("name", settings())
def test_every_setting_has_a_label_a_group_and_words_for_people(name: str) -> None:
    setting, field = settings()[name]
    assert setting.label
    assert setting.group in GROUPS
    assert field.description
    assert field.description.endswith(".")
    for other, values in setting.applies.items():
        assert set(values) <= set(choices(other)), "it applies to what can be chosen"
    for value, words in setting.options.items():
        parse_config({name: value})
        assert words.endswith(".")


def test_the_words_for_beta_name_its_unit_and_those_for_bernoulli_its_limit_on_grey_pixels() -> None:
    assert "nats per image" in (TrainConfig.model_fields["beta"].description or "")
    assert "not a likelihood" in LIKELIHOODS["bernoulli"].note_on(is_binarised=False)
    assert "not a likelihood" not in LIKELIHOODS["bernoulli"].note_on(is_binarised=True)


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
    assert (large.epochs, large.batch_size) == (12, 128)
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
    assert weight_shapes(config, DATASETS[dataset].card)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_beta_starts_where_its_objective_likes_it(name: str) -> None:
    usual = OBJECTIVES[name].beta
    assert parse_config({"objective": name}).beta == (1.0 if usual is None else usual)
    assert parse_config({"objective": name, "beta": 2.5}).beta == 2.5


@pytest.mark.parametrize(
    ("together", "why"),
    [
        ({"objective": "iwae", "beta_schedule": "capacity"}, "β schedule capacity is for vae, beta-vae and cvae"),
        ({"objective": "mmd-vae", "beta_schedule": "free-bits"}, "β schedule free-bits is for vae, beta-vae and cvae"),
        ({"objective": "beta-tcvae", "posterior": "full"}, "beta-tcvae needs a diagonal posterior"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_in_one_sentence(together: dict[str, object], why: str) -> None:
    with pytest.raises(ConfigInvalid, match=f"^{why}.*change one of them and try again$"):
        parse_config(together)


DIGITS = DATASETS["digits"].card
UNLABELLED = replace(DIGITS, title="Leaves", classes=None, labels="none")


@pytest.mark.parametrize(
    ("values", "card", "why"),
    [
        ({"left_out_class": "10"}, DIGITS, "left_out_class: Digits has no class 10; choose 0 to 9, or none$"),
        ({"left_out_class": "0"}, UNLABELLED, "left_out_class: Leaves has no class 0; choose none$"),
        (
            {"left_out_class": "0"},
            replace(DIGITS, classes=("one",)),
            "left_out_class: Digits has one class alone, without it no image is left; choose none$",
        ),
        ({"objective": "cvae"}, UNLABELLED, "objective cvae is told each image's class, and Leaves names none; choose"),
        ({"objective": "m2"}, UNLABELLED, "objective m2 is told each image's class, and Leaves names none"),
        (
            {"objective": "m2", "labelled_images": 1501},
            DIGITS,
            "labelled_images is more than the 1500 there are; .*again$",
        ),
    ],
)
def test_what_a_data_set_does_not_have_is_refused_in_one_sentence(
    values: dict[str, object], card: DataCard, why: str
) -> None:
    with pytest.raises(ConfigInvalid, match=f"^{why}"):
        check_data(parse_config(values), card)


@pytest.mark.parametrize("objective", ["mmd-vae", "beta-tcvae"])
def test_an_objective_that_compares_images_is_refused_batches_of_one_in_a_new_run(objective: str) -> None:
    alone = parse_config({"objective": objective, "batch_size": 1})
    with pytest.raises(ConfigInvalid, match=r"^batch_size is 1, and .* compares the images .*; take 2 or more$"):
        check_new(alone, DIGITS)
    check_data(alone, DIGITS)  # a run that was trained so still opens
    pair = parse_config({"objective": objective, "batch_size": 2})
    check_new(pair, DIGITS)
    with pytest.raises(ConfigInvalid, match=r"^objective .* and Digits has one to learn from; choose another$"):
        check_new(pair, replace(DIGITS, train_size=1))
    check_new(parse_config({"batch_size": 1}), DIGITS)


def test_a_data_set_may_have_any_number_of_classes_one_of_which_is_left_out() -> None:
    check_data(parse_config({"left_out_class": "12"}), replace(DIGITS, classes=tuple("abcdefghijklm")))
    check_data(parse_config({}), UNLABELLED)


def test_a_setting_is_needed_only_beside_the_values_it_applies_to() -> None:
    sigma = settings()["gaussian_sigma"][0]
    assert sigma.is_needed({"likelihood": "gaussian"})
    assert not sigma.is_needed({"likelihood": "bernoulli"})
    assert settings()["seed"][0].is_needed({})
