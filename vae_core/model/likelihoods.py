"""How a pixel is scored: −log p(x|z), summed over the pixels of an image, in nats."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional

from vae_core.architecture import layers
from vae_core.config import TrainConfig
from vae_core.config import likelihoods as facts
from vae_core.data.source import DataCard
from vae_core.errors import ShapeMismatch
from vae_core.model import likelihood_gradients
from vae_core.model.likelihood_gradients import HALF_BIN, SERIES_BELOW

_FACTORS = 64
"""Numbers from 1 to 2 whose product float32 holds, with room."""


def bernoulli_nats(x_logits: Tensor, x: Tensor) -> Tensor:
    """Cross-entropy of pixels x against sigmoid(x_logits), summed over pixels.

    x_logits: (B, C, H, W), any real; x: the same shape, in [0, 1]. Returns (B,) nats, never negative: -log p(x) for
    black and white pixels; for grey ones a score, not a likelihood. Differentiable in x_logits. Raises ShapeMismatch.
    """
    _same_shape(x_logits, x)
    nats: Tensor = _BernoulliNats.apply(x_logits.flatten(1), x.flatten(1))
    return nats


class _BernoulliNats(torch.autograd.Function):
    """The same as torch's cross-entropy from logits in half its passes over memory, which are a tenth of a step."""

    @staticmethod
    def forward(ctx: FunctionCtx, x_logits: Tensor, x: Tensor) -> Tensor:
        """(B, P), (B, P) -> (B,)"""
        nats, own, _ = likelihood_gradients.bernoulli(x_logits, x)
        ctx.save_for_backward(own)
        return nats

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        """(B,) -> (B, P), and nothing for the pixels."""
        (own,) = ctx.saved_tensors  # type: ignore[attr-defined]
        return own * gradient[:, None], None


def bernoulli_nats_of_one(x_logits: Tensor, x: Tensor) -> Tensor:
    """The cross-entropy of one image x (P,) against each row of x_logits (n, P), which is written over: (n,) nats.

    Of l it is |l| / 2 + l · (½ − x) + log(1 + e^(−|l|)). The first two are products with a vector, and one logarithm is
    taken of the product of many pixels' last terms, each from 1 to 2: logarithms are what takes long.
    """
    linear = x_logits @ (0.5 - x)
    negative = x_logits.abs_().neg_()
    linear -= 0.5 * negative.sum(dim=1)
    factors = negative.exp_().add_(1)
    width, product = factors.shape[1], 1
    while width % 2 == 0 and product < _FACTORS:
        width, product = width // 2, product * 2
        factors = factors[:, :width].mul_(factors[:, width:])
    return linear + factors.log().sum(dim=1)


def continuous_bernoulli_nats(x_logits: Tensor, x: Tensor) -> Tensor:
    """-log of the continuous Bernoulli's density, which is a density over [0, 1]: cross-entropy − log C.

    Shapes, range and errors as in `bernoulli_nats`; negative where the density exceeds 1.
    Source: Loaiza-Ganem & Cunningham 2019 (arXiv 1907.06845), eqs. 6 and 7; for λ = sigmoid(l) their constant C is
    l / tanh(l / 2).
    """
    return bernoulli_nats(x_logits, x) - continuous_bernoulli_log_constant(x_logits).flatten(1).sum(dim=1)


def continuous_bernoulli_log_constant(x_logits: Tensor) -> Tensor:
    """log(l / tanh(l / 2)), element by element; log 2 at l = 0, by the series where the quotient would be 0 / 0."""
    is_small = x_logits.abs() < SERIES_BELOW
    size = torch.where(is_small, 1.0, x_logits.abs())  # what is not used must have finite gradients as well
    squared = torch.where(is_small, x_logits, 0.0).square()
    series = math.log(2) + squared / 12 - 7 * squared.square() / 1440
    return torch.where(is_small, series, size.log() - (size / 2).tanh().log())


def continuous_bernoulli_mean(x_logits: Tensor) -> Tensor:
    """The mean 1 / (1 − e^(−l)) − 1 / l of a pixel, in (0, 1), element by element; ½ at l = 0, by the series there."""
    is_small = x_logits.abs() < SERIES_BELOW
    large = torch.where(is_small, 1.0, x_logits)
    series = 0.5 + x_logits / 12 - x_logits**3 / 720
    return torch.where(is_small, series, -1 / torch.expm1(-large) - 1 / large)


def gaussian_nats(mean: Tensor, x: Tensor, log_sigma: float | Tensor) -> Tensor:
    """-log N(x; mean, sigma² I), summed over pixels.

    mean, x: (B, C, H, W); log_sigma: the logarithm of σ in units of full white, a number, (), (C, 1, 1) or (C, H, W).
    Returns (B,) nats, negative where the density exceeds 1. Where log σ is learned, its optimum is half the logarithm
    of the mean squared residual of the pixels that it is for (Rybkin et al. 2021, arXiv 2006.13202, eq. 5; there of all
    of them). Raises ShapeMismatch.
    """
    _same_shape(mean, x)
    log_sigma = torch.as_tensor(log_sigma, dtype=mean.dtype, device=mean.device)
    nats = 0.5 * ((x - mean) * (-log_sigma).exp()).square() + (log_sigma + 0.5 * math.log(2 * math.pi))
    return nats.flatten(1).sum(dim=1)  # (B, C, H, W) -> (B,)


