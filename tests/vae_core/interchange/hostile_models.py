"""Models that are made to do harm, or are broken: harmless ones, made when they are asked for.

What would run, were it run, leaves a file of its own: a canary.
"""

from __future__ import annotations

import io
import json
import pickle
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper

from tests.vae_core.interchange import foreign

Files = dict[str, bytes]
RAW = {"protocol": 2}
_ODD = 2**20 - 3  # a number whose bytes stand nowhere else


class Canary:
    """Unpickled, it would touch a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.path,)


def archive(entries: Mapping[str, bytes], root: str = "archive/") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in entries.items():
            target.writestr(f"{root}{name}", data)
    return buffer.getvalue()


def tensor_words(shape: str, stride: str, offset: str = "K\x00", key: str = "0", size: str = "K\x04") -> bytes:
    """{"a": a tensor}, word by word. shape, stride, offset, size: words that leave them on the stack."""
    text = "\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n("
    text += "(X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
    text += f"X{chr(len(key))}\x00\x00\x00{key}X\x03\x00\x00\x00cpu{size}tQ{offset}{shape}{stride}\x89}}tRs."
    return text.encode("latin-1")


LARGE = "\x8a\x06\x00\x00\x00\x00\x00\x01"  # 2 ** 40
NEGATIVE = "J\xff\xff\xff\xff"


def torch_file(words: bytes, **others: bytes) -> Files:
    return {"model.pt": archive({"data.pkl": words, "data/0": bytes(16), "byteorder": b"little", **others})}


def _claiming_more(files: Files) -> Files:
    """The same, whose entry of about a mebibyte says that it has two gibibytes."""
    return {name: data.replace(pack("<I", _ODD), pack("<I", 2**31 - 1)) for name, data in files.items()}


def safetensors(header: Any, data: bytes = b"") -> Files:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return {"model.safetensors": len(text).to_bytes(8, "little") + text + data}


def entry(shape: list[int], begin: int, end: int, kind: str = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


def onnx(change: Callable[[ModelProto], object]) -> Files:
    model = foreign.torch_mlp()
    change(model)
    return {"decoder.onnx": model.SerializeToString()}


def _graph_within(operator: str, attribute: str) -> Callable[[ModelProto], object]:
    def change(model: ModelProto) -> None:
        body = helper.make_graph([foreign.node("Identity", "flat", "inside")], "body", [], [])
        model.graph.node.insert(3, helper.make_node(operator, ["flat"], ["looped"], **{attribute: body}))
        model.graph.node[-2].input[0] = "looped"

    return change


def _external(model: ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../../etc/hostname")


def _circle(model: ModelProto) -> None:
    model.graph.node[1].input[0] = "flat"


def _bomb(model: ModelProto) -> None:
    sizes = np.array([2**20, 2**20, 36], np.int64)
    model.graph.initializer.append(foreign.numpy_helper.from_array(sizes, "sizes"))
    model.graph.node.insert(3, foreign.node("Expand", "flat sizes", "wide"))
    model.graph.node[4].input[0] = "wide"


def _set(field: str, value: Any) -> Callable[[ModelProto], object]:
    return lambda model: setattr(model.graph.node[1], field, value)


def _initializer(change: Callable[[TensorProto], object]) -> Callable[[ModelProto], object]:
    return lambda model: change(model.graph.initializer[0])


def _many(model: ModelProto) -> None:
    model.graph.node.extend(foreign.node("Relu", "flat", f"n{index}") for index in range(3000))


def _function(model: ModelProto) -> None:
    model.functions.append(helper.make_function("own", "F", ["x"], ["y"], [foreign.node("Relu", "x", "y")], []))


def _sparse(model: ModelProto) -> None:
    model.graph.sparse_initializer.add().dims.extend([3])


def _text(model: ModelProto) -> None:
    model.graph.initializer.append(helper.make_tensor("s", TensorProto.STRING, [1], [b"text"]))


def tar(path: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as target:
        for name in ("pickle", "../../escaped"):
            data = pickle.dumps(Canary(path), **RAW)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            target.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def models(path: Path) -> dict[str, Files]:
    """All of them by name. path: of the canary."""
    words = pickle.dumps(Canary(path), **RAW)
    inside = pickle.dumps({"model_state_dict": Canary(path)}, protocol=4)
    called = b"\x80\x02cbuiltins\neval\n(X\x0d\x00\x00\x00__import__(1)tR."
    old = b"(X\x0d\x00\x00\x00__import__(1)ibuiltins\neval\n."
    plain = tensor_words("K\x02K\x02\x86", "K\x02K\x01\x86")
    return {
        "a pickle": {"model.pt": words},
        "a pickle called safetensors": {"model.safetensors": words},
        "a pickle called ONNX": {"decoder.onnx": words},
        "a pickle in torch's archive": torch_file(words),
        "a pickle within a dictionary": torch_file(inside),
        "a call of eval": torch_file(called),
        "a class made the old way": torch_file(old),
        "a tar of torch 0.1": {"model.tar": tar(path)},
        "torch before 1.6": {"model.pth": pickle.dumps(0x1950A86A20F9469CFC6C, **RAW) + words},
        "an exported program": {"model.pt2": archive({"archive_format": b"pt2", "models/model.json": b"{}"})},
        "a TorchScript program": torch_file(plain, **{"code/__torch__.py": b"", "constants.pkl": words}),
        "an archive within an archive": {"model.pt": archive({"data.pkl": archive({"data.pkl": words})})},
        "two pickles": torch_file(plain, **{"second/data.pkl": words}),
        "numbers that unpack to far more": _claiming_more(torch_file(plain, **{"data/1": bytes(_ODD)})),
        "an archive that is cut": {"model.pt": torch_file(plain)["model.pt"][:-40]},
        "numbers from a path": torch_file(tensor_words("K\x02K\x02\x86", "K\x02K\x01\x86", key="../../../etc/passwd")),
        "a shape beyond its numbers": torch_file(tensor_words("K\x09K\x09\x86", "K\x09K\x01\x86")),
        "a very large shape of stride 0": torch_file(tensor_words(f"{LARGE}\x85", "K\x00\x85")),
        "a stride that goes back": torch_file(tensor_words("K\x02K\x02\x86", f"{NEGATIVE}K\x01\x86")),
        "an offset before the beginning": torch_file(tensor_words("K\x02\x85", "K\x01\x85", offset=NEGATIVE)),
        "numbers named by a text": torch_file(b"\x80\x02X\x05\x00\x00\x00helloQ."),
        "a stack that is empty": torch_file(b"\x80\x02tRs."),
        "words without an end": torch_file(b"\x80\x02" + b"}0" * 200_000),
        "a pickle that ends in the middle": torch_file(plain[:-9]),
        "numbers in the other order": torch_file(plain, byteorder=b"big"),
        "a header longer than its file": {"model.safetensors": (2**60).to_bytes(8, "little") + b"{}"},
        "a name that stands twice": safetensors(
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
            bytes(4),
        ),
        "a name that hides": safetensors({"a\0b": entry([1], 0, 4)}, bytes(4)),
        "tensors over each other": safetensors({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, bytes(12)),
        "a shape whose product wraps": safetensors({"a": entry([2**32, 2**32, 4], 0, 0)}),
        "a gap between tensors": safetensors({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, bytes(12)),
        "a header of very many brackets": safetensors(b"[" * 100_000),
        "numbers of no known kind": safetensors({"a": entry([1], 0, 4, "F31")}, bytes(4)),
        "external data": onnx(_external),
        "a loop": onnx(_graph_within("Loop", "body")),
        "a branch": onnx(_graph_within("If", "then_branch")),
        "a scan": onnx(_graph_within("Scan", "body")),
        "functions": onnx(_function),
        "a domain of its own": onnx(_set("domain", "com.example")),
        "an operator of no list": onnx(_set("op_type", "ReadFile")),
        "a circle": onnx(_circle),
        "weights of one name": onnx(lambda m: m.graph.initializer.append(m.graph.initializer[0])),
        "a value that hides": onnx(_initializer(lambda t: setattr(t, "name", "w\0x"))),
        "a shape without numbers": onnx(_initializer(lambda t: t.dims.__setitem__(0, 2**20))),
        "a very large shape": onnx(_initializer(lambda t: t.dims.__setitem__(0, 2**40))),
        "a shape below zero": onnx(_initializer(lambda t: t.dims.__setitem__(0, -4))),
        "a value that grows beyond memory": onnx(_bomb),
        "sparse weights": onnx(_sparse),
        "texts": onnx(_text),
        "thousands of operators": onnx(_many),
        "a web page": {"decoder.onnx": b"<!DOCTYPE html><html><script>alert(1)</script>"},
        "a pointer of Git LFS": {"model.safetensors": b"version https://git-lfs.github.com/spec/v1\noid sha256:0"},
        "nothing": {"decoder.onnx": b""},
        "a config of very many brackets": {"config.json": b"[" * 100_000, "model.safetensors": b""},
    }  # fmt: skip
