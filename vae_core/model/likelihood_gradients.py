"""−log p(x|z) and its gradients in one go: what a training step asks of a likelihood, in few passes over memory.

Each takes rows of pixels (B, P): what the decoder made, the images x in [0, 1], and the log scale, a number, () or
(P,), which means nothing to likelihoods without a width. Each returns nats (B,), their gradient in the decoder's output
(B, P), and the sum over images of that in the log scale, of its shape; None where there is none. The formulas are those
of `likelihoods`, where their sources stand; a test compares the two with torch's own differentiation.

Logarithms are what takes long here, softplus and log1p eight times as long: log(1 + e^l) is max(l, 0) −
log max(p, 1 − p) for p = sigmoid(l), the second in [½, 1], so one logarithm is taken of several pixels' product.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

Scored = tuple[Tensor, Tensor, Tensor | None]
HALF_BIN = 0.5 / 255
"""Half of what a grey level is wide."""
SERIES_BELOW = 0.3
"""Where the continuous Bernoulli's quotients of small numbers give way to their series."""


def bernoulli(x_logits: Tensor, x: Tensor, _log_scale: float | Tensor = 0.0) -> Scored:
    """Cross-entropy, whose gradient is sigmoid(l) − x. Large logits that are right cancel exactly, at ±120 too."""
    p = x_logits.sigmoid()
    larger = 1 - p
    torch.maximum(p, larger, out=larger)
    nats = x_logits.clamp_min(0).addcmul_(x, x_logits, value=-1).sum(dim=1) - _sum_of_logs(larger, 4)
    return nats, p.sub_(x), None


def continuous_bernoulli(x_logits: Tensor, x: Tensor, _log_scale: float | Tensor = 0.0) -> Scored:
    """The logarithm of ∫ e^(l u) du over u in [0, 1], minus x · l, whose gradient is the mean − x.

    The integral is (e^l − 1) / l, for s = |l| that of −s, (1 − e^(−s)) / s, times e^l if l > 0.
    """
    size = x_logits.abs().clamp_(min=1e-12)
    power = torch.expm1(-size).neg_()  # 1 − e^(−s)
    quotient = power / size  # in (0, 1]
    nats = x_logits.clamp_min(0).addcmul_(x, x_logits, value=-1).sum(dim=1) + _sum_of_logs(quotient, 2)
    mean = power.reciprocal_().sub_(size.reciprocal())  # of s; that of −s is 1 minus it
    mean = torch.where(x_logits > 0, mean, 1 - mean)
    series = (x_logits.square() * (-1 / 720) + 1 / 12).mul_(x_logits).add_(0.5)
    return nats, torch.where(size < SERIES_BELOW, series, mean).sub_(x), None


def gaussian(mean: Tensor, x: Tensor, log_sigma: float | Tensor) -> Scored:
    """½ ((m − x) / σ)² + log σ + ½ log 2π, whose gradients are (m − x) / σ² in m and 1 − ((m − x) / σ)² in log σ."""
    log_sigma = torch.as_tensor(log_sigma, dtype=mean.dtype, device=mean.device)
    images, pixels = mean.shape
    difference = mean - x
    precision = (-2 * log_sigma).exp()
    squares = difference.square()
    constant = 0.5 * math.log(2 * math.pi) * pixels
    if log_sigma.ndim == 0:
        exponent = squares.sum(dim=1).mul_(precision)  # (B, P) -> (B,)
        return 0.5 * exponent + (pixels * log_sigma + constant), difference.mul_(precision), (
            images * pixels - exponent.sum()
        )  # fmt: skip
    squares.mul_(precision)
    nats = 0.5 * squares.sum(dim=1) + (log_sigma.sum() + constant)
    return nats, difference.mul_(precision), images - squares.sum(dim=0)


def discretised_logistic(mean: Tensor, x: Tensor, log_scale: float | Tensor) -> Scored:
    """−log of the logistic's mass between the ends l and u of a pixel's bin, in units of its scale: sigmoid(u) −
    sigmoid(l), which is sigmoid(u) · sigmoid(−l) · (1 − e^(−w)) for the width w = u − l.

    Black's bin has no lower end and white's no upper one: for them the factors of that end are 1.
    """
    log_scale = torch.as_tensor(log_scale, dtype=mean.dtype, device=mean.device)
    rate = (-log_scale).exp()
    middle = (x - mean).mul_(rate)
    has_lower, has_upper = x > HALF_BIN, x < 1 - HALF_BIN
    upper, lower = middle + HALF_BIN * rate, middle.sub_(HALF_BIN * rate)
    above, below = torch.sigmoid(-upper).mul_(has_upper), torch.sigmoid(lower).mul_(has_lower)  # 1 − each factor
    wrong = upper.neg().clamp_(min=0).mul_(has_upper).add_(lower.clamp_min(0).mul_(has_lower))
    likely = torch.maximum(above, 1 - above).mul_(torch.maximum(below, 1 - below))  # in [¼, 1]
    width = 2 * HALF_BIN * rate
    is_inside = has_lower.logical_and_(has_upper)
    log_width = torch.log(-torch.expm1(-width))  # () or (P,)
    nats = wrong.sum(dim=1) - _sum_of_logs(likely, 2) - (is_inside * log_width).sum(dim=1)
    of_scale = upper.mul_(above).sub_(lower.mul_(below))
    of_scale += is_inside * (width / torch.expm1(width))
    of_scale = of_scale.sum() if log_scale.ndim == 0 else of_scale.sum(dim=0)
    return nats, above.sub_(below).mul_(rate), of_scale


def _sum_of_logs(values: Tensor, at_once: int) -> Tensor:
    """Σ log over each row, in place: (B, P) -> (B,). at_once: of how many values' product a logarithm may be taken."""
    if values.shape[1] % at_once == 0:
        values = values.reshape(len(values), at_once, -1).prod(dim=1)  # (B, P) -> (B, n, P / n) -> (B, P / n)
    return values.log_().sum(dim=1)
