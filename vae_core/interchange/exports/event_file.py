"""TensorBoard's event files, written by a few lines of our own: its package need not be there.

A file is a row of records: length (uint64), its checksum, the data, its checksum (uint32 each, little-endian); the data
are `Event` messages of protocol buffers. Sources: tensorflow/core/lib/io/record_writer.h and
tensorboard/compat/proto/{event,summary}.proto; the checksum is CRC-32C (RFC 3720, appendix B.4), masked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_POLYNOMIAL = 0x82F63B78  # Castagnoli's, reflected


def _entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE = tuple(map(_entry, range(256)))


def crc32c(data: bytes) -> int:
    """The CRC-32C of data."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def event_file(time: float, events: Iterable[tuple[float, int, Mapping[str, float]]]) -> bytes:
    """A whole file. time: when it was begun; events: (time, step, {tag: value}) each; times in unix seconds."""
    version = _event(time, 0, _field(3, _BYTES, _sized(b"brain.Event:2")))
    return b"".join([_record(version), *(record(*each) for each in events)])


def record(at: float, step: int, values: Mapping[str, float]) -> bytes:
    """One event more, which may be appended to a file."""
    return _record(_event(at, step, _field(5, _BYTES, _sized(_summary(values)))))


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def _checksum(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _event(time: float, step: int, what: bytes) -> bytes:
    return _field(1, _FIXED64, struct.pack("<d", time)) + _field(2, _VARINT, _varint(step)) + what


def _summary(values: Mapping[str, float]) -> bytes:
    """Of each value its tag, field 1, and itself as a float, field 2."""
    pairs = [(_sized(tag.encode()), struct.pack("<f", value)) for tag, value in values.items()]
    return b"".join(
        _field(1, _BYTES, _sized(_field(1, _BYTES, tag) + _field(2, _FIXED32, value))) for tag, value in pairs
    )


def _field(number: int, kind: int, content: bytes) -> bytes:
    return _varint(number << 3 | kind) + content


def _sized(data: bytes) -> bytes:
    return _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first, for value >= 0."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
