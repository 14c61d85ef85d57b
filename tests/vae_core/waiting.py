"""Waiting for what another process does: until it is so, never for a fixed time."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], timeout_s: float = 90.0) -> None:
    """Returns once condition holds; fails if that takes longer than any machine should need."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
