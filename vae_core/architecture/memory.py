"""How much memory a training takes, said before anything is allocated, and how much there is. No torch.

The estimate follows the tensors of a training step, of a checkpoint and of an evaluation through `layers`, on the CPU.
Its constants are measured: `tests/torture/test_memory.py` compares it with a hundred trainings.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path

import psutil

from vae_core.architecture import control_groups, layers
from vae_core.config import TrainConfig, options
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.data.source import DataCard
from vae_core.errors import MemoryTooSmall

EVALUATION_BATCH = 250  # as `held_out` and `encode_all` have it
BLOCK = 8 * 2**20  # bytes; larger tensors are given back at once (`settle_heap` of the worker), smaller ones leave gaps
_FLOAT = 4
_PROCESS = 46e6  # what is imported, and the first step's workspaces
_CONVOLUTIONS = 20e6  # the same for oneDNN's
_CONV_COPIES = 3  # of a convolution's input and output while it computes: it lays them out anew
_LEFT_OVER = 0.4  # of the second largest phase, in gaps that the largest cannot use


def require(config: TrainConfig, card: DataCard, available: int | None = None, *, is_mapped: bool = False) -> None:
    """Raises MemoryTooSmall if a training on a card's images does not fit into available bytes, None: those free now.

    It looks at the CPU's memory, and lets a config pass that asks for another device.
    """
    if config.device not in ("auto", "cpu"):
        return
    needed = estimate(config, card, is_mapped=is_mapped)
    free = available_bytes() if available is None else available
    if needed > free:
        smaller = "hidden sizes" if config.architecture == "mlp" else "channels"
        raise MemoryTooSmall(
            f"this training needs about {_gigabytes(needed)} of memory and {_gigabytes(free)} are free; "
            f"make the {smaller} or the batch smaller, or end other programs"
        )


def _gigabytes(size: int) -> str:
    return f"{max(0, size) / 1e9:.2g} GB" if size < 10e9 else f"{size / 1e9:.0f} GB"


def available_bytes(root: Path = Path("/")) -> int:
    """What a new process may take without swapping: the machine's free memory, or what a container's limit leaves.

    root: where /proc and /sys lie.
    """
    return min([int(psutil.virtual_memory().available), *_left_in_groups(root)])


def _left_in_groups(root: Path) -> list[int]:
    """What each limit on this process's control group and those around it leaves; files in cache can be given up."""
    left = []
    for group, version in control_groups.folders(root, "memory"):
        limit, used, cache = _VERSION_1 if version == 1 else _VERSION_2
        try:
            limited, taken = int((group / limit).read_text()), int((group / used).read_text())
            stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            left.append(max(0, limited - taken + int(stat.get(cache, 0))))
        except (OSError, ValueError):  # no such group here, or its limit is "max"
            continue
    return left


_VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = ("memory.max", "memory.current", "inactive_file")


def estimate(config: TrainConfig, card: DataCard, *, is_mapped: bool = False) -> int:
    """The most resident bytes of a training on the CPU, above those of an idle process that has imported torch.

    Within 20 % of what is measured (`tests/torture/test_memory.py`). is_mapped: whether images stay in their file.
    """
    n_train, n_held_out = card.train_size, card.held_out_size
    weights = _FLOAT * sum(prod(shape) for shape in layers.weight_shapes(config, card).values())
    held = (
        _PROCESS
        + (_CONVOLUTIONS if config.architecture == "conv" else 0)
        + (n_train + n_held_out) * (1 if is_mapped else prod(card.image_shape) + 1)  # uint8, and a label
        + 8 * n_train * (2 if config.is_conditional else 1)  # the epoch's order, and the labels as int64
        + 3 * weights  # and Adam's two moments
    )
    step = _step_bytes(config, card, weights)
    saving = 2 * 3 * weights  # a checkpoint: copies, and the file's bytes
    evaluating = weights + _evaluation_bytes(config, card)
    *_, second, first = sorted((step, saving, evaluating))
    return round(held + first + _LEFT_OVER * second)


