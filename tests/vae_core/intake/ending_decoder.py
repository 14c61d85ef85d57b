"""A decoder whose process ends at one file, and waits for ever at another."""

import os
import signal
import sys

from vae_core.intake import decoder_process

DEADLY, STUCK = b"end the process", b"wait for ever"
_decode = decoder_process.decode


def _ending(data: bytes, *others: object) -> object:
    if data == DEADLY:
        os._exit(1)
    if data == STUCK:
        signal.pause()
    return _decode(data, *others)  # type: ignore[arg-type]


if __name__ == "__main__":
    decoder_process.decode = _ending  # type: ignore[assignment]
    sys.exit(decoder_process.main())
