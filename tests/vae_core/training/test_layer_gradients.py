"""Layers and their gradients as they are written out: those of torch, for sides that halve and that do not."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from vae_core.config import parse_config
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.config.schedules import Pressure
from vae_core.data.source import DataCard
from vae_core.model.networks import build_vae
from vae_core.model.objectives import Batch, objective
from vae_core.training.fused_elbo import negative_elbo
from vae_core.training.layer_gradients import FEW_MAPS, backward, forward, spread


def card(*shape: int) -> DataCard:
    return DataCard("pictures", "Pictures", shape, None, "none", 100, 10)  # type: ignore[arg-type]


def rand(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("maps", [1, 3, 5])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (4, 7), (8, 8)])
def test_spreading_in_blocks_is_the_transposed_convolution(maps: int, height: int, width: int) -> None:
    x, weight = rand(3, 6, height, width), rand(6, maps, 4, 4, seed=1)
    expected = functional.conv_transpose2d(x, weight, stride=2, padding=1)
    found = spread(x.contiguous(memory_format=torch.channels_last), weight)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


SHAPES = {
    "colour": ((3, 16, 16), (4, 8)),
    "grey, and halves that are odd": ((1, 28, 20), (4, FEW_MAPS + 2, 8)),
    "an odd picture": ((3, 15, 9), (4, 6)),
    "one map in, many out": ((1, 8, 8), (FEW_MAPS + 3, FEW_MAPS)),
}


@pytest.mark.parametrize("activation", ["relu", "silu"])
@pytest.mark.parametrize(("shape", "channels"), SHAPES.values(), ids=SHAPES)
def test_a_networks_gradients_are_torchs(
    shape: tuple[int, int, int], channels: tuple[int, ...], activation: str
) -> None:
    config = parse_config({"architecture": "conv", "channels": channels, "activation": activation, "latent_dim": 3})
    model = build_vae(config, card(*shape)).double()
    for network, given in ((model.encoder, rand(5, *shape)), (model.decoder, rand(5, 3))):
        needed = given.clone().requires_grad_()
        expected = network(needed)
        d_y = rand(*expected.shape, seed=3) - 0.5
        slopes = torch.autograd.grad((expected * d_y).sum(), [needed, *network.parameters()])
        with torch.no_grad():
            made, trace = forward(network, given)
            of_weights, of_inputs = backward(trace, d_y)
        torch.testing.assert_close(made, expected, rtol=1e-10, atol=1e-12)
        for found, slope in zip([of_inputs, *of_weights], slopes, strict=True):
            torch.testing.assert_close(found, slope, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("widths", ["one", "channel", "pixel"])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("network", [{"architecture": "conv", "channels": "4 6"}, {"hidden_sizes": "16 8"}], ids=str)
def test_the_elbos_gradients_are_torchs_for_colour_under_every_likelihood(
    likelihood: str, widths: str, network: dict[str, object]
) -> None:
    config = parse_config({**network, "likelihood": likelihood, "widths": widths, "latent_dim": 3})
    model = build_vae(config, card(3, 8, 12))
    x = (255 * rand(6, 3, 8, 12)).round().float() / 255
    x[0], x[1] = 0, 1
    noise = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    expected = objective("vae")(model, Batch(x), Pressure(0.7), lambda *_: noise)
    terms, gradients = negative_elbo(model, x, 0.7, noise)
    torch.testing.assert_close(terms.loss, expected.loss, rtol=1e-5, atol=1e-3)
    slopes = torch.autograd.grad(expected.loss.mean(), list(model.parameters()))
    for (name, _), found, slope in zip(model.named_parameters(), gradients, slopes, strict=True):
        torch.testing.assert_close(found, slope, rtol=1e-4, atol=1e-4, msg=name)
