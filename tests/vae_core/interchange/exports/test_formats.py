"""The list of formats: each gives its files, as one to download or into a folder."""

import zipfile
from pathlib import Path

import pytest

from vae_core.cli.main import main
from vae_core.errors import ConfigInvalid, DiskRefused
from vae_core.interchange.exports import formats, hugging_face, pictures
from vae_core.runs import Run


@pytest.mark.parametrize("name", sorted(formats.FORMATS.keys() - {"demo"}))  # a process makes it, for whole seconds
def test_each_format_is_one_file_to_download_the_same_for_equal_runs(
    name: str, finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "SIDE", 2)
    data = formats.packed(finished, name)
    assert data
    assert formats.packed(finished, name) == data
    assert "/" not in formats.file_name(finished, name)
    assert formats.file_name(finished, name) in formats.format_of(name).make(finished) or data[:2] == b"PK"


def test_several_files_are_a_zip_of_them(finished: Run, tmp_path: Path) -> None:
    assert formats.file_name(finished, "hugging-face") == f"{finished.id}-hugging-face.zip"
    (path,) = formats.write(finished, "hugging-face", tmp_path / "model.zip")
    assert path.read_bytes() == formats.packed(finished, "hugging-face")
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == hugging_face.files(finished)


def test_the_command_line_writes_a_folder_and_says_what_is_in_it(
    finished: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out/model"
    assert main(["export", str(finished.directory), "--to", "hugging-face", "--out", str(folder)]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == hugging_face.files(finished)
    assert capsys.readouterr().out.splitlines() == [str(folder / name) for name in hugging_face.files(finished)]


def test_one_file_goes_into_a_folder_that_is_there_under_its_own_name(finished: Run, tmp_path: Path) -> None:
    assert formats.write(finished, "state-dict", tmp_path) == [tmp_path / "model.safetensors"]


def test_an_unknown_format_is_refused_with_those_there_are(finished: Run) -> None:
    with pytest.raises(ConfigInvalid, match="'keras'; choose one of archive, demo, hugging-face"):
        formats.packed(finished, "keras")


def test_a_place_that_takes_no_files_is_named(finished: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskRefused, match="file/there could not be written"):
        formats.write(finished, "hugging-face", tmp_path / "file/there")
