"""What 27 finished runs say of themselves, against the same figures recomputed from their weights by another path."""

import math
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal, Normal, kl_divergence

from tests.vae_core.any_data_sets import SOURCES, known_here
from tests.vae_core.independent import Recomputed
from tests.vae_core.small_runs import trained
from vae_core.config import options, parse_config
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.evaluation.closer_look import diagnose
from vae_core.evaluation.nll import negative_log_likelihood
from vae_core.health.wording import PARTS
from vae_core.model.networks import as_tensor, build_vae, load_weights
from vae_core.runs import Figures, Run

SMALL: dict[str, Any] = {
    "dataset": "tiles", "hidden_sizes": (8,), "latent_dim": 3, "epochs": 6, "batch_size": 12, "labelled_images": 14,
    "device": "cpu", "learning_rate": 0.01,
}  # fmt: skip
SCORED = [{"likelihood": name} for name in LIKELIHOODS]
WAYS: list[dict[str, Any]] = [*SCORED, {"pixels": "binarised"}, {"left_out_class": "3", "likelihood": "gaussian"}]
FULL = ("vae", "iwae", "cvae", "m2")
"""Objectives of which one run has a posterior with a whole covariance matrix."""


def settings_of_all() -> list[dict[str, Any]]:
    """Three runs of each objective, which pass through the ways of scoring pixels in turn."""
    turns = islice(cycle(WAYS), 3 * len(options.OBJECTIVES))
    found = [{"objective": name, **next(turns)} for name in options.OBJECTIVES for _ in range(3)]
    for name in FULL:
        found[list(options.OBJECTIVES).index(name) * 3 + 1]["posterior"] = "full"
    return found


RUNS = settings_of_all()


