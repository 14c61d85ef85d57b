"""A run directory is whole, or says what is wrong with it."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core.run_samples import LISTED, RECORD, embedding_of, finish
from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx
from vae_core.config import TrainConfig
from vae_core.errors import CheckpointDamaged, DiskRefused, LatentStudioError, RunMissing, ShapeMismatch
from vae_core.runs import RunWriter, storage

# What is written is read again


def test_a_new_run_is_queued_and_listed(tmp_path: Path, config: TrainConfig) -> None:
    writer = RunWriter.create(config, tmp_path)
    run = runs.open_run(writer.run_id, tmp_path)
    assert (run.config, run.status().state, run.is_complete) == (config, "queued", False)
    assert runs.list_runs(tmp_path) == [run]


def test_a_finished_run_gives_back_what_was_saved(finished: runs.Run, weights: dict[str, Any]) -> None:
    run = runs.open_directory(finished.directory)
    assert {name: array.tobytes() for name, array in run.weights().items()} == {
        name: array.tobytes() for name, array in weights.items()
    }
    embedding, expected = run.embedding(), embedding_of(5)
    np.testing.assert_array_equal(embedding.mu, expected.mu)
    np.testing.assert_array_equal(embedding.logvar, expected.logvar)
    np.testing.assert_array_equal(embedding.labels, expected.labels)
    np.testing.assert_array_equal(embedding.index, expected.index)
    assert (embedding.split, embedding.step, run.step) == ("held-out", 12, 12)
    assert run.evaluation() == RECORD
    assert run.decoder() == run.decoder(12) == decoder_onnx(run.config, weights)
    assert run.metrics()[0] == [{"split": "train", "step": 12, "kl_nats": 2.5}]


def test_equal_tensors_give_equal_bytes_whatever_the_order_of_their_metadata() -> None:
    tensors = {"b": np.arange(6, dtype=np.float32).reshape(2, 3).T, "a": np.zeros(1, np.uint8)}
    written = {storage.dump_tensors(tensors, dict.fromkeys(names, "1")) for names in ("xyz", "zyx", "yxz") * 5}
    assert len(written) == 1
    read, metadata = storage.parse_tensors(written.pop(), "it")
    np.testing.assert_array_equal(read["b"], tensors["b"])  # not contiguous, which the library itself takes wrongly
    assert metadata == {"x": "1", "y": "1", "z": "1"}


def test_runs_are_listed_newest_first_without_those_that_cannot_be_read(tmp_path: Path, config: TrainConfig) -> None:
    written = [RunWriter.create(config, tmp_path, now=lambda at=at: at) for at in (2.0, 3.0, 1.0)]
    broken = RunWriter.create(config, tmp_path)
    (broken.directory / "status.json").write_text("{")
    (tmp_path / "notes.txt").touch()
    assert [run.id for run in runs.list_runs(tmp_path)] == [written[at].run_id for at in (1, 0, 2)]
    assert runs.list_runs(tmp_path / "nowhere") == []


def test_a_decoder_that_was_left_out_is_made_from_the_weights(
    tmp_path: Path, config: TrainConfig, weights: dict[str, Any]
) -> None:
    run = finish(RunWriter.create(config, tmp_path), weights, decoder=None)
    assert not (run.directory / "decoder.onnx").exists()
    run.verify()
    assert run.decoder() == decoder_onnx(config, weights)


def test_equal_runs_have_one_digest_and_others_another(
    tmp_path: Path, config: TrainConfig, weights: dict[str, Any]
) -> None:
    one, same = (finish(RunWriter.create(config, tmp_path), weights) for _ in range(2))
    other = finish(RunWriter.create(config, tmp_path), weights, embedding=embedding_of(4))
    assert one.digest() == same.digest() != other.digest()


@pytest.mark.parametrize(
    "name", ["..", "../x", "a" * 31, "A" * 32, "a" * 33, "", "mnist/../digits", "é" * 32, "a" * 32 + "\n"]
)
def test_only_ids_open_runs_and_never_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunMissing, match="no run id"):
        runs.open_run(name, tmp_path)


def test_a_run_that_does_not_exist_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RunMissing, match="choose one from the list"):
        runs.open_run("0" * 32, tmp_path)


def test_a_run_that_still_trains_has_no_trained_model(tmp_path: Path, config: TrainConfig) -> None:
    run = runs.open_run(RunWriter.create(config, tmp_path).run_id, tmp_path)
    for read in (run.weights, run.verify, run.evaluation, run.digest):
        with pytest.raises(RunMissing, match="no trained model yet"):
            read()
    with pytest.raises(RunMissing, match="no snapshot"):
        run.decoder()


# Damage


@pytest.mark.parametrize("name", [*LISTED, "manifest.json"])
def test_any_flipped_bit_is_found_and_its_file_named(finished: runs.Run, name: str) -> None:
    path = finished.directory / name
    original = path.read_bytes()
    for place in {0, len(original) // 3, len(original) // 2, len(original) - 1}:
        for bit in range(8):
            damaged = bytearray(original)
            damaged[place] ^= 1 << bit
            path.write_bytes(bytes(damaged))
            with pytest.raises(CheckpointDamaged) as caught:
                runs.open_directory(finished.directory)
            assert name in str(caught.value)
    path.write_bytes(original)
    runs.open_directory(finished.directory)


@pytest.mark.campaign
def test_every_bit_of_a_manifest_counts(finished: runs.Run) -> None:
    path = finished.directory / "manifest.json"
    original = path.read_bytes()
    for place in range(len(original)):
        damaged = bytearray(original)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(bytes(damaged))
        with pytest.raises(CheckpointDamaged):
            runs.open_directory(finished.directory)
    for length in range(len(original)):
        path.write_bytes(original[:length])
        with pytest.raises(CheckpointDamaged):
            runs.open_directory(finished.directory)


@pytest.mark.parametrize("name", [pytest.param("status.json", marks=pytest.mark.campaign), "origin.json"])
def test_every_bit_of_a_signed_file_counts(tmp_path: Path, config: TrainConfig, name: str) -> None:
    writer = RunWriter.create(config, tmp_path)
    writer.remember_data_root(tmp_path)
    run = runs.open_run(writer.run_id, tmp_path)
    assert run.data_root() == tmp_path
    path = writer.directory / name
    original = path.read_bytes()
    flipped = [
        original[:place] + bytes([original[place] ^ 1 << bit]) + original[place + 1 :]
        for place in range(len(original))
        for bit in range(8)
    ]
    for damaged in (*flipped, *(original[:length] for length in range(len(original)))):
        path.write_bytes(damaged)
        with pytest.raises(CheckpointDamaged, match=name.replace(".", r"\.")):
            run.status() if name == "status.json" else run.data_root()


@pytest.mark.parametrize("name", LISTED)
@pytest.mark.parametrize("left", [0, 1, -1, None])
def test_a_file_that_was_cut_short_or_lost_is_named(finished: runs.Run, name: str, left: int | None) -> None:
    path = finished.directory / name
    if left is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(CheckpointDamaged, match=name):
        runs.open_directory(finished.directory)


def test_damage_after_a_run_was_opened_is_found_when_its_bytes_are_read(finished: runs.Run) -> None:
    run = runs.open_directory(finished.directory)
    path = run.directory / "model.safetensors"
    times = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a failing disk would: no new time stamp
    with pytest.raises(CheckpointDamaged, match=r"model\.safetensors"):
        run.weights()


def test_a_finished_run_without_its_manifest_is_damaged(finished: runs.Run) -> None:
    (finished.directory / "manifest.json").unlink()
    with pytest.raises(CheckpointDamaged, match=r"manifest\.json .* is missing"):
        runs.open_directory(finished.directory)


def rewrite_manifest(run: runs.Run) -> None:
    storage.write_manifest(run.directory, LISTED)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dataset": "cats"}, "data.json of run"),
        ({"epochs": 0}, "epochs: Input should be greater than or equal to 1; got 0"),
        ({"hidden_sizes": [5000]}, "less than or equal to 4096; got 5000"),
        ({"colour": 1}, "colour is no setting"),
        ({"beta": 1e999}, "not valid JSON"),
    ],
)
def test_a_config_that_is_out_of_bounds_says_so_in_one_sentence(
    finished: runs.Run, change: dict[str, Any], words: str
) -> None:
    path = finished.directory / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))
    rewrite_manifest(finished)
    with pytest.raises(LatentStudioError, match=r"config\.json") as caught:
        runs.open_directory(finished.directory)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["[]", "3", "nonsense", "", "[" * 100_000, "\xff"])
def test_a_config_that_is_no_config_is_damaged(finished: runs.Run, content: str) -> None:
    (finished.directory / "config.json").write_text(content, encoding="latin-1")
    rewrite_manifest(finished)
    with pytest.raises(CheckpointDamaged, match=r"config\.json"):
        runs.open_directory(finished.directory)


def test_weights_that_do_not_fit_the_config_name_the_tensor(
    tmp_path: Path, config: TrainConfig, weights: dict[str, Any]
) -> None:
    wrong = {
        "encoder.1.bias": weights["encoder.1.bias"][:2],
        "encoder.3.bias": weights["encoder.3.bias"].astype(np.float64),
        "decoder.9.bias": np.zeros(3, np.float32),
    }
    decoder = decoder_onnx(config, weights)
    for name, array in wrong.items():
        run = finish(RunWriter.create(config, tmp_path), {**weights, name: array}, decoder=decoder)
        with pytest.raises(ShapeMismatch, match=name.replace(".", r"\.")):
            run.weights()
    without = {name: array for name, array in weights.items() if name != "encoder.1.weight"}
    with pytest.raises(ShapeMismatch, match=r"encoder\.1\.weight.*no such tensor"):
        finish(RunWriter.create(config, tmp_path), without, decoder=decoder).weights()


def test_an_embedding_of_another_dimension_is_refused(
    tmp_path: Path, config: TrainConfig, weights: dict[str, Any]
) -> None:
    run = finish(RunWriter.create(config, tmp_path), weights, embedding=embedding_of(4, dims=3))
    with pytest.raises(ShapeMismatch, match="mu in embedding"):
        run.embedding()


def test_verifying_again_reads_no_file_but_the_manifest(finished: runs.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LISTED:  # not just written, so that their time stamps can be trusted
        os.utime(finished.directory / name, (1e9, 1e9))
    finished.verify()
    opened: list[Path] = []
    original = Path.open

    def note(path: Path, *arguments: Any, **named: Any) -> Any:
        opened.append(path)
        return original(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", note)
    finished.verify()
    assert {path.name for path in opened} <= {"manifest.json"}


def test_rows_that_a_failing_disk_does_not_give_are_not_taken_for_none(
    tmp_path: Path, config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunWriter.create(config, tmp_path)
    writer.append_metrics({"step": 1})
    run, opened = runs.open_run(writer.run_id, tmp_path), Path.open

    def failing(path: Path, *arguments: Any, **named: Any) -> Any:
        if path.name == "metrics.jsonl":
            raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        return opened(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(DiskRefused, match=r"metrics\.jsonl could not be looked at \(Connection timed out\)"):
        run.metrics()
