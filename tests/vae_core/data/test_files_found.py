"""MNIST as people have it: under other names, compressed, in another folder, with other labels. Read, or named."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.idx_files import NAMES, small_files, write
from vae_core import runs
from vae_core.cli.main import main
from vae_core.data.registry import card_here, is_available, load
from vae_core.errors import DatasetDamaged, DatasetMissing

FILES = small_files()


def dotted(name: str) -> str:
    return name.replace("-idx", ".idx")


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize("folder", ["MNIST/raw", "MNIST"])
@pytest.mark.parametrize(
    ("renamed", "content"),
    [
        (str, bytes),
        (dotted, bytes),
        (lambda name: f"{name}.gz", packed),
        (lambda name: f"{dotted(name)}.gz", packed),
    ],
    ids=["usual", "dots", "gz", "gz and dots"],
)
def test_files_are_read_under_the_names_that_mirrors_give_them(
    tmp_path: Path, folder: str, renamed: Callable[[str], str], content: Callable[[bytes], bytes]
) -> None:
    write(tmp_path / "usual", FILES)
    write(tmp_path, {renamed(name): content(data) for name, data in FILES.items()}, folder)
    assert is_available("mnist", tmp_path)
    for split in ("train", "held-out"):
        found, usual = load("mnist", split, tmp_path), load("mnist", split, tmp_path / "usual")
        np.testing.assert_array_equal(found.images, usual.images)
        np.testing.assert_array_equal(found.labels, usual.labels)
        assert found.images.flags.writeable
    assert card_here("mnist", tmp_path) == card_here("mnist", tmp_path / "usual")


def test_an_unpacked_file_goes_before_one_that_is_compressed(tmp_path: Path) -> None:
    raw = write(tmp_path, FILES)
    (raw / f"{NAMES[0]}.gz").write_bytes(b"half of a download")
    assert len(load("mnist", "train", tmp_path).images) == 7


@pytest.mark.parametrize("data", [b"no gzip at all", packed(FILES[NAMES[0]])[:-9], packed(FILES[NAMES[0]])[:9], b""])
def test_a_compressed_file_that_is_not_whole_is_named(tmp_path: Path, data: bytes) -> None:
    raw = write(tmp_path, FILES)
    (raw / NAMES[0]).unlink()
    (raw / f"{NAMES[0]}.gz").write_bytes(data)
    with pytest.raises(DatasetDamaged, match=r"train-images-idx3-ubyte\.gz should hold .*; put a whole file there"):
        load("mnist", "train", tmp_path)


def test_files_in_the_folder_of_all_data_sets_are_named_with_where_they_belong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not read: Fashion-MNIST's have the same names."""
    write(tmp_path, FILES, "flat")
    root = tmp_path / "flat"
    monkeypatch.setenv("VAE_DATA_MIRROR", "http://127.0.0.1:9")
    for words in (["train", "--dataset", "mnist"], ["download", "mnist"]):
        assert main([*words, "--data-dir", str(root)]) == 2
        said = capsys.readouterr().err
        assert f"; in {root} lie {', '.join(NAMES)}: if these are MNIST's, move them to {root / 'MNIST/raw'}" in said
        assert said.count("\n") == 1


def test_what_else_lies_there_is_named(tmp_path: Path) -> None:
    write(tmp_path, {f"{number}.csv": b"" for number in range(6)}, "MNIST")
    with pytest.raises(DatasetMissing, match=r"; in .*/MNIST lie 0\.csv, 1\.csv, 2\.csv, 3\.csv and others, and none"):
        load("mnist", "train", tmp_path)
    with pytest.raises(DatasetMissing, match=r"raw/train-images-idx3-ubyte is missing\); download it with"):
        load("mnist", "train", tmp_path / "nothing")


@pytest.mark.parametrize("greatest", [10, 26])
def test_labels_that_begin_at_one_are_told_by_their_range_and_nobody_is_to_delete_anything(
    tmp_path: Path, greatest: int, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "data", small_files(300, 100, labels=(1, greatest)))
    assert main(["train", "--dataset", "mnist", "--data-dir", str(tmp_path / "data")]) == 2
    said = capsys.readouterr().err
    assert f"should hold labels from 0 to 9 and holds labels from 1 to {greatest}; number the classes from 0" in said
    assert "delete" not in said
    assert said.count("\n") == 1
    assert runs.list_runs() == []


def test_who_has_no_network_is_told_where_the_files_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_MIRROR", "http://127.0.0.1:9")
    (tmp_path / "usps.bz2").write_bytes(b"of another data set")
    assert main(["download", "kmnist", "--data-dir", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f", or put {NAMES[0]}.gz, {NAMES[1]}.gz" in said
    assert said.endswith(f"into {tmp_path / 'KMNIST/raw'}, packed or not\n")
