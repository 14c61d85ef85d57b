"""Event files by our own few lines, and what the projector is given; read again by TensorBoard where it is there."""

import dataclasses
import io
import math
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.vae_core.run_samples import embedding_of
from vae_core import load, runs
from vae_core.interchange.exports import formats, scalars, tensorboard
from vae_core.interchange.exports.event_file import crc32c, event_file
from vae_core.runs import Run, archives


def test_the_checksum_is_that_of_the_standards_examples() -> None:
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert crc32c(b"123456789") == 0xE3069283


def test_a_record_is_as_the_format_says_byte_for_byte() -> None:
    data = event_file(1.5, [])
    event = b"\x09" + struct.pack("<d", 1.5) + b"\x10\x00" + b"\x1a\x0dbrain.Event:2"
    assert data[:8] == struct.pack("<Q", len(event))
    assert data[12:-4] == event
    crc = crc32c(event)
    assert data[-4:] == struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32)


def test_a_value_is_as_the_format_says_byte_for_byte() -> None:
    data = event_file(0.0, [(2.0, 300, {"a/b": 0.5})])[len(event_file(0.0, [])) :]
    value = b"\x0a\x03a/b" + b"\x15" + struct.pack("<f", 0.5)
    assert data[12:-4] == b"\x09" + struct.pack("<d", 2.0) + b"\x10\xac\x02" + b"\x2a\x0c" + b"\x0a\x0a" + value


def test_every_number_of_the_metrics_has_a_name_and_a_step() -> None:
    run = runs.open_run("digits")
    rows, _ = run.metrics()
    moments = scalars.moments(run)
    assert [moment.step for moment in moments] == sorted({row["step"] for row in rows})
    last = [row for row in rows if row["split"] == "held-out"][-1]
    assert moments[-1].values["kl_nats/held-out"] == last["kl_nats"]
    assert moments[-1].values["kl_per_dim_nats.1/held-out"] == last["kl_per_dim_nats"][1]
    assert not any(name.startswith("split") for name in moments[-1].values)


def test_the_projector_gets_a_mean_a_line_and_a_thumbnail_for_each_point() -> None:
    run = runs.open_run("digits")
    files, embedding = tensorboard.files(run), run.embedding()
    means = np.array([line.split("\t") for line in files["mu.tsv"].decode().splitlines()], dtype=np.float32)
    np.testing.assert_array_equal(means[:, :2], embedding.mu)
    assert means.shape[1] == 3  # of two the projector draws nothing
    assert not means[:, 2].any()
    assert len(files["metadata.tsv"].splitlines()) == len(means) + 1
    columns = math.ceil(math.sqrt(len(means)))
    sprite = np.asarray(Image.open(io.BytesIO(files["sprite.png"])))
    assert sprite.shape == (8 * columns, 8 * columns)
    images = load("digits", embedding.split).images
    number = columns + 2  # the third of the second row
    assert (sprite[8:16, 16:24] == images[embedding.index[number], 0]).all()
    assert b"single_image_dim: 8 single_image_dim: 8" in files["projector_config.pbtxt"]


def test_tall_pictures_are_whole_in_the_sprite_and_many_large_ones_fit_a_texture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sprite, side = tensorboard._sprite(np.full((3, 3, 8, 4), 255, dtype=np.uint8))
    assert side == 8
    assert np.asarray(Image.open(io.BytesIO(sprite))).sum() == 3 * 3 * 8 * 4 * 255
    monkeypatch.setattr(tensorboard, "MOST_PIXELS", 16)
    sprite, side = tensorboard._sprite(np.zeros((9, 1, 8, 8), dtype=np.uint8))
    assert (Image.open(io.BytesIO(sprite)).size, side) == ((12, 12), 4)


def test_a_tab_in_a_classs_name_shifts_no_row(finished: Run) -> None:
    card = dataclasses.replace(finished.card, classes=tuple(f"a\u2028{i}\u0085b" for i in range(10)))
    words = tensorboard._metadata(dataclasses.replace(finished, card=card), embedding_of(5), np.arange(5))
    assert [line.count("\t") for line in words.splitlines()] == [1] * 6


def test_it_is_written_into_the_runs_own_folder_and_stays_here_when_that_is_sent(finished: Run) -> None:
    before = archives.export_zip(finished)
    paths = formats.write(finished, "tensorboard")
    assert {path.parent for path in paths} == {finished.directory / "tensorboard"}
    assert archives.export_zip(finished) == before
    finished.verify()


def test_tensorboard_itself_reads_the_same(tmp_path: Path) -> None:
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    run = runs.open_run("digits")
    formats.write(run, "tensorboard", tmp_path)
    read = event_accumulator.EventAccumulator(str(tmp_path)).Reload()
    for moment in scalars.moments(run):
        for name, value in moment.values.items():
            assert (moment.step, pytest.approx(value, rel=1e-6)) in [
                (each.step, each.value) for each in read.Scalars(name)
            ]
    config = pytest.importorskip("tensorboard.plugins.projector.projector_config_pb2").ProjectorConfig()
    text_format = pytest.importorskip("google.protobuf.text_format")
    text_format.Parse((tmp_path / "projector_config.pbtxt").read_text(encoding="utf-8"), config)
    assert config.embeddings[0].sprite.single_image_dim == [8, 8]
