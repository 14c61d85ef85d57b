"""Objectives: each value built a second time from its formula, and what the usual mistakes would change."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, Normal, kl_divergence
from torch.nn import functional

from vae_core.config import parse_config
from vae_core.config.options import LIKELIHOODS, OBJECTIVES
from vae_core.config.schedules import Pressure
from vae_core.errors import ShapeMismatch
from vae_core.model.divergences import log_density_ratio, mean_discrepancy
from vae_core.model.networks import VAE, build_vae
from vae_core.model.objectives import Batch, Draw, Terms, importance_log_weights, objective, regulariser

SMALL = {"hidden_sizes": "32", "latent_dim": 3}
CONV = {"architecture": "conv", "channels": "4 8", "latent_dim": 3}
ELBOS = [
    SMALL,
    {**SMALL, "likelihood": "gaussian"},
    {**SMALL, "likelihood": "gaussian-learned", "posterior": "full"},
    CONV,
    {**CONV, "likelihood": "discretised-logistic", "activation": "relu"},
    {**SMALL, "objective": "cvae", "likelihood": "continuous-bernoulli"},
    {**CONV, "objective": "cvae", "posterior": "full"},
]
ALL = [{**SMALL, "objective": name} for name in OBJECTIVES]


def model_of(changes: dict[str, object]) -> VAE:
    return build_vae(parse_config(changes))


def batch_for(model: VAE, size: int = 6, seed: int = 0) -> Batch:
    """Images with black, grey and white pixels, and labels where the model takes them."""
    generator = torch.Generator().manual_seed(seed)
    x = (torch.rand(size, *model.image_shape, generator=generator) * 2 - 0.5).clamp(0, 1)
    y = torch.randint(10, (size,), generator=generator)
    return Batch(x, y if model.config.objective == "cvae" else None, dataset_size=100)


def drawing(seed: int = 0) -> Draw:
    """Noise that comes out the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    return lambda *shape: torch.randn(shape, generator=generator)


def terms_of(model: VAE, batch: Batch, beta: float | Tensor = 1.0, seed: int = 0) -> Terms:
    return objective(model.config.objective)(model, batch, Pressure(beta), drawing(seed))  # type: ignore[arg-type]


def double(batch: Batch) -> Batch:
    y = None if batch.y is None else torch.cat([batch.y, batch.y])
    return Batch(torch.cat([batch.x, batch.x]), y, dataset_size=batch.dataset_size)


