"""PyTorch's checkpoints as plain numbers: the pickle in them is read as a list of words, and nothing in it is done.

A pickle is a program for a small machine with a stack. Here its words are followed as far as dictionaries, lists,
numbers and tensors go. A call of anything but the few functions that make a tensor leaves an empty place where its
value would be; that function is neither looked up nor called. Format: torch/serialization.py, since torch 1.6 a .zip.
"""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from vae_core.errors import ModelRefused

Array = npt.NDArray[Any]

MOST_BYTES = 256 * 2**20
_MOST_ENTRIES = 10_000
_MOST_WORDS = 100_000
_KINDS: dict[str, np.dtype[Any]] = {
    "FloatStorage": np.dtype("<f4"), "DoubleStorage": np.dtype("<f8"), "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"), "IntStorage": np.dtype("<i4"), "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"), "ShortStorage": np.dtype("<i2"), "CharStorage": np.dtype("i1"),
    "BFloat16Storage": np.dtype("<u2"),
}  # fmt: skip
_REBUILD = {"torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor"}
_PARAMETER = {"torch._utils _rebuild_parameter"}
_DICTS = {"collections OrderedDict", "collections defaultdict"}


@dataclass(frozen=True)
class _Named:
    """A function or a class that a pickle names: its name, and no more."""

    name: str


@dataclass(frozen=True)
class _Storage:
    """The numbers of tensors: an entry of the archive."""

    key: str
    kind: str
    size: int


@dataclass(frozen=True)
class _Opaque:
    """Where something else would have been made."""

    name: str


_MARK = object()