@pytest.fixture(params=RUNS, ids=lambda each: " ".join(each.values()))
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Run]:
    with known_here("tiles"):
        yield trained(parse_config({**SMALL, **request.param}), tmp_path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closer look at the KL alone, and of fewer draws."""
    monkeypatch.setattr("vae_core.evaluation.closer_look._anomalies", lambda *_: None)
    monkeypatch.setattr("vae_core.evaluation.closer_look._probes", lambda *_: None)
    monkeypatch.setattr("vae_core.evaluation.kl_decomposition.MOST_PAIRS", 5e5)


def again(run: Run, split: str = "held-out") -> Recomputed:
    return Recomputed(run.directory, SOURCES["tiles"].load(split, run.directory))  # type: ignore[arg-type]


def close(value: float | list[float], size: float = 1e-3) -> Any:
    """To a millionth, of what it is the sum of where terms of both signs cancel."""
    return pytest.approx(value, rel=1e-6, abs=1e-6 * size)


def test_they_are_27_and_leave_out_no_objective_posterior_or_likelihood() -> None:
    assert len(RUNS) == 27
    for name, catalogue in (("objective", options.OBJECTIVES), ("likelihood", LIKELIHOODS)):
        assert {each.get(name, "bernoulli") for each in RUNS} == set(catalogue)
    assert {each.get("posterior", "diagonal") for each in RUNS} == set(options.POSTERIORS)
    assert {"binarised", "grey"} == {each.get("pixels", "grey") for each in RUNS}


def test_all_that_a_run_says_is_what_distributions_say_of_its_weights(run: Run, quick: None) -> None:
    evaluation = run.evaluation()
    assert evaluation.train
    check_figures(evaluation.held_out, again(run))
    check_figures(evaluation.train, again(run, "train"))
    check_map(run)
    check_reconstruction(run)
    if not run.config.is_deterministic:
        check_likelihood(run)
    if not run.config.is_deterministic and not run.config.has_covariance:
        check_parts(run)


def check_figures(told: Figures, model: Recomputed) -> None:
    """All that is a mean over images."""
    assert told.images == len(model.x)
    reconstruction, size, saturated, kl = 0.0, 0.0, 0.0, 0.0
    for seen in model.seen():
        z = model.draws(seen, model.noise)
        pixels = model.pixel_nats(z, seen)  # (N, P)
        reconstruction += (seen.share * pixels.sum(1)).mean().item()
        size += (seen.share * pixels.abs().sum(1)).mean().item()
        ends = ((model.mean(z, seen) - 0.5).abs() > 0.5 - 0.5 / 255).double().mean(dim=1)
        saturated += (seen.share * ends).mean().item()
        kl += 0.0 if model.is_point else (seen.share * model.prior_kl(seen)).mean().item()
    label_kl = model.label_kl() if model.infers else 0.0
    assert told.reconstruction_nats == close(reconstruction, size)
    assert sum(told.kl_per_dim_nats) == close(kl)
    assert told.kl_nats == close(kl + label_kl, math.log(model.classes) if model.infers else 1e-3)
    assert told.negative_elbo_nats == close(reconstruction + kl + label_kl, size)
    assert told.saturated_share == close(saturated)
    if model.infers:
        assert told.accuracy == close((model.guess.probs.argmax(1) == model.labels).double().mean().item())
    if not model.is_point:
        check_dimensions(told, model)


def check_dimensions(told: Figures, model: Recomputed) -> None:
    """What is said of each."""
    shares = [seen.share[:, None] for seen in model.seen()]
    posteriors = [model.posterior(seen) for seen in model.seen()]
    mu = sum(share * each.loc for share, each in zip(shares, posteriors, strict=True))
    logvar = sum(share * each.variance.log() for share, each in zip(shares, posteriors, strict=True))
    assert torch.is_tensor(mu)
    assert torch.is_tensor(logvar)
    is_active = mu.var(dim=0, correction=0) > 0.01
    assert told.active_units == is_active.sum().item()
    assert told.sigma_per_dim == close((logvar.mean(dim=0) / 2).exp().tolist())
    if model.settings["posterior"] == "diagonal":  # of others, the chain rule's share
        prior = Normal(torch.zeros(()).double(), 1.0)
        each = [kl_divergence(Normal(one.loc, one.stddev), prior) for one in posteriors]
        per_dim = torch.stack([share * kl for share, kl in zip(shares, each, strict=True)]).sum(0).mean(0)
        assert told.kl_per_dim_nats == close(per_dim.tolist())
        assert told.idle_kl_nats == close(per_dim[~is_active].sum().item())


def check_map(run: Run) -> None:
    """It stands where the encoder puts the images: all of them, and of grey pixels."""
    model, embedding = (
        Recomputed(run.directory, SOURCES["tiles"].load("held-out", run.directory), is_map=True),
        run.embedding(),
    )
    if model.is_point:
        np.testing.assert_allclose(embedding.mu, model.code(), rtol=1e-5, atol=1e-6)
        return
    posteriors = [model.posterior(seen) for seen in model.seen()]
    likeliest = model.guess.probs.argmax(1) if model.infers else torch.zeros(len(model.x)).long()
    rows = torch.arange(len(model.x))
    mu = torch.stack([each.loc for each in posteriors])[likeliest, rows]
    logvar = torch.stack([each.variance for each in posteriors])[likeliest, rows].log()
    np.testing.assert_allclose(embedding.mu, mu, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(embedding.logvar, logvar, rtol=1e-5, atol=1e-6)


def within(told: float, other: float, *errors: float) -> None:
    """Three of them; what is no estimate may be off by rounding."""
    assert abs(told - other) <= 3 * math.hypot(*errors) + 1e-5, (told, other, errors)


def check_reconstruction(run: Run) -> None:
    """That of one draw is that of many, within three standard errors."""
    model, draws = again(run), 8
    mean, variance = torch.zeros(len(model.x)).double(), torch.zeros(len(model.x)).double()
    generator = torch.Generator().manual_seed(11)
    noise = torch.randn(draws, len(model.x), model.dim, generator=generator).double()
    for seen in model.seen():
        nats = model.reconstruction(model.draws(seen, noise), seen)  # (draws, N)
        mean += seen.share * nats.mean(dim=0)
        variance += seen.share * nats.var(dim=0)
    error = variance.sum().sqrt().item() / len(mean)
    within(run.evaluation().held_out.reconstruction_nats, mean.mean().item(), error, error / draws**0.5)


def check_likelihood(run: Run) -> None:
    """−log p(x) is that of other draws, within three standard errors."""
    k, split = 100, SOURCES["tiles"].load("held-out", run.directory)[np.arange(10)]
    model = Recomputed(run.directory, split)
    noise = torch.randn(k, len(model.x), model.dim, generator=torch.Generator().manual_seed(12)).double()
    by_label, squares = [], []
    for seen in model.seen():
        z = model.draws(seen, noise)  # (k, N, D)
        prior = Normal(torch.zeros(()).double(), 1.0).log_prob(z).sum(2)
        weights = prior - model.posterior(seen).log_prob(z) - model.reconstruction(z, seen)  # (k, N)
        share = seen.share.log() + (math.log(model.classes) if model.infers else 0.0)  # of q(y|x) and p(y)
        by_label.append((weights - share + seen.share.log()).logsumexp(0) - math.log(k))
        squares.append((2 * (weights - share) + seen.share.log()).logsumexp(0) - math.log(k))
    nats = -torch.stack(by_label).logsumexp(0)  # (labels, N) -> (N,)
    spread = (torch.stack(squares).logsumexp(0) + 2 * nats).exp() - 1  # of a weight, relative to their mean
    error = (spread.clamp(min=0).sum() / k).sqrt().item() / len(nats)
    vae = build_vae(run.config, run.card)
    load_weights(vae, run.weights())
    images, labels = torch.from_numpy(split.images[model.keeps]), as_tensor(model.labels.numpy())
    found = negative_log_likelihood(vae, images, labels, k=k, chunk=50)
    within(found.nats_mean, nats.mean().item(), error, error)


def check_parts(run: Run) -> None:
    """The KL's are those of the mixture of all posteriors, within three standard errors."""
    found, model = diagnose(run), again(run)
    own, z, joint, marginals = mixture_of(model)
    prior = Normal(torch.zeros(()).double(), 1.0).log_prob(z).sum(1)
    ratios = (own - joint, joint - marginals, marginals - prior)
    for part, ratio in zip(PARTS, ratios, strict=True):
        error = ratio.std().item() / len(z) ** 0.5
        within(found["kl"][f"{part}_nats"], ratio.mean().item(), found["kl"][f"{part}_error_nats"], error)
    held_out = run.evaluation().held_out
    assert found["kl"]["kl_nats"] == pytest.approx(sum(held_out.kl_per_dim_nats), rel=1e-5)
    assert sum(found["kl"][f"{part}_nats"] for part in PARTS) == pytest.approx(found["kl"]["kl_nats"], rel=1e-6)
    assert found["label_kl_nats"] == (close(model.label_kl(), math.log(model.classes)) if model.infers else None)
    assert sum(found["active"]) == held_out.active_units


def mixture_of(model: Recomputed, draws: int = 1500) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """z (M, D) from the mean of all posteriors, and their log densities: of the one each is from, q(z), Π q(z_d)."""
    torch.manual_seed(3)
    posteriors = [model.posterior(seen) for seen in model.seen()]
    weights = Categorical(torch.cat([seen.share for seen in model.seen()]))
    mu, sigma = (torch.cat([getattr(each, name) for each in posteriors]) for name in ("loc", "stddev"))
    rows = weights.sample((draws,))
    z = Normal(mu[rows], sigma[rows]).sample()
    joint = MixtureSameFamily(weights, MultivariateNormal(mu, scale_tril=torch.diag_embed(sigma))).log_prob(z)
    marginals = sum(
        MixtureSameFamily(weights, Normal(mu[:, dim], sigma[:, dim])).log_prob(z[:, dim]) for dim in range(z.shape[1])
    )
    assert torch.is_tensor(marginals)
    return Normal(mu[rows], sigma[rows]).log_prob(z).sum(1), z, joint, marginals
