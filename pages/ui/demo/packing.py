"""Bytes as text that an HTML file holds in any encoding: deflated, then 13 bits in two letters.

Base64 would take 8 % more. No letter means anything to HTML, and none is lost where a host or an editor treats the
file as text. `pages/ui/demo/inside/unpacking.mjs` reads it.
"""

from __future__ import annotations

import zlib

import numpy as np

BITS = 13
LETTERS = "".join(chr(code) for code in range(ord("!"), ord("~") + 1) if chr(code) not in '<&"')
"""91 of them: two stand for a number below 8281."""
_LEVEL = 9


def packed(data: bytes, *, is_noise: bool = False) -> str:
    """The text of some bytes: the number of the deflated ones, a colon, their letters.

    is_noise: nothing comes again in it but single bytes, as in planes of weights: looking for more would take seconds.
    """
    strategy = zlib.Z_RLE if is_noise else zlib.Z_DEFAULT_STRATEGY
    compressor = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS, memLevel=9, strategy=strategy)
    small = np.frombuffer(compressor.compress(data) + compressor.flush(), dtype=np.uint8)
    bits = np.pad(np.unpackbits(small), (0, -8 * len(small) % BITS)).reshape(-1, BITS)
    words = np.packbits(np.pad(bits, ((0, 0), (16 - BITS, 0))), axis=1)  # (N, 2), the high byte first
    numbers = words[:, 0].astype(np.uint16) * 256 + words[:, 1]
    letters = np.frombuffer(LETTERS.encode(), dtype=np.uint8)
    pairs = np.stack([letters[numbers // len(LETTERS)], letters[numbers % len(LETTERS)]], axis=1)
    return f"{len(small)}:{pairs.tobytes().decode()}"
