"""Adam: torch's own, step by step."""

import torch
from torch import Tensor

from vae_core.training.optimiser import Adam


def gradients(seed: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(4, 3, generator=generator), torch.randn((), generator=generator)]


def start() -> dict[str, Tensor]:
    return {"weight": torch.ones(4, 3), "scale": torch.tensor(-1.0)}


def test_it_goes_where_torchs_adam_goes_with_changing_rates_and_momenta() -> None:
    mine, reference = start(), [torch.nn.Parameter(value) for value in start().values()]
    adam, torchs = Adam(mine), torch.optim.Adam(reference)
    for step, (rate, momentum) in enumerate([(0.1, 0.9), (0.05, 0.95), (0.2, 0.85), (0.01, 0.9)]):
        adam.step(gradients(step), rate, momentum, torch.ones(()))
        torchs.param_groups[0].update(lr=rate, betas=(momentum, 0.999))
        for parameter, gradient in zip(reference, gradients(step), strict=True):
            parameter.grad = gradient
        torchs.step()
        for value, expected in zip(mine.values(), reference, strict=True):
            torch.testing.assert_close(value, expected.detach(), rtol=1e-6, atol=1e-7)


def test_a_gradient_that_lies_in_memory_in_another_way_is_the_same_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    gradient = torch.randn(3, 5, 2, 4, generator=generator)
    laid_out = gradient.contiguous(memory_format=torch.channels_last)
    assert laid_out.stride() != gradient.stride()
    found = {"kernel": torch.ones(3, 5, 2, 4)}, {"kernel": torch.ones(3, 5, 2, 4)}
    for parameters, given in zip(found, (gradient, laid_out), strict=True):
        Adam(parameters).step([given], 0.1, 0.9, torch.ones(()))
    assert torch.equal(*(each["kernel"] for each in found))


def test_it_goes_on_bitwise_from_its_state() -> None:
    whole, broken = start(), start()
    adam = Adam(whole)
    for step in range(6):
        adam.step(gradients(step), 0.1, 0.9, torch.ones(()))
    first = Adam(broken)
    for step in range(3):
        first.step(gradients(step), 0.1, 0.9, torch.ones(()))
    second = Adam(broken)
    second.restore({name: tensor.clone() for name, tensor in first.state().items()}, steps=3)
    for step in range(3, 6):
        second.step(gradients(step), 0.1, 0.9, torch.ones(()))
    assert all(torch.equal(whole[name], broken[name]) for name in whole)


def test_its_state_names_both_moments_of_every_parameter() -> None:
    assert Adam(start()).state().keys() == {
        "exp_avg.weight", "exp_avg.scale", "exp_avg_sq.weight", "exp_avg_sq.scale",
    }  # fmt: skip
