#!/usr/bin/env bash
# torch 2.14.1's Adam with fused=True moves the wrong weights, without a word, where a gradient's strides are not its parameter's.
#
# backward() lays a gradient out as its parameter is. Who computes gradients otherwise (torch.autograd.grad, gradients that
# are projected or written out by hand) and assigns them to .grad may have the same shape in another order of memory: a
# transposed product, a convolution's weights channels last. The fused step on a CPU goes through both memories side by
# side, so each weight is moved by another weight's gradient. fused=False and foreach=True pair them by index.
#
# The first step of Adam moves every weight by its learning rate against its gradient's sign. Seen: weights of a 5 by 7
# matrix that moved with their gradient instead
#   Adam, AdamW, SGD   fused=False   0 of 35
#   Adam, AdamW, SGD   fused=True    16 of 35 in float32, 18 in float64
# A gradient has to be made contiguous in its parameter's layout first, as ours is.
#
# Ends with 0 as long as that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import torch

OPTIMISERS = {"Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW, "SGD": torch.optim.SGD}


def moved_wrongly(name: str, fused: bool, dtype: torch.dtype) -> int:
    """How many of 35 weights one step moves in their gradient's direction."""
    torch.manual_seed(0)
    weight = torch.nn.Parameter(torch.zeros(5, 7, dtype=dtype))
    gradient = torch.randn(7, 5, dtype=dtype).t()  # (5, 7), strides (1, 5)
    weight.grad = gradient
    OPTIMISERS[name]([weight], lr=1e-3, fused=fused).step()
    return int((weight.detach() * gradient > 0).sum())


is_so = True
for name in OPTIMISERS:
    for dtype in (torch.float32, torch.float64):
        plain, fused = (moved_wrongly(name, is_fused, dtype) for is_fused in (False, True))
        print(f"{name}, {dtype}: fused=False {plain} of 35, fused=True {fused} of 35")
        is_so &= plain == 0 and fused > 5
sys.exit(0 if is_so else 1)
PYTHON
