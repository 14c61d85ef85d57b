"""The gradient that is written out is the one that torch finds, to the last bit."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from tests.vae_core.comparing import equal_weights
from vae_core.config import parse_config
from vae_core.config.schedules import Pressure
from vae_core.data.registry import load
from vae_core.model.networks import build_vae
from vae_core.model.objectives import Batch, objective
from vae_core.training import Training
from vae_core.training.fused_elbo import is_written_out, negative_elbo

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """More of them may share out a product in another way."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("activation", ["relu", "silu"])
@pytest.mark.parametrize("hidden_sizes", ["24", "32 16", "8 8 8"])
@pytest.mark.parametrize(("images", "dims"), [(1, 3), (22, 2), (128, 20)])
@pytest.mark.parametrize("beta", [0.0, 0.37, 1.0, 4.0])
def test_terms_and_gradients_are_those_that_torch_finds(
    activation: str, hidden_sizes: str, images: int, dims: int, beta: float
) -> None:
    config = parse_config({"hidden_sizes": hidden_sizes, "latent_dim": dims, "activation": activation})
    model = build_vae(config)
    generator = torch.Generator().manual_seed(images)
    x, noise = torch.rand(images, 1, 8, 8, generator=generator), torch.randn(images, dims, generator=generator)
    expected = objective("vae")(model, Batch(x), Pressure(beta), lambda *_: noise)
    terms, gradients = negative_elbo(model, x, beta, noise)
    for name in ("reconstruction", "kl", "loss"):
        assert torch.equal(getattr(terms, name), getattr(expected, name)), name
    slopes = torch.autograd.grad(expected.loss.mean(), list(model.parameters()))
    for (name, _), found, slope in zip(model.named_parameters(), gradients, slopes, strict=True):
        assert torch.equal(found, slope), name
        assert slope.any(), name


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"objective": "beta-vae", "beta": 3.0, "beta_schedule": "warm-up"},
        {"beta_schedule": "cyclical", "activation": "relu", "hidden_sizes": "32 16"},
        {"pixels": "binarised", "schedule": "one-cycle"},
    ],
    ids=str,
)
def test_a_run_learns_bitwise_the_same_either_way(changes: dict[str, object]) -> None:
    images = torch.from_numpy(load("digits", "train").images[:300])
    config = parse_config({"hidden_sizes": "16", "epochs": 4, "batch_size": 64, **changes})
    written, found = (Training(build_vae(config), images, config) for _ in range(2))
    assert written._is_written_out
    found._is_written_out = False
    losses = [torch.stack([step.loss_sum for step in training.steps()]) for training in (written, found)]
    assert torch.equal(*losses)
    assert equal_weights(written.model, found.model)


@pytest.mark.parametrize(
    "changes",
    [
        {"objective": "beta-tcvae"},
        {"objective": "iwae"},
        {"objective": "cvae"},
        {"objective": "autoencoder"},
        {"posterior": "full"},
        {"beta_schedule": "capacity"},
        {"beta_schedule": "free-bits"},
        {"precision": "bfloat16"},
    ],
    ids=str,
)
def test_all_else_is_left_to_torch(changes: dict[str, object]) -> None:
    assert is_written_out(parse_config({}), CPU)
    assert not is_written_out(parse_config(changes), CPU)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_on_which_it_was_never_compared_is_left_to_torch(device: str) -> None:
    assert not is_written_out(parse_config({}), torch.device(device))


def test_no_image_and_no_noise_is_changed() -> None:
    model = build_vae(parse_config({"hidden_sizes": "8", "activation": "relu"}))
    x, noise = torch.rand(5, 1, 8, 8), torch.randn(5, model.config.latent_dim)
    before: list[Tensor] = [x.clone(), noise.clone()]
    negative_elbo(model, x, 1.0, noise)
    assert torch.equal(x, before[0])
    assert torch.equal(noise, before[1])
