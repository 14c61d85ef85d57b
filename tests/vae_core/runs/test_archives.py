"""A run travels as a .zip, and an archive that is no run leaves a sentence and nothing else."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core.run_samples import LISTED, embedding_of, files_in, finish
from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx
from vae_core.config import TrainConfig
from vae_core.errors import ArchiveRejected, CheckpointDamaged, ConfigInvalid, LatentStudioError, RunError, RunMissing
from vae_core.runs import Run, RunWriter, archives, signed, storage
from vae_core.runs.listing import marks

Files = dict[str, bytes]


def zipped(files: Files, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_manifest(files: Files, tmp_path: Path) -> Files:
    """The files with a manifest that vouches for them, as whoever made them up would have it."""
    directory = tmp_path / "made-up"
    directory.mkdir()
    for name, data in files.items():
        (directory / name).write_bytes(data)
    storage.write_manifest(directory, [name for name in LISTED if name in files])
    return files_in(directory)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "uploaded"


@pytest.fixture
def files(finished: Run) -> Files:
    return files_in(finished.directory)


def rejected(data: bytes, root: Path, kind: type[LatentStudioError] = ArchiveRejected) -> str:
    """The sentence with which an archive is refused, after which nothing of it is on disk."""
    with pytest.raises(kind) as caught:
        archives.import_zip(data, root)
    assert not root.exists() or list(root.iterdir()) == []
    assert "\n" not in str(caught.value)
    return str(caught.value)


# There and back


def test_an_exported_run_is_the_same_when_it_is_imported(finished: Run, root: Path) -> None:
    run = runs.open_run(archives.import_zip(archives.export_zip(finished), root), root)
    assert run.id != finished.id
    assert run.config == finished.config
    assert run.embedding_bytes() == finished.embedding_bytes()
    assert run.decoder() == finished.decoder()
    assert run.evaluation() == finished.evaluation()
    assert run.metrics() == finished.metrics()
    assert {name: w.tobytes() for name, w in run.weights().items()} == {
        name: w.tobytes() for name, w in finished.weights().items()
    }
    assert (run.status().state, run.step, run.status().live_step) == ("finished", 12, 12)
    assert run.status().created_at > finished.status().created_at
    assert runs.list_runs(root) == [run]
    assert [path.name for path in root.iterdir()] == [run.id]


def test_equal_runs_are_equal_archives(finished: Run) -> None:
    assert archives.export_zip(finished) == archives.export_zip(finished)


def test_a_run_without_a_decoder_file_travels_too(
    tmp_path: Path, config: TrainConfig, weights: dict[str, Any], root: Path
) -> None:
    run = finish(RunWriter.create(config, tmp_path), weights, decoder=None)
    assert runs.open_run(archives.import_zip(archives.export_zip(run), root), root).decoder() == run.decoder()


def test_a_run_that_is_not_finished_cannot_be_exported(tmp_path: Path, config: TrainConfig) -> None:
    writer = RunWriter.create(config, tmp_path)
    with pytest.raises(RunMissing, match="no trained model yet"):
        archives.export_zip(Run(writer.run_id, writer.directory, config, writer.card))


def test_a_damaged_run_cannot_be_exported(finished: Run) -> None:
    (finished.directory / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointDamaged, match=r"model\.safetensors"):
        archives.export_zip(finished)


def test_where_the_data_were_stays_on_this_machine(finished: Run, tmp_path: Path) -> None:
    RunWriter.open(finished.directory).remember_data_root(tmp_path)
    assert finished.data_root() == tmp_path
    assert b"origin" not in archives.export_zip(finished)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zipped_folder_with_what_file_managers_add_is_taken(files: Files, root: Path, compression: int) -> None:
    folder = {f"my run/{name}": data for name, data in files.items()}
    litter = {"__MACOSX/my run/._config.json": b"x", "my run/.DS_Store": b"x", "my run/origin.json": b"{}"}
    litter |= {"my run/run.lock": b"", "my run/checkpoints/7-0.safetensors": b"x", "my run/snapshots/": b""}
    run = runs.open_run(archives.import_zip(zipped({"my run/": b"", **folder, **litter}, compression), root), root)
    assert sorted(files_in(run.directory)) == sorted({*files, "marks.json"})


@pytest.mark.parametrize("folder", ["", "my run/"])
def test_litter_of_macs_nas_sticks_and_desktops_is_passed_over_whatever_its_folder(
    files: Files, root: Path, folder: str
) -> None:
    names = [f"._{name}" for name in files] + ["Icon\r", ".directory", "ehthumbs.db", "Thumbs.db", "desktop.ini"]
    places = [".AppleDouble/", "@eaDir/", ".Spotlight-V100/Store-V2/", ".Trashes/501/", ".fseventsd/", "__MACOSX/"]
    names += [f"{place}{name}" for place in [*places, "#recycle/", "$RECYCLE.BIN/"] for name in ("config.json", "x")]
    litter = {f"{where}{name}": b"x" for name in names for where in {"", folder}}
    whole = {f"{folder}{name}": data for name, data in files.items()} | litter
    run = runs.open_run(archives.import_zip(zipped(whole), root), root)
    assert sorted(files_in(run.directory)) == sorted({*files, "marks.json"})


@pytest.mark.parametrize(
    "name", ["../config.json", "./config.json", "..config/../config.json", "notes.txt", "x/config"]
)
def test_what_is_no_litter_and_no_file_of_a_run_is_refused(files: Files, root: Path, name: str) -> None:
    rejected(zipped({**files, name: b"{}"}), root)


def test_the_decoder_that_browsers_run_is_made_here(files: Files, tmp_path: Path, root: Path) -> None:
    made_up = with_manifest({**files, "decoder.onnx": b"anything else"}, tmp_path)
    run = runs.open_run(archives.import_zip(zipped(made_up), root), root)
    assert run.decoder() == decoder_onnx(run.config, run.weights())


# Refused


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("notes.txt", b"hello", "'notes.txt', which is no plain file of a run"),
        ("../config.json", b"{}", "no plain file of a run"),
        ("/config.json", b"{}", "different folders"),
        ("a/b/config.json", b"{}", "no plain file of a run"),
        ("elsewhere/decoder.onnx", b"", "different folders"),
        ("..\\config.json", b"{}", "no plain file of a run"),
        ("C:\\config.json", b"{}", "no plain file of a run"),
        ("Config.json", b"{}", "no plain file of a run"),
    ],
)
def test_names_that_no_run_has_are_refused(files: Files, root: Path, name: str, data: bytes, words: str) -> None:
    without = {known: content for known, content in files.items() if known not in name}
    assert words in rejected(zipped({**without, name: data}), root) or "lacks" in words
    assert not list(root.parent.rglob("notes.txt"))


def test_a_name_of_no_letters_is_refused(files: Files, root: Path) -> None:
    data = bytearray(zipped({"x": b"", **files}))
    for signature, offset in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):  # its one letter becomes an extra field
        place = data.index(signature) + offset
        data[place : place + 4] = b"\x00\x00\x01\x00"
    assert "'', which is no plain file" in rejected(bytes(data), root)


def test_a_name_that_comes_twice_is_refused(files: Files, root: Path) -> None:
    buffer = io.BytesIO(zipped(files))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("config.json", b"{}")
    assert "config.json twice" in rejected(buffer.getvalue(), root)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(files: Files, root: Path, kind: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (kind if name == "config.json" else stat.S_IFREG) << 16
            archive.writestr(entry, b"/etc/passwd" if name == "config.json" else data)
    assert "no plain file" in rejected(buffer.getvalue(), root)


@pytest.mark.parametrize("name", ["manifest.json", "config.json", "model.safetensors", "status.json"])
def test_an_archive_that_lacks_a_file_names_it(files: Files, root: Path, name: str) -> None:
    del files[name]
    assert f"lacks {name}" in rejected(zipped(files), root)


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all", b"PK\x05\x06" + b"\x00" * 18])
def test_what_is_no_archive_is_refused(root: Path, data: bytes) -> None:
    assert "readable .zip" in (words := rejected(data, root)) or "lacks" in words


def test_an_archive_that_was_cut_short_is_refused(files: Files, root: Path) -> None:
    data = zipped(files)
    for length in range(0, len(data) - 1, len(data) // 20):
        rejected(data[:length], root)


def test_no_flipped_bit_gets_in_unnoticed(files: Files, root: Path) -> None:
    data = zipped(files, zipfile.ZIP_STORED)
    generator = np.random.default_rng(0)
    for place in generator.integers(0, len(data), size=300):
        damaged = bytearray(data)
        damaged[place] ^= 1 << int(generator.integers(8))
        try:
            run_id = archives.import_zip(bytes(damaged), root)
        except LatentStudioError:
            assert not root.exists() or not list(root.glob(".*"))
            continue
        run = runs.open_run(run_id, root)  # the bit was the archive's own
        assert run.embedding_bytes() == files["embedding.safetensors"]


def test_too_many_entries_are_refused_before_they_are_listed(root: Path) -> None:
    assert "files" in rejected(zipped({str(number): b"" for number in range(1100)}), root)


def test_what_unpacks_to_too_much_is_refused_whatever_its_header_says(
    files: Files, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 3 * 2**20)
    bomb = bytearray(zipped({**files, "decoder.onnx": b"\x00" * (4 * 2**20)}))
    assert "more than 3 MiB" in rejected(bytes(bomb), root)
    size = (4 * 2**20).to_bytes(4, "little")
    assert bomb.count(size) == 2
    assert rejected(bytes(bomb.replace(size, (9).to_bytes(4, "little"))), root)


def test_an_encrypted_archive_is_refused(files: Files, root: Path) -> None:
    data = bytearray(zipped(files))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    assert "readable .zip" in rejected(bytes(data), root)


def test_a_run_that_does_not_match_its_manifest_is_refused(files: Files, root: Path) -> None:
    for name in LISTED:
        words = rejected(zipped({**files, name: files[name] + b" "}), root, CheckpointDamaged)
        assert name in words
        assert "of run upload" in words


def change_json(name: str, **values: Any) -> Callable[[Files], Files]:
    return lambda files: {**files, name: storage.dump_json({**json.loads(files[name]), **values})}


def change_status(**values: Any) -> Callable[[Files], Files]:
    return lambda files: {**files, "status.json": signed.dump({**signed.parse(files["status.json"], "it"), **values})}


def change_embedding(**values: Any) -> Callable[[Files], Files]:
    return lambda files: {**files, "embedding.safetensors": replace(embedding_of(5), **values).to_bytes()}


def poison_weights(files: Files) -> Files:
    tensors, _ = storage.parse_tensors(files["model.safetensors"], "it")
    tensors = {name: array.copy() for name, array in tensors.items()}
    tensors["decoder.0.bias"][0] = np.nan
    return {**files, "model.safetensors": storage.dump_tensors(tensors)}


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (change_json("config.json", dataset="cats"), CheckpointDamaged, "its config.json says cats"),
        (change_json("config.json", latent_dim=10**9), ConfigInvalid, "latent_dim"),
        (change_json("config.json", latent_dim=3), LatentStudioError, "asks for"),
        (change_status(state="running"), ArchiveRejected, "is running"),
        (change_status(state="paused"), ArchiveRejected, "is paused"),
        (change_status(state="on fire"), CheckpointDamaged, "status.json"),
        (change_json("status.json", step=9), CheckpointDamaged, "status.json"),
        (change_json("evaluation.json", train={}), CheckpointDamaged, "train.reconstruction_nats"),
        (lambda files: {**files, "evaluation.json": b"[1]"}, CheckpointDamaged, "evaluation.json"),
        (lambda files: {**files, "metrics.jsonl": b'{"kl_nats": 1e999}\n'}, CheckpointDamaged, "metrics.jsonl"),
        (lambda files: {**files, "metrics.jsonl": b"17\n"}, CheckpointDamaged, "metrics.jsonl"),
        (lambda files: {**files, "model.safetensors": b"\x00" * 64}, CheckpointDamaged, "no safetensors file"),
        (poison_weights, CheckpointDamaged, "weights"),
        (change_embedding(mu=np.full((5, 2), np.inf, np.float32)), CheckpointDamaged, "not finite"),
        (change_embedding(index=np.array([0, 1, 2, 3, 297], np.int32)), CheckpointDamaged, "does not have"),
        (change_embedding(index=np.array([0, -1, 2, 3, 4], np.int32)), CheckpointDamaged, "does not have"),
        (change_embedding(labels=np.full(5, 10, np.uint8)), CheckpointDamaged, "does not have"),
        (change_embedding(labels=np.zeros(4, np.uint8)), LatentStudioError, "embedding.safetensors"),
        (change_embedding(split="nothing"), CheckpointDamaged, "embedding.safetensors"),
    ],
)  # fmt: skip
def test_a_made_up_run_with_a_matching_manifest_is_still_looked_at(
    files: Files, tmp_path: Path, root: Path, change: Callable[[Files], Files], kind: Any, words: str
) -> None:
    message = rejected(zipped(with_manifest(change(files), tmp_path)), root, kind)
    assert words in message


def test_a_disk_that_refuses_is_told_of(files: Files, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="could not be written"):
        archives.import_zip(zipped(files), tmp_path / "file")


def test_several_runs_go_out_in_one_archive_and_come_in_again(root: Path) -> None:
    chosen = [runs.open_run("digits"), runs.open_run("mnist")]
    packed = archives.export_several(chosen)
    assert len(packed) < 1.1 * archives.size_of(chosen)
    taken = [runs.open_run(run_id, root) for run_id in archives.import_any(packed, root)]
    assert [run.config for run in taken] == [run.config for run in chosen]
    assert [marks.read(run.directory).came_from for run in taken] == ["a run archive"] * 2
    assert [len(run.weights()) for run in taken] == [len(run.weights()) for run in chosen]


def test_of_several_runs_one_of_which_is_bad_none_is_taken_in(files: Files, root: Path) -> None:
    good, bad = zipped(files), zipped({**files, "config.json": b"{"})
    with pytest.raises(LatentStudioError, match=r"of the archive's bad\.zip: .*nothing was taken in"):
        archives.import_any(zipped({"good.zip": good, "bad.zip": bad}, zipfile.ZIP_STORED), root)
    assert list(root.iterdir()) == []


def test_an_archive_of_archives_of_archives_is_refused(files: Files, root: Path) -> None:
    inner = zipped({"run.zip": zipped(files)}, zipfile.ZIP_STORED)
    with pytest.raises(ArchiveRejected, match="no plain file of a run"):
        archives.import_any(zipped({"runs.zip": inner}, zipfile.ZIP_STORED), root)
    assert list(root.iterdir()) == []
