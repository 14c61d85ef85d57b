"""What is made to do harm is refused in a sentence, and leaves neither files nor processes behind."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.vae_core.intake.hostile import ARCHIVES, PICTURES
from tests.vae_core.intake.pictures_for_tests import files, write
from vae_core.errors import DataRefused
from vae_core.intake import adding


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Temporary files lie where they are counted."""
    room = tmp_path / "temporary"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    monkeypatch.setenv("TMPDIR", str(room))
    before = {child.pid for child in psutil.Process().children()}
    yield
    assert not list(room.iterdir())
    assert not [child for child in psutil.Process().children() if child.pid not in before]


def test_no_picture_of_those_that_do_harm_comes_in_and_all_others_do(tmp_path: Path) -> None:
    good = files(["a.png", "b.png", "c.png"])
    write(tmp_path / "in", {f"{name}.png": data for name, data in PICTURES.items()} | good)
    added = adding.add(adding.find(tmp_path / "in"), "x", tmp_path / "data").kept
    assert set(added.report["skipped"]) == {f"{name}.png" for name in PICTURES}
    assert added.card.size("all") == len(good)
    assert not [name for name, why in added.report["skipped"].items() if "ends the process" in why]


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_does_harm_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    ARCHIVES[name](tmp_path / name)
    with pytest.raises(DataRefused) as refused:
        adding.add(adding.find(tmp_path / name), "x", tmp_path / "data")
    assert len(str(refused.value)) < 400
    assert not list((tmp_path / "data").rglob("*.npy"))