def read_torch(data: bytes, file: str) -> dict[str, Any]:
    """What a checkpoint holds: nested dictionaries of arrays, numbers and texts. Raises ModelRefused."""
    if not data.startswith(b"PK"):
        raise ModelRefused(
            f"{file} is no checkpoint of torch 1.6 or later, which is a .zip; older ones and plain pickles are not "
            "read: open it with torch and save it again, best as safetensors"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_archive(archive, file)
    except ModelRefused:
        raise
    except Exception as error:  # what zipfile, pickletools and a stack that is too short raise is of every kind
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
        raise ModelRefused(f"{file} is no readable checkpoint ({reason}); save it again") from None


def _read_archive(archive: zipfile.ZipFile, file: str) -> dict[str, Any]:
    entries = {entry.filename: entry for entry in archive.infolist()}
    if len(entries) < len(archive.infolist()) or len(entries) > _MOST_ENTRIES:
        raise ModelRefused(f"{file} holds an entry twice, or very many; save it again")
    pickles = [name for name in entries if name.rpartition("/")[2] == "data.pkl"]
    if any(name.rpartition("/")[2] == "constants.pkl" for name in entries) or any("/code/" in name for name in entries):
        raise ModelRefused(f"{file} is a TorchScript program, not weights; save its state_dict()")
    if len(pickles) != 1:
        raise ModelRefused(
            f"{file} is no checkpoint: it holds {len(pickles)} data.pkl, expected one; save a state_dict()"
        )
    if sum(entry.file_size for entry in entries.values()) > MOST_BYTES:
        raise ModelRefused(f"{file} unpacks to more than {MOST_BYTES // 2**20} MiB; save the state_dict() alone")
    root = pickles[0].removesuffix("data.pkl")
    if f"{root}byteorder" in entries and archive.read(f"{root}byteorder") != b"little":
        raise ModelRefused(f"{file} was written with the bytes in the other order; save it on a usual machine")
    words = _Words(file, lambda key: archive.read(f"{root}data/{key}") if f"{root}data/{key}" in entries else None)
    found = words.value(archive.read(pickles[0]))
    if not isinstance(found, dict):
        what = found.name if isinstance(found, _Opaque) else type(found).__name__
        raise ModelRefused(
            f"{file} holds a whole object ({what[:60]!r}), which only its own code could make; save its state_dict()"
        )
    return found


class _Words:
    """The stack machine, as far as it is followed. storage: an entry's bytes by its key."""

    def __init__(self, file: str, storage: Callable[[str], bytes | None]) -> None:
        self.file, self.storage = file, storage
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.bytes_left = MOST_BYTES

    def value(self, data: bytes) -> Any:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count > _MOST_WORDS:
                raise ModelRefused(f"{self.file} is told in more words than a checkpoint is; save it again")
            if opcode.name == "STOP":
                return self.stack.pop()
            self.follow(opcode.name, argument)
        raise ModelRefused(f"{self.file} ends in the middle; copy it again")

    def follow(self, word: str, argument: Any) -> None:
        if word in _LITERALS:
            self.stack.append(argument)
        elif word in _FIXED:
            self.stack.append(_FIXED[word]())
        elif word in ("PROTO", "FRAME"):
            pass
        elif word in ("BINPUT", "LONG_BINPUT", "PUT"):
            self.memo[int(argument)] = self.stack[-1]
        elif word == "MEMOIZE":
            self.memo[len(self.memo)] = self.stack[-1]
        elif word in ("BINGET", "LONG_BINGET", "GET"):
            self.stack.append(self.memo[int(argument)])
        elif word == "GLOBAL":
            self.stack.append(_Named(argument))
        elif step := _STEPS.get(word):
            step(self)
        else:
            raise ModelRefused(
                f"{self.file} uses the pickle's word {word}, which no state_dict has; save a state_dict()"
            )

    def since_mark(self) -> list[Any]:
        start = len(self.stack) - 1 - next(i for i, each in enumerate(reversed(self.stack)) if each is _MARK)
        values = self.stack[start + 1 :]
        del self.stack[start:]
        return values

    def tuple_of(self, count: int) -> None:
        values, self.stack = self.stack[-count:], self.stack[:-count]
        self.stack.append(tuple(values))

    def set_items(self, pairs: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, dict):
            for key, value in zip(pairs[::2], pairs[1::2], strict=True):
                if isinstance(key, str | int):
                    if key in target:
                        raise ModelRefused(f"{self.file} holds {str(key)[:40]!r} twice; save it again")
                    target[key] = value

    def append(self, values: list[Any]) -> None:
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(values)

    def named(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.stack.append(_Named(f"{module} {name}"))

    def build(self) -> None:
        self.stack.pop()  # what an object would be filled with: an OrderedDict's _metadata

    def call(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        name = function.name if isinstance(function, _Named) else "?"
        if name in _REBUILD:
            self.stack.append(self.tensor(*arguments[:4]))
        elif name in _PARAMETER:
            self.stack.append(arguments[0])
        elif name in _DICTS:
            self.stack.append({})
        else:
            self.stack.append(_Opaque(name))

    def persistent(self) -> None:
        told = self.stack.pop()
        if not (isinstance(told, tuple) and len(told) >= 5 and told[0] == "storage" and isinstance(told[1], _Named)):
            raise ModelRefused(f"{self.file} names numbers in a way that torch does not; save it again")
        self.stack.append(_Storage(str(told[2]), told[1].name.split()[-1], int(told[4])))

    def tensor(self, storage: Any, offset: Any, shape: Any, stride: Any) -> Array:
        """A tensor's numbers, copied; what it says of its shape is compared with what is there."""
        if not isinstance(storage, _Storage) or storage.kind not in _KINDS:
            kind = getattr(storage, "kind", "?")
            raise ModelRefused(f"{self.file} has numbers of the kind {kind!r}; save it as float32")
        shape, stride = tuple(map(int, shape)), tuple(map(int, stride))
        self.bytes_left -= 8 * prod(shape)
        data = self.storage(storage.key)
        numbers = np.frombuffer(data or b"", _KINDS[storage.kind])
        last = int(offset) + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
        is_inside = min(shape, default=1) >= 0 and min(stride, default=0) >= 0 <= int(offset) and last < len(numbers)
        if self.bytes_left < 0 or (prod(shape) and not is_inside):
            raise ModelRefused(f"{self.file} has a tensor of shape {shape}, and not so many numbers; copy it again")
        if not prod(shape):
            return np.zeros(shape, np.float32)
        steps = [step * numbers.itemsize for step in stride]
        array = np.lib.stride_tricks.as_strided(numbers[int(offset) :], shape, steps).copy()
        if storage.kind == "BFloat16Storage":
            return (array.astype(np.uint32) << 16).view(np.float32)
        return array


_LITERALS = {
    "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "INT", "LONG", "BINFLOAT", "FLOAT", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE", "SHORT_BINSTRING", "BINSTRING", "BINBYTES", "SHORT_BINBYTES",
}  # fmt: skip
_FIXED: Mapping[str, Callable[[], Any]] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False, "EMPTY_DICT": dict, "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple, "EMPTY_SET": list, "MARK": lambda: _MARK,
}  # fmt: skip
_STEPS: Mapping[str, Callable[[_Words], None]] = {
    "TUPLE": lambda words: words.stack.append(tuple(words.since_mark())),
    "TUPLE1": lambda words: words.tuple_of(1),
    "TUPLE2": lambda words: words.tuple_of(2),
    "TUPLE3": lambda words: words.tuple_of(3),
    "LIST": lambda words: words.stack.append(words.since_mark()),
    "SETITEMS": lambda words: words.set_items(words.since_mark()),
    "SETITEM": lambda words: words.set_items([words.stack.pop(-2), words.stack.pop()]),
    "APPENDS": lambda words: words.append(words.since_mark()),
    "ADDITEMS": lambda words: words.append(words.since_mark()),
    "APPEND": lambda words: words.append([words.stack.pop()]),
    "STACK_GLOBAL": _Words.named,
    "REDUCE": _Words.call,
    "NEWOBJ": _Words.call,
    "BUILD": _Words.build,
    "BINPERSID": _Words.persistent,
    "POP": lambda words: words.stack.pop() and None,
}
