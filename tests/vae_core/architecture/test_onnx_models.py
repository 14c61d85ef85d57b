"""The exported decoder and encoder: the same numbers as torch's, for every kind of layer."""

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from vae_core.architecture.layers import Unflatten, decoder_layers
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.config import TrainConfig, parse_config
from vae_core.data.registry import DATASETS, load
from vae_core.data.source import DataCard
from vae_core.errors import ShapeMismatch
from vae_core.model.networks import VAE, build_vae, weights
from vae_core.training import train

NETWORKS = [
    {"hidden_sizes": "64 32"},
    {"hidden_sizes": "16", "activation": "relu", "likelihood": "gaussian", "latent_dim": 7},
    {"architecture": "conv", "channels": "8 16"},
    {"architecture": "conv", "channels": "4 8 16", "dataset": "mnist"},  # 28 -> 14 -> 7 -> 3 and back
    {"architecture": "conv", "channels": "4 8", "activation": "relu", "likelihood": "gaussian"},
    {"dataset": "mnist", "hidden_sizes": "32"},
    {"hidden_sizes": "16", "likelihood": "continuous-bernoulli"},
    {"architecture": "conv", "channels": "4 8", "likelihood": "discretised-logistic"},
]


def onnx_outputs(content: bytes, **inputs: np.ndarray) -> dict[str, np.ndarray]:
    """What a file computes, by the outputs' names."""
    evaluator = ReferenceEvaluator(onnx.load_from_string(content))
    return dict(zip(evaluator.output_names, evaluator.run(None, inputs), strict=True))


def onnx_pictures(content: bytes, z: np.ndarray) -> np.ndarray:
    return onnx_outputs(content, z=z)["image"]


def latents(config: TrainConfig, count: int) -> np.ndarray:
    return 2 * np.random.default_rng(0).standard_normal((count, config.latent_dim), dtype=np.float32)


