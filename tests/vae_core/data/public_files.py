"""Small data sets of noise in the very files that the real ones are handed out in."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.io import savemat

from tests.vae_core.idx_files import idx

TRAIN, HELD_OUT = 12, 6


def _noise(*shape: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng((seed, *shape)).integers(0, 256, shape, np.uint8)


def _classes(count: int, first: int, classes: int) -> npt.NDArray[np.uint8]:
    return (np.arange(count) * 5 % classes + first).astype(np.uint8)


def _idx_of_ints(values: npt.NDArray[Any]) -> bytes:
    return bytes([0, 0, 12, values.ndim]) + np.array(values.shape, ">u4").tobytes() + values.astype(">i4").tobytes()


def qmnist() -> dict[str, bytes]:
    files = {}
    for part, count in (("train", TRAIN), ("test", HELD_OUT)):
        known = np.arange(count * 8).reshape(count, 8)
        known[:, 0] = _classes(count, 0, 10)
        files[f"qmnist-{part}-images-idx3-ubyte.gz"] = gzip.compress(idx(_noise(count, 28, 28)))
        files[f"qmnist-{part}-labels-idx2-int.gz"] = gzip.compress(_idx_of_ints(known))
    return files


def emnist_parts() -> dict[str, bytes]:
    """What is in the one archive, of three of its splits."""
    files = {}
    for split, first, classes in (("letters", 1, 26), ("balanced", 0, 47), ("digits", 0, 10)):
        for part, count in (("train", 2 * TRAIN), ("test", HELD_OUT)):
            prefix = f"gzip/emnist-{split}-{part}"
            files[f"{prefix}-images-idx3-ubyte.gz"] = gzip.compress(idx(_noise(count, 28, 28, seed=classes)))
            files[f"{prefix}-labels-idx1-ubyte.gz"] = gzip.compress(idx(_classes(count, first, classes)))
    return files


def emnist() -> dict[str, bytes]:
    return {"gzip.zip": zipped(emnist_parts())}


def usps() -> dict[str, bytes]:
    return {"usps.bz2": bz2.compress(usps_text(TRAIN)), "usps.t.bz2": bz2.compress(usps_text(HELD_OUT))}


def usps_text(count: int) -> bytes:
    values = np.round(_noise(count, 256) / 127.5 - 1, 3)
    rows = zip(_classes(count, 1, 10), values, strict=True)
    lines = (f"{label} " + " ".join(f"{n}:{value:g}" for n, value in enumerate(row, 1)) + " \n" for label, row in rows)
    return "".join(lines).encode()


def svhn() -> dict[str, bytes]:
    return {
        f"{part}_32x32.mat": matlab({"X": _noise(32, 32, 3, count), "y": _classes(count, 1, 10)[:, None]})
        for part, count in (("train", TRAIN), ("test", HELD_OUT))
    }


def cifar_parts(classes: int) -> dict[str, bytes]:
    """What is in the archive."""
    if classes == 10:
        folder, names = (
            "cifar-10-batches-bin",
            [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"],
        )
    else:
        folder, names = "cifar-100-binary", ["train.bin", "test.bin"]
    files = {f"{folder}/readme.html": b"<html>", f"{folder}/batches.meta.txt": b"airplane\n"}
    for number, name in enumerate(names):
        before = [_classes(HELD_OUT, number % 3, 20)[:, None]] * (classes == 100)
        rows = [*before, _classes(HELD_OUT, number % 3, classes - 2)[:, None], _noise(HELD_OUT, 3072, seed=number)]
        files[f"{folder}/{name}"] = np.concatenate(rows, axis=1).tobytes()
    return files


def cifar_10() -> dict[str, bytes]:
    return {"cifar-10-binary.tar.gz": tarred(cifar_parts(10))}


def cifar_100() -> dict[str, bytes]:
    return {"cifar-100-binary.tar.gz": tarred(cifar_parts(100))}


def olivetti() -> dict[str, bytes]:
    return {"olivettifaces.mat": matlab({"faces": _noise(4096, 400), "p": np.zeros(3)})}


def matlab(values: Mapping[str, npt.NDArray[Any]]) -> bytes:
    file = io.BytesIO()
    savemat(file, dict(values))
    return file.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


FILES = {
    "qmnist": qmnist,
    "emnist-letters": emnist,
    "emnist-balanced": emnist,
    "usps": usps,
    "svhn": svhn,
    "cifar-10": cifar_10,
    "cifar-100": cifar_100,
    "olivetti": olivetti,
}
"""By the data set's name: its files, as they are handed out, by theirs."""
