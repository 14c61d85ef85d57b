"""Several processes that `torchrun`, or Ray Train, has started for one training: their group while it is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed

from vae_core.training import resolve_device
from vae_core.training.ranks import Ranks

LONGEST_PAUSE = timedelta(days=7)
"""Those that follow wait for so long while the first evaluates, saves, or is paused."""


@contextmanager
def started_together(device: str) -> Iterator[Ranks | None]:
    """This process's place among those that were started for one training; None if it is alone.

    device: of the config. Each process of a machine takes a GPU of its own. Raises DeviceUnavailable.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield None
        return
    is_on_gpu = resolve_device(device).type == "cuda"
    if is_on_gpu:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    is_ours = not distributed.is_initialized()
    if is_ours:
        distributed.init_process_group("nccl" if is_on_gpu else "gloo", timeout=LONGEST_PAUSE)
    try:
        yield Ranks()
    finally:
        if is_ours:
            distributed.destroy_process_group()
