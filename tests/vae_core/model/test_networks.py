"""The model: the posterior's arithmetic, reproducible weights, and shapes that are checked at the door."""

import numpy as np
import pytest
import torch

from tests.vae_core.comparing import equal_weights
from vae_core.architecture.layers import weight_shapes
from vae_core.config import TrainConfig, parse_config
from vae_core.data.registry import DATASETS
from vae_core.errors import ShapeMismatch
from vae_core.model.networks import build_vae, load_weights, scale, weights

NETWORKS = [
    {"hidden_sizes": "16 8"},
    {"hidden_sizes": "16", "latent_dim": 7, "dataset": "mnist"},
    {"architecture": "conv", "channels": "4 8"},
    {"architecture": "conv", "channels": "4 8 16", "dataset": "mnist", "activation": "relu"},
]


@pytest.mark.parametrize("changes", NETWORKS, ids=str)
def test_images_become_a_posterior_and_latents_become_images(changes: dict[str, object]) -> None:
    model = build_vae(parse_config(changes))
    dimensions, shape = model.config.latent_dim, DATASETS[model.config.dataset].card.image_shape
    posterior = model.encode(torch.rand(5, *shape))
    assert posterior.mu.shape == posterior.logvar.shape == posterior.kl_per_dim().shape == (5, dimensions)
    assert model.decode(posterior.mu).shape == (5, *shape)
    assert model.image(posterior.mu[:0]).shape == (0, *shape)


@pytest.mark.parametrize("changes", NETWORKS, ids=str)
def test_weights_are_those_that_the_layers_describe(changes: dict[str, object]) -> None:
    config = parse_config(changes)
    shapes = {name: array.shape for name, array in weights(build_vae(config)).items()}
    assert shapes == weight_shapes(config, DATASETS[config.dataset].card)


def test_the_picture_is_the_likelihoods_mean() -> None:
    z = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
    bernoulli = build_vae(TrainConfig(hidden_sizes=(8,)))
    gaussian = build_vae(TrainConfig(hidden_sizes=(8,), likelihood="gaussian"))
    assert torch.equal(bernoulli.image(z), bernoulli.decode(z).sigmoid())
    assert torch.equal(gaussian.image(z), gaussian.decode(z))


def test_scale_puts_black_at_zero_and_white_at_one_and_spares_its_input() -> None:
    images = torch.tensor([0, 51, 255], dtype=torch.uint8)
    torch.testing.assert_close(scale(images), torch.tensor([0.0, 0.2, 1.0]))
    assert images.tolist() == [0, 51, 255]


# Repeatability


@pytest.mark.parametrize("changes", NETWORKS, ids=str)
def test_encode_decode_and_reconstruct_are_bitwise_repeatable(changes: dict[str, object]) -> None:
    model = build_vae(parse_config(changes))
    x = torch.rand(9, *model.image_shape, generator=torch.Generator().manual_seed(0))

    def everything() -> list[torch.Tensor]:
        posterior = model.encode(x)
        return [posterior.mu, posterior.logvar, model.decode(posterior.mu), model.image(posterior.mu)]

    first = everything()
    torch.rand(100)  # whatever else draws numbers meanwhile
    assert all(torch.equal(*pair) for pair in zip(first, everything(), strict=True))


def test_fresh_weights_depend_on_the_seed_and_on_nothing_else() -> None:
    torch.manual_seed(1)
    first = build_vae(TrainConfig(seed=5))
    torch.manual_seed(2)
    assert equal_weights(first, build_vae(TrainConfig(seed=5)))
    assert not equal_weights(first, build_vae(TrainConfig(seed=6)))


@pytest.mark.parametrize("changes", NETWORKS, ids=str)
def test_fresh_weights_keep_signals_of_moderate_size(changes: dict[str, object]) -> None:
    model = build_vae(parse_config(changes))
    x = torch.rand(100, *model.image_shape, generator=torch.Generator().manual_seed(0))
    z = torch.randn(100, model.config.latent_dim, generator=torch.Generator().manual_seed(1))
    assert model.encode(x).logvar.abs().max() < 2
    assert 0.001 < model.decode(z).std(dim=0).mean() < 2


# What does not fit


@pytest.mark.parametrize("shape", [(2, 1, 28, 28), (2, 64), (1, 8, 8), (2, 3, 8, 8), (2, 1, 8, 8, 1), (64,), ()])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeMismatch, match=r"^the image batch should have shape .* = \(B, 1, 8, 8\) and has \("):
        build_vae(TrainConfig(hidden_sizes=(8,))).encode(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(2, 3), (2,), (2, 2, 1), (2, 0), ()])
@pytest.mark.parametrize("call", ["decode", "image"])
def test_latents_of_another_shape_are_refused(shape: tuple[int, ...], call: str) -> None:
    with pytest.raises(ShapeMismatch, match=r"^z should have shape \(B, D\) = \(B, 2\) and has \("):
        getattr(build_vae(TrainConfig(hidden_sizes=(8,))), call)(torch.zeros(shape))


# Weights in and out


def test_weights_survive_the_way_out_and_in() -> None:
    config = TrainConfig(hidden_sizes=(8,))
    source, target = build_vae(config), build_vae(config.model_copy(update={"seed": 1}))
    exported = weights(source)
    for array in exported.values():
        array.flags.writeable = False  # as they come from a file
    load_weights(target, exported)
    assert equal_weights(source, target)
    next(target.parameters()).data.zero_()
    assert not equal_weights(source, target), "the arrays must not share memory with a model"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decoder.0.weight": np.zeros((8, 3), np.float32)}, r"^tensor decoder\.0\.weight: .* \(8, 2\), .* \(8, 3\)"),
        ({"decoder.9.bias": np.zeros(3, np.float32)}, r"^tensor decoder\.9\.bias: .* no such tensor, .* \(3,\)"),
        ({"encoder.1.bias": None}, r"^tensor encoder\.1\.bias: .* \(8,\), .* no such tensor"),
    ],
)
def test_weights_that_do_not_fit_are_refused_and_nothing_is_changed(
    change: dict[str, np.ndarray | None], message: str
) -> None:
    config = TrainConfig(hidden_sizes=(8,))
    model = build_vae(config)
    given = {**weights(build_vae(config.model_copy(update={"seed": 1}))), **change}
    with pytest.raises(ShapeMismatch, match=message):
        load_weights(model, {name: array for name, array in given.items() if array is not None})
    assert equal_weights(model, build_vae(config))
