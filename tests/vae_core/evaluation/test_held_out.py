"""A model's figures: the same again, the same for any batch size, and what they claim to be."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Categorical, Normal, kl_divergence

from vae_core.config import options, parse_config
from vae_core.data.registry import DATASETS
from vae_core.errors import ShapeMismatch
from vae_core.evaluation import evaluate
from vae_core.evaluation.held_out import pixel_batches
from vae_core.model.networks import VAE, build_vae, scale

SMALL = {"hidden_sizes": "32", "latent_dim": 3}
MODELS: list[dict[str, object]] = [
    SMALL,
    {"hidden_sizes": "32", "likelihood": "gaussian", "gaussian_sigma": 0.1},
    {"architecture": "conv", "channels": "4 8"},
    {**SMALL, "pixels": "binarised"},
    {**SMALL, "posterior": "full", "likelihood": "discretised-logistic"},
    {**SMALL, "likelihood": "continuous-bernoulli"},
]
OBJECTIVES: list[dict[str, object]] = [{**SMALL, "objective": name} for name in options.OBJECTIVES]
BOTH = [*MODELS, *OBJECTIVES, {**SMALL, "objective": "m2", "pixels": "binarised"}]


def some_images(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    shape = (count, *DATASETS["digits"].card.image_shape)
    return torch.randint(0, 256, shape, generator=generator).to(torch.uint8)


def some_labels(count: int) -> Tensor:
    return torch.randint(0, 10, (count,), generator=torch.Generator().manual_seed(1)).to(torch.uint8)


@pytest.fixture(scope="module")
def many() -> Tensor:
    """More than one batch of 10,000, and no multiple of 100."""
    return some_images(10_037)


@pytest.mark.parametrize("changes", BOTH, ids=str)
def test_figures_do_not_depend_on_the_batch_size_ragged_last_batch_included(
    changes: dict[str, object], many: Tensor
) -> None:
    model, labels = build_vae(parse_config(changes)), some_labels(len(many))
    small, *larger = (evaluate(model, many, labels, batch_size=size) for size in (100, 1000, 10_000))
    for figures in larger:
        assert (figures.accuracy, figures.active_units) == (small.accuracy, small.active_units)
        for name in ("reconstruction_nats", "kl_nats", "negative_elbo_nats", "kl_per_dim_nats"):
            np.testing.assert_allclose(getattr(figures, name), getattr(small, name), rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("changes", BOTH, ids=str)
def test_evaluation_is_bitwise_repeatable(changes: dict[str, object]) -> None:
    model, images, labels = build_vae(parse_config(changes)), some_images(257), some_labels(257)
    first = evaluate(model, images, labels, batch_size=100)
    torch.rand(10)  # whatever else draws numbers meanwhile
    assert evaluate(model, images, labels, batch_size=100) == first


def expected_terms(model: VAE, x: Tensor, noise: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """By torch.distributions, in float64: reconstruction (B,), KL (B, D) and mu (B, D) of a Bernoulli VAE."""
    told = x.flatten(1)
    if y is not None:
        told = torch.cat([told, torch.eye(10)[y]], dim=1)
    raw = model.encoder[1:](told)
    posterior = Normal(raw[:, :3].double(), (raw[:, 3:] / 2).double().exp())
    z = (posterior.mean + posterior.stddev * noise).float()
    logits = model.decoder(z if y is None else torch.cat([z, torch.eye(10)[y]], dim=1)).double()
    pixels = Bernoulli(logits=logits, validate_args=False).log_prob(x.double()).sum((1, 2, 3))
    return -pixels, kl_divergence(posterior, Normal(torch.zeros(()).double(), 1.0)), posterior.mean


def test_noise_belongs_to_the_image_so_that_more_images_leave_it_alone() -> None:
    model, images = build_vae(parse_config(SMALL)), some_images(300)
    noise = torch.randn(300, 3, generator=torch.Generator().manual_seed(0))
    reconstruction, _, _ = expected_terms(model, scale(images), noise)
    figures = evaluate(model, images, batch_size=7)
    assert figures.reconstruction_nats == pytest.approx(reconstruction.mean().item(), rel=1e-5)
    assert evaluate(model, images, seed=1).reconstruction_nats != figures.reconstruction_nats


def test_a_conditional_vae_is_measured_with_the_labels_given() -> None:
    model, images, labels = build_vae(parse_config({**SMALL, "objective": "cvae"})), some_images(60), some_labels(60)
    noise = torch.randn(60, 3, generator=torch.Generator().manual_seed(0))
    reconstruction, kl, _ = expected_terms(model, scale(images), noise, labels.long())
    figures = evaluate(model, images, labels, batch_size=25)
    assert figures.reconstruction_nats == pytest.approx(reconstruction.mean().item(), rel=1e-5)
    assert figures.kl_nats == pytest.approx(kl.sum(1).mean().item(), rel=1e-5)
    assert figures.accuracy is None
    with pytest.raises(ShapeMismatch, match="takes one label for each"):
        evaluate(model, images)


def test_m2_is_measured_as_if_no_label_were_known_and_its_kl_has_the_labels_part() -> None:
    model, images, labels = build_vae(parse_config({**SMALL, "objective": "m2"})), some_images(60), some_labels(60)
    with torch.no_grad():
        model.classifier[-1].weight *= 40  # sure of some labels, and not of others
    x, noise = scale(images), torch.randn(60, 3, generator=torch.Generator().manual_seed(0))
    guess = Categorical(logits=model.classify(x).double())
    terms = [expected_terms(model, x, noise, torch.full((60,), label)) for label in range(10)]
    reconstruction = sum(guess.probs[:, label] * terms[label][0] for label in range(10))
    kl = sum(guess.probs[:, label, None] * terms[label][1] for label in range(10))
    label_kl = kl_divergence(guess, Categorical(logits=torch.zeros(60, 10).double()))
    joint = torch.stack([parts[0] + parts[1].sum(1) for parts in terms], dim=1) + np.log(10)  # L(x, y)
    unlabelled = (guess.probs * joint).sum(1) - guess.entropy()  # U(x), eq. 7 of the paper
    figures = evaluate(model, images, labels, batch_size=25)
    assert figures.reconstruction_nats == pytest.approx(reconstruction.mean().item(), rel=1e-5)
    assert figures.kl_per_dim_nats == pytest.approx(kl.mean(0).tolist(), rel=1e-5)
    assert figures.kl_nats - sum(figures.kl_per_dim_nats) == pytest.approx(label_kl.mean().item(), rel=1e-5)
    assert 0.1 < label_kl.mean().item() < 2.2
    assert figures.negative_elbo_nats == pytest.approx(unlabelled.mean().item(), rel=1e-5)
    assert figures.accuracy == pytest.approx((guess.probs.argmax(1) == labels).double().mean().item())
    unknown = evaluate(model, images, batch_size=25)
    assert unknown == replace(figures, accuracy=None)


@pytest.mark.parametrize("name", ["autoencoder", "denoising"])
def test_an_autoencoder_is_measured_at_its_code_without_noise_or_kl(name: str) -> None:
    model, images = build_vae(parse_config({**SMALL, "objective": name})), some_images(60)
    x = scale(images)
    logits = model.decoder(model.encoder(x)).double()
    expected = -Bernoulli(logits=logits, validate_args=False).log_prob(x.double()).sum((1, 2, 3)).mean()
    figures = evaluate(model, images)
    assert figures.reconstruction_nats == pytest.approx(expected.item(), rel=1e-5)
    assert figures.kl_nats == 0
    assert figures.kl_per_dim_nats == (0, 0, 0)
    assert evaluate(model, images, seed=1) == figures


def test_binarised_pixels_are_drawn_once_for_each_image_whatever_the_batches() -> None:
    config, images = parse_config({**SMALL, "pixels": "binarised"}), some_images(257)
    whole, parts = (torch.cat(list(pixel_batches(config, images, 0, size))) for size in (257, 7))
    assert torch.equal(whole, parts)
    assert torch.equal(whole[:100], torch.cat(list(pixel_batches(config, images[:100], 0, 33))))
    for seed in (1, 2**32):
        assert not torch.equal(whole, torch.cat(list(pixel_batches(config, images, seed, 257))))
    assert set(whole.unique().tolist()) == {0, 1}


def test_binarised_pixels_are_white_with_the_probability_of_their_grey() -> None:
    config = parse_config({**SMALL, "pixels": "binarised"})
    greys = torch.tensor([0, 51, 204, 255], dtype=torch.uint8).view(4, 1, 1, 1).expand(4, 1, 8, 8)
    drawn = torch.cat(list(pixel_batches(config, greys.repeat(1000, 1, 1, 1), 0, 999)))
    shares = drawn.view(1000, 4, 64).mean(dim=(0, 2))
    assert shares[0] == 0
    assert shares[3] == 1
    for share, grey in zip(shares[1:3].tolist(), (0.2, 0.8), strict=True):
        assert abs(share - grey) < 4 * (0.16 / 64_000) ** 0.5
    grey = parse_config(SMALL)
    assert torch.equal(next(pixel_batches(grey, greys, 0, 4)), scale(greys))


def test_labels_change_nothing_for_a_model_that_is_told_none() -> None:
    model, images = build_vae(parse_config(SMALL)), some_images(50)
    assert evaluate(model, images, some_labels(50)) == evaluate(model, images)


@pytest.mark.parametrize("beta", [0.0, 4.0])
@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_the_elbo_has_a_beta_of_one_whatever_the_model_was_trained_with(
    changes: dict[str, object], beta: float
) -> None:
    model, images = build_vae(parse_config({**changes, "beta": beta})), some_images(50)
    figures = evaluate(model, images)
    x = next(pixel_batches(model.config, images, 0, 50))
    kl = model.encode(x).kl_per_dim().sum(1).mean().item()
    assert figures.negative_elbo_nats == pytest.approx(figures.reconstruction_nats + figures.kl_nats, rel=1e-12)
    assert figures.kl_nats == pytest.approx(kl, rel=1e-5)
    assert sum(figures.kl_per_dim_nats) == pytest.approx(figures.kl_nats, rel=1e-12)
    assert len(figures.kl_per_dim_nats) == model.config.latent_dim
    assert figures.images == 50


def with_head(model: VAE, dimension: int, factor: float) -> None:
    """Scales how far one dimension's posterior mean moves with the image."""
    with torch.no_grad():
        model.encoder[-1].weight[dimension] *= factor


def test_a_dimension_is_active_when_its_mean_moves_with_the_image() -> None:
    model, images = build_vae(parse_config(MODELS[0])), some_images(200)
    for dimension in range(3):
        with_head(model, dimension, 0.0)
    assert evaluate(model, images).active_units == 0
    model = build_vae(parse_config(MODELS[0]))
    with_head(model, 1, 100.0)
    variances = model.encode(scale(images)).mu.var(dim=0, correction=0)
    figures = evaluate(model, images)
    assert figures.active_units == int((variances > 0.01).sum()) > 0
    idle = [kl for kl, variance in zip(figures.kl_per_dim_nats, variances, strict=True) if variance <= 0.01]
    assert figures.idle_kl_nats == pytest.approx(sum(idle))


def test_evaluation_leaves_the_model_without_gradients_and_its_mode_alone() -> None:
    model = build_vae(parse_config(MODELS[0]))
    evaluate(model, some_images(5))
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_one_image_is_enough() -> None:
    figures = evaluate(build_vae(parse_config(MODELS[0])), some_images(1))
    assert figures.images == 1
    assert figures.active_units == 0


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(ShapeMismatch):
        evaluate(build_vae(parse_config({"dataset": "mnist", "hidden_sizes": "8"})), some_images(2))
