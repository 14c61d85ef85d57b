"""The negative ELBO with its gradient written out, for what most runs train: a diagonal Gaussian posterior, β · KL.

It is the gradient that torch finds for `objectives.negative_elbo`; of fully connected layers and Bernoulli pixels, to
the last bit. For that torch records every small operation and goes back over the record, which takes a fifteenth of the
default network's step on MNIST and a sixth on the digits; here is what it would do. All else is differentiated by
torch.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vae_core.config import TrainConfig, options
from vae_core.errors import ConfigInvalid
from vae_core.model.likelihoods import LIKELIHOODS
from vae_core.model.networks import VAE, expect_shape
from vae_core.model.objectives import Terms
from vae_core.training.layer_gradients import backward, forward


def is_written_out(config: TrainConfig, device: torch.device) -> bool:
    """Whether `negative_elbo` below is what a training of config makes small, on a device where that was compared."""
    return (
        device.type == "cpu"
        and config.precision == "float32"
        and not (config.has_covariance or config.is_deterministic)
        and LIKELIHOODS[config.likelihood].nats_and_gradient is not None
        and options.OBJECTIVES[config.objective].is_negative_elbo
        and not config.is_conditional
        and not config.spans_beta
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
    expect_shape("the image batch", x, model.image_shape, "(B, C, H, W)")
    x = x.contiguous(memory_format=_layout(model))
    encoded, encoder_trace = forward(model.encoder, x)
    mu, logvar = (part.contiguous() for part in encoded.chunk(2, dim=1))  # (B, 2D) -> (B, D), (B, D)
    sigma, variance_minus_one = (0.5 * logvar).exp(), logvar.expm1()
    # `gaussian_kl`, whose expm1 the gradient needs as well: (B, D) -> (B,)
    kl = (0.5 * (mu.square() + (variance_minus_one - logvar))).sum(dim=1)
    raw, decoder_trace = forward(model.decoder, mu + sigma * noise)
    share = torch.scalar_tensor(1 / len(x))  # that an image has in the mean
    reconstruction, d_raw, of_width = _scored(model, raw, x, share)

    of_decoder, d_z = backward(decoder_trace, d_raw)
    kl_share = beta * share
    d_mu = d_z + kl_share * mu
    d_logvar = 0.5 * (d_z * noise * sigma) + (0.5 * kl_share * (variance_minus_one + 1) - 0.5 * kl_share)
    of_encoder, _ = backward(encoder_trace, torch.cat([d_mu, d_logvar], dim=1), is_first=True)
    return Terms(reconstruction, kl, reconstruction + beta * kl), of_width + of_encoder + of_decoder


def _scored(model: VAE, raw: Tensor, x: Tensor, share: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
    """−log p(x|z) (B,), and the gradients of its mean in raw (B, C, H, W) and in the log scale, if that is learned."""
    nats_and_gradient = model.likelihood.nats_and_gradient
    if nats_and_gradient is None:
        raise ConfigInvalid(f"no gradient is written out for {model.config.likelihood}; let torch find it")
    layout, width = _layout(model), model.log_scale
    of_pixels: float | Tensor = width
    if isinstance(width, Tensor) and width.ndim:
        of_pixels = _rows(width.expand(1, *model.image_shape), layout)[0]  # (C, 1, 1) or (C, H, W) -> (P,)
    nats, d_raw, d_width = nats_and_gradient(_rows(raw, layout), _rows(x, layout), of_pixels)
    d_images = _images(d_raw.mul_(share), raw.shape, layout)
    if d_width is None or not isinstance(width, nn.Parameter):
        return nats, d_images, []
    if width.ndim:
        d_width = _images(d_width[None], (1, *model.image_shape), layout)[0].sum_to_size(width.shape)
    return nats, d_images, [d_width * share]


def _layout(model: VAE) -> torch.memory_format:
    return torch.channels_last if model.config.architecture == "conv" else torch.contiguous_format


def _rows(images: Tensor, layout: torch.memory_format) -> Tensor:
    """(B, C, H, W) -> (B, P), the pixels in the order in which they lie in memory in that layout."""
    images = images.contiguous(memory_format=layout)
    return (images.permute(0, 2, 3, 1) if layout == torch.channels_last else images).flatten(1)


def _images(rows: Tensor, shape: Sequence[int], layout: torch.memory_format) -> Tensor:
    """What `_rows` made (B, P), as images of that shape (B, C, H, W) in that layout."""
    images, maps, height, width = shape
    if layout == torch.channels_last:
        return rows.view(images, height, width, maps).permute(0, 3, 1, 2)
    return rows.view(images, maps, height, width)