def _step_bytes(config: TrainConfig, card: DataCard, weights: int) -> float:
    """What one training step holds at its worst: what the backward pass needs, its temporaries, gradients."""
    pixels, rows, classes = prod(card.image_shape), min(config.batch_size, card.train_size), card.class_count
    encoder, decoder = _networks(config, card)
    objective = options.OBJECTIVES[config.objective]
    encoded = decoded = rows
    if config.family.infers_labels:  # every label of each image, then the labelled ones
        labelled = min(rows, config.labelled_images)
        encoded = decoded = classes * rows + labelled
    at_once = classes * rows if config.family.infers_labels else rows
    has_samples, has_noise = (name in objective.settings for name in ("importance_samples", "noise_sigma"))
    if has_samples:
        at_once = decoded = rows * config.importance_samples
    likelihood = LIKELIHOODS[config.likelihood]
    kept, extra = likelihood.large if _FLOAT * at_once * pixels >= BLOCK else likelihood.small
    kept_floats = encoded * encoder.kept + decoded * (decoder.kept + kept * pixels) + rows * pixels
    kept_floats += decoded * pixels if has_samples else 0  # each image once for each of its draws
    kept_floats += rows * pixels if has_noise else 0  # the noisy images
    kept_floats += _posterior_floats(config, encoded, decoded)
    read = classes * rows if config.family.infers_labels else rows
    passing = max(at_once * extra * pixels, at_once * decoder.passing, read * encoder.passing)
    return _FLOAT * (kept_floats + passing) + 0.5 * weights + _batch_bytes(config, rows)


def _posterior_floats(config: TrainConfig, encoded: int, decoded: int) -> int:
    """KL, noise and z; with a full covariance a matrix for each image, a few times."""
    dim = config.latent_dim
    matrix = 4 * encoded * dim * dim if config.has_covariance else 0
    return 6 * decoded * dim + 4 * encoded * dim + matrix


def _batch_bytes(config: TrainConfig, rows: int) -> int:
    """Objectives that look at all pairs of a batch."""
    penalty = options.OBJECTIVES[config.objective].penalty
    if penalty == "total correlation":
        block = _FLOAT * rows * rows * config.latent_dim
        return block * (6 if block >= BLOCK else 12)
    if penalty == "mmd":
        return _FLOAT * rows * rows * 8
    return 0


def _evaluation_bytes(config: TrainConfig, card: DataCard) -> float:
    pixels, rows = prod(card.image_shape), min(EVALUATION_BATCH, card.held_out_size)
    encoder, decoder = _networks(config, card)
    extra = LIKELIHOODS[config.likelihood].small.passing
    passing = max(encoder.passing, decoder.passing, (1 + extra) * pixels)
    return _FLOAT * (rows * (pixels + passing) + card.held_out_size * config.latent_dim * 4)


@dataclass(frozen=True)
class _Network:
    """Floats for each image. kept: until the backward pass. passing: besides, while one layer computes."""

    kept: int
    passing: int


def _networks(config: TrainConfig, card: DataCard) -> tuple[_Network, _Network]:
    shape = card.image_shape
    width = config.latent_dim + (card.class_count if config.is_conditional else 0)
    encoder = _network(config, layers.encoder_layers(config, card), shape)
    if config.is_conditional and config.architecture == "mlp":  # the image beside its label is another tensor
        encoder = _Network(encoder.kept + prod(shape) + width - config.latent_dim, encoder.passing)
    decoder = _network(config, layers.decoder_layers(config, card), (width,))
    if not config.family.infers_labels:
        return encoder, decoder
    classifier = _network(config, layers.classifier_layers(config, card), shape)
    return _Network(encoder.kept + classifier.kept // 10, encoder.passing), decoder


def _network(config: TrainConfig, description: tuple[layers.Layer, ...], shape: tuple[int, ...]) -> _Network:
    kept, passing, size = 0, 0, prod(shape)
    for layer in description:
        before, shape = size, layers.output_shape(layer, shape)
        size = prod(shape)
        if config.spans_beta and layers.weight_count(layer):
            kept += 3 * size  # as it was, its scale, and shifted
        match layer:
            case layers.Linear():
                kept += size
                passing = max(passing, before + size)
            case layers.Conv() | layers.ConvTranspose():
                kept += size
                passing = max(passing, _CONV_COPIES * (before + size))
            case layers.Activation(kind):
                kept += size if kind == "silu" else 0
                passing = max(passing, 2 * size)
            case _:
                pass
    return _Network(kept, passing)
