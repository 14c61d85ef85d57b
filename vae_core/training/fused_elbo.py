"""The negative ELBO with its gradient written out, for what most runs train: fully connected layers, a diagonal
Gaussian posterior, a likelihood that has its own gradient (Bernoulli), β · KL.

It is the gradient that torch finds for `objectives.negative_elbo`, to the last bit. For that torch records every small
operation and goes back over the record, which takes a fifteenth of the default network's step on MNIST and a sixth on
the digits; here is what it would do. All else is differentiated by torch.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core.config import TrainConfig, options
from vae_core.errors import ConfigInvalid
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.networks import VAE, expect_shape
from vae_core.model.objectives import Terms


def is_written_out(config: TrainConfig, device: torch.device) -> bool:
    """Whether `negative_elbo` below is what a training of config makes small, on a device where that was compared."""
    return (
        device.type == "cpu"
        and config.precision == "float32"
        and config.architecture == "mlp"
        and not (config.has_covariance or config.is_deterministic)
        and LIKELIHOODS[config.likelihood].nats_and_gradient is not None
        and options.OBJECTIVES[config.objective].is_negative_elbo
        and not config.is_conditional
        and config.beta_schedule not in ("capacity", "free-bits")
    )


@torch.no_grad()
def negative_elbo(model: VAE, x: Tensor, beta: float, noise: Tensor) -> tuple[Terms, list[Tensor]]:
    """Reconstruction + β · KL, from one sample of the posterior per image, and the gradients of the loss's mean.

    model: of a config that `is_written_out`; x: (B, C, H, W) in [0, 1]; noise: standard normal, (B, D). Returns the
    terms, (B,) nats each, and a gradient for each of the model's parameters, in their order. Raises
    ShapeMismatch, or ConfigInvalid for a likelihood whose gradient is not written out.
    Source: Kingma & Welling 2014 (arXiv 1312.6114), eq. 10, whose KL has the gradients μ in μ and ½ (σ² − 1) in log σ².
    """
    nats_and_gradient = model.likelihood.nats_and_gradient
    if nats_and_gradient is None:
        raise ConfigInvalid(f"no gradient is written out for {model.config.likelihood}; let torch find it")
    expect_shape("the image batch", x, model.image_shape, "(B, C, H, W)")
    pixels = x.flatten(1)
    raw, encoder_trace = _forward(model.encoder, pixels)
    mu, logvar = (part.contiguous() for part in raw.chunk(2, dim=1))  # (B, 2D) -> (B, D), (B, D)
    sigma, variance_minus_one = (0.5 * logvar).exp(), logvar.expm1()
    # `gaussian_kl`, whose expm1 the gradient needs as well: (B, D) -> (B,)
    kl = (0.5 * (mu.square() + (variance_minus_one - logvar))).sum(dim=1)
    x_logits, decoder_trace = _forward(model.decoder, mu + sigma * noise)
    reconstruction, d_logits = nats_and_gradient(x_logits, pixels)

    share = torch.scalar_tensor(1 / len(x))  # that an image has in the mean
    of_decoder, d_z = _backward(decoder_trace, d_logits.mul_(share))
    kl_share = beta * share
    d_mu = d_z + kl_share * mu
    d_logvar = 0.5 * (d_z * noise * sigma) + (0.5 * kl_share * (variance_minus_one + 1) - 0.5 * kl_share)
    of_encoder, _ = _backward(encoder_trace, torch.cat([d_mu, d_logvar], dim=1), is_first=True)
    return Terms(reconstruction, kl, reconstruction + beta * kl), of_encoder + of_decoder


class _Passed(NamedTuple):
    """A layer that a batch went through, with what it was given (B, I) and what it made of that (B, O)."""

    layer: nn.Module
    given: Tensor
    made: Tensor


def _forward(network: nn.Sequential, x: Tensor) -> tuple[Tensor, list[_Passed]]:
    """(B, I) -> (B, O), and what `_backward` needs."""
    trace: list[_Passed] = []
    for layer in network:
        match layer:
            case nn.Linear():
                made = torch.addmm(layer.bias, x, layer.weight.t())
            case nn.ReLU():
                made = x.relu_()  # whose derivative can be told from what it made
            case nn.SiLU():
                made = functional.silu(x)
            case _:
                continue  # images are rows here from beginning to end
        trace.append(_Passed(layer, x, made))
        x = made
    return x, trace


def _backward(trace: list[_Passed], d_y: Tensor, *, is_first: bool = False) -> tuple[list[Tensor], Tensor]:
    """From the gradient in a network's outputs (B, O), those in its weights and biases and in its inputs, (B, I).

    is_first: the inputs are images, whose gradient is not computed; what is returned in its stead means nothing.
    """
    of_weights: list[Tensor] = []
    for index, (layer, given, made) in reversed(list(enumerate(trace))):
        match layer:
            case nn.Linear():
                of_weights[:0] = [d_y.t() @ given, d_y.sum(dim=0)]
                d_y = d_y if is_first and index == 0 else d_y @ layer.weight
            case nn.ReLU():
                d_y = torch.ops.aten.threshold_backward(d_y, made, 0)
            case nn.SiLU():
                d_y = torch.ops.aten.silu_backward(d_y, given)
    return of_weights, d_y
