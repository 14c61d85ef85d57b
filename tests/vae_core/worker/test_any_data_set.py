"""Nothing from training to health takes a data set for ten classes of small square grey digits."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from tests.vae_core.any_data_sets import SHAPE, SIZES, SOURCES, known_here
from tests.vae_core.sick_runs import verdict_on
from tests.vae_core.small_runs import resumed, rows_of, stop_after, trained
from vae_core import runs
from vae_core.architecture.memory import estimate
from vae_core.config import parse_config
from vae_core.errors import ConfigInvalid
from vae_core.evaluation.closer_look import diagnose
from vae_core.evaluation.encode_all import embed_split
from vae_core.evaluation.nll import negative_log_likelihood
from vae_core.health.wording import sentences
from vae_core.model.networks import build_vae, load_weights
from vae_core.runs import Run, archives

SMALL: dict[str, Any] = {"hidden_sizes": (8,), "channels": (4, 6), "epochs": 2, "batch_size": 40, "device": "cpu"}
WAYS: list[dict[str, Any]] = [
    {"dataset": "colours"},
    {"dataset": "colours", "objective": "cvae", "architecture": "conv", "left_out_class": "12"},
    {"dataset": "colours", "objective": "m2", "labelled_images": 26, "latent_dim": 1},
    {"dataset": "unlabelled", "latent_dim": 1, "architecture": "conv"},
    {"dataset": "unlabelled", "latent_dim": 1, "posterior": "full"},
    {"dataset": "unlabelled", "objective": "beta-tcvae", "likelihood": "gaussian-learned", "latent_dim": 3},
    {"dataset": "numbers", "objective": "autoencoder", "latent_dim": 1},
    {"dataset": "numbers", "likelihood": "discretised-logistic"},
]


@pytest.fixture(params=WAYS, ids=str)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Trained to its end, on a machine that has the data set."""
    with known_here(request.param["dataset"]):
        yield trained(parse_config({**SMALL, **request.param}), tmp_path)


def test_it_is_trained_measured_mapped_and_diagnosed(run: Run, tmp_path: Path) -> None:
    assert run.status().state == "finished", run.status().error
    card, dim = SOURCES[run.config.dataset].card, run.config.latent_dim
    assert run.card == card
    figures = run.evaluation().held_out
    assert (len(figures.kl_per_dim_nats), np.isfinite(figures.negative_elbo_nats)) == (dim, True)
    for embedding in (run.embedding(), runs.records.parse_embedding(embed_split(run, "all"), dim, "all")):
        assert embedding.mu.shape == (card.size(embedding.split), dim)
        assert (embedding.labels is None) == (card.labels != "class")
    assert rows_of(run, "held-out")
    assert verdict_on(run).sentence
    found = diagnose(run)
    assert sentences(found)
    assert (found["probes"] is None) == (card.labels != "class")
    assert estimate(run.config, card) > 0
    assert archives.import_zip(archives.export_zip(run), tmp_path / "there")


def test_its_decoder_and_encoder_in_a_browser_take_and_give_its_shape(run: Run) -> None:
    decode, encode = (ReferenceEvaluator(onnx.load_from_string(model)) for model in (run.decoder(), run.encoder()))
    image = decode.run(["image"], {"z": np.zeros((2, run.config.latent_dim), np.float32)})[0]
    assert image.shape == (2, *SHAPE)
    assert encode.run(["mu"], {"image": np.clip(image, 0, 1)})[0].shape == (2, run.config.latent_dim)


def test_it_opens_where_its_data_set_is_not_known(tmp_path: Path) -> None:
    with known_here("unlabelled"):
        made = trained(parse_config({**SMALL, "dataset": "unlabelled"}), tmp_path)
    run = runs.open_directory(made.directory)
    assert run.card == SOURCES["unlabelled"].card
    assert verdict_on(run).sentence
    found = diagnose(run)
    assert found["anomalies"] is None
    assert any("This machine does not know the data set Unlabelled" in note for note in found["notes"])
    assert archives.export_zip(run)


def test_it_goes_on_after_a_stop_as_if_there_had_been_none(tmp_path: Path) -> None:
    config = parse_config({**SMALL, "dataset": "numbers"})
    with known_here("numbers"):
        whole = trained(config, tmp_path)
        stopped = trained(config, tmp_path, stop_after(3))
        again = resumed(stopped)
    assert again.status().state == "finished"
    assert all(np.array_equal(weight, again.weights()[name]) for name, weight in whole.weights().items())


def test_an_objective_that_is_told_classes_is_refused_where_there_are_none(tmp_path: Path) -> None:
    with known_here("unlabelled"), pytest.raises(ConfigInvalid, match="Unlabelled names none"):
        trained(parse_config({**SMALL, "dataset": "unlabelled", "objective": "cvae"}), tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_likelihood_of_an_image_without_a_label_can_be_told(tmp_path: Path) -> None:
    with known_here("unlabelled") as source:
        run = trained(parse_config({**SMALL, "dataset": "unlabelled", "latent_dim": 1}), tmp_path)
        images = torch.from_numpy(source.load("held-out", tmp_path).images[:3])
    model = build_vae(run.config, run.card)
    load_weights(model, run.weights())
    assert np.isfinite(negative_log_likelihood(model, images, k=8).nats_mean)
    assert SIZES["held-out"] == run.evaluation().held_out.images
