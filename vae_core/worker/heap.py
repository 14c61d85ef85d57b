"""What the C library does with memory that a training has freed. No torch."""

from __future__ import annotations

import ctypes
import sys

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
