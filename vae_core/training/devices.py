"""Where a training computes: a device counts if it is there and a small computation on it comes out right."""

from __future__ import annotations

from functools import cache

import torch
from torch.nn import functional

from vae_core.errors import DeviceUnavailable

TITLES = {"cuda": "the NVIDIA GPU", "mps": "the Apple GPU", "cpu": "the processor"}


def resolve_device(name: str) -> torch.device:
    """The device for a config's "auto", "cpu", "cuda" or "mps"; for "auto" the first that computes.

    Raises DeviceUnavailable.
    """
    there = _there()
    if name == "auto":
        return torch.device(next(device for device in there if not fault_of(device)))
    if name not in there:
        raise DeviceUnavailable(
            f"device {name} is not on this machine, which has {', '.join(there)}; choose one of them"
        )
    if fault := fault_of(name):
        raise DeviceUnavailable(
            f"device {name} is on this machine and cannot compute ({fault}); choose cpu, or mend its driver or torch"
        )
    return torch.device(name)


def fallback_note(name: str) -> str | None:
    """Why "auto" does not take an accelerator that is there, in a sentence; None if it does, or there is none."""
    first = _there()[0]
    fault = fault_of(first) if name == "auto" else None
    return fault and (
        f"{TITLES[first]} of this machine cannot compute ({fault}): this run trains on "
        f"{TITLES[resolve_device(name).type]}; mend the driver, or install a torch that fits it, to train there"
    )


def _there() -> list[str]:
    """Those that torch reports, the fastest first."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [device for device, is_there in available.items() if is_there]


@cache
def fault_of(device: str) -> str | None:
    """Why a device cannot compute, in a few words; None if it can. A driver that is too old, or no kernel that fits.

    Asked once: a convolution, its gradient, and noise, as every training needs them.
    """
    if device == "cpu":
        return None
    try:
        image = torch.ones(1, 1, 3, 3, device=device, requires_grad=True)
        value = functional.conv2d(image, image.detach()).square().sum()  # 9² = 81
        value.backward()  # type: ignore[no-untyped-call]
        torch.randn(4, device=device, generator=torch.Generator(device).manual_seed(0))
        assert image.grad is not None
        got = (value.item(), image.grad.sum().item())
    except Exception as error:  # whatever a driver says
        return (str(error) or type(error).__name__).splitlines()[0]
    return None if got == (81.0, 162.0) else f"81 and 162 came out as {got[0]:g} and {got[1]:g}"
