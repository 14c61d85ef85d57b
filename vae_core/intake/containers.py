"""What pictures lie in: a folder, a .zip or a .tar. Listed once, then read by several processes, never unpacked."""

from __future__ import annotations

import io
import os
import stat
import struct
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from vae_core.errors import DataRefused

Kind = Literal["folder", "zip", "tar"]
Say = Callable[[str], None]
"""Hears how far something is whose end nobody knows: "300 MB unpacked"."""
MOST_FILES = 1_200_000
"""In a folder or an archive: a million pictures, and what lies beside them."""
MOST_FILE_BYTES = 64 * 2**20
"""Of one picture's file, as packed and as unpacked."""
MOST_TAR_BYTES = 64 * 2**30
"""Of what a compressed .tar unpacks to: it has to lie on the disk as a whole, for a while."""
_MOST_DIRECTORY_BYTES = 320 * 2**20  # of a .zip's own list
MOST_TIMES = 200
"""Its own size that a file may unpack to: pictures do to twice theirs, sparse arrays and tables to a hundred times."""
_TOO_MANY = f"holds more than {MOST_FILES:,} files; expected pictures, at most a million"
_CHUNK = 2**20
_SAID = 1000  # files
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_END = struct.Struct("<4s4xHHLLH")
_END_64 = struct.Struct("<4s20xQQQQ")
_LOCATOR_64 = struct.Struct("<4s4xQ4x")
_UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
)


class Unreadable(Exception):
    """One file of a container cannot be read; the message says why, as the end of a sentence."""


@dataclass(frozen=True)
class Entry:
    """A file in a container. name: its path, "/" between the parts. key: what `Reader` needs to find it."""

    name: str
    key: tuple[int, ...] = ()


@dataclass(frozen=True)
class Container:
    """A folder or an archive, listed. path: the folder, or the file that entries are read from.

    entries: regular files alone, in the order of their names. skipped: {name: why} of all else. A temporary file that
    path may name goes when this does.
    """

    kind: Kind
    path: Path
    entries: tuple[Entry, ...]
    skipped: dict[str, str]

    def reader(self) -> Reader:
        """To read from it, in this or another process."""
        return Reader(self.kind, self.path)


def silent(_sentence: str) -> None:
    """A `Say` that nobody hears."""


def open_container(path: Path, say: Say = silent) -> Container:
    """Lists a folder, .zip or .tar (plain, .gz, .bz2 or .xz), by its content. Raises DataRefused."""
    try:
        if path.is_dir():
            return _folder(path, say)
        with path.open("rb") as file:
            head = file.read(4)
        if head in (b"PK\x03\x04", b"PK\x05\x06"):
            return _zip(path)
        return _tar(path, say)
    except FileNotFoundError:
        raise DataRefused(f"{path.name} is not there; name a folder, an archive, or a file of arrays") from None
    except OSError as error:
        raise DataRefused(f"{path.name} could not be read ({error.strerror or error}); check the disk") from error
    except _UNREADABLE as error:
        raise DataRefused(f"{path.name} is no readable archive ({error}); pack it again as .zip or .tar") from None


def is_archive(path: Path) -> bool:
    """Whether a file is a .zip or a .tar, by its content; one of arrays (.npz), which is a .zip too, is not."""
    with path.open("rb") as file:
        if file.read(4) in (b"PK\x03\x04", b"PK\x05\x06"):
            return not holds_arrays(path)
    with suppress(*_UNREADABLE):
        return tarfile.is_tarfile(path)
    return False


def holds_arrays(path: Path) -> bool:
    """Whether a file is a .npz, by its first entry."""
    with suppress(*_UNREADABLE), path.open("rb") as file:
        head = file.read(_LOCAL_HEADER.size + 1024)
        length = _LOCAL_HEADER.unpack_from(head)[1]
        return head[_LOCAL_HEADER.size : _LOCAL_HEADER.size + length].endswith(b".npy")
    return False


# Folders


def _folder(root: Path, say: Say) -> Container:
    entries, skipped = [], {}
    for name, entry in _walked(root):
        if entry.is_file(follow_symlinks=False):
            entries.append(Entry(name))
        elif entry.is_symlink():
            skipped[name] = "a link to somewhere else"
        else:
            skipped[name] = "no regular file"
        if len(entries) + len(skipped) > MOST_FILES:
            raise DataRefused(f"{root.name} {_TOO_MANY}")
        if len(entries) % _SAID == 0:
            say(f"{len(entries):,} files")
    return Container("folder", root, tuple(sorted(entries, key=lambda entry: entry.name)), skipped)


