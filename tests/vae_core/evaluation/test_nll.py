"""−log p(x) by importance sampling: exact where the truth is known, as many decodings as asked, never in between."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal

from vae_core.cli.main import main
from vae_core.config import parse_config
from vae_core.data.registry import DATASETS
from vae_core.errors import ConfigInvalid
from vae_core.evaluation import evaluate
from vae_core.evaluation.nll import negative_log_likelihood
from vae_core.model.networks import VAE, build_vae, scale

ROOT = Path(__file__).parents[3]
SMALL = {"hidden_sizes": "16", "latent_dim": 3}
MODELS: list[dict[str, object]] = [
    SMALL,
    {**SMALL, "pixels": "binarised"},
    {**SMALL, "posterior": "full", "likelihood": "gaussian-learned"},
    {**SMALL, "objective": "cvae"},
    {**SMALL, "objective": "m2"},
    {"architecture": "conv", "channels": "4", "objective": "iwae"},
]


def some_images(count: int) -> Tensor:
    shape = (count, *DATASETS["digits"].card.image_shape)
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(0)).to(torch.uint8)


def some_labels(count: int) -> Tensor:
    return torch.randint(0, 10, (count,), generator=torch.Generator().manual_seed(1)).to(torch.uint8)


def counted(model: VAE, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many z are decoded, call by call."""
    counts: list[int] = []
    decode: Callable[..., Tensor] = model.decode

    def decode_and_count(z: Tensor, y: Tensor | None = None) -> Tensor:
        counts.append(len(z))
        return decode(z, y)

    monkeypatch.setattr(model, "decode", decode_and_count)
    return counts


def linear_gaussian(posterior: str, widen: float = 1.0, shift: float = 0.0) -> tuple[VAE, Tensor, Tensor]:
    """A VAE with p(x|z) = N(Wz + b, 0.3²) whose encoder is linear: the exact posterior, or one a little beside it.

    Returns it with the mean and the covariance of the exact p(x).
    """
    config = parse_config(
        {"likelihood": "gaussian", "gaussian_sigma": 0.3, "posterior": posterior, "latent_dim": 2, "hidden_sizes": "1"}
    )
    model, variance = build_vae(config), 0.3**2
    directions = torch.linalg.qr(torch.randn(64, 2, generator=torch.Generator().manual_seed(3)))[0]  # orthonormal
    weight, bias = directions * torch.tensor([1.5, 0.4]), torch.linspace(0.2, 0.8, 64)
    covariance = torch.linalg.inv(torch.eye(2) + weight.T @ weight / variance)  # diagonal, as the directions are
    decoder, encoder = nn.Linear(2, 64), nn.Linear(64, 5 if posterior == "full" else 4)
    with torch.no_grad():
        decoder.weight.copy_(weight)
        decoder.bias.copy_(bias)
        encoder.weight.zero_()
        encoder.weight[:2] = covariance @ weight.T / variance
        encoder.bias.zero_()
        encoder.bias[:2] = -encoder.weight[:2] @ bias + shift
        encoder.bias[2:4] = covariance.diagonal().log() + 2 * math.log(widen)
    model.decoder, model.encoder = (
        nn.Sequential(decoder, nn.Unflatten(1, (1, 8, 8))),
        nn.Sequential(nn.Flatten(), encoder),
    )
    return model, bias.double(), (weight @ weight.T + variance * torch.eye(64)).double()


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
@pytest.mark.parametrize(("widen", "shift"), [(1.0, 0.0), (1.6, 0.1)])
def test_a_linear_gaussian_vae_agrees_with_the_exact_log_density(posterior: str, widen: float, shift: float) -> None:
    model, mean, covariance = linear_gaussian(posterior, widen, shift)
    images = some_images(20)
    exact = -MultivariateNormal(mean, covariance).log_prob(scale(images).double().flatten(1))
    estimate = negative_log_likelihood(model, images, k=5000)
    assert estimate.nats_mean == pytest.approx(exact.mean().item(), abs=0.05)
    assert estimate.standard_error == pytest.approx(exact.std().item() / math.sqrt(20), rel=0.01)
    if widen == 1.0:  # all weights are equal then, and one draw is enough
        assert negative_log_likelihood(model, images, k=1).nats_mean == pytest.approx(exact.mean().item(), abs=0.01)
    else:  # the test would see a bound that is not tight
        bounds = [evaluate(model, images, seed=seed).negative_elbo_nats for seed in range(20)]
        assert np.mean(bounds) > exact.mean().item() + 0.3


