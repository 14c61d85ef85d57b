"""The labels that a training is told: all of them, or M2's few."""

from __future__ import annotations

import torch
from torch import Tensor

from vae_core.config import TrainConfig
from vae_core.errors import ShapeMismatch


def expected_labels(config: TrainConfig, images: Tensor, labels: Tensor | None) -> Tensor | None:
    """(N,) int64 for an objective that needs labels, else None. Raises ShapeMismatch if they are missing."""
    if not config.is_conditional:
        return None
    if labels is None or len(labels) != len(images):
        got = "none" if labels is None else f"{len(labels)}"
        raise ShapeMismatch(
            f"objective {config.objective} needs a label for each of {len(images)} images and got {got}; "
            "give the data set's labels as well"
        )
    return labels.to(images.device).long()


def labelled_places(config: TrainConfig, labels: Tensor | None) -> Tensor | None:
    """M2's images of known label: as many of each class as of the next, the same for a seed. None for the others."""
    if config.objective != "m2" or labels is None:
        return None
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(config.seed)).to(labels.device)
    by_class = [order[labels[order] == label] for label in range(int(labels.max()) + 1)]
    turns = torch.cat([torch.arange(len(places), device=labels.device) for places in by_class])
    first = torch.argsort(turns, stable=True)[: config.labelled_images]  # the first of each class, then the second…
    return torch.cat(by_class)[first].sort().values
