"""A run says itself what it was trained on: in its directory, its manifest, its checkpoints and its archive."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.run_samples import LISTED, files_in, finish, random_weights, small_config
from vae_core import runs
from vae_core.config import TrainConfig, parse_config
from vae_core.data.registry import CARDS_OF_0_1_0, DATASETS
from vae_core.data.source import DataCard
from vae_core.data.statistics import DataFacts
from vae_core.errors import CheckpointDamaged
from vae_core.runs import Run, RunWriter, archives, checkpoints, storage

LEAVES = replace(DATASETS["digits"].card, title="Leaves", digest="0" * 64, origin="pressed and scanned")


@pytest.fixture
def leaves(tmp_path: Path, config: TrainConfig) -> Run:
    """A finished run of images that this machine has never seen."""
    return finish(RunWriter.create(config, tmp_path, card=LEAVES), random_weights(config))


def as_of_0_1_0(run: Run) -> Run:
    """The same run as version 0.1.0 would have left it: without a card."""
    (run.directory / "data.json").unlink()
    storage.write_manifest(run.directory, [name for name in LISTED if name != "data.json"])
    return run


def test_a_run_keeps_the_card_it_was_made_with(leaves: Run) -> None:
    assert runs.open_directory(leaves.directory).card == LEAVES
    assert [run.card for run in runs.list_runs(leaves.directory.parent)] == [LEAVES]
    assert RunWriter.open(leaves.directory).card == LEAVES
    assert "data.json" in json.loads((leaves.directory / "manifest.json").read_bytes())["files"]


def test_a_new_runs_card_is_that_of_the_images_that_are_here(tmp_path: Path, config: TrainConfig) -> None:
    assert RunWriter.create(config, tmp_path).card == DATASETS["digits"].card


def test_a_card_travels_with_the_archive(leaves: Run, tmp_path: Path) -> None:
    data = archives.export_zip(leaves)
    copy = runs.open_run(archives.import_zip(data, tmp_path / "elsewhere"), tmp_path / "elsewhere")
    assert copy.card == LEAVES


@pytest.mark.parametrize("name", CARDS_OF_0_1_0)
def test_a_run_of_0_1_0_has_the_card_of_its_data_set_and_stays_as_it_is(
    finished: Run, name: str, config: TrainConfig
) -> None:
    run = as_of_0_1_0(finished)
    before = files_in(run.directory)
    assert CARDS_OF_0_1_0[name].has_images_of(DATASETS[name].card)
    assert runs.open_directory(run.directory).card == CARDS_OF_0_1_0["digits"]
    assert files_in(run.directory) == before
    card = runs.records.read_card(run.directory, config.model_copy(update={"dataset": name}))
    assert replace(card, held_out_size=CARDS_OF_0_1_0[name].held_out_size) == CARDS_OF_0_1_0[name]


FACTS = DataFacts(7, 0.5, 0.25, 0.0, 0.125, 0.75)


def test_a_run_of_0_1_0_is_of_the_images_whose_facts_it_wrote_down_and_not_of_the_usual_ones(
    finished: Run, tmp_path: Path
) -> None:
    run = as_of_0_1_0(finished)
    config = run.config.model_copy(update={"dataset": "mnist"})
    first = {"split": "held-out", "step": 0, "data": asdict(FACTS)}
    (run.directory / "metrics.jsonl").write_bytes(json.dumps(first).encode() + b"\n")
    card = runs.records.read_card(run.directory, config)
    sizes = (card.train_size, card.held_out_size)
    assert (card.digest, card.statistics, sizes) == (None, FACTS, (7, run.evaluation().held_out.images))
    here = replace(DATASETS["mnist"].card, digest="1" * 64, train_size=7, held_out_size=3, statistics=FACTS)
    assert card.has_images_of(here)
    assert not card.has_images_of(DATASETS["mnist"].card)
    assert not card.has_images_of(replace(here, statistics=replace(FACTS, mean_grey=0.4)))
    without_a_class = config.model_copy(update={"left_out_class": "3"})  # its facts are of some of the images
    assert runs.records.read_card(run.directory, without_a_class) == CARDS_OF_0_1_0["mnist"]


@pytest.mark.parametrize("rows", [b"", b"[1]\n", b"{\n", b'{"data": {"images": 0}}\n', b"{}\n"])
def test_a_run_of_0_1_0_without_facts_on_mnist_goes_with_images_of_its_sizes(finished: Run, rows: bytes) -> None:
    run = as_of_0_1_0(finished)
    (run.directory / "metrics.jsonl").write_bytes(rows)
    (run.directory / "evaluation.json").unlink()
    card = runs.records.read_card(run.directory, run.config.model_copy(update={"dataset": "mnist"}))
    assert card == CARDS_OF_0_1_0["mnist"]
    assert card.has_images_of(DATASETS["mnist"].card)


def test_a_run_of_0_1_0_goes_through_an_archive_without_a_card(finished: Run, tmp_path: Path) -> None:
    data = archives.export_zip(as_of_0_1_0(finished))
    copy = runs.open_run(archives.import_zip(data, tmp_path / "elsewhere"), tmp_path / "elsewhere")
    assert copy.card == CARDS_OF_0_1_0["digits"]
    assert not (copy.directory / "data.json").exists()


def test_a_card_that_is_lost_or_that_nobody_vouches_for_is_damage(leaves: Run) -> None:
    (leaves.directory / "data.json").rename(leaves.directory / "away")
    with pytest.raises(CheckpointDamaged, match=r"data\.json"):
        runs.open_directory(leaves.directory)
    (leaves.directory / "away").rename(leaves.directory / "data.json")
    storage.write_manifest(leaves.directory, [name for name in LISTED if name != "data.json"])
    with pytest.raises(CheckpointDamaged, match=r"data\.json .* is not in its manifest"):
        runs.open_directory(leaves.directory)


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_checkpoint_vouches_for_the_card(tmp_path: Path, config: TrainConfig, is_lost: bool) -> None:
    writer = RunWriter.create(config, tmp_path, card=LEAVES)
    writer.save_checkpoint({"step": np.array(3)}, step=3, elapsed_s=0.0)
    path = writer.directory / "data.json"
    if is_lost:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(CheckpointDamaged, match=r"data\.json"):
        checkpoints.newest_checkpoint(writer.directory)


def test_a_damaged_card_is_named_and_not_taken_for_settings_that_cannot_be(tmp_path: Path) -> None:
    config = parse_config(small_config().model_dump() | {"left_out_class": "7"})
    run = finish(RunWriter.create(config, tmp_path, card=LEAVES), random_weights(config))
    (run.directory / "data.json").write_bytes(change(LEAVES, classes=["one", "two"]))
    with pytest.raises(CheckpointDamaged, match=r"data\.json"):
        runs.open_directory(run.directory)


def change(card: DataCard, **values: object) -> bytes:
    return storage.dump_json(card.as_json() | values)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[]", "data.json"),
        (change(LEAVES, classes=None, labels="none"), "does not have"),
        (change(LEAVES, classes=["one", "two"]), "does not have"),
        (change(LEAVES, held_out_size=4), "does not have"),
        (change(LEAVES, image_shape=[1, 8, 9]), "asks for"),
    ],
)
def test_an_uploaded_card_that_its_run_does_not_fit_is_refused(
    leaves: Run, tmp_path: Path, content: bytes, words: str
) -> None:
    (leaves.directory / "data.json").write_bytes(content)
    storage.write_manifest(leaves.directory, LISTED)
    with pytest.raises(Exception, match=words):
        archives.import_zip(archives.export_zip(leaves), tmp_path / "elsewhere")
