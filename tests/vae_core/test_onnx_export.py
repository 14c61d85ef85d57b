"""The exported decoder: the same pictures as torch's, for every kind of layer."""

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from vae_core.config import TrainConfig, parse_config
from vae_core.datasets import DATASETS, load
from vae_core.errors import ShapeMismatch
from vae_core.models import VAE, build_vae, weights
from vae_core.onnx_export import decoder_onnx
from vae_core.training import train

NETWORKS = [
    {"hidden_sizes": "64 32"},
    {"hidden_sizes": "16", "activation": "relu", "likelihood": "gaussian", "latent_dim": 7},
    {"architecture": "conv", "channels": "8 16"},
    {"architecture": "conv", "channels": "4 8 16", "dataset": "mnist"},  # 28 -> 14 -> 7 -> 3 and back
    {"architecture": "conv", "channels": "4 8", "activation": "relu", "likelihood": "gaussian"},
    {"dataset": "mnist", "hidden_sizes": "32"},
]


def onnx_pictures(content: bytes, z: np.ndarray) -> np.ndarray:
    (pictures,) = ReferenceEvaluator(onnx.load_from_string(content)).run(None, {"z": z})
    return pictures


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
    assert pictures.shape == (count, *DATASETS[config.dataset].image_shape)
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
    shape = DATASETS[config.dataset].image_shape
    assert {value.name: axes(value) for value in model.graph.output} == {"image": ["N", *shape]}


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
