"""The loop: repeatable, honest in what it yields, and learning."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.vae_core.comparing import equal_weights
from vae_core.config import TrainConfig, parse_config, total_steps
from vae_core.config.options import OBJECTIVES
from vae_core.config.schedules import Pressure
from vae_core.data.registry import load
from vae_core.errors import ConfigInvalid, ShapeMismatch, TrainingDiverged
from vae_core.evaluation import evaluate
from vae_core.model.likelihoods import bernoulli_nats
from vae_core.model.networks import VAE, build_vae, scale, weights
from vae_core.model.objectives import Batch, Terms
from vae_core.training import StepMetrics, Training, train
from vae_core.training.divergence_guard import check_finite

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


def begun(images: Tensor, **changes: object) -> Training:
    """A training of its first images, with the labels that belong to them."""
    config = parse_config({"hidden_sizes": "16", "epochs": 2, "batch_size": 64, **changes})
    labels = torch.from_numpy(load("digits", "train").labels[: len(images)])
    return Training(build_vae(config), images, config, labels)


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


@pytest.mark.parametrize("other", [1, 65_536, 2**31 - 1])
def test_every_seed_has_streams_of_its_own(other: int, digits: Tensor) -> None:
    first, second = begun(digits, seed=0), begun(digits, seed=other)
    assert not torch.equal(first._draw(3, 2), second._draw(3, 2))
    assert not torch.equal(first._shuffled(0), second._shuffled(0))
    assert not torch.equal(first._shuffled(0), first._shuffled(1))


def test_every_image_is_seen_once_an_epoch_the_ragged_last_batch_included(digits: Tensor) -> None:
    _, metrics = trained(digits[:150], **MLP)
    assert [m.images for m in metrics] == [64, 64, 22] * 2
    assert [m.epoch for m in metrics] == [1] * 3 + [2] * 3
    assert [m.step for m in metrics] == [1, 2, 3, 4, 5, 6]


def test_each_epoch_is_a_permutation_in_another_order(digits: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    images = torch.arange(20, dtype=torch.uint8)[:, None, None, None].expand(20, 1, 8, 8).contiguous()
    training = begun(images, batch_size=7)
    seen: list[int] = []
    batch_of = training._batch

    def watched(places: Tensor) -> Batch:
        batch = batch_of(places)
        seen.extend((batch.x[:, 0, 0, 0] * 255).round().int().tolist())
        return batch

    monkeypatch.setattr(training, "_batch", watched)
    assert len(list(training.steps())) == 6
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
def test_the_learning_rate_follows_its_schedule(schedule: str, expected: list[float], digits: Tensor) -> None:
    settings = {**MLP, "epochs": 10, "batch_size": 10, "schedule": schedule, "learning_rate": 0.01}
    _, metrics = trained(digits[:100], **settings)
    rates = [step.learning_rate for step in metrics]
    assert [rates[0] / 0.01, max(rates) / 0.01, rates[-1] / 0.01] == pytest.approx(expected, abs=1e-4)
    if schedule == "one-cycle":
        assert rates.index(max(rates)) == 29, "the top stands after 30 % of the steps"


def test_a_step_moves_no_weight_further_than_its_learning_rate_allows(digits: Tensor) -> None:
    config = parse_config({**MLP, "schedule": "constant", "learning_rate": 0.01})
    model = build_vae(config)
    before = weights(model)
    next(train(model, digits, config))
    largest = max(np.abs(after - before[name]).max() for name, after in weights(model).items())
    assert largest == pytest.approx(0.01, rel=1e-2), "Adam's first step is the sign of the gradient"


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


# Going on from a state


RESUMED = [
    MLP,
    CONV,
    {**MLP, "pixels": "binarised", "posterior": "full"},
    {**MLP, "objective": "m2", "schedule": "cosine", "labelled_images": 100},
    {**MLP, "objective": "iwae", "beta_schedule": "constant", "likelihood": "gaussian-learned"},
    {**MLP, "objective": "beta-vae", "beta_schedule": "cyclical", "schedule": "constant"},
]


def values(step: StepMetrics) -> tuple[float, ...]:
    sums = (step.reconstruction_sum.item(), step.kl_sum.item(), step.loss_sum.item())
    return (step.step, step.epoch, step.images, *sums, step.beta, step.learning_rate)


@pytest.mark.parametrize("changes", RESUMED, ids=str)
def test_a_training_resumed_at_any_step_equals_the_uninterrupted_one_bitwise(
    changes: dict[str, object], digits: Tensor
) -> None:
    whole = begun(digits[:150], **changes)
    later = [values(step) for step in whole.steps()]
    for done in (1, 2, 3, 5):  # within an epoch, before its ragged last batch, between two
        broken = begun(digits[:150], **changes)
        steps = broken.steps()
        for _ in range(done):
            next(steps)
        resumed = begun(digits[:150], **changes)
        resumed.restore(broken.state())
        assert [values(step) for step in resumed.steps()] == later[done:]
        end, expected = resumed.state(), whole.state()
        assert end.keys() == expected.keys()
        assert all(np.array_equal(end[name], expected[name]) for name in end)


def test_a_resumed_training_has_as_many_threads_as_it_was_begun_with(digits: Tensor) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        state = begun(digits).state()
        torch.set_num_threads(1)
        begun(digits).restore(state)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_edits_hold_from_the_next_step_and_survive_a_resume(digits: Tensor) -> None:
    training = begun(digits, schedule="constant")
    steps = training.steps()
    first = next(steps)
    training.edit(beta=7.0)
    training.edit(learning_rate=1e-4)
    second = next(steps)
    assert (first.beta, first.learning_rate) == (1.0, 4e-3)
    assert (second.beta, second.learning_rate) == (7.0, 1e-4)
    resumed = begun(digits, schedule="constant")
    resumed.restore(training.state())
    assert values(next(resumed.steps())) == values(next(steps))


@pytest.mark.parametrize("edit", [{"beta": -1.0}, {"learning_rate": 2.0}, {"beta": math.nan}])
def test_an_edit_out_of_bounds_is_refused_and_changes_nothing(edit: dict[str, float], digits: Tensor) -> None:
    training = begun(digits)
    with pytest.raises(ConfigInvalid, match=next(iter(edit))):
        training.edit(**edit)
    assert (training.beta, training.learning_rate) == (1.0, 4e-3)


def test_a_state_of_another_model_is_refused_and_nothing_is_changed(digits: Tensor) -> None:
    training, other = begun(digits), begun(digits, hidden_sizes="8")
    before = weights(training.model)
    with pytest.raises(ShapeMismatch, match=r"of the checkpoint should have shape"):
        training.restore(other.state())
    assert all(np.array_equal(before[name], array) for name, array in weights(training.model).items())


# Labels


def test_the_labelled_images_of_m2_are_as_many_of_each_class_and_the_same_for_a_seed(digits: Tensor) -> None:
    labels = torch.from_numpy(load("digits", "train").labels)
    chosen = [begun(digits, objective="m2", labelled_images=100, seed=seed)._labelled for seed in (0, 0, 1)]
    assert chosen[0] is not None
    assert labels[chosen[0]].long().bincount().tolist() == [10] * 10
    assert torch.equal(chosen[0], chosen[1])  # type: ignore[arg-type]
    assert not torch.equal(chosen[0], chosen[2])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name, objective in OBJECTIVES.items() if objective.family.is_told_labels])
def test_an_objective_that_needs_labels_says_so(name: str, digits: Tensor) -> None:
    config = parse_config({**MLP, "objective": name})
    with pytest.raises(ShapeMismatch, match=f"objective {name} needs a label for each of 1500 images and got none"):
        Training(build_vae(config), digits, config)


def test_binarised_pixels_are_drawn_anew_in_every_batch(digits: Tensor) -> None:
    training = begun(digits, pixels="binarised")
    places = torch.arange(5)
    first, second = training._batch(places).x, training._batch(places).x
    assert set(first.unique().tolist()) == {0.0, 1.0}
    assert not torch.equal(first, second)


# What goes wrong


def test_images_of_another_size_are_refused(digits: Tensor) -> None:
    config = TrainConfig(dataset="mnist", hidden_sizes=(8,))
    with pytest.raises(ShapeMismatch, match=r"\(B, 1, 28, 28\) and has \(128, 1, 8, 8\)"):
        next(train(build_vae(config), digits, config))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_weight_that_is_not_finite_ends_the_training_at_the_very_next_step(
    objective: str, value: float, digits: Tensor
) -> None:
    training = begun(digits, objective=objective)
    steps = training.steps()
    for _ in range(3):
        next(steps)
    before = weights(training.model)
    with torch.no_grad():
        training.model.decoder[0].weight[0, 0] = value
    with pytest.raises(TrainingDiverged, match=r"step 4 \(decoder\.0\.weight holds a number that is not finite\)"):
        next(steps)
    with pytest.raises(TrainingDiverged):
        training.require_finite()
    after = weights(training.model)
    assert np.array_equal(after["encoder.1.weight"], before["encoder.1.weight"]), "nothing was learned from it"


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_loss_that_is_not_finite_ends_the_training_before_it_touches_a_weight(
    objective: str, digits: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = begun(digits, objective=objective)
    steps = training.steps()
    next(steps)
    before = weights(training.model)
    finite = training._terms_and_gradients

    def infinite(batch: Batch, pressure: Pressure) -> tuple[Terms, Sequence[Tensor]]:
        terms, gradients = finite(batch, pressure)
        return Terms(terms.reconstruction, terms.kl, terms.loss * math.inf), gradients

    monkeypatch.setattr(training, "_terms_and_gradients", infinite)
    with pytest.raises(
        TrainingDiverged, match=r"step 2 \(reconstruction [0-9.e+-]+, KL [0-9.e+-]+, loss (inf|nan|-inf)"
    ):
        next(steps)
    assert all(np.array_equal(before[name], array) for name, array in weights(training.model).items())
    training.require_finite()


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"learning_rate": 0.5}, "the learning rate 0.5: try 0.05"),
        ({"likelihood": "gaussian", "gaussian_sigma": 0.01}, "pixel σ = 0.01"),
        ({"beta": 0.0}, "β = 0"),
        ({}, "the learning rate 0.004: try 0.0004"),
    ],
)
def test_the_likely_cause_is_named(changes: dict[str, object], cause: str, digits: Tensor) -> None:
    training = begun(digits, **changes)
    torch.nn.init.constant_(training.model.encoder[-1].bias, 95.0)  # logvar ≈ 95, where exp overflows
    with pytest.raises(TrainingDiverged, match=f"at step 1 .*KL inf.*the likely cause is {cause}"):
        next(training.steps())


@pytest.mark.parametrize(("reconstruction", "kl"), [(math.nan, 1.0), (1.0, math.inf), (-math.inf, 1.0)])
def test_figures_that_are_not_finite_are_reported_with_their_step_and_a_way_out(
    reconstruction: float, kl: float
) -> None:
    with pytest.raises(TrainingDiverged, match=r"finite numbers at step 7 .* smaller learning rate$"):
        check_finite(7, reconstruction, kl)


def test_a_finite_loss_is_left_alone() -> None:
    check_finite(7, -1e30, 0.0)


# Devices
