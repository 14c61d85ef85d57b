"""A training process that gets no more than a little memory beyond what it has when it is ready."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

from vae_core.worker import training_process

MORE_BYTES = 400 * 2**20


def main() -> int:
    say = training_process._say

    def limit_first(event: dict[str, Any]) -> None:
        if event["event"] == "ready":
            mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (mapped + MORE_BYTES, mapped + MORE_BYTES))
        say(event)

    training_process._say = limit_first
    return training_process.main()


if __name__ == "__main__":
    sys.exit(main())
