"""The index of runs: as good as the folders, and never needed but for speed."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from vae_core import runs
from vae_core.errors import DiskRefused
from vae_core.runs import RunWriter, listing
from vae_core.runs.listing import index, marks
from vae_core.runs.listing.index import FILE, Glance, Index

LONG_AGO = 1_000_000_000.0


def copied(root: Path, created_at: float = 1.0) -> Path:
    """A copy of a shipped run below root, as if it had been started then; its folder settled long ago."""
    directory = root / runs.new_run_id()
    shutil.copytree(runs.open_run("digits").directory, directory)
    RunWriter.open(directory).update_status(created_at=created_at)
    return settled(directory)


def settled(directory: Path, at: float = LONG_AGO) -> Path:
    os.utime(directory, (at, at))
    return directory


def lines(root: Path) -> list[bytes]:
    return (root / FILE).read_bytes().splitlines()


def test_an_entry_says_what_the_run_itself_says(tmp_path: Path) -> None:
    run = runs.open_directory(copied(tmp_path))
    (entry,) = Index(tmp_path).entries()
    held_out, status = run.evaluation().held_out, run.status()
    assert (entry.id, entry.directory, entry.state) == (run.id, run.directory, "finished")
    assert (entry.step, entry.created_at, entry.updated_at) == (status.step, status.created_at, status.updated_at)
    assert entry.settings == run.config.model_dump(mode="json")
    assert entry.figures["negative_elbo_nats"] == held_out.negative_elbo_nats
    assert entry.figures["active_units"] == held_out.active_units
    assert (entry.data_title, entry.is_complete, entry.is_damaged) == (run.card.title, True, False)
    assert listing.index.open_listed(entry) == run


def test_the_newest_run_is_first_and_what_is_no_run_is_left_out(tmp_path: Path) -> None:
    old, new = copied(tmp_path, 1.0), copied(tmp_path, 2.0)
    (tmp_path / runs.new_run_id()).mkdir()
    damaged = copied(tmp_path)
    (damaged / "status.json").write_text("{")
    (copied(tmp_path) / "status.json").write_text("[]")
    (copied(tmp_path) / "config.json").unlink()
    assert [entry.id for entry in Index(tmp_path).entries()] == [new.name, old.name]


def test_another_server_reads_no_folder_that_has_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = copied(tmp_path)
    listed = Index(tmp_path).entries()
    with monkeypatch.context() as context:
        context.setattr(index, "read", lambda *_: pytest.fail("a folder was read"))
        assert Index(tmp_path).entries() == listed
    RunWriter.open(first).update_status(created_at=7.0)
    assert [entry.created_at for entry in Index(tmp_path).entries()] == [7.0]


def test_a_lost_index_and_one_that_is_cut_or_mixed_are_made_again(tmp_path: Path) -> None:
    for number in range(3):
        copied(tmp_path, number)
    listed = Index(tmp_path).entries()
    whole = lines(tmp_path)
    (tmp_path / FILE).write_bytes(whole[0] + b"\n" + whole[1][:40] + whole[2] + b"\nno line\n\n")
    assert Index(tmp_path).entries() == listed
    (tmp_path / FILE).unlink()
    assert Index(tmp_path).entries() == listed
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    assert Index(tmp_path).entries() == listed


def test_a_line_of_another_version_is_not_believed(tmp_path: Path) -> None:
    copied(tmp_path)
    (entry,) = Index(tmp_path).entries()
    text = json.dumps([index._VERSION + 1, {"id": entry.id}]).encode()
    (tmp_path / FILE).write_bytes(b"%08x %s\n" % (index.zlib.crc32(text), text))
    assert Index(tmp_path).entries() == [entry]


def test_two_servers_that_append_at_once_leave_an_index_that_both_read(tmp_path: Path) -> None:
    copied(tmp_path, 1.0)
    one, other = Index(tmp_path), Index(tmp_path)
    one.entries(), other.entries()
    copied(tmp_path, 2.0)
    assert one.entries() == other.entries() == Index(tmp_path).entries()


def test_a_run_that_trains_is_read_each_time_it_has_moved_and_is_not_written_down(tmp_path: Path) -> None:
    directory = copied(tmp_path)
    writer = RunWriter.open(directory)
    listed = Index(tmp_path)
    for step in (1, 2):
        writer.update_status(state="running", step=step)
        settled(directory, LONG_AGO + step)
        assert [entry.step for entry in listed.entries()] == [step]
    assert not (tmp_path / FILE).exists()


def test_a_folder_that_changed_just_now_is_read_again(tmp_path: Path) -> None:
    directory = copied(tmp_path)
    writer = RunWriter.open(directory)
    writer.update_status(created_at=3.0)
    listed = Index(tmp_path)
    first = directory.stat()
    assert [entry.created_at for entry in listed.entries()] == [3.0]
    writer.update_status(created_at=4.0)
    os.utime(directory, ns=(first.st_atime_ns, first.st_mtime_ns))  # within one tick of the disk's clock
    assert [entry.created_at for entry in listed.entries()] == [4.0]


def test_a_glance_stays_with_its_run_through_a_new_note_and_goes_when_the_run_goes_on(tmp_path: Path) -> None:
    directory = copied(tmp_path)
    listed, glance = Index(tmp_path), Glance((3.0, 2.0), "Healthy")
    listed.keep_glance(listed.entries()[0], glance)
    settled(directory)
    assert [entry.glance for entry in Index(tmp_path).entries()] == [glance]
    marks.change(directory, note="for the talk")
    assert [(entry.glance, entry.marks.note) for entry in Index(tmp_path).entries()] == [(glance, "for the talk")]
    RunWriter.open(directory).update_status(step=99_999)
    assert [entry.glance for entry in Index(tmp_path).entries()] == [None]


def test_the_file_does_not_grow_without_end(tmp_path: Path) -> None:
    directory = copied(tmp_path)
    listed = Index(tmp_path)
    for number in range(110):
        settled(directory, LONG_AGO + number)
        listed.entries()
    assert len(lines(tmp_path)) < 20
    assert Index(tmp_path).entries() == listed.entries()


def test_a_run_whose_figures_cannot_be_read_is_listed_as_damaged(tmp_path: Path) -> None:
    directory = copied(tmp_path)
    (directory / "evaluation.json").write_text('{"held-out": 3}')
    (entry,) = Index(tmp_path).entries()
    assert entry.is_damaged
    assert not entry.figures


def test_a_folder_that_takes_no_file_is_listed_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied(tmp_path)
    opened = Path.open

    def read_only(path: Path, mode: str = "r", **given: Any) -> Any:
        if path.name == FILE and "a" in mode:
            raise PermissionError(13, "Permission denied")
        return opened(path, mode, **given)

    monkeypatch.setattr(Path, "open", read_only)
    assert len(Index(tmp_path).entries()) == 1
    assert not (tmp_path / FILE).exists()


def test_a_disk_that_does_not_say_what_it_holds_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "scandir", failing)
    with pytest.raises(DiskRefused, match="could not be looked at"):
        Index(tmp_path).entries()