def twice(draw: Draw) -> Draw:
    """The same noise for both halves of a doubled batch."""

    def drawn(*shape: int) -> Tensor:
        dim = len(shape) - 2 if len(shape) < 4 else 0  # (…, B, D), or noise on images
        half = draw(*shape[:dim], shape[dim] // 2, *shape[dim + 1 :])
        return torch.cat([half, half], dim=dim)

    return drawn


@pytest.mark.parametrize("changes", ALL, ids=str)
def test_every_objective_of_the_catalogue_gives_one_number_per_image_and_gradients_to_every_weight(
    changes: dict[str, object],
) -> None:
    model = model_of(changes)
    batch = batch_for(model)
    if model.config.objective == "m2":
        batch = Batch(batch.x, None, (batch.x[:2], torch.tensor([3, 4])), dataset_size=100, labelled_size=10)
    terms = terms_of(model, batch, beta=2.0)
    assert terms.reconstruction.shape == terms.kl.shape == terms.loss.shape == (6,)
    terms.loss.mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name


# VAE, β-VAE and conditional VAE


@pytest.mark.parametrize("changes", ELBOS, ids=str)
def test_terms_add_up_to_reconstruction_and_beta_times_kl(changes: dict[str, object]) -> None:
    model = model_of(changes)
    terms = terms_of(model, batch_for(model), beta=3.5)
    torch.testing.assert_close(terms.loss, terms.reconstruction + 3.5 * terms.kl, rtol=1e-6, atol=0)


def test_the_elbo_of_a_bernoulli_vae_is_what_torch_distributions_say() -> None:
    model = model_of(SMALL)
    batch, epsilon = batch_for(model), drawing()(6, 3)
    posterior = model.encode(batch.x)
    std = (0.5 * posterior.logvar).exp()
    logits = model.decode(posterior.mu + std * epsilon)
    reconstruction = functional.binary_cross_entropy_with_logits(logits, batch.x, reduction="none").sum((1, 2, 3))
    kl = kl_divergence(Normal(posterior.mu, std), Normal(0.0, 1.0)).sum(1)
    terms = terms_of(model, batch)
    torch.testing.assert_close(terms.reconstruction, reconstruction, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(terms.kl, kl, rtol=1e-4, atol=1e-6)


def test_a_conditional_model_is_told_the_label_on_both_ways() -> None:
    model = model_of({**SMALL, "objective": "cvae"})
    x, y = batch_for(model).x, torch.zeros(6, dtype=torch.long)
    assert not torch.equal(model.encode(x, y).mu, model.encode(x, y + 1).mu)
    z = torch.zeros(6, 3)
    assert not torch.equal(model.decode(z, y), model.decode(z, y + 1))


@pytest.mark.parametrize(("name", "labels"), [("cvae", None), ("cvae", [1]), ("vae", [1] * 6)])
def test_labels_that_are_missing_or_not_wanted_are_refused(name: str, labels: list[int] | None) -> None:
    model = model_of({**SMALL, "objective": name})
    y = None if labels is None else torch.tensor(labels)
    with pytest.raises(ShapeMismatch, match=f"objective {name} takes "):
        model.encode(batch_for(model).x, y)


@pytest.mark.parametrize("changes", [*ELBOS, *ALL[:2], *ALL[4:6], *ALL[7:]], ids=str)
def test_the_loss_is_unchanged_when_the_batch_is_duplicated(changes: dict[str, object]) -> None:
    model = model_of(changes)
    batch = batch_for(model)
    function = objective(model.config.objective)
    once = function(model, batch, Pressure(2.0), drawing())
    again = function(model, double(batch), Pressure(2.0), twice(drawing()))
    for name in ("reconstruction", "kl", "loss"):
        torch.testing.assert_close(getattr(again, name).mean(), getattr(once, name).mean(), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_doubling_the_pixels_doubles_reconstruction_and_leaves_kl_alone(likelihood: str) -> None:
    model = model_of({**SMALL, "likelihood": likelihood})
    batch = batch_for(model)
    doubled = SimpleNamespace(
        config=model.config,
        encode=lambda pixels, *_: model.encode(pixels[:, :, :8]),
        reconstruction_nats=lambda z, x, *_: model.likelihood.nats(
            torch.cat([model.decode(z)] * 2, dim=2), x, model.log_scale
        ),  # (B, C, H, W) -> (B, C, 2 · H, W)
    )
    once = terms_of(model, batch)
    more = terms_of(doubled, Batch(torch.cat([batch.x, batch.x], dim=2)))  # type: ignore[arg-type]
    torch.testing.assert_close(more.reconstruction, 2 * once.reconstruction, rtol=1e-5, atol=1e-4)
    assert torch.equal(more.kl, once.kl)


@pytest.mark.parametrize("changes", ELBOS, ids=str)
def test_the_derivative_of_the_loss_by_beta_is_the_kl(changes: dict[str, object]) -> None:
    model = model_of(changes)
    beta = torch.tensor(0.7, requires_grad=True)
    terms = terms_of(model, batch_for(model), beta)
    (slope,) = torch.autograd.grad(terms.loss.sum(), beta)
    torch.testing.assert_close(slope, terms.kl.sum(), rtol=1e-6, atol=0)


@pytest.mark.parametrize("changes", ALL, ids=str)
def test_the_same_batch_gives_the_same_loss_in_training_and_in_evaluation_mode(changes: dict[str, object]) -> None:
    model = model_of(changes)
    batch = batch_for(model)
    losses = [terms_of(model.train(mode), batch, beta=2.0).loss for mode in (True, False)]
    assert torch.equal(*losses)


@pytest.mark.parametrize("logvar", [-60.0, -30.0, 0.0, 30.0, 60.0])
@pytest.mark.parametrize("changes", ELBOS[:5], ids=str)
def test_loss_and_gradients_are_finite_for_any_logvar_up_to_60(changes: dict[str, object], logvar: float) -> None:
    model = model_of(changes)
    head = model.encoder[-1]
    torch.nn.init.zeros_(head.weight)  # type: ignore[arg-type]
    with torch.no_grad():
        head.bias[:3] = 0.5  # type: ignore[index, operator]
        head.bias[3:6] = logvar  # type: ignore[index, operator]
        head.bias[6:] = 0.1  # type: ignore[index, operator]
    terms = terms_of(model, batch_for(model))
    terms.loss.mean().backward()
    assert terms.loss.isfinite().all()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in model.parameters())


# Schedules of β


KL = torch.tensor([[1.0, 0.0], [3.0, 0.5]])  # nats: 1 and 3.5 per image, 2 and 0.25 per dimension


def test_capacity_costs_nothing_where_the_mean_kl_is_c_and_beta_times_the_distance_elsewhere() -> None:
    mean = KL.sum(1).mean().item()
    assert regulariser(KL, Pressure(7.0, capacity_nats=mean)).tolist() == pytest.approx([0.0, 0.0], abs=1e-6)
    assert regulariser(KL, Pressure(7.0, capacity_nats=mean + 2)).tolist() == pytest.approx([14.0, 14.0])
    assert regulariser(KL, Pressure(7.0, capacity_nats=mean - 2)).tolist() == pytest.approx([14.0, 14.0])


def test_free_nats_lift_each_dimensions_mean_to_the_minimum_and_stop_its_gradient() -> None:
    kl = KL.clone().requires_grad_()
    penalty = regulariser(kl, Pressure(2.0, free_nats=0.5))
    assert penalty.tolist() == pytest.approx([2 * (2.0 + 0.5)] * 2)
    (slope,) = torch.autograd.grad(penalty.mean(), kl)
    assert slope.tolist() == [[1.0, 0.0], [1.0, 0.0]]


def test_without_a_schedule_each_image_pays_for_its_own_kl() -> None:
    assert regulariser(KL, Pressure(2.0)).tolist() == [2.0, 7.0]


# Total correlation and MMD


def test_the_total_correlation_is_weighted_beside_the_plain_kl() -> None:
    model = model_of({**SMALL, "objective": "beta-tcvae"})
    batch = batch_for(model)
    posterior = model.encode(batch.x)
    z = posterior.sample(drawing()(6, 3))
    ratio = log_density_ratio(z, posterior.mu, posterior.logvar, 100)
    terms = terms_of(model, batch, beta=6.0)
    torch.testing.assert_close(terms.loss, terms.reconstruction + terms.kl + 5 * ratio)
    elbo = terms_of(model_of(SMALL), batch)
    torch.testing.assert_close(terms_of(model, batch, beta=1.0).loss, elbo.loss)


def test_mmd_takes_the_kls_place_and_the_kl_is_still_told() -> None:
    model = model_of({**SMALL, "objective": "mmd-vae"})
    batch = batch_for(model)
    posterior = model.encode(batch.x)
    terms = terms_of(model, batch, beta=500.0)
    expected = 500 * mean_discrepancy(posterior.sample(drawing()(6, 3)))
    torch.testing.assert_close(terms.loss, terms.reconstruction + expected)
    torch.testing.assert_close(terms.kl, posterior.kl_per_dim().sum(1))


# Importance weighting


def iwae(k: int, posterior: str = "diagonal") -> VAE:
    return model_of({**SMALL, "objective": "iwae", "importance_samples": k, "posterior": posterior})


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_the_importance_weighted_bound_is_minus_logsumexp_less_log_k(posterior: str) -> None:
    model = iwae(4, posterior)
    batch = batch_for(model)
    epsilon = drawing()(4, 6, 3)
    q = model.encode(batch.x)
    z = q.sample(epsilon)
    weights = torch.stack(
        [
            -model.reconstruction_nats(z[k], batch.x)
            + Normal(0.0, 1.0).log_prob(z[k]).sum(1)
            - q.log_density(epsilon)[k]
            for k in range(4)
        ]
    )
    torch.testing.assert_close(terms_of(model, batch).loss, -(weights.logsumexp(0) - math.log(4)))


def mean_bound(k: int, repeats: int) -> tuple[float, float]:
    """The mean over images and repeats, and its standard error."""
    model = iwae(k)
    batch = batch_for(model)
    with torch.no_grad():
        values = torch.stack([terms_of(model, batch, seed=seed).loss.mean() for seed in range(repeats)]).double()
    return values.mean().item(), values.std().item() / repeats**0.5


def test_one_sample_is_the_elbo_and_more_samples_tighten_the_bound() -> None:
    bounds = {k: mean_bound(k, 400) for k in (1, 5, 25)}
    model = model_of(SMALL)
    with torch.no_grad():
        elbos = torch.stack([terms_of(model, batch_for(model), seed=seed).loss.mean() for seed in range(400)]).double()
    error = (bounds[1][1] ** 2 + (elbos.std().item() / 20) ** 2) ** 0.5
    assert abs(bounds[1][0] - elbos.mean().item()) < 4 * error
    assert bounds[1][0] > bounds[5][0] > bounds[25][0]


def test_the_importance_weights_of_a_conditional_model_are_those_of_its_labels() -> None:
    model = model_of({**SMALL, "objective": "cvae"})
    batch, noise = batch_for(model), drawing(3)(4, 6, 3)
    posterior = model.encode(batch.x, batch.y)
    log_weights, reconstruction = importance_log_weights(model, posterior, batch.x, noise, batch.y)
    for draw in range(4):
        z = posterior.sample(noise[draw])
        nats = model.reconstruction_nats(z, batch.x, batch.y)
        torch.testing.assert_close(reconstruction[draw], nats)
        own = Normal(posterior.mu, (0.5 * posterior.logvar).exp()).log_prob(z).sum(1)
        torch.testing.assert_close(log_weights[draw], Normal(0.0, 1.0).log_prob(z).sum(1) - own - nats)


# Autoencoders


def test_an_autoencoder_draws_no_noise_and_has_no_kl() -> None:
    model = model_of({**SMALL, "objective": "autoencoder"})
    batch = batch_for(model)
    terms = [terms_of(model, batch, seed=seed) for seed in (0, 1)]
    assert torch.equal(terms[0].loss, terms[1].loss)
    assert torch.equal(terms[0].loss, model.reconstruction_nats(model.encode(batch.x).mu, batch.x))
    assert terms[0].kl.abs().max() == 0


def test_a_denoising_autoencoder_encodes_the_noisy_image_and_is_scored_on_the_clean_one() -> None:
    model = model_of({**SMALL, "objective": "denoising", "noise_sigma": 0.5})
    batch = batch_for(model)
    noisy = batch.x + 0.5 * drawing()(6, 1, 8, 8)
    expected = model.reconstruction_nats(model.encode(noisy).mu, batch.x)
    torch.testing.assert_close(terms_of(model, batch).loss, expected)


# M2


def test_m2_sums_over_the_labels_it_does_not_know() -> None:
    model = model_of({**SMALL, "objective": "m2"})
    x = batch_for(model).x
    q = Categorical(logits=model.classify(x))
    epsilon = drawing()(60, 3).view(10, 6, 3)
    expected = -q.entropy()
    for label in range(10):
        y = torch.full((6,), label)
        posterior = model.encode(x, y)
        nats = model.reconstruction_nats(posterior.sample(epsilon[label]), x, y) + posterior.kl_per_dim().sum(1)
        expected = expected + q.probs[:, label] * (nats + math.log(10))
    terms = terms_of(model, Batch(x))
    torch.testing.assert_close(terms.loss, expected)
    torch.testing.assert_close(terms.reconstruction + terms.kl, expected)


def test_m2_adds_the_labelled_images_by_their_share_of_the_data_set() -> None:
    model = model_of({**SMALL, "objective": "m2"})
    x, y = batch_for(model).x, torch.arange(6)
    plain = terms_of(model, Batch(x)).loss
    together = terms_of(model, Batch(x, None, (x, y), dataset_size=1000, labelled_size=50)).loss
    draw = drawing()
    draw(60, 3)
    posterior = model.encode(x, y)
    nats = model.reconstruction_nats(posterior.sample(draw(6, 3)), x, y) + posterior.kl_per_dim().sum(1) + math.log(10)
    errors = -model.classify(x).log_softmax(1)[torch.arange(6), y].mean()
    torch.testing.assert_close(
        together - plain, (50 / 1000 * nats.mean() + 0.1 * 50 * errors).expand(6), atol=1e-3, rtol=1e-4
    )
