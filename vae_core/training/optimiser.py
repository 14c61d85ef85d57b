"""Adam (Kingma & Ba 2015, arXiv 1412.6980, algorithm 1), as torch's fused kernel.

`torch.optim.Adam` calls the same kernel, and imports torch's compiler when it is made: 2 s of start and 150 MB in each
training process, for nothing. Here the state is also plain tensors by name, which a checkpoint can hold as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

BETA2 = 0.999
EPSILON = 1e-8


class Adam:
    """One optimiser for named parameters, all float32 on one device; changes them in place."""

    def __init__(self, parameters: Mapping[str, Tensor]) -> None:
        self._names = list(parameters)
        self._parameters = list(parameters.values())
        self._exp_avg = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._exp_avg_sq = [torch.zeros_like(parameter) for parameter in self._parameters]
        device = self._parameters[0].device
        self._count = torch.zeros((), device=device)

    def step(self, gradients: Sequence[Tensor], learning_rate: float, momentum: float, loss: Tensor) -> None:
        """One update by gradients, in the parameters' order; momentum is β₁.

        The kernel walks through memory, and would pair wrong numbers where a gradient is laid out in another way.
        With CUDA nothing changes if the loss () is not finite, which the host learns a step later.
        """
        with torch.no_grad():
            self._count += 1
            torch._fused_adam_(
                self._parameters,
                [_laid_out_as(*pair) for pair in zip(gradients, self._parameters, strict=True)],
                self._exp_avg,
                self._exp_avg_sq,
                [],  # of AMSGrad, which is off
                [self._count] * len(self._parameters),
                lr=learning_rate,
                beta1=momentum,
                beta2=BETA2,
                weight_decay=0.0,
                eps=EPSILON,
                amsgrad=False,
                maximize=False,
                grad_scale=None,
                found_inf=(~loss.isfinite()).float() if loss.device.type == "cuda" else None,
            )

    def state(self) -> dict[str, Tensor]:
        """Both moments, by "exp_avg.<name>" and "exp_avg_sq.<name>": the tensors themselves."""
        moments = {"exp_avg": self._exp_avg, "exp_avg_sq": self._exp_avg_sq}
        return {f"{kind}.{name}": t for kind, ts in moments.items() for name, t in zip(self._names, ts, strict=True)}

    def restore(self, state: Mapping[str, Tensor], steps: int) -> None:
        """Goes on from `state`, after so many steps; shapes are the caller's to check."""
        for name, tensor in self.state().items():
            tensor.copy_(state[name])
        self._count.fill_(steps)


def _laid_out_as(gradient: Tensor, parameter: Tensor) -> Tensor:
    is_alike = gradient.stride() == parameter.stride()
    return gradient if is_alike else torch.empty_like(parameter).copy_(gradient)
