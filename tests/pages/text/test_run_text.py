"""Runs and settings are put into the words that fit their objective."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from pages.ui.server import images
from pages.ui.text import run_text
from tests.vae_core.run_samples import FIGURES, RECORD, finish, random_weights
from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.config import TrainConfig, parse_config
from vae_core.data import registry
from vae_core.runs import RunWriter
from vae_core.runs.records import State


def complete_run(figures: dict[str, Any] | None = None, **choices: Any) -> runs.Run:
    """A finished run of that config, with those held-out figures beside the usual ones."""
    writer = RunWriter.create(parse_config({"dataset": "digits", "hidden_sizes": (3,), **choices}))
    evaluation = replace(RECORD, held_out=replace(FIGURES, **(figures or {})))
    return finish(writer, random_weights(writer.config), evaluation=evaluation)


def plan(config: TrainConfig) -> str:
    """As Train shows it."""
    return run_text.plan(config, registry.source(config.dataset).card, images.train_images(config))


def planned_steps(config: TrainConfig) -> int:
    """The number before 'steps' in a plan."""
    (number,) = re.findall(r"([\d,]+) steps\.", plan(config))
    return int(number.replace(",", ""))


def test_a_summary_is_the_bound_and_its_two_terms() -> None:
    assert "−ELBO **24.0** = reconstruction **21.5** + KL **2.5**" in run_text.summary(complete_run())


def test_a_negative_figure_has_a_minus_and_its_thousands_are_apart() -> None:
    figures = {"negative_elbo_nats": -3418.0, "reconstruction_nats": -3420.54, "kl_nats": 2.5}
    said = run_text.summary(complete_run(figures, likelihood="gaussian"))
    assert "−ELBO **−3,418.0** = reconstruction **−3,420.5** + KL **2.5**" in said
    assert not re.search(r"-\d", said)
    assert run_text.decimal(-0.04, 1) == "0.0"


@pytest.mark.parametrize("objective", ["autoencoder", "denoising"])
def test_an_autoencoders_summary_is_its_reconstruction_only(objective: str) -> None:
    summary = run_text.summary(complete_run(objective=objective))
    assert "reconstruction **21.5**" in summary
    assert "KL" not in summary
    assert "ELBO" not in summary


def test_a_semi_supervised_models_summary_says_how_many_labels_it_gets_right() -> None:
    assert "**93.5%**" in run_text.summary(complete_run({"accuracy": 0.935}, objective="m2"))
    assert "%" not in run_text.summary(complete_run(objective="m2"))


def test_a_title_names_the_objective_unless_it_is_the_usual_one() -> None:
    assert "VAE" not in run_text.run_title(complete_run())
    assert "β-VAE, β 4" in run_text.run_title(complete_run(objective="beta-vae", beta=4.0))
    title = run_text.run_title(complete_run(objective="autoencoder"))
    assert "Autoencoder" in title
    assert "β" not in title


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({}, ""),
        ({"objective": "cvae", "posterior": "full"}, ""),
        ({"pixels": "binarised"}, "mean over such draws"),
        ({"objective": "autoencoder"}, "no ellipse, no KL"),
        ({"objective": "denoising"}, "no ellipse, no KL and nothing to draw. It was trained on noisy images"),
        ({"objective": "m2"}, "the classes that the model guessed"),
    ],
)
def test_what_is_peculiar_about_how_a_model_encodes_is_said(choices: dict[str, Any], expected: str) -> None:
    note = run_text.encoding_note(parse_config({"dataset": "digits", **choices}))
    assert expected in note
    assert bool(note) == bool(expected)


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({}, "VAE, diagonal posterior, Bernoulli likelihood"),
        ({"pixels": "binarised"}, "VAE, diagonal posterior, Bernoulli likelihood on binarised pixels"),
        ({"objective": "beta-tcvae"}, "β-TC-VAE with β 6, diagonal posterior, Bernoulli likelihood"),
        ({"posterior": "full", "likelihood": "gaussian"}, "VAE, full posterior, Gaussian likelihood"),
        ({"objective": "denoising"}, "Denoising autoencoder, Bernoulli likelihood"),
    ],
)
def test_a_plan_says_what_is_trained_and_how_it_is_scored(choices: dict[str, Any], expected: str) -> None:
    assert plan(parse_config({"dataset": "digits", **choices})).endswith(f" steps. {expected}.")


def test_a_plan_without_a_class_has_as_many_steps_as_the_training_makes(tmp_path: Path) -> None:
    config = digits(left_out_class="7", batch_size=64, epochs=3)
    made = trained(config, tmp_path).step
    assert made < planned_steps(parse_config({**config.model_dump(), "left_out_class": "none"}))
    assert planned_steps(config) == made
    assert " at most " not in plan(config)


def test_a_plan_without_a_class_of_a_data_set_that_is_not_here_is_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path))
    assert ", at most 60,000 steps." in plan(
        parse_config({"dataset": "mnist", "left_out_class": "7", "batch_size": 1, "epochs": 1})
    )


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_has_a_word(state: str) -> None:
    assert run_text.STATES[state]
