"""Several processes that train one model together: each computes a share of every batch, and gradients are averaged.

The processes are torch.distributed's (Li et al. 2020, arXiv 2006.15704), whoever started them: `torchrun` on one
machine or on several, or Ray Train. torch's own wrapper hooks into autograd; gradients that are written out
(`fused_elbo`) never pass there, so that here all of them, however they were found, are summed in one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, distributed

from vae_core.config import TrainConfig, options
from vae_core.errors import ConfigInvalid


class Ranks:
    """This process's place among those that train. rank: from 0, the one that is told what to do. count: of all."""

    def __init__(self) -> None:
        self.rank, self.count = distributed.get_rank(), distributed.get_world_size()

    def rows(self, count: int) -> slice:
        """Which of so many rows are this process's: all of them are somebody's, and shares differ by one at most."""
        begin, end = (rank * count // self.count for rank in (self.rank, self.rank + 1))
        return slice(begin, end)

    def summed(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """The sums over all processes of float32 tensors, in one message."""
        flat = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
        distributed.all_reduce(flat)
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        return [part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]

    def told(self, values: Sequence[float], device: torch.device) -> list[float]:
        """What the first process says."""
        told = torch.tensor(values, dtype=torch.float64, device=device)
        distributed.broadcast(told, 0)
        return [float(value) for value in told.cpu()]

    def take_over(self, tensors: Iterable[Tensor]) -> None:
        """Makes tensors those of the first process, in place."""
        with torch.no_grad():
            for tensor in tensors:
                distributed.broadcast(tensor, 0)


def check_shared(config: TrainConfig) -> None:
    """Raises ConfigInvalid where a batch's loss is not the mean of its images' losses: shares would change it."""
    is_mean = options.OBJECTIVES[config.objective].is_negative_elbo
    if not is_mean or config.beta_schedule in ("capacity", "free-bits") or config.family.infers_labels:
        raise ConfigInvalid(
            f"objective {config.objective} with schedule {config.beta_schedule} looks at a whole batch at once, which "
            "several processes cannot share; train it by one process, or choose an objective that is a mean over images"
        )
