"""Files that are made to do harm, as far as a guard of ours has to refuse them; none does any to other software.

What they claim is large, what they hold is tiny: a picture of 4 billion pixels in forty bytes.
"""

import gzip
import io
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.vae_core.intake.pictures_for_tests import encoded, picture, zipped


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks, (kind, content)."""
    body = [struct.pack(">L", len(c)) + k + c + struct.pack(">L", zlib.crc32(k + c)) for k, c in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def header(width: int, height: int, bits: int = 8, kind: int = 2) -> tuple[bytes, bytes]:
    """That of a PNG."""
    return b"IHDR", struct.pack(">LLBBBBB", width, height, bits, kind, 0, 0, 0)


def jpeg(width: int, height: int) -> bytes:
    """A JPEG that claims this size."""
    data = bytearray(encoded(picture(1), "JPEG"))
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff(width: int, height: int, *, offset: int = 8) -> bytes:
    """A TIFF of one strip of three bytes, that claims this size."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (278, 4, height)]
    tags += [(279, 4, 3)]
    entries = b"".join(struct.pack("<HHLL", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<L", offset) + struct.pack("<H", len(tags)) + entries + bytes(8)


IDAT, END = (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")
WHOLE = {kind: encoded(picture(1, 40), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")}

PICTURES: dict[str, bytes] = {
    "png of 4 billion": png(header(65535, 65535), IDAT, END),
    "png as wide as can be": png(header(2**31 - 1, 2**31 - 1), IDAT, END),
    "png whose product wraps": png(header(2**16 + 1, 2**16), IDAT, END),
    "png of 100 million in 100 bytes": png(header(9999, 9999), IDAT, END),
    "png without width": png(header(0, 10), IDAT, END),
    "png without pixels": png(header(10, 10), END),
    "png with too few pixels": png(header(100, 100), IDAT, END),
    "png that says 16 bits and palette": png(header(8, 8, 16, 3), IDAT, END),
    "png with a chunk of 2 GB": png(header(8, 8)) + struct.pack(">L", 2**31 - 1) + b"IDAT",
    "png with a wrong sum": WHOLE["PNG"][:45] + b"\0\0\0\0" + WHOLE["PNG"][49:],
    "png cut": WHOLE["PNG"][: len(WHOLE["PNG"]) // 2],
    "jpeg of 4 billion": jpeg(65500, 65500),
    "jpeg of 100 million": jpeg(9999, 9999),
    "jpeg without width": jpeg(0, 12),
    "jpeg without scan": WHOLE["JPEG"][:100],
    "jpeg cut": WHOLE["JPEG"][: len(WHOLE["JPEG"]) // 2],
    "jpeg of segments without length": b"\xff\xd8" + b"\xff\xe0\0\0" * 1000,
    "gif of 4 billion": b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + WHOLE["GIF"][13:40],
    "gif cut": WHOLE["GIF"][:60],
    "bmp of 2 billion across": WHOLE["BMP"][:18] + struct.pack("<ll", 2**31 - 1, 2**31 - 1) + WHOLE["BMP"][26:],
    "bmp of 90 million": WHOLE["BMP"][:18] + struct.pack("<ll", 9500, 9500) + WHOLE["BMP"][26:],
    "bmp cut": WHOLE["BMP"][: len(WHOLE["BMP"]) // 2],
    "tiff of 4 billion": tiff(65535, 65535),
    "tiff of 90 million": tiff(9500, 9500),
    "tiff whose tags lie beyond its end": tiff(8, 8, offset=2**31),
    "tiff cut": WHOLE["TIFF"][: len(WHOLE["TIFF"]) // 2],
    "webp cut": WHOLE["WEBP"][: len(WHOLE["WEBP"]) // 2],
    "webp with a wrong length": WHOLE["WEBP"][:4] + b"\xff\xff\xff\x7f" + WHOLE["WEBP"][8:30],
    "a program for a printer": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "a drawing of text": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "a web page": b"<html><body>403</body></html>",
    "a pickle": b"\x80\x04N.",
    "nothing": b"",
}
"""Files that go by the name of pictures."""


def _npz_of(descr: str, body: bytes = b"") -> bytes:
    head = f"{descr}\n".encode()
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + body


def _npz(path: Path, *, shape: str = "(10, 8, 8)", kind: str = "|u1", body: bytes = b"") -> None:
    described = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}"
    zipped(path, {"images.npy": _npz_of(described, body)})


def _bomb(path: Path) -> None:
    """An array of nothing that packs to a thousandth."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("images.npy", "w") as file:
        described = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({2**26 // 64}, 8, 8)}}"
        file.write(_npz_of(described))
        for _ in range(64):
            file.write(bytes(2**20))


def _listed(path: Path) -> None:
    """A .zip whose end says that it lists more than there can be."""
    zipped(path, {"1.png": WHOLE["PNG"]})
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    data[end + 10 : end + 16] = struct.pack("<HL", 65535, 2**32 - 2)
    path.write_bytes(data)


def _packed(path: Path) -> None:
    """A .tar of zeros, which packs to a thousandth."""
    with tarfile.open(path, "w:gz") as archive:
        about = tarfile.TarInfo("1.png")
        about.size = 2**26
        archive.addfile(about, io.BytesIO(bytes(2**26)))


def _linked(path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        for name, kind, target in (("a.png", tarfile.SYMTYPE, "/etc/passwd"), ("b.png", tarfile.LNKTYPE, "../../x")):
            about = tarfile.TarInfo(name)
            about.type, about.linkname = kind, target
            archive.addfile(about)


def _piped(path: Path) -> None:
    path.mkdir()
    os.mkfifo(path / "1.png")
    (path / "2.png").symlink_to("/dev/zero")


def _csv(path: Path) -> None:
    with gzip.open(path, "wb") as file:
        file.write((",".join(["0"] * 65) + "\n").encode() * 2**19)


def _parquet(path: Path) -> None:
    path.write_bytes(b"PAR1" + bytes(64) + struct.pack("<L", 2**31 - 1) + b"PAR1")


ARCHIVES: dict[str, Callable[[Path], object]] = {
    "lists.zip": _listed,
    "names.zip": lambda path: zipped(path, {"../../a.png": WHOLE["PNG"], "..\\b.png": b"", "/../c.png": b""}),
    "in itself.zip": lambda path: zipped(path, {"inner.zip": zipped(path, {"1.png": b""}).read_bytes()}),
    "cut.zip": lambda path: path.write_bytes(zipped(path, {"1.png": WHOLE["PNG"]}).read_bytes()[:-30]),
    "packed.tgz": _packed,
    "links.tar": _linked,
    "cut.tgz": lambda path: path.write_bytes(gzip.compress(bytes(10**5))[:60]),
    "pipes": _piped,
    "bomb.npz": _bomb,
    "wraps.npz": lambda path: _npz(path, shape="(4294967296, 4294967296, 4294967296)"),
    "huge.npz": lambda path: _npz(path, shape="(1000000, 1000, 10)", kind="<f8"),
    "negative.npz": lambda path: _npz(path, shape="(-1, 8, 8)", body=bytes(640)),
    "objects.npz": lambda path: _npz(path, kind="|O", body=bytes(640)),
    "a program.npz": lambda path: _npz(path, shape="__import__('os').abort()"),
    "huge.idx": lambda path: path.write_bytes(b"\0\0\x08\x03" + struct.pack(">LLL", 2**32 - 1, 2**31, 2**31)),
    "cut.idx": lambda path: path.write_bytes(b"\0\0\x08\x03" + struct.pack(">LLL", 10, 8, 8) + bytes(100)),
    "expands.csv.gz": _csv,
    "footer.parquet": _parquet,
    "a line.csv": lambda path: path.write_bytes(b"0," * (5 * 2**20)),
    "objects.npy": lambda path: np.save(path, np.array([{}, None], object), allow_pickle=True),
}
"""Archives, folders, arrays and tables: each is made at a path."""
