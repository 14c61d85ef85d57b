"""The loop: repeatable, honest in what it yields, and learning."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core.config import TrainConfig, parse_config, total_steps
from vae_core.datasets import load
from vae_core.errors import DeviceUnavailable, ShapeMismatch, TrainingDiverged
from vae_core.evaluation import evaluate
from vae_core.models import VAE, build_vae, scale, weights
from vae_core.objectives import bernoulli_nats
from vae_core.training import StepMetrics, check_finite, resolve_device, train

MLP = {"hidden_sizes": "16", "epochs": 2, "batch_size": 64}
CONV = {"architecture": "conv", "channels": "4 8", "epochs": 2, "batch_size": 64}


@pytest.fixture(scope="module")
def digits() -> Tensor:
    """uint8 (1500, 1, 8, 8)"""
    return torch.from_numpy(load("digits", "train").images)


def trained(images: Tensor, **changes: object) -> tuple[VAE, list[StepMetrics]]:
    config = parse_config(changes)
    model = build_vae(config)
    return model, list(train(model, images, config))


def equal_weights(a: VAE, b: VAE) -> bool:
    return all(np.array_equal(weights(a)[name], weights(b)[name]) for name in weights(a))


@pytest.mark.parametrize("settings", [MLP, CONV, {**MLP, "likelihood": "gaussian"}], ids=str)
def test_the_same_seed_gives_bitwise_the_same_run_and_another_seed_another(
    settings: dict[str, object], digits: Tensor
) -> None:
    first, metrics = trained(digits[:300], **settings, seed=3)
    torch.manual_seed(99)  # nothing may depend on torch's global state
    again, metrics_again = trained(digits[:300], **settings, seed=3)
    other, _ = trained(digits[:300], **settings, seed=4)
    assert equal_weights(first, again)
    assert [m.reconstruction_sum.item() for m in metrics] == [m.reconstruction_sum.item() for m in metrics_again]
    assert not equal_weights(first, other)


def test_another_seed_changes_the_run_even_from_the_same_weights(digits: Tensor) -> None:
    config = TrainConfig(hidden_sizes=(8,))
    steps = [next(train(build_vae(config), digits, config.model_copy(update={"seed": seed}))) for seed in (0, 1)]
    assert steps[0].reconstruction_sum.item() != steps[1].reconstruction_sum.item()


def test_every_image_is_seen_once_an_epoch_the_ragged_last_batch_included(digits: Tensor) -> None:
    _, metrics = trained(digits[:150], **MLP)
    assert [m.images for m in metrics] == [64, 64, 22] * 2
    assert [m.epoch for m in metrics] == [1] * 3 + [2] * 3
    assert [m.step for m in metrics] == [1, 2, 3, 4, 5, 6]


def test_each_epoch_is_a_permutation_in_another_order(digits: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    config = parse_config({**MLP, "batch_size": 7})
    images = torch.arange(20, dtype=torch.uint8)[:, None, None, None].expand(20, 1, 8, 8).contiguous()
    seen: list[int] = []
    model = build_vae(config)
    encode = model.encode
    monkeypatch.setattr(model, "encode", lambda x: seen.extend((x[:, 0, 0, 0] * 255).round().tolist()) or encode(x))
    assert len(list(train(model, images, config))) == 6
    assert sorted(seen[:20]) == sorted(seen[20:]) == list(range(20))
    assert list(range(20)) != seen[:20] != seen[20:]


@pytest.mark.parametrize("schedule", ["one-cycle", "constant"])
@pytest.mark.parametrize(("epochs", "images", "batch_size"), [(1, 1, 256), (1, 2, 1), (3, 1, 1), (2, 5, 2), (1, 64, 9)])
def test_total_steps_is_how_many_are_made_however_few(
    epochs: int, images: int, batch_size: int, schedule: str, digits: Tensor
) -> None:
    settings = {**MLP, "epochs": epochs, "batch_size": batch_size, "schedule": schedule}
    model, metrics = trained(digits[:images], **settings)
    assert len(metrics) == total_steps(model.config, images)
    assert all(np.isfinite(array).all() for array in weights(model).values())


def test_metrics_are_sums_in_nats_from_before_the_step(digits: Tensor) -> None:
    config = parse_config({**MLP, "batch_size": 1500})
    model = build_vae(config)
    kl = model.encode(scale(digits)).kl_per_dim().sum().item()
    step = next(train(model, digits, config))
    assert step.images == 1500
    assert step.kl_sum.item() == pytest.approx(kl, rel=1e-4)
    assert 64 * math.log(2) * 0.9 < step.reconstruction_sum.item() / 1500 < 64 * math.log(2) * 1.1


def test_metrics_hold_no_graph_and_are_not_read_by_the_loop(digits: Tensor) -> None:
    step = next(train(build_vae(parse_config(MLP)), digits, parse_config(MLP)))
    for sums in (step.reconstruction_sum, step.kl_sum):
        assert sums.shape == ()
        assert not sums.requires_grad


@pytest.mark.parametrize(("schedule", "expected"), [("one-cycle", [0.04, 1.0, 0.0]), ("constant", [1.0, 1.0, 1.0])])
def test_the_learning_rate_follows_its_schedule(
    schedule: str, expected: list[float], digits: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[float] = []
    step = torch.optim.Adam.step
    monkeypatch.setattr(torch.optim.Adam, "step", lambda self: rates.append(self.param_groups[0]["lr"]) or step(self))
    trained(digits[:100], **{**MLP, "epochs": 10, "batch_size": 10, "schedule": schedule, "learning_rate": 0.01})
    assert [rates[0] / 0.01, max(rates) / 0.01, rates[-1] / 0.01] == pytest.approx(expected, abs=1e-4)
    if schedule == "one-cycle":
        assert rates.index(max(rates)) == 29, "the top stands after 30 % of the steps"


def average_image_nats(images: Tensor) -> float:
    """What a decoder reaches that shows the average image whatever z is: cross-entropy, nats per image."""
    x = scale(images)
    average = x.mean(dim=0, keepdim=True).clamp(1e-4, 1 - 1e-4)  # (1, C, H, W)
    return bernoulli_nats(average.logit().expand_as(x), x).mean().item()


@pytest.mark.parametrize("settings", [MLP, CONV], ids=str)
def test_training_learns_to_tell_held_out_digits_apart(settings: dict[str, object], digits: Tensor) -> None:
    held_out = torch.from_numpy(load("digits", "held-out").images)
    model, _ = trained(digits, **{**settings, "hidden_sizes": "64", "channels": "16 32", "epochs": 16})
    figures = evaluate(model, held_out)
    assert evaluate(build_vae(model.config), held_out).negative_elbo_nats > 40
    assert figures.negative_elbo_nats < average_image_nats(held_out) - 0.5
    assert figures.active_units == 2


def test_a_beta_of_twenty_collapses_the_map_to_the_prior(digits: Tensor) -> None:
    free, _ = trained(digits, **{**MLP, "epochs": 12, "beta": 0.1})
    tied, _ = trained(digits, **{**MLP, "epochs": 12, "beta": 20.0})
    assert evaluate(free, digits).kl_nats > 1
    assert evaluate(tied, digits).kl_nats < 0.05


def test_training_on_mnist_soon_beats_a_decoder_that_shows_the_average_image(mnist_root: Path) -> None:
    images = torch.from_numpy(load("mnist", "train", mnist_root).images[:6400])
    model, _ = trained(images, dataset="mnist", hidden_sizes="128", epochs=3, batch_size=128)
    baseline = average_image_nats(images)
    assert baseline == pytest.approx(206, abs=3)
    assert evaluate(model, images).negative_elbo_nats < baseline - 10


def test_stopping_early_leaves_a_model_that_works(digits: Tensor) -> None:
    config = parse_config(MLP)
    model = build_vae(config)
    steps = train(model, digits, config)
    next(steps)
    steps.close()
    assert not equal_weights(model, build_vae(config))
    assert math.isfinite(evaluate(model, digits[:10]).negative_elbo_nats)


# What goes wrong


def test_images_of_another_size_are_refused(digits: Tensor) -> None:
    config = TrainConfig(dataset="mnist", hidden_sizes=(8,))
    with pytest.raises(ShapeMismatch, match=r"\(B, 1, 28, 28\) and has \(256, 1, 8, 8\)"):
        next(train(build_vae(config), digits, config))


def test_a_posterior_beyond_float32_is_found_out_from_the_metrics(digits: Tensor) -> None:
    config = parse_config(MLP)
    model = build_vae(config)
    torch.nn.init.constant_(model.encoder[-1].bias, 95.0)  # logvar ≈ 95, where exp overflows
    step = next(train(model, digits, config))
    with pytest.raises(TrainingDiverged):
        check_finite(step.step, step.reconstruction_sum.item(), step.kl_sum.item())


@pytest.mark.parametrize(("reconstruction", "kl"), [(math.nan, 1.0), (1.0, math.inf), (-math.inf, 1.0)])
def test_a_loss_that_is_not_finite_is_reported_with_its_step_and_a_way_out(reconstruction: float, kl: float) -> None:
    with pytest.raises(TrainingDiverged, match=r"^the loss stopped being finite at step 7 .* smaller learning rate$"):
        check_finite(7, reconstruction, kl)


def test_a_finite_loss_is_left_alone() -> None:
    check_finite(7, -1e30, 0.0)


# Devices


def no_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_auto_takes_the_processor_where_there_is_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    no_accelerator(monkeypatch)
    assert resolve_device("auto") == resolve_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_auto_prefers_an_accelerator(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    no_accelerator(monkeypatch)
    monkeypatch.setattr(getattr(torch.backends, name) if name == "mps" else torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto").type == resolve_device(name).type == name


@pytest.mark.parametrize("name", ["cuda", "mps", "abacus"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    no_accelerator(monkeypatch)
    with pytest.raises(DeviceUnavailable, match=rf"^device {name} is not on this machine, which has cpu;"):
        resolve_device(name)