def discretised_logistic_nats(mean: Tensor, x: Tensor, log_scale: float | Tensor) -> Tensor:
    """-log of the probability that a logistic around mean gives to each pixel's grey level, summed over pixels.

    mean: (B, C, H, W), any real, in units of full white; x: the same shape, multiples of 1/255 in [0, 1]; log_scale:
    the logarithm of the logistic's scale, a number, (), (C, 1, 1) or (C, H, W). Each level's bin is 1/255 wide; black's
    reaches down to −∞ and white's up to ∞, so the 256 probabilities add up to 1. Returns (B,) nats, never negative.
    Raises ShapeMismatch.
    Source: Kingma et al. 2016 (arXiv 1606.04934), appendix C.2; Salimans et al. 2017 (arXiv 1701.05517), eq. 2.
    """
    _same_shape(mean, x)
    log_scale = torch.as_tensor(log_scale, dtype=mean.dtype, device=mean.device)
    rate = (-log_scale).exp()
    upper = (x - mean + HALF_BIN) * rate
    lower = (x - mean - HALF_BIN) * rate
    # sigmoid(u) − sigmoid(l) = sigmoid(u) · sigmoid(−l) · (1 − e^(l − u)): no two nearly equal numbers are subtracted
    middle = (
        functional.logsigmoid(upper) + functional.logsigmoid(-lower) + torch.log(-torch.expm1(-2 * HALF_BIN * rate))
    )
    log_mass = torch.where(
        x < HALF_BIN,
        functional.logsigmoid(upper),
        torch.where(x > 1 - HALF_BIN, functional.logsigmoid(-lower), middle),
    )
    return -log_mass.flatten(1).sum(dim=1)  # (B, C, H, W) -> (B,)


@dataclass(frozen=True)
class Likelihood:
    """The torch of an entry of `config.likelihoods`. raw: the decoder's output, (B, C, H, W), as x in [0, 1] is.

    nats: (raw, x, log scale) -> (B,), minus the log-likelihood. mean: raw -> pixels (B, C, H, W). nats_and_gradient:
    the same with its gradients, of rows of pixels, where they are written out (`likelihood_gradients`). nats_of_one:
    the same of rows (n, P), which it may write over, for one image (P,), where there is a faster way: (n,).
    """

    nats: Callable[[Tensor, Tensor, float | Tensor], Tensor]
    mean: Callable[[Tensor], Tensor]
    nats_and_gradient: Callable[[Tensor, Tensor, float | Tensor], likelihood_gradients.Scored] | None = None
    nats_of_one: Callable[[Tensor, Tensor], Tensor] | None = None


LIKELIHOODS: dict[str, Likelihood] = {
    "bernoulli": Likelihood(
        lambda raw, x, _: bernoulli_nats(raw, x),
        torch.sigmoid,
        likelihood_gradients.bernoulli,
        bernoulli_nats_of_one,
    ),
    "continuous-bernoulli": Likelihood(
        lambda raw, x, _: continuous_bernoulli_nats(raw, x),
        continuous_bernoulli_mean,
        likelihood_gradients.continuous_bernoulli,
    ),
    "gaussian": Likelihood(gaussian_nats, lambda raw: raw, likelihood_gradients.gaussian),
    "gaussian-learned": Likelihood(gaussian_nats, lambda raw: raw, likelihood_gradients.gaussian),
    "discretised-logistic": Likelihood(
        discretised_logistic_nats, lambda raw: raw, likelihood_gradients.discretised_logistic
    ),
}

LEARNED_SCALE_START = -1.5
"""Log σ, or the logistic's log scale, before training: 0.22 of full white, between a fresh and a trained model's."""


def first_log_scale(config: TrainConfig, card: DataCard) -> nn.Parameter | float:
    """The log scale that a likelihood starts with: a weight where it learns it, float32 of `layers.width_shape`; else
    the setting's σ, which means nothing to likelihoods without a width.
    """
    if facts.LIKELIHOODS[config.likelihood].learns_width:
        return nn.Parameter(torch.full(layers.width_shape(config, card), LEARNED_SCALE_START))
    return math.log(config.gaussian_sigma)


def binarise(x: Tensor, uniform: Tensor) -> Tensor:
    """Black and white pixels, white with the grey level's probability. x in [0, 1], uniform in [0, 1): equal shapes.

    Source: Salakhutdinov & Murray 2008; Burda et al. 2016 (arXiv 1509.00519), section 5.
    """
    return (uniform < x).to(x.dtype)


def _same_shape(output: Tensor, x: Tensor) -> None:
    """Refuses what broadcasting would accept."""
    if output.shape != x.shape:
        raise ShapeMismatch(
            f"the decoder's output has shape {tuple(output.shape)} and the images {tuple(x.shape)}; "
            "decode as many images of the same size as there are to compare with"
        )