def _walked(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything but folders below a folder, links not followed: (name with "/" between the parts, entry)."""
    waiting = [("", str(root))]
    while waiting:
        prefix, path = waiting.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{prefix}{entry.name}/", entry.path))
                else:
                    yield f"{prefix}{entry.name}", entry


# Archives


def _zip(path: Path) -> Container:
    _expect_short_list(path)
    entries, skipped = [], {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.filename.endswith("/"):
                continue
            if why := _why_not(info, kind):
                skipped[info.filename] = why
            else:
                key = (info.header_offset, info.compress_size, info.file_size, info.compress_type, info.CRC)
                entries.append(Entry(info.filename, key))
    return Container("zip", path, tuple(sorted(entries, key=lambda entry: entry.name)), skipped)


def _why_not(info: zipfile.ZipInfo, kind: int) -> str | None:
    if kind not in (0, stat.S_IFREG):
        return "a link to somewhere else" if kind == stat.S_IFLNK else "no regular file"
    if info.flag_bits & 1:
        return "locked by a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in a way other than store and deflate"
    return _too_large(max(info.file_size, info.compress_size))


def _too_large(size: int) -> str | None:
    return f"larger than {MOST_FILE_BYTES // 2**20} MiB" if size > MOST_FILE_BYTES else None


def _expect_short_list(path: Path) -> None:
    """Raises DataRefused if a .zip lists more files than are taken, before zipfile reads the list into memory."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - _END.size - 2**16))
        tail = file.read()
        found = tail.rfind(b"PK\x05\x06")
        if found < 0 or len(tail) - found < _END.size:
            return  # zipfile says what is wrong
        _, _, count, length, _, _ = _END.unpack_from(tail, found)
        locator = found - _LOCATOR_64.size
        if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
            file.seek(_LOCATOR_64.unpack_from(tail, locator)[1])
            _, _, count, length, _ = _END_64.unpack(file.read(_END_64.size))
    if count > MOST_FILES or length > _MOST_DIRECTORY_BYTES:
        raise DataRefused(f"{path.name} {_TOO_MANY}")


def _tar(path: Path, say: Say) -> Container:
    plain = _plain_tar(path, say)
    try:
        entries, skipped = _listed(plain, path.name, say)
    except BaseException:
        if plain != path:
            plain.unlink()
        raise
    container = Container("tar", plain, tuple(sorted(entries, key=lambda entry: entry.name)), skipped)
    if plain != path:
        weakref.finalize(container, plain.unlink, missing_ok=True)
    return container


def _listed(plain: Path, what: str, say: Say) -> tuple[list[Entry], dict[str, str]]:
    """(files, {name: why not} of all else) in a .tar that is not compressed."""
    entries, skipped = list[Entry](), dict[str, str]()
    with tarfile.open(plain, mode="r:") as archive:
        while member := archive.next():
            archive.members = []  # type: ignore[attr-defined]  # it would keep them all
            if member.isreg() and not member.issparse():
                if why := _too_large(member.size):
                    skipped[member.name] = why
                else:
                    entries.append(Entry(member.name.removeprefix("./"), (member.offset_data, member.size)))
            elif not member.isdir():
                is_link = member.issym() or member.islnk()
                skipped[member.name] = "a link to somewhere else" if is_link else "no regular file"
            if len(entries) + len(skipped) > MOST_FILES:
                raise DataRefused(f"{what} {_TOO_MANY}")
            if len(entries) % _SAID == 0:
                say(f"{len(entries):,} files")
    return entries, skipped


def _plain_tar(path: Path, say: Say) -> Path:
    """A .tar that is not compressed: the file itself, or a temporary one. Raises DataRefused, or tarfile's errors."""
    with suppress(tarfile.ReadError):
        tarfile.open(path, mode="r:").close()
        return path
    room = min(MOST_TAR_BYTES, MOST_TIMES * max(2**18, path.stat().st_size))
    handle, name = tempfile.mkstemp(prefix="latent-studio-", suffix=".tar")
    try:
        with os.fdopen(handle, "wb") as copy, _decompressed(path) as source:
            while chunk := source.read(_CHUNK):
                room -= len(chunk)
                if room < 0:
                    raise DataRefused(f"{path.name} unpacks to far more than pictures do; pack them again")
                copy.write(chunk)
                say(f"{copy.tell() / 1e6:,.0f} MB unpacked")
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)


def _decompressed(path: Path) -> IO[bytes]:
    import bz2  # noqa: PLC0415  each only where it is needed
    import gzip  # noqa: PLC0415
    import lzma  # noqa: PLC0415

    with path.open("rb") as file:
        head = file.read(6)
    for magic, open_ in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open)):
        if head.startswith(magic):
            return open_(path, "rb")  # type: ignore[return-value]
    raise tarfile.ReadError("neither .zip nor .tar")


# Reading


class Reader:
    """Reads the files of a container, each by itself. One for each process."""

    def __init__(self, kind: Kind, path: Path) -> None:
        self._read = {"folder": self._from_folder, "zip": self._from_zip, "tar": self._from_tar}[kind]
        self._path = str(path)
        self._file = None if kind == "folder" else path.open("rb", buffering=0)

    def read(self, entry: Entry) -> bytes:
        """All of a file. Raises Unreadable."""
        try:
            return self._read(entry)
        except OSError as error:
            raise Unreadable(error.strerror or str(error)) from error
        except (zlib.error, struct.error) as error:
            raise Unreadable(f"damaged in its archive ({error})") from error

    def close(self) -> None:
        """Gives its file back."""
        if self._file:
            self._file.close()

    def _from_folder(self, entry: Entry) -> bytes:
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        file = os.open(f"{self._path}/{entry.name}", flags)
        try:
            about = os.fstat(file)
            if not stat.S_ISREG(about.st_mode):
                raise Unreadable("no regular file")
            if why := _too_large(about.st_size):
                raise Unreadable(why)
            return os.read(file, about.st_size + 1)  # a regular file gives all that is asked for, below 2 GiB
        finally:
            os.close(file)

    def _from_zip(self, entry: Entry) -> bytes:
        offset, packed_size, size, method, checksum = entry.key
        head = self._at(offset, _LOCAL_HEADER.size)
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(head)
        if signature != b"PK\x03\x04":
            raise Unreadable("not where its archive says it is")
        data = self._at(offset + _LOCAL_HEADER.size + name_length + extra_length, packed_size)
        if method == zipfile.ZIP_DEFLATED:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
        if len(data) != size or zlib.crc32(data) != checksum:
            raise Unreadable("damaged in its archive")
        return data

    def _from_tar(self, entry: Entry) -> bytes:
        offset, size = entry.key
        return self._at(offset, size)

    def _at(self, offset: int, size: int) -> bytes:
        assert self._file is not None
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) != size:
            raise Unreadable("cut short in its archive")
        return data
