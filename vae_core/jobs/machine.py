"""What this machine gives to trainings: cores, as its system and a container's quota allow, and kinds of numbers."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from vae_core.architecture import control_groups

_ROOT = Path("/")
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""Any of these among a processor's features (x86, x86, ARM) is an instruction that multiplies bfloat16."""


def cores(root: Path = _ROOT) -> int:
    """How many this process may use at a time, at least one: those it may run on, or its container's quota if less.

    root: where the system's files lie.
    """
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, int(min([allowed, *_quotas(root)])))


def default_threads() -> int:
    """A core less than there are, at least one: a second training, the server and a browser live beside."""
    return max(1, cores() - 1)


def _quotas(root: Path) -> Iterator[float]:
    """Cores' worth of time that this process's control group, and each around it, may take."""
    for group, version in control_groups.folders(root, "cpu"):
        with suppress(OSError, ValueError, ZeroDivisionError):
            if version == 1:
                quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
            else:
                quota, period = (group / "cpu.max").read_text().split()  # µs; "max" for none
            if int(quota) > 0:
                yield int(quota) / int(period)


def precision_note(precision: str, device: str) -> str:
    """What to know of a training in that precision on this machine, in a sentence or two; "" for nothing."""
    if precision != "bfloat16" or device not in ("auto", "cpu") or has_bfloat16() is not False:
        return ""
    where = "Unless there is a GPU, expect" if device == "auto" else "Expect"
    return (
        f"This machine's processor has no instructions for bfloat16. {where} a training that takes longer than in "
        "float32, with convolutions about ten times as long; float32 is the better choice."
    )


@cache
def has_bfloat16(root: Path = _ROOT) -> bool | None:
    """Whether the processor multiplies bfloat16 by instructions of its own; None where the system does not say."""
    if sys.platform == "darwin":
        return _apple_has_bfloat16() if platform.machine() == "arm64" else False
    with suppress(OSError):
        for line in (root / "proc/cpuinfo").read_text().splitlines():
            name, _, features = line.partition(":")
            if name.strip() in ("flags", "Features"):
                return not _BFLOAT16.isdisjoint(features.split())
    return None


def _apple_has_bfloat16() -> bool | None:
    try:
        command = ["sysctl", "-n", "hw.optional.arm.FEAT_BF16"]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=5).stdout.strip() == "1"
    except (OSError, subprocess.SubprocessError):
        return None
