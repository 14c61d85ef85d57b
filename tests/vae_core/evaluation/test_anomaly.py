"""Foreign images, and how surely −ELBO tells them from a model's own."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core import runs
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.evaluation import anomaly, evaluate
from vae_core.evaluation.anomaly import anomalies, auroc, foreign_images, resized, scores
from vae_core.model.networks import VAE, build_vae, load_weights


def model(**settings: object) -> VAE:
    return build_vae(parse_config({"hidden_sizes": (8,), "device": "cpu", **settings}))


def shipped_digits() -> VAE:
    run = runs.open_run("digits")
    built = build_vae(run.config)
    load_weights(built, run.weights())
    return built


def test_auroc_is_the_share_of_pairs_in_which_the_foreign_image_scores_higher() -> None:
    own, foreign = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.5, 9.0])
    pairs = [1.0 if high > low else 0.5 if high == low else 0.0 for high in foreign for low in own]
    assert auroc(own, foreign) == pytest.approx(np.mean(pairs))
    assert auroc(own, own + 10) == 1.0
    assert auroc(own, own - 10) == 0.0
    assert auroc(own, own) == 0.5


def test_auroc_of_two_gaussians_is_that_of_the_textbook() -> None:
    generator = np.random.default_rng(0)
    found = auroc(generator.standard_normal(4000), 1.0 + generator.standard_normal(4000))
    assert found == pytest.approx(0.5 * (1 + math.erf(0.5)), abs=0.015)  # Φ(1/√2)


@pytest.mark.parametrize("settings", [{}, {"objective": "m2"}, {"pixels": "binarised"}, {"objective": "autoencoder"}])
def test_scores_are_the_images_parts_of_the_evaluations_mean(settings: dict[str, object]) -> None:
    built, held_out = model(**settings), registry.load("digits", "held-out")
    images = torch.from_numpy(held_out.images[:50])
    each = scores(built, images, batch_size=7)
    assert each.shape == (50,)
    assert each.mean() == pytest.approx(evaluate(built, images, batch_size=50).negative_elbo_nats, rel=1e-5)


def test_a_conditional_models_score_weighs_all_classes_equally() -> None:
    built = model(objective="cvae")
    image = torch.from_numpy(registry.load("digits", "held-out").images[:1])
    by_class = [evaluate(built, image, torch.tensor([label])).negative_elbo_nats for label in range(10)]
    expected = math.log(10) - torch.tensor(by_class).double().neg().logsumexp(0).item()
    assert scores(built, image)[0] == pytest.approx(expected, rel=1e-5)
    assert min(by_class) <= expected <= max(by_class)


def test_a_trained_model_knows_its_digits_from_noise_and_from_their_own_pixels_shuffled() -> None:
    found = anomalies(shipped_digits())
    assert {kind.title for kind in found.foreign} == {"Shuffled pixels", "Noise"}
    assert all(kind.auroc > 0.99 for kind in found.foreign)
    assert sum(found.own_counts) == found.own_images == 297
    assert all(sum(kind.counts) == kind.images for kind in found.foreign)
    assert len(found.edges) == anomaly.BINS + 1


def test_shuffled_pixels_keep_each_images_grey_levels() -> None:
    own = registry.load("digits", "held-out").images
    shuffled = foreign_images(registry.source("digits").card, own)["Shuffled pixels"]
    np.testing.assert_array_equal(np.sort(own.reshape(297, -1)), np.sort(shuffled.reshape(297, -1)))
    assert (own != shuffled).any()


def test_other_data_sets_at_hand_are_foreign_at_the_models_size(mnist_root: Path) -> None:
    own = registry.load("digits", "held-out").images
    kinds = foreign_images(registry.source("digits").card, own, mnist_root)
    assert kinds["MNIST"].shape == (297, 1, 8, 8)
    assert kinds["MNIST"].dtype == np.uint8
    assert "Digits" not in kinds


def test_resizing_takes_the_mean_over_each_new_pixel() -> None:
    images = np.array([[[[0, 100], [100, 200]]]], dtype=np.uint8)
    assert resized(images, (1, 1)).item() == 100
    assert resized(images, (4, 4))[0, 0, :2, :2].tolist() == [[0, 0], [0, 0]]