def torch_pictures(model: VAE, z: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return model.image(torch.from_numpy(z)).numpy()


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("changes", NETWORKS, ids=str)
def test_onnx_gives_torchs_pictures_for_any_number_of_latents(changes: dict[str, object], count: int) -> None:
    config = parse_config(changes)
    model = build_vae(config)
    z = latents(config, count)
    pictures = onnx_pictures(decoder_onnx(config, weights(model)), z)
    assert pictures.dtype == np.float32
    assert pictures.shape == (count, *DATASETS[config.dataset].card.image_shape)
    np.testing.assert_allclose(pictures, torch_pictures(model, z), rtol=0, atol=1e-5)


@pytest.mark.parametrize("changes", [NETWORKS[0], NETWORKS[2]], ids=str)
def test_onnx_gives_torchs_pictures_after_training_too(changes: dict[str, object]) -> None:
    config = parse_config({**changes, "epochs": 3, "batch_size": 64})
    model = build_vae(config)
    for _ in train(model, torch.from_numpy(load("digits", "train").images), config):
        pass
    z = latents(config, 9)
    pictures = onnx_pictures(decoder_onnx(config, weights(model)), z)
    assert pictures.std() > 0.1, "trained pictures have contrast"
    np.testing.assert_allclose(pictures, torch_pictures(model, z), rtol=0, atol=1e-5)


@pytest.mark.parametrize("changes", NETWORKS, ids=str)
def test_the_file_is_valid_and_says_what_goes_in_and_comes_out(changes: dict[str, object]) -> None:
    config = parse_config(changes)
    model = onnx.load_from_string(decoder_onnx(config, weights(build_vae(config))))
    onnx.checker.check_model(model, full_check=True)

    def axes(value: onnx.ValueInfoProto) -> list[int | str]:
        return [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]

    assert {value.name: axes(value) for value in model.graph.input} == {"z": ["N", config.latent_dim]}
    shape = DATASETS[config.dataset].card.image_shape
    width = {} if "bernoulli" in config.likelihood else {"log_scale": []}
    expected = {"image": ["N", *shape], "raw": ["N", *shape], **width}
    assert {value.name: axes(value) for value in model.graph.output} == expected


def test_equal_weights_give_equal_bytes_and_the_encoder_stays_out() -> None:
    config = parse_config(NETWORKS[0])
    given = weights(build_vae(config))
    content = decoder_onnx(config, given)
    decoder_only = {name: array for name, array in given.items() if name.startswith("decoder.")}
    assert decoder_onnx(config, decoder_only) == content
    constants = {constant.name for constant in onnx.load_from_string(content).graph.initializer}
    assert constants >= decoder_only.keys()
    assert not any(name.startswith("encoder.") for name in constants)


@pytest.mark.parametrize("change", [{"decoder.0.bias": np.zeros(31, np.float32)}, {"decoder.0.bias": None}])
def test_weights_that_do_not_fit_are_refused_by_name(change: dict[str, np.ndarray | None]) -> None:
    config = parse_config(NETWORKS[0])
    given = {**weights(build_vae(config)), **change}
    with pytest.raises(ShapeMismatch, match=r"^tensor decoder\.0\.bias: this model's settings ask for \(32,\)"):
        decoder_onnx(config, {name: array for name, array in given.items() if array is not None})


@pytest.mark.parametrize("changes", [{"hidden_sizes": "16"}, {"architecture": "conv", "channels": "4 8"}], ids=str)
@pytest.mark.parametrize("objective", ["cvae", "m2"])
def test_a_conditional_decoder_is_exported_for_one_class_at_a_time(changes: dict[str, object], objective: str) -> None:
    config = parse_config({**changes, "objective": objective})
    model = build_vae(config)
    z = latents(config, 4)
    for label in (None, 0, 3, 9):
        with torch.no_grad():
            expected = model.image(torch.from_numpy(z), torch.full((4,), label or 0)).numpy()
        pictures = onnx_pictures(decoder_onnx(config, weights(model), label), z)
        np.testing.assert_allclose(pictures, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("label", [-1, 10])
def test_a_class_that_does_not_exist_is_refused(label: int) -> None:
    config = parse_config({"objective": "cvae", "hidden_sizes": "8"})
    with pytest.raises(ShapeMismatch, match=rf"^class {label} is none of this model's; choose one from 0 to 9$"):
        decoder_onnx(config, weights(build_vae(config)), label)


def test_the_continuous_bernoullis_picture_is_smooth_where_its_series_begins() -> None:
    config = parse_config({"hidden_sizes": "8", "likelihood": "continuous-bernoulli"})
    model = build_vae(config)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.zero_()
        model.decoder[-2].bias.copy_(torch.linspace(-0.4, 0.4, 64))
    z = latents(config, 1)
    pictures = onnx_pictures(decoder_onnx(config, weights(model)), z)
    np.testing.assert_allclose(pictures, torch_pictures(model, z), rtol=0, atol=2e-6)
    assert np.diff(pictures.ravel()).min() > 0


# Beside the picture


@pytest.mark.parametrize("changes", NETWORKS, ids=str)
def test_the_raw_output_is_what_the_likelihood_is_computed_from(changes: dict[str, object]) -> None:
    config = parse_config(changes)
    model = build_vae(config)
    z = latents(config, 3)
    outputs = onnx_outputs(decoder_onnx(config, weights(model)), z=z)
    with torch.no_grad():
        np.testing.assert_allclose(outputs["raw"], model.decode(torch.from_numpy(z)).numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("likelihood", ["gaussian", "gaussian-learned", "discretised-logistic"])
def test_the_width_of_a_likelihood_comes_with_the_decoder(likelihood: str) -> None:
    config = parse_config({"hidden_sizes": "8", "likelihood": likelihood})
    model = build_vae(config)
    outputs = onnx_outputs(decoder_onnx(config, weights(model)), z=latents(config, 2))
    assert outputs["log_scale"].shape == ()
    assert float(outputs["log_scale"]) == pytest.approx(float(torch.as_tensor(model.log_scale).detach()))


@pytest.mark.parametrize("likelihood", ["gaussian-learned", "discretised-logistic"])
@pytest.mark.parametrize(("widths", "shape"), [("channel", (3, 1, 1)), ("pixel", (3, 8, 12))])
def test_several_widths_come_as_they_fit_the_picture(likelihood: str, widths: str, shape: tuple[int, ...]) -> None:
    config = parse_config({"hidden_sizes": "8", "likelihood": likelihood, "widths": widths})
    card = DataCard("pictures", "Pictures", (3, 8, 12), None, "none", 10, 10)
    given = weights(build_vae(config, card))
    given["log_scale"] = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    content = decoder_onnx(config, given, card=card)
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    assert np.array_equal(onnx_outputs(content, z=latents(config, 2))["log_scale"], given["log_scale"])


LARGE = {  # the sides of the smallest map at the end
    (3, 64, 64): ("4 4 8 8", 4),
    (3, 128, 128): ("2 4 4 8 8", 4),
    (1, 96, 96): ("2 4 4 8 8", 3),
    (3, 40, 66): ("2 4 8", 5),
}


@pytest.mark.parametrize(("shape", "network"), LARGE.items(), ids=str)
def test_deep_convolutions_for_large_and_oblong_pictures_go_out_as_they_are(
    shape: tuple[int, int, int], network: tuple[str, int]
) -> None:
    channels, side = network
    config = parse_config({"architecture": "conv", "channels": channels, "likelihood": "gaussian-learned"})
    card = DataCard("pictures", "Pictures", shape, None, "none", 10, 10)
    model = build_vae(config, card)
    z, images = latents(config, 2), np.random.default_rng(1).random((2, *shape), dtype=np.float32)
    np.testing.assert_allclose(
        onnx_pictures(decoder_onnx(config, weights(model), card=card), z), torch_pictures(model, z), rtol=0, atol=1e-5
    )
    mu = onnx_outputs(encoder_onnx(config, weights(model), card=card), image=images)["mu"]
    with torch.no_grad():
        np.testing.assert_allclose(mu, model.encode(torch.from_numpy(images)).mu.numpy(), rtol=0, atol=1e-5)
    dense = next(each for each in decoder_layers(config, card) if isinstance(each, Unflatten))
    assert min(dense.height, dense.width) == side


# The encoder

ENCODERS = [
    *NETWORKS,
    {"hidden_sizes": "16", "posterior": "full", "latent_dim": 5},
    {"architecture": "conv", "channels": "4 8", "posterior": "full", "latent_dim": 3},
    {"hidden_sizes": "16", "objective": "autoencoder"},
    {"hidden_sizes": "16", "objective": "denoising"},
]


def photographs(config: TrainConfig, count: int) -> np.ndarray:
    shape = DATASETS[config.dataset].card.image_shape
    return np.random.default_rng(1).random((count, *shape), dtype=np.float32)


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("changes", ENCODERS, ids=str)
def test_onnx_gives_torchs_posteriors_for_any_number_of_images(changes: dict[str, object], count: int) -> None:
    config = parse_config(changes)
    model = build_vae(config)
    images = photographs(config, count)
    outputs = onnx_outputs(encoder_onnx(config, weights(model)), image=images)
    with torch.no_grad():
        posterior = model.encode(torch.from_numpy(images))
    np.testing.assert_allclose(outputs["mu"], posterior.mu.numpy(), rtol=0, atol=1e-5)
    np.testing.assert_allclose(outputs["logvar"], posterior.logvar.numpy(), rtol=1e-5, atol=1e-5)
    if config.posterior == "full":
        np.testing.assert_allclose(outputs["factor"], posterior.factor.numpy(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("changes", [{"hidden_sizes": "16"}, {"architecture": "conv", "channels": "4 8"}], ids=str)
@pytest.mark.parametrize("objective", ["cvae", "m2"])
def test_a_conditional_encoder_is_told_one_class_once_and_for_all(changes: dict[str, object], objective: str) -> None:
    config = parse_config({**changes, "objective": objective})
    model = build_vae(config)
    images = photographs(config, 3)
    for label in (None, 0, 7):
        outputs = onnx_outputs(encoder_onnx(config, weights(model), label), image=images)
        with torch.no_grad():
            posterior = model.encode(torch.from_numpy(images), torch.full((3,), label or 0))
        np.testing.assert_allclose(outputs["mu"], posterior.mu.numpy(), rtol=0, atol=1e-5)
        np.testing.assert_allclose(outputs["logvar"], posterior.logvar.numpy(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("activation", ["silu", "relu"])
@pytest.mark.parametrize("posterior", ["diagonal", "full"])
@pytest.mark.parametrize("objective", ["vae", "cvae", "m2"])
@pytest.mark.parametrize("network", [{"hidden_sizes": "16"}, {"architecture": "conv", "channels": "4 8"}], ids=str)
def test_every_kind_of_encoder_gives_torchs_posteriors_after_large_steps_too(
    network: dict[str, object], objective: str, posterior: str, activation: str
) -> None:
    choices = {"objective": objective, "posterior": posterior, "activation": activation, "latent_dim": 4}
    config = parse_config({**network, **choices})
    model = build_vae(config)
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.mul_(2)  # so that covariances differ from one image to the next
    images = photographs(config, 5)
    outputs = onnx_outputs(encoder_onnx(config, weights(model), 4), image=images)
    with torch.no_grad():
        expected = model.encode(torch.from_numpy(images), torch.full((5,), 4) if config.is_conditional else None)
    np.testing.assert_allclose(outputs["mu"], expected.mu.numpy(), rtol=0, atol=1e-5)
    np.testing.assert_allclose(outputs["logvar"], expected.logvar.numpy(), rtol=0, atol=1e-5)
    assert ("factor" in outputs) == (posterior == "full")
    if posterior == "full":
        np.testing.assert_allclose(outputs["factor"], expected.factor.numpy(), rtol=0, atol=1e-5)
        assert (np.triu(outputs["factor"], 1) == 0).all()


@pytest.mark.parametrize("likelihood", ["gaussian-learned", "discretised-logistic"])
def test_a_decoder_without_its_likelihoods_width_is_refused_by_name(likelihood: str) -> None:
    config = parse_config({"hidden_sizes": "8", "likelihood": likelihood})
    given = weights(build_vae(config))
    del given["log_scale"]
    with pytest.raises(ShapeMismatch, match=r"^tensor log_scale: this model's settings ask for \(\)"):
        decoder_onnx(config, given)


@pytest.mark.parametrize("change", [{"encoder.1.bias": np.zeros(31, np.float32)}, {"encoder.1.bias": None}])
def test_encoders_weights_that_do_not_fit_are_refused_by_name(change: dict[str, np.ndarray | None]) -> None:
    config = parse_config({"hidden_sizes": "8"})
    given = {**weights(build_vae(config)), **change}
    with pytest.raises(ShapeMismatch, match=r"^tensor encoder\.1\.bias: this model's settings ask for \(8,\)"):
        encoder_onnx(config, {name: array for name, array in given.items() if array is not None})


def test_the_encoders_file_is_valid_and_holds_nothing_of_the_decoder() -> None:
    config = parse_config(ENCODERS[0])
    model = onnx.load_from_string(encoder_onnx(config, weights(build_vae(config))))
    onnx.checker.check_model(model, full_check=True)
    assert not any(constant.name.startswith("decoder.") for constant in model.graph.initializer)
