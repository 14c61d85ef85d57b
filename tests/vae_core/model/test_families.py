"""What families do with labels: none, each image's own, or a guess."""

import math

import pytest
import torch
from torch import Tensor

from vae_core.config import parse_config
from vae_core.config.options import OBJECTIVES
from vae_core.model.families import FAMILIES
from vae_core.model.networks import VAE, build_vae


def model_of(objective: str) -> VAE:
    return build_vae(parse_config({"objective": objective, "hidden_sizes": "8"}))


def some_images(count: int = 4) -> Tensor:
    return torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def test_every_objective_has_a_family_and_every_family_an_objective() -> None:
    assert {objective.family.name for objective in OBJECTIVES.values()} == FAMILIES.keys()


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_model_takes_the_labels_that_its_family_tells_the_encoder(name: str) -> None:
    model, x, y = model_of(name), some_images(), torch.tensor([3, 1, 4, 1])
    told = model.family.encoder_labels(model, x, y)
    assert (told is not None) == OBJECTIVES[name].family.is_told_labels
    assert model.encode(x, told).mu.shape == (4, 2)


def test_labels_that_are_known_need_no_guess_and_others_are_weighed_by_the_classifier() -> None:
    x, y = some_images(), torch.tensor([3, 1, 4, 1])
    told, guessing = model_of("cvae"), model_of("m2")
    certain, guessed = told.family.guesses(told, x, y), guessing.family.guesses(guessing, x, y)
    assert certain.labels == [y]
    assert certain.log_q is None
    assert [label[0].item() for label in guessed.labels if label is not None] == list(range(10))
    assert guessed.log_q is not None
    torch.testing.assert_close(guessed.log_q, guessing.classify(x).log_softmax(1))


def test_without_labels_a_conditional_models_bound_is_that_of_equally_likely_classes() -> None:
    model, x = model_of("cvae"), some_images(1)
    by_class = torch.linspace(5.0, 14.0, 10)

    def nats(y: Tensor | None) -> Tensor:
        assert y is not None
        return by_class[y]

    expected = -math.log(by_class.neg().exp().mean().item())
    assert model.family.unlabelled_nats(model, x, nats).item() == pytest.approx(expected, rel=1e-5)


def test_known_labels_are_spread_evenly_over_classes_and_are_the_same_for_a_seed() -> None:
    model = build_vae(parse_config({"objective": "m2", "hidden_sizes": "8", "labelled_images": 20}))
    labels = torch.arange(10).repeat_interleave(30)
    rows = model.family.known_rows(model.config, labels)
    assert rows is not None
    assert labels[rows].bincount().tolist() == [2] * 10
    again = model.family.known_rows(model.config, labels)
    assert again is not None
    assert torch.equal(rows, again)
    assert model_of("cvae").family.known_rows(model.config, labels) is None
