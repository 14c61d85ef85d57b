"""The variational autoencoder: encoder, posterior, decoder (Kingma & Welling 2014, arXiv 1312.6114)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from math import prod

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core.architecture import layers
from vae_core.architecture.beta_modulation import config_at, weights_at
from vae_core.architecture.imported_model import is_imported
from vae_core.config import TrainConfig
from vae_core.config import likelihoods as facts
from vae_core.data.registry import source
from vae_core.data.source import DataCard, Labels
from vae_core.errors import ShapeMismatch
from vae_core.model.families import FAMILIES
from vae_core.model.likelihoods import LIKELIHOODS, first_log_scale
from vae_core.model.posteriors import Posterior, posterior_of


class VAE(nn.Module):
    """An encoder and a decoder for the images (B, C, H, W) of a card, made from a config by `build_vae`.

    Conditional models (`config.is_conditional`) are told labels y, integers (B,); the others are given none.
    """

    def __init__(self, config: TrainConfig, card: DataCard) -> None:
        super().__init__()
        self.config = config
        self.card = card
        self.image_shape, self.classes = card.image_shape, card.class_count
        self.family = FAMILIES[config.family.name]
        self.likelihood = LIKELIHOODS[config.likelihood]
        self.log_scale = first_log_scale(config, card)
        self.least_log_scale = facts.LIKELIHOODS[config.likelihood].least_log_scale
        self.encoder = _sequential(layers.encoder_layers(config, card))
        self.decoder = _sequential(layers.decoder_layers(config, card))
        self.classifier = _sequential(layers.classifier_layers(config, card))
        self._product_dtype = torch.float32
        for network in (self.encoder, self.decoder) if config.spans_beta else ():
            for layer in network:
                _modulate(layer)

    @contextmanager
    def products_in(self, dtype: torch.dtype) -> Iterator[None]:
        """Inside, layers multiply in dtype, float32 or bfloat16; what they hand on, and all else, is float32.

        Only a training step does so: a model is always evaluated, shown and stored as its float32 weights are.
        Source: Micikevicius et al. 2018 (arXiv 1710.03740), section 3; bfloat16 needs no scaling of the loss.
        """
        before, self._product_dtype = self._product_dtype, dtype
        try:
            yield
        finally:
            self._product_dtype = before

    def _multiplying(self, x: Tensor) -> AbstractContextManager[object]:
        if self._product_dtype == torch.float32:
            return nullcontext()
        return torch.autocast(x.device.type, self._product_dtype)

    @torch.no_grad()
    def hold_width(self) -> None:
        """Keeps a learned width from falling below what `config.likelihoods` lets it be; after each update."""
        if isinstance(self.log_scale, nn.Parameter):
            self.log_scale.clamp_(min=self.least_log_scale)

    def encode(self, x: Tensor, y: Tensor | None = None, place: Tensor | None = None) -> Posterior:
        """The posterior of images (B, C, H, W) in [0, 1]. Raises ShapeMismatch.

        place: (B,), of a model that spans β, where each image's log β lies in the range, −1 to 1; None for 0, the
        config's own β (`beta_modulation`).
        """
        expect_shape("the image batch", x, self.image_shape, "(B, C, H, W)")
        labels = self._one_hot(y, len(x))
        with self._multiplying(x):
            for layer in self.encoder:
                x = _modulated(layer, layer(x), place)
                if labels is not None and isinstance(layer, nn.Flatten):
                    x = torch.cat([x, labels], dim=1)  # (B, F), (B, K) -> (B, F + K)
        return posterior_of(self.config, x.float())

    def decode(self, z: Tensor, y: Tensor | None = None, place: Tensor | None = None) -> Tensor:
        """The likelihood's raw parameter for z (B, D): logits for the Bernoulli kinds, else means, (B, C, H, W).

        place: as in `encode`. Raises ShapeMismatch.
        """
        expect_shape("z", z, (self.config.latent_dim,), "(B, D)")
        labels = self._one_hot(y, len(z))
        with self._multiplying(z):
            raw = z if labels is None else torch.cat([z, labels], dim=1)
            for layer in self.decoder:
                raw = _modulated(layer, layer(raw), place)  # -> (B, C, H, W)
        return raw.float()

    def classify(self, x: Tensor) -> Tensor:
        """M2's q(y|x) for images (B, C, H, W) in [0, 1], as logits (B, K). Raises ShapeMismatch."""
        expect_shape("the image batch", x, self.image_shape, "(B, C, H, W)")
        with self._multiplying(x):
            logits: Tensor = self.classifier(x)
        return logits.float()

    def image(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """The likelihood's mean for z (B, D): the picture to show, (B, C, H, W), 0 black and 1 white.

        In (0, 1) for the Bernoulli kinds; for the others a little outside is possible. Raises ShapeMismatch.
        """
        return self.likelihood.mean(self.decode(z, y))

    def reconstruction_nats(self, z: Tensor, x: Tensor, y: Tensor | None = None, place: Tensor | None = None) -> Tensor:
        """-log p(x|z) under the model's likelihood. z: (B, D); x: (B, C, H, W) in [0, 1]. Returns (B,) nats.

        place: as in `encode`. Raises ShapeMismatch.
        """
        return self.likelihood.nats(self.decode(z, y, place), x, self.log_scale)

    def _one_hot(self, y: Tensor | None, count: int) -> Tensor | None:
        """(B,) -> (B, K) float32. Raises ShapeMismatch where labels are missing, or given to a model without."""
        if not self.config.is_conditional and y is None:
            return None
        if not self.config.is_conditional or y is None or tuple(y.shape) != (count,):
            expected = f"one label for each of {count} images" if self.config.is_conditional else "no labels"
            got = "none" if y is None else f"labels of shape {tuple(y.shape)}"
            raise ShapeMismatch(f"objective {self.config.objective} takes {expected} and got {got}; give what it takes")
        return functional.one_hot(y.long(), self.classes).float()


def build_vae(config: TrainConfig, card: DataCard | None = None) -> VAE:
    """A model with fresh weights on the CPU: the same for equal configs, whatever torch's global state.

    card: of the images that it is for; None for the usual ones of the config's data set. Raises DatasetUnknown.
    """
    model = VAE(config, card or source(config.dataset).card)
    generator = torch.Generator().manual_seed(config.seed)
    for module in model.modules():
        _initialise(module, generator)
    return model


def at_beta(model: VAE, beta: float) -> VAE:
    """The ordinary model that one which spans β is at one of them, on its device. Raises ConfigInvalid."""
    made = build_vae(config_at(model.config, beta), model.card)
    load_weights(made, weights_at(model.config, model.card, weights(model), beta))
    return made.to(next(model.parameters()).device)


def load_weights(model: VAE, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Copies weights by name into model. Raises ShapeMismatch, before anything is changed, if one does not fit."""
    if is_imported(weights):
        raise ShapeMismatch(
            "this model was made elsewhere: it decodes and encodes, and is neither trained nor scored here, since its "
            "likelihood is not known; choose a run that was trained here"
        )
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


def as_tensor(labels: Labels | None, device: torch.device | str = "cpu") -> Tensor | None:
    """Labels uint32 (N,) as int64, since torch hardly computes with uint32; None for none."""
    return None if labels is None else torch.from_numpy(labels.astype(np.int64)).to(device)


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


def _modulate(layer: nn.Module) -> None:
    """Gives a layer with weights what makes its outputs follow β, and at first does not."""
    match layer:
        case nn.Linear() | nn.Conv2d() | nn.ConvTranspose2d():
            rows = torch.zeros(layers.MODULATION_ROWS, layer.weight.shape[isinstance(layer, nn.ConvTranspose2d)])
            layer.register_parameter(layers.MODULATION, nn.Parameter(rows))
        case _:
            return


def _modulated(layer: nn.Module, x: Tensor, place: Tensor | None) -> Tensor:
    """A layer's outputs (B, F, …) as they are at each image's β, see `beta_modulation`."""
    factors: Tensor | None = getattr(layer, layers.MODULATION, None)
    if place is None or factors is None:
        return x
    powers = torch.stack([place, place.square()], dim=1)  # (B, 2)
    scale, shift = (powers @ factors.view(2, 2, -1)).view(2, *x.shape[:2], *[1] * (x.ndim - 2))
    return torch.addcmul(x + shift, x, scale)


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
    for parameter in (module.weight, *([] if module.bias is None else [module.bias])):
        nn.init.uniform_(parameter, -(fan_in**-0.5), fan_in**-0.5, generator=generator)


def expect_shape(what: str, tensor: Tensor, shape: tuple[int, ...], layout: str) -> None:
    """Raises ShapeMismatch unless all but the first dimension of tensor are shape."""
    if tuple(tensor.shape[1:]) != tuple(shape):
        raise ShapeMismatch(
            f"{what} should have shape {layout} = (B, {', '.join(map(str, shape))}) and has {tuple(tensor.shape)}; "
            "use the data set and the latent dimensions that this model was made for"
        )
