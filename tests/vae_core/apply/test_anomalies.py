"""Anomalies: figures as scikit-learn has them, scores as they are defined, and chance called chance."""

import io
import math

import numpy as np
import pytest
import torch
from pyarrow import csv
from sklearn.metrics import average_precision_score, roc_auc_score

from vae_core import runs
from vae_core.apply import anomalies
from vae_core.apply.job import carry_out
from vae_core.apply.record import Made, Row
from vae_core.apply.unusual import complexity, model_scores, rivals
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.errors import ConfigInvalid
from vae_core.evaluation.nll import negative_log_likelihood
from vae_core.model.networks import VAE, build_vae, load_weights


def model(**settings: object) -> VAE:
    return build_vae(parse_config({"hidden_sizes": (8,), "device": "cpu", **settings}))


def images(count: int = 40) -> np.ndarray:
    return registry.load("digits", "held-out").images[:count]


@pytest.fixture(scope="module")
def against_shuffled() -> Made:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rivals, "isolation_forest", rivals.local_outlier_factor)  # seconds
        return carry_out("anomalies", runs.open_run("digits"), {"against": "shuffled", "draws": "4"})


def test_figures_are_scikit_learns_own_of_the_scores_that_go_out(against_shuffled: Made) -> None:
    table = csv.read_csv(io.BytesIO(against_shuffled.files["scores.csv"]))
    fold, is_other = np.array(table["fold"]), np.array(table["kind"]) == "other"
    for row in (row for row in against_shuffled.result.rows if row.role != "chance"):
        scores = np.array(table[row.method])
        for name, measure in (("auroc", roc_auc_score), ("average_precision", average_precision_score)):
            expected = [measure(is_other[fold == each], scores[fold == each]) for each in range(10)]
            np.testing.assert_allclose(row.figures[name], expected, atol=1e-6)


def test_a_trained_model_finds_shuffled_pixels_and_shows_where_they_differ(against_shuffled: Made) -> None:
    found = {row.method: np.mean(row.figures["auroc"]) for row in against_shuffled.result.rows}
    assert found["−ELBO"] > 0.99
    assert against_shuffled.result.verdict.kind in ("rival", "worth")
    assert against_shuffled.files["highest.png"].startswith(b"\x89PNG")
    assert {each.file for each in against_shuffled.result.take_away} <= against_shuffled.files.keys()


def test_a_selection_without_an_outline_and_too_few_images_are_refused() -> None:
    with pytest.raises(ConfigInvalid, match="needs an outline"):
        carry_out("anomalies", runs.open_run("digits"), {"normal": "selection"})
    far = {"normal": "selection", "outline": "90,90,91,90,91,91", "against": "noise"}
    with pytest.raises(ConfigInvalid, match="expected at least 20 normal images"):
        carry_out("anomalies", runs.open_run("digits"), far)
    with pytest.raises(ConfigInvalid, match="got 1500, 297 and 0"):
        carry_out("anomalies", runs.open_run("digits"), {"normal": "all", "against": "others"})


def test_importance_sampled_nats_are_those_of_the_evaluation() -> None:
    run = runs.open_run("digits")
    built = build_vae(run.config)
    load_weights(built, run.weights())
    ours = model_scores.negative_log_likelihood(built, images(), draws=600)
    theirs = negative_log_likelihood(built, torch.from_numpy(images()), k=600)
    assert ours.mean() == pytest.approx(theirs.nats_mean, abs=0.1)
    assert (ours < model_scores.negative_elbo(built, images()) + 3).all()


@pytest.mark.parametrize("settings", [{}, {"objective": "cvae"}, {"objective": "m2"}, {"objective": "autoencoder"}])
def test_reconstruction_is_no_more_than_the_whole_bound(settings: dict[str, object]) -> None:
    built = model(**settings)
    parts = model_scores.reconstruction(built, images())
    assert (parts <= model_scores.negative_elbo(built, images()) + 1e-3).all()
    assert model_scores.decoded(built, images()).shape == images().shape


def test_a_conditional_models_likelihood_is_the_mean_over_classes() -> None:
    built = model(objective="cvae")
    one = torch.from_numpy(images(1))
    by_class = [
        negative_log_likelihood(built, one, torch.tensor([label]), k=1000).nats_mean for label in range(built.classes)
    ]
    expected = math.log(10) - np.logaddexp.reduce([-each for each in by_class])
    assert model_scores.negative_log_likelihood(built, images(1), draws=2000)[0] == pytest.approx(expected, abs=0.05)


def test_a_flat_image_is_simpler_than_noise_in_grey_and_in_black_and_white() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1, 1, 28, 28), dtype=np.uint8)
    for shape in ((1, 1), (1, 3), (1, 2)):
        pair = np.concatenate([np.full((*shape, 28, 28), 200, np.uint8), np.repeat(noise, shape[1], axis=1)])
        for two_levels in (False, True):
            flat, busy = complexity.compressed_nats(pair, two_levels=two_levels)
            assert flat < busy / 1.5
    grey = complexity.compressed_nats(noise, two_levels=False)
    assert grey[0] > 28 * 28 * math.log(256)  # it cannot be compressed


def test_distance_in_latent_space_is_the_mean_to_the_nearest_five() -> None:
    normal = np.arange(10.0)[:, None]
    np.testing.assert_allclose(model_scores.latent_distance(np.array([[0.0], [20.0]]), normal), [2.0, 13.0])


def test_scores_that_are_the_wrong_way_round_are_named_with_their_figure() -> None:
    chance = Row("guessing", "chance", {"auroc": (0.5,) * 10})
    turned = [Row(name, "ours", {"auroc": (0.1, 0.12) * 5}) for name in ("−ELBO", "−log p(x)")]
    right = Row("Typicality", "ours", {"auroc": (0.8, 0.81) * 5})
    (note,) = anomalies._notes([*turned, right, chance])
    assert note.startswith("The wrong way round: by −ELBO (0.110), −log p(x) (0.110) anomalies pass for more usual")
    assert anomalies._notes([right, chance]) == []
