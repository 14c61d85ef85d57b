"""The linear VAE: exactly a posterior and a likelihood's mean, in numpy and as the browser gets it."""

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from vae_core.architecture.linear_model import LinearModel, fitted, linear_model_in
from vae_core.architecture.linear_onnx import raw_of
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.config import parse_config
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.data.registry import DATASETS
from vae_core.errors import ShapeMismatch
from vae_core.model import likelihoods

CARD = DATASETS["digits"].card
GREY = np.linspace(0, 1, 256, dtype=np.float32)


def model(dim: int = 3) -> LinearModel:
    rng = np.random.default_rng(0)
    axes, _ = np.linalg.qr(rng.standard_normal((64, dim)))
    return fitted(rng.random(64), axes, np.linspace(0.5, 0.1, dim), 0.02)


def outputs(content: bytes, **inputs: np.ndarray) -> dict[str, np.ndarray]:
    evaluator = ReferenceEvaluator(onnx.load_from_string(content))
    return dict(zip(evaluator.output_names, evaluator.run(None, inputs), strict=True))


def test_the_posterior_is_that_of_bayes() -> None:
    linear, x = model(), np.random.default_rng(1).random((5, 64), dtype=np.float32)
    weight = linear.weight.astype(np.float64)
    precision = weight.T @ weight / linear.sigma**2 + np.eye(3)  # of p(z|x): the prior's and the likelihood's
    mu, logvar = linear.encode(x)
    expected = np.linalg.solve(precision, weight.T @ (x - linear.mean).T / linear.sigma**2).T
    np.testing.assert_allclose(mu, expected, atol=1e-5)
    np.testing.assert_allclose(np.exp(logvar[0]), np.diag(np.linalg.inv(precision)), rtol=1e-4)


@pytest.mark.parametrize(
    "changes", [{"posterior": "full"}, {"objective": "autoencoder"}, {"objective": "cvae"}, {}], ids=str
)
def test_the_browser_encodes_as_numpy_does(changes: dict[str, Any]) -> None:
    config = parse_config({"dataset": "digits", "latent_dim": 3, **changes})
    linear, x = model(), np.random.default_rng(1).random((4, *CARD.image_shape), dtype=np.float32)
    got = outputs(encoder_onnx(config, linear.tensors(), 1, card=CARD), image=x)
    mu, logvar = linear.encode(x.reshape(4, -1))
    np.testing.assert_allclose(got["mu"], mu, atol=1e-5)
    np.testing.assert_allclose(got["logvar"], np.full((4, 3), -60.0) if config.is_deterministic else logvar, atol=1e-5)
    assert ("factor" in got) == config.has_covariance
    if config.has_covariance:
        covariance = got["factor"] @ got["factor"].transpose(0, 2, 1)
        np.testing.assert_allclose(covariance, [np.diag(row) for row in np.exp(logvar)], rtol=1e-4)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_browser_decodes_as_numpy_does_to_what_its_likelihood_takes(likelihood: str) -> None:
    config = parse_config({"dataset": "digits", "latent_dim": 3, "likelihood": likelihood})
    linear, z = model(), 3 * np.random.default_rng(2).standard_normal((6, 3), dtype=np.float32)
    got = outputs(decoder_onnx(config, linear.tensors(), card=CARD), z=z)
    pictures = linear.decode(z)
    assert got["image"].shape == (6, *CARD.image_shape)
    assert (pictures.min(), pictures.max()) == (0, 1), "what lies outside is black or white"
    np.testing.assert_allclose(got["image"].reshape(6, -1), pictures, atol=1e-6)
    np.testing.assert_array_equal(got["raw"].reshape(6, -1), raw_of(got["image"].reshape(6, -1), likelihood))
    known = LIKELIHOODS[likelihood]
    assert ("log_scale" in got) == (known.learns_width or known.has_set_sigma)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_the_mean_of_what_a_grey_level_is_made_of_is_that_level(likelihood: str) -> None:
    mean = likelihoods.LIKELIHOODS[likelihood].mean(torch.from_numpy(raw_of(GREY, likelihood)))
    np.testing.assert_allclose(mean.numpy(), GREY, atol=0.5 / 256 + 1e-5)
    np.testing.assert_allclose(mean.numpy()[1:-1], GREY[1:-1], atol=1e-5)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_a_heads_mean_in_numpy_is_torchs(likelihood: str) -> None:
    raw = np.linspace(-30, 30, 601)
    expected = likelihoods.LIKELIHOODS[likelihood].mean(torch.from_numpy(raw)).numpy()
    np.testing.assert_allclose(LIKELIHOODS[likelihood].head.mean(raw), expected, atol=1e-7)


def test_what_is_stored_is_read_again_and_another_models_tensors_are_none() -> None:
    linear = model()
    again = linear_model_in(linear.tensors(), 3, CARD)
    assert again is not None
    np.testing.assert_array_equal(again.weight, linear.weight)
    assert again.sigma == pytest.approx(linear.sigma)
    assert linear_model_in({"decoder.0.weight": linear.weight}, 3, CARD) is None


@pytest.mark.parametrize(
    "spoilt", [{"linear.weight": np.zeros((64, 2), np.float32)}, {"linear.mean": np.full(64, np.nan, np.float32)}]
)
def test_tensors_that_do_not_fit_are_refused_by_name(spoilt: dict[str, np.ndarray]) -> None:
    with pytest.raises(ShapeMismatch, match=next(iter(spoilt))):
        linear_model_in(model().tensors() | spoilt, 3, CARD)
