"""A run's figures a second time: from its saved weights, by torch.distributions in float64, with none of our code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.distributions import (
    AffineTransform,
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    Distribution,
    MultivariateNormal,
    Normal,
    SigmoidTransform,
    TransformedDistribution,
    Uniform,
    kl_divergence,
)
from torch.nn import functional

from vae_core.data.source import Split


@dataclass(frozen=True)
class Seen:
    """One label's view of all images: pixels x (N, P), the label's one-hot (N, K) or None, how much it counts (N,)."""

    x: Tensor
    y: Tensor | None
    share: Tensor


class Recomputed:
    """A run directory's model on images of its data set. noise: (N, D), the draws that the evaluation made.

    is_map: as the map sees them, all and grey. infers: whether it guesses labels, as M2 does. keeps: (images,), those
    not of the class left out.
    """

    def __init__(self, directory: Path, split: Split, *, is_map: bool = False) -> None:
        self.settings = json.loads((directory / "config.json").read_text())
        weights = load_file(directory / "model.safetensors")
        self.weights: Mapping[str, Tensor] = {name: value.double() for name, value in weights.items()}
        self.dim = int(self.settings["latent_dim"])
        self.infers = self.settings["objective"] == "m2"
        self.is_point = self.settings["objective"] in ("autoencoder", "denoising")
        assert split.labels is not None
        self.keeps = keeps = np.ones(len(split.images), bool)
        if self.settings["left_out_class"] != "none" and not is_map:
            self.keeps = keeps = split.labels != int(self.settings["left_out_class"])
        pixels = split.images[keeps].reshape(keeps.sum(), -1)
        self.x = torch.from_numpy(pixels / np.float32(255) if is_map else self._drawn(pixels)).double()  # (N, P)
        self.labels = torch.from_numpy(split.labels[keeps].astype(np.int64))
        self.noise = torch.randn(len(self.x), self.dim, generator=torch.Generator().manual_seed(0)).double()

    def _drawn(self, pixels: np.ndarray) -> np.ndarray:
        x = pixels.astype(np.float32) / np.float32(255)
        if self.settings["pixels"] == "grey" or self.settings["likelihood"] != "bernoulli":
            return x
        return (np.random.default_rng((0, 1)).random(x.shape, dtype=np.float32) < x).astype(np.float32)

    def network(self, name: str, values: Tensor) -> Tensor:
        """Its linear layers, in the order of their numbers, with SiLU between them."""
        numbers = sorted({int(key.split(".")[1]) for key in self.weights if key.startswith(f"{name}.")})
        for number in numbers:
            values = functional.linear(
                values, self.weights[f"{name}.{number}.weight"], self.weights[f"{name}.{number}.bias"]
            )
            if number != numbers[-1]:
                values = functional.silu(values)
        return values

    @property
    def guess(self) -> Categorical:
        """M2's q(y|x)."""
        return Categorical(logits=self.network("classifier", self.x))

    @property
    def classes(self) -> int:
        """That the encoder is told of; 0 if it is told none."""
        return self.weights["encoder.1.weight"].shape[1] - self.x.shape[1]

    def seen(self) -> list[Seen]:
        """The images under the labels that the model is told: none, their own, or each that M2 holds possible."""
        ones = torch.ones(len(self.x)).double()
        classes = self.classes
        if self.settings["objective"] == "cvae":
            return [Seen(self.x, functional.one_hot(self.labels, classes).double(), ones)]
        if self.infers:
            every = torch.eye(classes).double()
            return [
                Seen(self.x, every[label].expand(len(self.x), -1), self.guess.probs[:, label])
                for label in range(classes)
            ]
        return [Seen(self.x, None, ones)]

    def posterior(self, seen: Seen) -> MultivariateNormal:
        """Of all images, from the encoder's output: mean, log of a squared factor's diagonal, and what is below it."""
        raw = self.network("encoder", seen.x if seen.y is None else torch.cat([seen.x, seen.y], 1))
        factor = torch.diag_embed((raw[:, self.dim : 2 * self.dim] / 2).exp())
        if self.settings["posterior"] == "full":
            rows, columns = torch.tril_indices(self.dim, self.dim, -1)
            factor[:, rows, columns] = raw[:, 2 * self.dim :]
        return MultivariateNormal(raw[:, : self.dim], scale_tril=factor)

    def code(self) -> Tensor:
        """An autoencoder's, (N, D)."""
        return self.network("encoder", self.x)

    def pixels(self, z: Tensor, y: Tensor | None) -> Distribution:
        """p(x|z), a distribution for each pixel; the discretised logistic's before it is rounded to grey levels."""
        raw = self.network("decoder", z if y is None else torch.cat([z, y], -1))
        scale = self.weights["log_scale"].exp() if "log_scale" in self.weights else None
        match self.settings["likelihood"]:
            case "bernoulli":
                return Bernoulli(logits=raw, validate_args=False)
            case "continuous-bernoulli":
                return ContinuousBernoulli(logits=raw)
            case "gaussian":
                return Normal(raw, self.settings["gaussian_sigma"])
            case "gaussian-learned":
                return Normal(raw, scale)
            case _:
                spread = [SigmoidTransform().inv, AffineTransform(raw, scale)]
                zero = torch.zeros_like(raw)
                return TransformedDistribution(Uniform(zero, zero + 1, validate_args=False), spread, False)

    def reconstruction(self, z: Tensor, seen: Seen) -> Tensor:
        """−log p(x|z), (..., N) nats."""
        return self.pixel_nats(z, seen).sum(-1)

    def pixel_nats(self, z: Tensor, seen: Seen) -> Tensor:
        """Of each pixel, (..., N, P)."""
        y = None if seen.y is None else seen.y.expand(*z.shape[:-1], -1)
        pixels, x = self.pixels(z, y), seen.x.expand(*z.shape[:-1], -1)
        if not isinstance(pixels, TransformedDistribution):
            return -pixels.log_prob(x)
        upper = torch.where(x == 1, 1.0, pixels.cdf(x + 0.5 / 255))
        lower = torch.where(x == 0, 0.0, pixels.cdf(x - 0.5 / 255))
        return -(upper - lower).log()

    def mean(self, z: Tensor, seen: Seen) -> Tensor:
        """The picture that is shown: (N, P)."""
        pixels = self.pixels(z, seen.y)
        return pixels.transforms[1].loc if isinstance(pixels, TransformedDistribution) else pixels.mean

    def draws(self, seen: Seen, noise: Tensor) -> Tensor:
        """z made of standard normal noise (..., N, D)."""
        if self.is_point:
            return self.code().expand(noise.shape)
        posterior = self.posterior(seen)
        return posterior.loc + (posterior.scale_tril @ noise[..., None])[..., 0]

    def prior_kl(self, seen: Seen) -> Tensor:
        """(N,) nats."""
        one = MultivariateNormal(torch.zeros(self.dim).double(), torch.eye(self.dim).double())
        return kl_divergence(self.posterior(seen), one)

    def label_kl(self) -> float:
        """Of M2's q(y|x) from equally likely labels, nats per image."""
        uniform = Categorical(logits=torch.zeros_like(self.guess.logits))
        return kl_divergence(self.guess, uniform).mean().item()
