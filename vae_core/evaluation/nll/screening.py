"""The sum of very many importance weights from the few of them that matter, without a bias.

A decoding costs nearly all that a weight costs, and most weights of a trained model add nothing that can be seen: of
5,000 draws in twenty dimensions some twenty make up the sum. Where they lie is nearly a quadratic function of the
noise that they were drawn by, the more so the closer the posterior is to a Gaussian. So a first part of the draws is
decoded and a quadratic fitted to the logarithms of its weights; the draws that it takes for the heaviest are decoded as
well, and of all others a random sample. Each of those that the sample took stands for as many as its probability says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

PILOT_PER_TERM = 2.2
"""Draws that are always decoded, for each number of the quadratic: fewer would fit their own chance."""
FEWEST_PILOTS = 200
LIKELY = 250
"""Draws decoded because the quadratic takes them for the heaviest."""
SAMPLED = 150
"""Draws decoded of all that are left, the heavier the more likely."""
EVEN_SHARE = 0.3
"""Of the sample, whatever the quadratic says: what it takes for light is looked at too."""
TRUSTED_NATS = 2.5
"""How far, root mean square, the heaviest weights may lie from what the quadratic foretold; else all are decoded."""
BLOCK = 10_000
"""Draws looked at together, which bounds the memory."""
_TEMPER, _LEAST = 0.3, 1e-3  # heavy draws count more in the fit: weight to this power, and at least so much
_RIDGE = 1e-3

LogWeights = Callable[[Tensor], Tensor]
"""Of noise (n, D), the logarithms of n weights, (n,)"""


def log_sum_of_weights(noise: Tensor, log_weights: LogWeights, generator: np.random.Generator) -> Tensor:
    """The logarithm, float64 (), of an unbiased estimate of the sum of all weights of noise (k, D), 1 ≤ k ≤ `BLOCK`.

    The estimate is the sum itself where k is too small for decoding few to pay, and where the weights do not follow the
    quadratic. Else each draw's probability of being decoded is known before its weight is, so that the expectation
    over generator is the sum, whatever the quadratic is worth.
    Source: Horvitz & Thompson 1952 (JASA 47), eq. 5; systematic sampling as in Madow 1949 (Ann. Math. Stat. 20).
    """
    count, pilots = len(noise), max(FEWEST_PILOTS, round(PILOT_PER_TERM * _terms(noise.shape[1])))
    if 2 * (pilots + LIKELY + SAMPLED) > count:
        return _log_weights(noise, log_weights).logsumexp(dim=0)
    pilot = _log_weights(noise[:pilots], log_weights)
    rest = noise[pilots:]
    if not pilot.isfinite().all():
        return torch.cat([pilot, _log_weights(rest, log_weights)]).logsumexp(dim=0)
    foretold = _fit(noise[:pilots], pilot).at(rest)
    order = foretold.argsort(descending=True)
    likely, others = order[:LIKELY], order[LIKELY:]
    heavy = _log_weights(rest[likely], log_weights)
    known = torch.cat([pilot, heavy])
    misses = heavy - foretold[likely]
    if not misses.square().mean() <= TRUSTED_NATS**2:  # of a NaN as well
        return torch.cat([known, _log_weights(rest[others], log_weights)]).logsumexp(dim=0)
    guesses = foretold[others].clamp(max=known.max())
    return torch.logaddexp(known.logsumexp(dim=0), _sampled(rest[others], guesses, log_weights, generator))


def _log_weights(noise: Tensor, log_weights: LogWeights) -> Tensor:
    return log_weights(noise).double().cpu()


def _sampled(noise: Tensor, guesses: Tensor, log_weights: LogWeights, generator: np.random.Generator) -> Tensor:
    """The logarithm of the estimated sum of the weights of noise (n, D), whose logarithms are guessed to be (n,)."""
    shares = guesses.softmax(dim=0)
    probabilities = (SAMPLED * ((1 - EVEN_SHARE) * shares + EVEN_SHARE / len(noise))).clamp(max=1)
    ends = probabilities.cumsum(dim=0) + generator.random()
    starts = torch.cat([(ends[:1] - probabilities[:1]), ends[:-1]])
    is_taken = ends.floor() != starts.floor()  # one for each whole number that is passed
    return (_log_weights(noise[is_taken], log_weights) - probabilities[is_taken].log()).logsumexp(dim=0)


@dataclass(frozen=True)
class _Quadratic:
    """constant + linear · ε + εᵀ matrix ε: linear (D,), matrix (D, D), upper triangular; float32."""

    constant: float
    linear: Tensor
    matrix: Tensor

    def at(self, noise: Tensor) -> Tensor:
        """Of noise (n, D), float64 (n,)."""
        return ((noise @ self.matrix + self.linear) * noise).sum(dim=1).double() + self.constant


def _terms(dim: int) -> int:
    """How many numbers a quadratic in so many dimensions has."""
    return 1 + dim + dim * (dim + 1) // 2


def _fit(noise: Tensor, log_weights: Tensor) -> _Quadratic:
    """The quadratic of noise (n, D) nearest to log weights (n,), the heavy ones foremost."""
    dim, across = noise.shape[1], noise.T.contiguous()  # (D, n): rows are quick to multiply
    first, second = torch.triu_indices(dim, dim)
    design = torch.cat([torch.ones_like(across[:1]), across, across[first].mul_(across[second])])  # (terms, n)
    shares = ((log_weights - log_weights.max()) * _TEMPER).exp().clamp(min=_LEAST)
    shares = (shares / shares.sum()).float()
    middle = (shares.double() @ log_weights).item()
    weighted = design * shares
    normal = weighted @ design.T
    normal.diagonal().add_(_RIDGE)
    aim = (weighted @ (log_weights - middle).float())[:, None]
    solution = torch.cholesky_solve(aim, torch.linalg.cholesky(normal))[:, 0]
    matrix = torch.zeros(dim, dim)
    matrix[first, second] = solution[1 + dim :]
    return _Quadratic(middle + solution[0].item(), solution[1 : 1 + dim], matrix)
