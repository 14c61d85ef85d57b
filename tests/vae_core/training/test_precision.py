"""Products of fewer bits, and convolutions laid out for a GPU: faster there, and the same training."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from vae_core.config import parse_config
from vae_core.config.options import OBJECTIVES
from vae_core.data.registry import load
from vae_core.data.source import Split
from vae_core.evaluation import evaluate
from vae_core.model.networks import VAE, build_vae, load_weights, weights
from vae_core.training import Training

SMALL = {"hidden_sizes": "32", "channels": "4 8", "epochs": 8, "batch_size": 64, "schedule": "constant", "seed": 1}


@pytest.fixture(scope="module")
def digits() -> Split:
    """300 of them."""
    split = load("digits", "train")
    return Split(split.images[:300], split.labels[:300])


def begun(digits: Split, **changes: object) -> Training:
    config = parse_config({**SMALL, **changes})
    return Training(build_vae(config), torch.from_numpy(digits.images), config, torch.from_numpy(digits.labels))


def product_dtypes(model: VAE) -> set[torch.dtype]:
    """Fills up with what each layer that multiplies hands on."""
    seen: set[torch.dtype] = set()
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            layer.register_forward_hook(lambda _layer, _given, result: seen.add(result.dtype))
    return seen


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_products_in_bfloat16_learn_what_float32_learns(objective: str, digits: Split) -> None:
    brief, exact = (begun(digits, objective=objective, precision=each) for each in ("bfloat16", "float32"))
    losses = [[m.loss_sum.item() / m.images for m in training.steps()][-5:] for training in (brief, exact)]
    assert np.mean(losses[0]) == pytest.approx(np.mean(losses[1]), rel=0.05)
    assert {tensor.dtype for tensor in brief.model.parameters()} == {torch.float32}


@pytest.mark.parametrize("architecture", ["mlp", "conv"])
def test_only_a_step_multiplies_in_bfloat16_and_every_figure_is_of_float32(architecture: str, digits: Split) -> None:
    training = begun(digits, architecture=architecture, precision="bfloat16")
    seen = product_dtypes(training.model)
    metrics = next(training.steps())
    assert seen == {torch.bfloat16}
    assert {metrics.loss_sum.dtype, metrics.kl_sum.dtype, metrics.reconstruction_sum.dtype} == {torch.float32}
    seen.clear()
    images = torch.from_numpy(digits.images)
    figures = evaluate(training.model, images)
    assert seen == {torch.float32}
    plain = build_vae(parse_config({**SMALL, "architecture": architecture}))
    load_weights(plain, weights(training.model))
    assert figures == evaluate(plain, images)


def test_an_error_inside_a_step_leaves_no_model_in_bfloat16(digits: Split) -> None:
    model = build_vae(parse_config({**SMALL, "precision": "bfloat16"}))
    with pytest.raises(ZeroDivisionError), model.products_in(torch.bfloat16):
        raise ZeroDivisionError
    seen = product_dtypes(model)
    model.encode(torch.from_numpy(digits.images[:2]).float() / 255)
    assert seen == {torch.float32}


def test_channels_that_come_last_change_no_value_and_no_checkpoint(digits: Split) -> None:
    plain = begun(digits, architecture="conv")
    laid_out = begun(digits, architecture="conv")
    laid_out.model.to(memory_format=torch.channels_last)
    laid_out = Training(laid_out.model, torch.from_numpy(digits.images), laid_out.config)  # its moments likewise
    rows = [
        [step.loss_sum for step, _ in zip(training.steps(), range(6), strict=False)] for training in (plain, laid_out)
    ]
    torch.testing.assert_close(torch.stack(rows[0]), torch.stack(rows[1]), rtol=1e-5, atol=0.0)
    resumed = begun(digits, architecture="conv")
    resumed.model.to(memory_format=torch.channels_last)
    resumed = Training(resumed.model, torch.from_numpy(digits.images), resumed.config)
    resumed.restore(laid_out.state())
    assert _next_loss(resumed).equal(_next_loss(laid_out))


def _next_loss(training: Training) -> Tensor:
    return next(training.steps()).loss_sum
