"""What people write beside a run, and a day to undo a deletion."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.vae_core.run_samples import files_in
from vae_core import runs
from vae_core.errors import ConfigInvalid, DiskRefused, RunLocked, RunMissing
from vae_core.runs import RunWriter, archives, run_lock
from vae_core.runs.listing import marks, trash
from vae_core.runs.listing.index import Index
from vae_core.runs.listing.marks import Marks


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    copied = tmp_path / runs.new_run_id()
    return Path(shutil.copytree(runs.open_run("digits").directory, copied))


def test_marks_are_read_as_they_were_written_and_change_nothing_that_a_digest_covers(directory: Path) -> None:
    digest, archive = runs.open_directory(directory).digest(), archives.export_zip(runs.open_directory(directory))
    marks.change(directory, name=" Ünïcode <b> ", note="two\nlines", tags=("a", "b c"))
    written = marks.change(directory, is_pinned=True)
    assert written == marks.read(directory) == Marks("Ünïcode <b>", "two\nlines", ("a", "b c"), is_pinned=True)
    run = runs.open_directory(directory)
    assert (run.digest(), archives.export_zip(run)) == (digest, archive)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"name": 3}', b'{"other": 1}', b"\xff"])
def test_marks_that_cannot_be_read_are_none(directory: Path, content: bytes) -> None:
    (directory / "marks.json").write_bytes(content)
    assert marks.read(directory) == Marks()
    assert len(Index(directory.parent).entries()) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "a\nb"}, "a name has at most 80 characters in one line"),
        ({"note": "a" * 4001}, "a note has at most 4,000"),
        ({"tags": ("a,b",)}, "without commas"),
        ({"tags": ("a" * 41,)}, "at most 40"),
    ],
)
def test_what_is_too_long_is_one_sentence_and_leaves_the_marks_as_they_were(
    directory: Path, change: dict[str, Any], said: str
) -> None:
    marks.change(directory, note="kept")
    with pytest.raises(ConfigInvalid, match=said):
        marks.change(directory, **change)
    assert marks.read(directory) == Marks(note="kept")


def test_nothing_is_written_beside_runs_that_ship_or_are_gone(tmp_path: Path) -> None:
    with pytest.raises(RunMissing, match="ships with the project"):
        marks.change(runs.open_run("mnist").directory, note="mine")
    with pytest.raises(RunMissing, match="there is no run"):
        marks.change(tmp_path / runs.new_run_id(), note="mine")


def test_tags_are_typed_with_commas_and_count_once() -> None:
    assert marks.tags_from(" talk, two words,,talk ,") == ("talk", "two words")


def test_a_folder_zipped_by_hand_with_its_marks_is_taken_in_without_them(directory: Path, tmp_path: Path) -> None:
    marks.change(directory, note="private")
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", directory)
    run_id = archives.import_zip(Path(packed).read_bytes(), tmp_path / "in")
    assert marks.read(tmp_path / "in" / run_id).note == ""


def test_a_deleted_run_is_listed_no_more_and_comes_back_as_it_was(directory: Path, tmp_path: Path) -> None:
    marks.change(directory, note="kept")
    before, listed = files_in(directory), Index(tmp_path)
    trash.delete(directory.name, tmp_path, now=1000.0)
    assert (listed.entries(), directory.exists()) == ([], False)
    assert [(each.id, each.deleted_at) for each in trash.deleted(tmp_path, now=1001.0)] == [(directory.name, 1000.0)]
    last_moment = 1000.0 + trash.KEPT_S
    assert trash.deleted(tmp_path, now=last_moment)
    trash.delete(shutil.copytree(trash.deleted(tmp_path, now=1001.0)[0].directory, directory).name, tmp_path)
    trash.restore(directory.name, tmp_path)
    assert files_in(directory) == before
    assert [entry.id for entry in listed.entries()] == [directory.name]


def test_after_a_day_a_deleted_run_goes_for_good_and_nothing_else_does(directory: Path, tmp_path: Path) -> None:
    trash.delete(directory.name, tmp_path, now=1000.0)
    mine = tmp_path / trash.FOLDER / "mine"
    mine.mkdir()
    assert trash.deleted(tmp_path, now=1001.0 + trash.KEPT_S) == []
    assert list((tmp_path / trash.FOLDER).iterdir()) == [mine]
    with pytest.raises(RunMissing, match="more than a day ago"):
        trash.restore(directory.name, tmp_path)


def test_a_run_that_trains_or_waits_or_ships_is_not_deleted(directory: Path, tmp_path: Path) -> None:
    RunWriter.open(directory).update_status(state="running")
    with pytest.raises(RunLocked, match="stop it first"):
        trash.delete(directory.name, tmp_path)
    RunWriter.open(directory).update_status(state="stopped")
    with run_lock.hold(directory, "server.lock"), pytest.raises(RunLocked, match="stop it first"):
        trash.delete(directory.name, tmp_path)
    for name in ("mnist", runs.new_run_id(), "../x"):
        with pytest.raises(RunMissing):
            trash.delete(name, tmp_path)
    assert runs.open_directory(directory).status().state == "stopped"


def test_a_run_whose_status_is_damaged_can_be_deleted(directory: Path, tmp_path: Path) -> None:
    (directory / "status.json").write_text("{")
    trash.delete(directory.name, tmp_path)
    assert not directory.exists()


def test_a_run_is_restored_over_no_other(directory: Path, tmp_path: Path) -> None:
    trash.delete(directory.name, tmp_path)
    directory.mkdir()
    with pytest.raises(RunMissing, match="already"):
        trash.restore(directory.name, tmp_path)
    assert trash.deleted(tmp_path)


def test_a_disk_that_refuses_leaves_the_run_where_it_is(directory: Path, tmp_path: Path) -> None:
    (tmp_path / trash.FOLDER).write_text("in the way")
    with pytest.raises(DiskRefused):
        trash.delete(directory.name, tmp_path)
    assert runs.open_directory(directory).is_complete
