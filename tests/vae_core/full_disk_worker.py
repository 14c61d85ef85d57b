"""A training process without space on its disk for a checkpoint, while a file called "full" lies beside its run."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from vae_core.runs import checkpoints, storage
from vae_core.worker import training_process


def main() -> int:
    write = checkpoints.write

    def refusing(directory: Path, step: int, data: bytes) -> None:
        if (directory.parent / "full").exists():
            error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise storage.refused(directory / "checkpoints", error) from error
        write(directory, step, data)

    checkpoints.write = refusing
    return training_process.main()


if __name__ == "__main__":
    sys.exit(main())
