"""safetensors files of others: what the header says is checked before a number is looked at.

Stricter than the library, which takes names that hide behind a NUL, and the last of two equal ones.
Format: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.errors import ModelRefused

Array = npt.NDArray[Any]

_MOST_HEADER = 8 * 2**20
_KINDS: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"), "I32": np.dtype("<i4"), "I16": np.dtype("<i2"), "I8": np.dtype("i1"),
    "U32": np.dtype("<u4"), "U8": np.dtype("u1"), "BOOL": np.dtype("?"),
}  # fmt: skip


def read_safetensors(data: bytes, file: str) -> dict[str, Array]:
    """Tensors by name. Raises ModelRefused, which names the file and what is wrong with it."""
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(len(data) - 8, _MOST_HEADER):
        raise _refused(file, "its header is longer than it")
    try:
        header = json.loads(data[8 : 8 + size], object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _refused(file, "its header is no JSON, or says something twice") from None
    if not isinstance(header, dict):
        raise _refused(file, "its header lists no tensors")
    header.pop("__metadata__", None)
    values, end, tensors = memoryview(data)[8 + size :], 0, dict[str, Array]()
    for name, told in sorted(header.items(), key=_begin):
        begin, after, kind, shape = _told(told, name, file)
        if begin != end or after > len(values) or after - begin != kind.itemsize * prod(shape):
            raise _refused(file, f"{name[:40]!r} does not lie where, or is not as large as, it says")
        array = np.frombuffer(values[begin:after], kind).reshape(shape)
        tensors[name] = (array.astype(np.uint32) << 16).view(np.float32) if told["dtype"] == "BF16" else array
        end = after
    if end != len(values):
        raise _refused(file, "something lies between its tensors, or after them")
    return {name: tensors[name] for name in header}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError for a key that stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _begin(item: tuple[str, Any]) -> tuple[int, int]:
    try:
        begin, end = item[1]["data_offsets"]
        return int(begin), int(end)
    except (TypeError, KeyError, ValueError):
        return -1, -1


def _told(told: Mapping[str, Any], name: str, file: str) -> tuple[int, int, np.dtype[Any], tuple[int, ...]]:
    try:
        (begin, end), shape, kind = told["data_offsets"], tuple(told["shape"]), _KINDS[told["dtype"]]
        is_plain = all(type(each) is int and 0 <= each < 2**40 for each in (begin, end, *shape))
    except (TypeError, KeyError, ValueError):
        is_plain = False
    if not is_plain or not name.isprintable() or len(name) > 300:
        raise _refused(file, f"what it says of {name[:40]!r} cannot be")
    return begin, end, kind, shape


def _refused(file: str, why: str) -> ModelRefused:
    return ModelRefused(f"{file} is no sound safetensors file ({why}); save it again")
