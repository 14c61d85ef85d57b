"""The variational autoencoder: encoder, posterior, decoder (Kingma & Welling 2014, arXiv 1312.6114)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vae_core import layers
from vae_core.config import TrainConfig
from vae_core.datasets import DATASETS
from vae_core.errors import ShapeMismatch
from vae_core.objectives import LIKELIHOODS, gaussian_kl_per_dim


@dataclass(frozen=True)
class DiagonalGaussian:
    """The posterior q(z|x) = N(mu, diag exp(logvar)). mu, logvar: (B, D)."""

    mu: Tensor
    logvar: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """A draw: mu + σ · noise, for standard normal noise (B, D); differentiable in mu and logvar. Returns (B, D).

        Raises ShapeMismatch.
        """
        if noise.shape != self.mu.shape:  # which broadcasting might accept
            raise ShapeMismatch(
                f"the noise should have the posterior's shape (B, D) = {tuple(self.mu.shape)} "
                f"and has {tuple(noise.shape)}; draw one number for each latent dimension of each image"
            )
        return self.mu + (0.5 * self.logvar).exp() * noise

    def kl_per_dim(self) -> Tensor:
        """KL divergence from the prior N(0, I), (B, D) nats."""
        return gaussian_kl_per_dim(self.mu, self.logvar)

    def mode(self) -> Tensor:
        """The most probable z, which is mu, (B, D)."""
        return self.mu


class VAE(nn.Module):
    """An encoder and a decoder for images (B, C, H, W), made from a config by `build_vae`."""

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.config = config
        self.image_shape = DATASETS[config.dataset].image_shape
        self.encoder = _sequential(layers.encoder_layers(config, self.image_shape))
        self.decoder = _sequential(layers.decoder_layers(config, self.image_shape))

    def encode(self, x: Tensor) -> DiagonalGaussian:
        """The posterior of images (B, C, H, W) in [0, 1]. Raises ShapeMismatch."""
        _expect("the image batch", x, self.image_shape, "(B, C, H, W)")
        mu, logvar = self.encoder(x).chunk(2, dim=1)  # (B, C, H, W) -> (B, 2 · D) -> 2 × (B, D)
        return DiagonalGaussian(mu, logvar)

    def decode(self, z: Tensor) -> Tensor:
        """The likelihood's raw parameter for z (B, D): logits for bernoulli, means for gaussian, (B, C, H, W).

        Raises ShapeMismatch.
        """
        _expect("z", z, (self.config.latent_dim,), "(B, D)")
        raw: Tensor = self.decoder(z)  # (B, D) -> (B, C, H, W)
        return raw

    def image(self, z: Tensor) -> Tensor:
        """The likelihood's mean for z (B, D): the picture to show, (B, C, H, W), 0 black and 1 white.

        In (0, 1) for bernoulli; for gaussian a little outside is possible. Raises ShapeMismatch.
        """
        return LIKELIHOODS[self.config.likelihood].mean(self.decode(z))


def build_vae(config: TrainConfig) -> VAE:
    """A model with fresh weights on the CPU: the same for equal configs, whatever torch's global state."""
    model = VAE(config)
    generator = torch.Generator().manual_seed(config.seed)
    for module in model.modules():
        _initialise(module, generator)
    return model


def load_weights(model: VAE, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Copies weights by name into model. Raises ShapeMismatch, before anything is changed, if one does not fit."""
    parameters = dict(model.named_parameters())
    for name in sorted(parameters.keys() | weights.keys()):
        expected = tuple(parameters[name].shape) if name in parameters else "no such tensor"
        got = tuple(weights[name].shape) if name in weights else "no such tensor"
        if expected != got:
            raise ShapeMismatch(
                f"tensor {name}: this model's settings ask for {expected}, the weights hold {got}; "
                "open the weights with the config.json that was saved with them"
            )
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(torch.tensor(weights[name]))


def weights(model: VAE) -> dict[str, npt.NDArray[np.float32]]:
    """The weights by name, as `load_weights` and `decoder_onnx` take them: copies, float32, on the CPU."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in model.named_parameters()}


def scale(images: Tensor) -> Tensor:
    """uint8 0..255 to float32 0..1, same shape."""
    return images.float().div_(255)


def _sequential(description: tuple[layers.Layer, ...]) -> nn.Sequential:
    return nn.Sequential(*(_module(layer) for layer in description))


def _module(layer: layers.Layer) -> nn.Module:
    match layer:
        case layers.Linear(inputs, outputs):
            return nn.Linear(inputs, outputs)
        case layers.Conv(inputs, outputs, kernel, stride, padding):
            return nn.Conv2d(inputs, outputs, kernel, stride, padding)
        case layers.ConvTranspose(inputs, outputs, kernel, stride, padding, output_padding):
            return nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding, output_padding)
        case layers.Activation(kind):
            return {"silu": nn.SiLU, "relu": nn.ReLU}[kind]()
        case layers.Flatten():
            return nn.Flatten()
        case layers.Unflatten(channels, height, width):
            return nn.Unflatten(1, (channels, height, width))


def _initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Weights and biases uniform in ±1/√fan-in, fan-in being how many inputs each output sums; torch's own default,
    but for transposed convolutions, where a kernel of 4 at stride 2 lays only 2 × 2 of its weights on each output.
    """
    match module:
        case nn.Linear() | nn.Conv2d():
            fan_in = module.weight[0].numel()
        case nn.ConvTranspose2d():
            fan_in = module.weight[:, 0].numel() // prod(module.stride)
        case _:
            return
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -(fan_in**-0.5), fan_in**-0.5, generator=generator)


def _expect(what: str, tensor: Tensor, shape: tuple[int, ...], layout: str) -> None:
    """All but the first dimension of tensor must be shape."""
    if tuple(tensor.shape[1:]) != tuple(shape):
        raise ShapeMismatch(
            f"{what} should have shape {layout} = (B, {', '.join(map(str, shape))}) and has {tuple(tensor.shape)}; "
            "use the data set and the latent dimensions that this model was made for"
        )
