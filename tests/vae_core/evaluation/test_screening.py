"""The sum of many weights from few of them: nothing is decoded in vain, and nothing is lost on average."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from vae_core.evaluation.nll import screening
from vae_core.evaluation.nll.screening import log_sum_of_weights
from vae_core.model.likelihoods import LIKELIHOODS, bernoulli_nats, bernoulli_nats_of_one

FEW = screening.FEWEST_PILOTS + screening.LIKELY + screening.SAMPLED


def noise(count: int, dim: int = 3, seed: int = 0) -> Tensor:
    return torch.randn(count, dim, generator=torch.Generator().manual_seed(seed))


def bent(strength: float) -> Callable[[Tensor], Tensor]:
    """Log weights that no quadratic tells, but for a difference that grows with strength."""
    return lambda rows: 2.0 * rows[:, 0] - rows.square().sum(dim=1) + strength * torch.sin(3 * rows.sum(dim=1)) - 90


def counted(log_weights: Callable[[Tensor], Tensor]) -> tuple[list[int], Callable[[Tensor], Tensor]]:
    counts: list[int] = []

    def count_and_weigh(rows: Tensor) -> Tensor:
        counts.append(len(rows))
        return log_weights(rows)

    return counts, count_and_weigh


def estimate(rows: Tensor, log_weights: Callable[[Tensor], Tensor], seed: int = 0) -> float:
    return log_sum_of_weights(rows, log_weights, np.random.default_rng(seed)).item()


def test_weights_that_are_a_quadratic_are_added_up_from_few_of_them() -> None:
    rows = noise(5000)
    counts, weigh = counted(bent(0.0))
    assert estimate(rows, weigh) == pytest.approx(bent(0.0)(rows).double().logsumexp(0).item(), abs=5e-3)
    assert sum(counts) <= FEW + 1


def test_equal_weights_are_added_up_exactly() -> None:
    assert estimate(noise(5000), lambda rows: torch.full((len(rows),), -7.0)) == pytest.approx(
        math.log(5000) - 7, abs=1e-3
    )


@pytest.mark.parametrize("strength", [0.5, 1.5])
def test_the_sum_is_right_on_average_though_the_quadratic_is_wrong(strength: float) -> None:
    rows = noise(5000)
    exact = bent(strength)(rows).double().logsumexp(0).item()
    counts, weigh = counted(bent(strength))
    ratios = np.exp([estimate(rows, weigh, seed) - exact for seed in range(200)])
    assert sum(counts) < 200 * 1000
    assert ratios.std() > 1e-4  # something is left to chance
    assert abs(ratios.mean() - 1) < 4 * ratios.std() / math.sqrt(200)


def test_weights_that_follow_no_quadratic_are_all_decoded() -> None:
    rows = noise(3000)
    counts, weigh = counted(lambda part: 12 * torch.sin(40 * part.sum(dim=1)))
    assert estimate(rows, weigh) == pytest.approx((12 * torch.sin(40 * rows.sum(dim=1))).logsumexp(0).item(), abs=1e-6)
    assert sum(counts) == 3000


def test_weights_of_nothing_are_all_decoded() -> None:
    rows = noise(3000)
    counts, weigh = counted(lambda part: torch.where(part[:, 0] > 0, part[:, 1], -math.inf))
    whole = torch.where(rows[:, 0] > 0, rows[:, 1], -math.inf).double().logsumexp(0).item()
    assert estimate(rows, weigh) == pytest.approx(whole, abs=1e-6)
    assert sum(counts) == 3000


@pytest.mark.parametrize(("count", "dim"), [(2 * FEW - 1, 3), (5000, 64)])
def test_all_are_decoded_where_fewer_would_not_pay(count: int, dim: int) -> None:
    rows = noise(count, dim)
    counts, weigh = counted(bent(0.0))
    assert estimate(rows, weigh) == pytest.approx(bent(0.0)(rows).double().logsumexp(0).item(), abs=1e-9)
    assert counts == [count]


@pytest.mark.parametrize("pixels", [784, 64, 75, 1, 3 * 32 * 32])
def test_one_image_is_scored_as_batches_are(pixels: int) -> None:
    generator = torch.Generator().manual_seed(pixels)
    x, logits = torch.rand(pixels, generator=generator), torch.randn(50, pixels, generator=generator) * 40
    logits[0] = 0.0
    logits[1] = -120 * (1 - 2 * x.round())
    expected = bernoulli_nats(logits[:, None, None], x.expand(50, 1, 1, pixels))
    torch.testing.assert_close(bernoulli_nats_of_one(logits.clone(), x), expected, rtol=1e-5, atol=1e-3)


def test_only_the_bernoulli_likelihood_has_a_faster_way_for_one_image() -> None:
    assert [name for name, each in LIKELIHOODS.items() if each.nats_of_one] == ["bernoulli"]
