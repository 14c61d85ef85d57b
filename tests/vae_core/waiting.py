"""Waiting for what another process does: until it is so, never for a fixed time."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def wait_until(condition: Callable[[], object], timeout_s: float = 90.0) -> None:
    """Returns once condition holds; fails if that takes longer than any machine should need."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def has_left(process_id: int) -> bool:
    """Whether a process is gone, or only waits for its parent to take note."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        return False
    return state in "ZX"
