"""Folders and archives are listed and read without being unpacked; what could do harm is passed over or refused."""

import os
import struct
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.vae_core.intake.pictures_for_tests import files, tarred, write, zipped
from vae_core.errors import DataRefused
from vae_core.intake import containers
from vae_core.intake.containers import Unreadable, is_archive, open_container

NAMES = ["a/1.png", "a/2.png", "b/10.png"]


def contents(path: Path) -> dict[str, bytes]:
    container = open_container(path)
    with closing(container.reader()) as reader:
        return {entry.name: reader.read(entry) for entry in container.entries}


@pytest.mark.parametrize("form", ["folder", "zip", "stored", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_the_same_files_come_out_of_a_folder_and_of_every_archive(form: str, tmp_path: Path) -> None:
    given = files(NAMES)
    if form == "folder":
        path = write(tmp_path, given)
    elif form in ("zip", "stored"):
        path = zipped(tmp_path / "x", given, zipfile.ZIP_STORED if form == "stored" else zipfile.ZIP_DEFLATED)
    else:
        path = tarred(tmp_path / "x", given, "w:" + form.partition(".")[2])
    assert contents(path) == given
    assert form == "folder" or is_archive(path)


def test_links_and_pipes_are_passed_over_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path, files(["1.png"]))
    (tmp_path / "secret.png").symlink_to("/etc/hostname")
    (tmp_path / "folder").symlink_to("/")
    os.mkfifo(tmp_path / "pipe.png")
    container = open_container(tmp_path)
    assert [entry.name for entry in container.entries] == ["1.png"]
    assert container.skipped.keys() == {"secret.png", "folder", "pipe.png"}


def test_a_file_that_became_a_link_after_it_was_listed_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, files(["1.png"]))
    container = open_container(tmp_path)
    (tmp_path / "1.png").unlink()
    (tmp_path / "1.png").symlink_to("/etc/hostname")
    with closing(container.reader()) as reader, pytest.raises(Unreadable):
        reader.read(container.entries[0])


def test_links_and_locked_entries_are_passed_over_in_a_zip(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", files(["1.png", "2.png"]))
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/hostname")
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02", 0, data.rfind(b"PK\x01\x02")) + 8] |= 1  # 2.png: locked by a password
    path.write_bytes(data)
    container = open_container(path)
    assert [entry.name for entry in container.entries] == ["1.png"]
    assert set(container.skipped.values()) == {"a link to somewhere else", "locked by a password"}


def test_a_zip_that_says_less_than_it_unpacks_to_is_damaged(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"1.png": bytes(10**6)})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = data.find(signature) + offset
        data[start : start + 4] = struct.pack("<L", 100)
    path.write_bytes(data)
    container = open_container(path)
    with closing(container.reader()) as reader, pytest.raises(Unreadable, match="damaged"):
        reader.read(container.entries[0])


def test_an_entry_that_unpacks_to_more_than_a_picture_is_passed_over(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"bomb.png": bytes(containers.MOST_FILE_BYTES + 1)} | files(["1.png"]))
    assert open_container(path).skipped == {"bomb.png": "larger than 64 MiB"}


@pytest.mark.parametrize("is_64_bit", [False, True])
def test_a_zip_that_lists_too_many_files_is_refused_before_its_list_is_read(is_64_bit: bool, tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", files(["1.png"]))
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    if is_64_bit:
        big = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 2**62, 2**62, 2**62, 0)
        data[end:end] = big + struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    else:
        data[end + 12 : end + 16] = struct.pack("<L", 2**32 - 2)
    path.write_bytes(data)
    with pytest.raises(DataRefused, match="more than 1,200,000 files"):
        open_container(path)


def test_more_files_than_are_taken_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MOST_FILES", 2)
    for path in (write(tmp_path / "folder", files(NAMES)), tarred(tmp_path / "x.tar", files(NAMES))):
        with pytest.raises(DataRefused, match="files"):
            open_container(path)


def test_a_tar_that_unpacks_to_far_more_than_it_is_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(containers, "MOST_TAR_BYTES", 10**6)
    path = tarred(tmp_path / "x.tgz", {"1.png": bytes(10**7)}, "w:gz")
    with pytest.raises(DataRefused, match="far more"):
        open_container(path)
    assert [each.name for each in tmp_path.iterdir()] == ["x.tgz"]


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04 and nothing", b"\x1f\x8b" + bytes(40), b"PK\x05\x06"])
def test_what_is_no_archive_is_refused_in_a_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(DataRefused, match=r"^x\.zip .*"):
        open_container(tmp_path / "x.zip")


def test_what_is_not_there_is_said_not_to_be(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="is not there"):
        open_container(tmp_path / "none")


def test_a_zip_cut_short_after_it_was_listed_is_damaged_entry_by_entry(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", files(NAMES), zipfile.ZIP_STORED)
    container = open_container(path)
    path.write_bytes(path.read_bytes()[:200])
    with closing(container.reader()) as reader:
        for entry in container.entries[1:]:
            with pytest.raises(Unreadable):
                reader.read(entry)
