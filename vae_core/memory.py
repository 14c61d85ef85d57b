"""How much memory a training takes, said before anything is allocated, and how much there is. No torch.

The estimate follows the tensors of a training step, of a checkpoint and of an evaluation through `layers`, on the CPU.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from math import prod

from vae_core import datasets, layers
from vae_core.config import TrainConfig

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # of malloc.h


def settle_heap() -> None:
    """Tells glibc to give blocks above 8 MB back as soon as they are freed, and to keep 64 MB of small ones.

    Left alone, it moves both limits as it goes: the same training then took 340 MB or 1 GB, as the pieces happened to
    fall, and a step of the default network spent up to a quarter of its time on asking the system for the same
    memory again. Does nothing where malloc is another.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_MMAP_THRESHOLD, 8 * 2**20)
        library.mallopt(_TRIM_THRESHOLD, 64 * 2**20)


def estimate(config: TrainConfig, n_train: int, n_held_out: int) -> int:
    """The most resident bytes of a training on the CPU, above those of an idle process that has imported torch.

    n_train, n_held_out: images of the two splits. Within 20 % of what is measured (`tests/torture/test_memory.py`).
    """
    info = datasets.DATASETS[config.dataset]
    pixels = prod(info.image_shape)
    weights = _FLOAT * sum(prod(shape) for shape in layers.weight_shapes(config, info.image_shape).values())
    held = (
        _PROCESS
        + (_CONVOLUTIONS if config.architecture == "conv" else 0)
        + (n_train + n_held_out) * (pixels + 1)  # uint8, and a label
        + 8 * n_train * (2 if config.is_conditional else 1)  # the epoch's order, and the labels as int64
        + 3 * weights  # and Adam's two moments
    )
    step = _step_bytes(config, n_train, weights)
    keeping = 2 * 3 * weights  # a checkpoint: copies, and the file's bytes
    looking = weights + _evaluation_bytes(config, n_held_out)
    return round(held + max(step, keeping, looking))


def _step_bytes(config: TrainConfig, n_train: int, weights: int) -> float:
    """What one training step holds at its worst: what the backward pass needs, its temporaries, gradients."""
    info = datasets.DATASETS[config.dataset]
    pixels, rows, classes = prod(info.image_shape), min(config.batch_size, n_train), len(info.classes)
    encoder, decoder = _networks(config)
    encoded = decoded = rows
    if config.objective == "m2":  # every label of each image, then the labelled ones
        labelled = min(rows, config.labelled_images)
        encoded = decoded = classes * rows + labelled
    if config.objective == "iwae":
        decoded = rows * config.importance_samples
    kept, extra = _LIKELIHOOD_FLOATS[config.likelihood]
    kept_floats = encoded * encoder.kept + decoded * (decoder.kept + kept * pixels) + rows * pixels
    kept_floats += decoded * pixels if config.objective == "iwae" else 0  # each image once for each of its draws
    kept_floats += rows * pixels if config.objective == "denoising" else 0
    kept_floats += _posterior_floats(config, encoded, decoded)
    at_once = decoded if config.objective == "iwae" else rows
    passing = max(at_once * extra * pixels, at_once * decoder.passing, rows * encoder.passing)
    return _FLOAT * (kept_floats + passing) + 0.5 * weights + _batch_bytes(config, rows)


def _posterior_floats(config: TrainConfig, encoded: int, decoded: int) -> int:
    """KL, noise and z; with a full covariance a matrix for each image, a few times."""
    dim = config.latent_dim
    matrix = 4 * encoded * dim * dim if config.posterior == "full" else 0
    return 6 * decoded * dim + 4 * encoded * dim + matrix


def _batch_bytes(config: TrainConfig, rows: int) -> int:
    """Objectives that look at all pairs of a batch."""
    if config.objective == "beta-tcvae":
        return _FLOAT * rows * rows * (6 * config.latent_dim + 4)
    if config.objective == "mmd-vae":
        return _FLOAT * rows * rows * 8
    return 0


def _evaluation_bytes(config: TrainConfig, n_held_out: int) -> float:
    info = datasets.DATASETS[config.dataset]
    pixels, rows = prod(info.image_shape), min(EVALUATION_BATCH, n_held_out)
    encoder, decoder = _networks(config)
    _, extra = _LIKELIHOOD_FLOATS[config.likelihood]
    passing = max(encoder.passing, decoder.passing, (1 + extra) * pixels)
    return _FLOAT * (rows * (pixels + passing) + n_held_out * config.latent_dim * 4)


@dataclass(frozen=True)
class _Network:
    """Floats for each image. kept: until the backward pass. passing: besides, while one layer computes."""

    kept: int
    passing: int


def _networks(config: TrainConfig) -> tuple[_Network, _Network]:
    shape = datasets.DATASETS[config.dataset].image_shape
    width = config.latent_dim + (len(datasets.DATASETS[config.dataset].classes) if config.is_conditional else 0)
    encoder = _network(config, layers.encoder_layers(config, shape), shape)
    decoder = _network(config, layers.decoder_layers(config, shape), (width,))
    if config.objective != "m2":
        return encoder, decoder
    classifier = _network(config, layers.classifier_layers(config, shape), shape)
    return _Network(encoder.kept + classifier.kept // 10, encoder.passing), decoder


def _network(config: TrainConfig, description: tuple[layers.Layer, ...], shape: tuple[int, ...]) -> _Network:
    kept, passing, size = 0, 0, prod(shape)
    for layer in description:
        before = size
        match layer:
            case layers.Linear(_, outputs):
                shape, size = (outputs,), outputs
                kept += size
                passing = max(passing, before + size)
            case layers.Conv(_, outputs, kernel, stride, padding):
                shape = (outputs, *((side + 2 * padding - kernel) // stride + 1 for side in shape[1:]))
                size = prod(shape)
                kept += size
                passing = max(passing, _CONV_COPIES * (before + size))
            case layers.ConvTranspose(_, outputs, kernel, stride, padding, more):
                shape = (
                    outputs,
                    *((side - 1) * stride - 2 * padding + kernel + o for side, o in zip(shape[1:], more, strict=True)),
                )
                size = prod(shape)
                kept += size
                passing = max(passing, _CONV_COPIES * (before + size))
            case layers.Activation(kind):
                kept += size if kind == "silu" else 0
                passing = max(passing, 2 * size)
            case layers.Unflatten():
                shape = (layer.channels, layer.height, layer.width)
            case _:
                pass
    return _Network(kept, passing)


_FLOAT = 4
_PROCESS = 42e6
_CONVOLUTIONS = 10e6
_CONV_COPIES = 2
EVALUATION_BATCH = 250
_LIKELIHOOD_FLOATS = {
    "bernoulli": (0, 3.2), "continuous-bernoulli": (8, 11), "gaussian": (1, 4), "gaussian-learned": (3, 6.5),
    "discretised-logistic": (12, 10.4),
}