@pytest.mark.parametrize("k", [1, 7, 1000])
@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_exactly_k_points_are_decoded_for_each_image_where_k_is_small(
    changes: dict[str, object], k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build_vae(parse_config(changes))
    counts = counted(model, monkeypatch)
    estimate = negative_log_likelihood(model, some_images(3), some_labels(3), k=k, chunk=300)
    assert sum(counts) == 3 * k
    assert max(counts) <= 300
    assert (estimate.k, estimate.images) == (k, 3)


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_the_estimate_does_not_depend_on_how_many_are_decoded_at_a_time(changes: dict[str, object]) -> None:
    model, images, labels = build_vae(parse_config(changes)), some_images(4), some_labels(4)
    whole, *parts = (negative_log_likelihood(model, images, labels, k=1100, chunk=size) for size in (1000, 64, 7))
    for part in parts:
        assert part.nats_mean == pytest.approx(whole.nats_mean, rel=1e-5)
        assert part.standard_error == pytest.approx(whole.standard_error, rel=1e-4)


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_few_of_many_draws_are_decoded_and_say_what_all_would(
    changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, images, labels = build_vae(parse_config(changes)), some_images(4), some_labels(4)
    counts = counted(model, monkeypatch)
    few = negative_log_likelihood(model, images, labels, k=12_000)
    assert sum(counts) < 4 * 12_000 * 0.8
    monkeypatch.setattr("vae_core.evaluation.nll.screening.BLOCK", 1000)
    every = negative_log_likelihood(model, images, labels, k=12_000)
    assert few.nats_mean == pytest.approx(every.nats_mean, abs=0.01)


def test_draws_belong_to_the_image_and_the_seed() -> None:
    model, images = build_vae(parse_config(SMALL)), some_images(1).expand(5, 1, 8, 8)
    means = [negative_log_likelihood(model, images[:count], k=50).nats_mean for count in (1, 2, 3, 4, 5)]
    torch.rand(10)  # whatever else draws numbers meanwhile
    assert means == [negative_log_likelihood(model, images[:count], k=50).nats_mean for count in (1, 2, 3, 4, 5)]
    totals = np.cumsum(np.ones(5)) * means
    assert len({round(nats, 6) for nats in np.diff(totals, prepend=0)}) == 5  # equal images, other draws
    others = [negative_log_likelihood(model, images, k=50, seed=seed).nats_mean for seed in (1, 2**32)]
    assert len({*others, means[-1]}) == 3


@pytest.mark.parametrize("changes", MODELS, ids=str)
def test_the_estimate_falls_with_k_from_the_bound_that_evaluate_gives(changes: dict[str, object]) -> None:
    model, images, labels = build_vae(parse_config(changes)), some_images(12), some_labels(12)
    with torch.no_grad():  # posteriors that are worth weighing
        for parameter in [*model.encoder[-1].parameters(), *model.decoder.parameters()]:
            parameter.mul_(3)
    estimates = [
        [negative_log_likelihood(model, images, labels, k=k, seed=seed).nats_mean for k in (1, 20, 400)]
        for seed in range(10)
    ]
    one, few, many = np.mean(estimates, axis=0)
    bounds = [evaluate(model, images, labels, seed=seed).negative_elbo_nats for seed in range(10)]
    assert many < few < np.mean(bounds)
    assert abs(one - np.mean(bounds)) < 4 * np.std(bounds)


def test_m2_adds_the_probabilities_of_all_labels() -> None:
    """By the linear model again: p(x) is a mixture of ten shifted Gaussians, one for each label."""
    config = parse_config({"objective": "m2", "likelihood": "gaussian", "gaussian_sigma": 0.5, "hidden_sizes": "1"})
    model, images = build_vae(config), some_images(5)
    generator = torch.Generator().manual_seed(4)
    decoder, encoder, classifier = nn.Linear(12, 64), nn.Linear(74, 4), nn.Linear(64, 10)
    with torch.no_grad():
        for layer, size in ((decoder, 0.3), (classifier, 0.3), (encoder, 0.0)):
            for parameter in layer.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * size)
    model.decoder = nn.Sequential(decoder, nn.Unflatten(1, (1, 8, 8)))
    model.encoder, model.classifier = nn.Sequential(nn.Flatten(), encoder), nn.Sequential(nn.Flatten(), classifier)
    weight = decoder.weight.detach().double()
    covariance = weight[:, :2] @ weight[:, :2].T + 0.25 * torch.eye(64).double()
    x = scale(images).double().flatten(1)
    parts = [
        MultivariateNormal(decoder.bias.detach().double() + weight[:, 2 + label], covariance).log_prob(x)
        for label in range(10)
    ]
    exact = (math.log(10) - torch.stack(parts).logsumexp(dim=0)).mean().item()
    assert negative_log_likelihood(model, images, k=20_000).nats_mean == pytest.approx(exact, abs=0.1)


@pytest.mark.parametrize("objective", ["autoencoder", "denoising"])
def test_an_autoencoder_has_no_likelihood(objective: str) -> None:
    with pytest.raises(ConfigInvalid, match="no distribution over z"):
        negative_log_likelihood(build_vae(parse_config({**SMALL, "objective": objective})), some_images(1), k=5)


@pytest.mark.parametrize(("k", "chunk"), [(0, 10), (-1, 10), (5, 0), (5, 1001)])
def test_numbers_out_of_range_are_refused(k: int, chunk: int) -> None:
    with pytest.raises(ConfigInvalid, match=r"should be (at least )?1"):
        negative_log_likelihood(build_vae(parse_config(SMALL)), some_images(1), k=k, chunk=chunk)


def test_one_image_has_an_estimate_but_no_standard_error() -> None:
    estimate = negative_log_likelihood(build_vae(parse_config(SMALL)), some_images(1), k=10)
    assert math.isfinite(estimate.nats_mean)
    assert estimate.standard_error is None


def test_the_command_line_tells_the_estimate_beside_the_bound(capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "evaluate",
        str(ROOT / "vae_core/pretrained/digits"),
        "--nll",
        "50",
        "--nll-images",
        "40",
        "--threads",
        "1",
    ]
    assert main([*words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["nll"]["k"], result["nll"]["images"]) == (50, 40)
    assert 15 < result["nll"]["nats_mean"] < result["test"]["negative_elbo_nats"]
    assert main(words) == 0
    assert f"−log p(x) {result['nll']['nats_mean']:.2f} ± " in capsys.readouterr().out
    assert main([*words[:2], "--nll", "0", "--threads", "1"]) == 2
    assert "at least 1; got 0" in capsys.readouterr().err
