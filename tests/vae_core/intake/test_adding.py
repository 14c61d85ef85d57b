"""From a folder, an archive or arrays to a data set that is kept, and that a model learns from."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.intake.ending_decoder import DEADLY, STUCK
from tests.vae_core.intake.pictures_for_tests import encoded, files, picture, tarred, write, zipped
from vae_core.cli import commands
from vae_core.cli.main import main
from vae_core.data import kept, registry
from vae_core.data.source import parse_card
from vae_core.errors import DataRefused, DatasetUnknown
from vae_core.intake import adding, decoding
from vae_core.intake.containers import open_container
from vae_core.intake.marks import alike_marks, exact_marks
from vae_core.intake.pictures import Preparation

NAMES = [f"pets/{kind}/{number}.png" for kind in ("cats", "dogs") for number in range(10)]


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("pictures"), files(NAMES))


def test_a_folder_and_its_archives_are_one_data_set(pets: Path, tmp_path: Path) -> None:
    given = {name: (pets / name).read_bytes() for name in NAMES}
    first = adding.add(adding.find(pets), "My pets", tmp_path / "data")
    assert first.is_new
    assert (first.kept.card.name, first.kept.card.title) == ("my-pets", "My pets")
    assert (first.kept.card.classes, first.kept.card.labels) == (("cats", "dogs"), "class")
    assert (first.kept.card.train_size, first.kept.card.held_out_size) == (18, 2)
    for path in (zipped(tmp_path / "x.zip", given), tarred(tmp_path / "x.tgz", given, "w:gz")):
        again = adding.add(adding.find(path), "Others", tmp_path / "data")
        assert not again.is_new
        assert again.kept.card.name == "my-pets"
    assert [each.card.name for each in kept.everything(tmp_path / "data")] == ["my-pets"]


def test_what_is_kept_is_the_pictures_with_their_classes_and_file_names(pets: Path, tmp_path: Path) -> None:
    adding.add(adding.find(pets), "pets", tmp_path)
    everything = registry.load("pets", "all", tmp_path)
    assert everything.labels is not None
    for image, label, name in zip(everything.images, everything.labels, everything.columns["file"], strict=True):
        assert np.array_equal(image, picture(NAMES.index(f"pets/{name.removeprefix('pets/')}")).transpose(2, 0, 1))
        assert ("cats", "dogs")[label] in name


def test_a_picture_that_cannot_be_read_is_skipped_and_named(tmp_path: Path) -> None:
    write(
        tmp_path / "in", files(["a/1.png", "a/2.png", "b/3.png"]) | {"a/bad.png": b"\x89PNG", "a/page.jpg": b"<html>"}
    )
    write(tmp_path / "in", {"a/.ipynb_checkpoints/1.png": b"", "readme.txt": b"hello"})
    added = adding.add(adding.find(tmp_path / "in"), "x", tmp_path / "data").kept
    assert added.card.size("all") == 3
    assert added.report["skipped"].keys() == {"a/bad.png", "a/page.jpg", "readme.txt"}
    assert "1 hidden" in added.report["notes"][0]


def test_an_empty_folder_is_no_class_and_numbers_in_an_idx_file_are_no_pictures(pets: Path, tmp_path: Path) -> None:
    names = ["a/1.png", "a/2.png", "b/3.png"]
    folder = write(tmp_path / "in", files(names))
    (folder / "c").mkdir()
    assert adding.add(adding.find(folder), "x", tmp_path / "data").kept.card.classes == ("a", "b")
    (tmp_path / "train-images.idx3-float").write_bytes(b"\0\0\x0d\x03" + bytes(12))
    with pytest.raises(DataRefused, match="nothing that pictures come in"):
        adding.find(tmp_path / "train-images.idx3-float")


def test_nothing_that_can_be_learnt_from_leaves_nothing_behind(tmp_path: Path) -> None:
    for number, contents in enumerate(({}, {"a.txt": b"no"}, {"1.png": b"no"}, files(["1.png"]))):
        path = write(tmp_path / f"in{number}", contents)
        path.mkdir(exist_ok=True)
        with pytest.raises(DataRefused):
            adding.add(adding.find(path), "x", tmp_path / "data")
    assert not list((tmp_path / "data").rglob("*.npy"))
    assert not kept.everything(tmp_path / "data")


def test_a_name_that_is_taken_is_refused(pets: Path, tmp_path: Path) -> None:
    adding.add(adding.find(pets), "pets", tmp_path)
    other = write(tmp_path / "other", files(["1.png", "2.png"], side=14))
    for name in ("Pets", "digits", "MNIST"):
        with pytest.raises(DataRefused, match="called"):
            adding.add(adding.find(other), name, tmp_path)


def test_more_than_is_kept_is_refused_with_the_sum(pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.intake.found.MOST_IMAGES", 19)
    with pytest.raises(DataRefused, match=r"20 pictures of 432 bytes are 0\.0 GiB"):
        adding.add(adding.find(pets), "x", tmp_path)


def test_a_picture_that_ends_its_decoder_is_found_and_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child that decodes is told to end itself at one file."""
    write(tmp_path / "in", files([f"{number}.png" for number in range(9)]) | {"last.png": DEADLY})
    monkeypatch.setattr(decoding, "COMMAND", (sys.executable, "-m", "tests.vae_core.intake.ending_decoder"))
    added = adding.add(adding.find(tmp_path / "in"), "x", tmp_path / "data").kept
    assert added.card.size("all") == 9
    assert added.report["skipped"] == {"last.png": "ends the process that decodes it, or takes too long"}


def test_a_picture_that_takes_for_ever_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "COMMAND", (sys.executable, "-m", "tests.vae_core.intake.ending_decoder"))
    monkeypatch.setattr(decoding, "LONGEST_S", 0.0)
    container = open_container(write(tmp_path / "in", {"stuck.png": STUCK}))
    done = decoding.decode_all(
        container, container.entries, Preparation((8, 8), colour=False), tmp_path / "raw", lambda _done, _all: None
    )
    assert done.reasons == {0: "ends the process that decodes it, or takes too long"}


def test_colour_and_size_are_suggested_by_what_is_there(tmp_path: Path) -> None:
    grey = {f"{n}.png": encoded(picture(n, 100 + n, channels=1)) for n in range(5)}
    assert adding.find(write(tmp_path / "grey", grey)).suggested == Preparation((64, 64), colour=False)
    assert adding.find(write(tmp_path / "own", files(["1.png", "2.png"], side=20))).suggested.size == (20, 20)


def test_marks_tell_the_same_from_the_nearly_same_from_others() -> None:
    one = picture(1, 32).transpose(2, 0, 1)[None]
    nearly = np.clip(one.astype(int) + 1, 0, 255).astype(np.uint8)
    other = picture(2, 32).transpose(2, 0, 1)[None]
    images = np.concatenate([one, one, nearly, other, np.full_like(one, 9)])
    exact, alike = exact_marks(images), alike_marks(images)
    assert exact[0] == exact[1]
    assert len(set(exact.tolist())) == 4
    assert alike[0] == alike[1] == alike[2] != alike[3]
    assert alike[4] == 0, "what has no contrast is like nothing"


# From the command line, to a model


def test_pictures_are_added_learnt_from_renamed_and_removed(
    pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    assert main(["data", "add", str(pets), "--name", "pets", "--size", "8x10", "--grey", "--json"]) == 0
    values = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (values["name"], values["image_shape"]) == ("pets", [1, 8, 10])
    assert main(["data", "list"]) == 0
    assert "pets: 20 pictures 8×10 grey, 2 classes" in capsys.readouterr().out
    assert main(["train", "--dataset", "pets", "--epochs", "1", "--hidden-sizes", "8", "--threads", "1", "--json"]) == 0
    run = json.loads(capsys.readouterr().out.splitlines()[-1])["run"]
    found = kept.rename(kept.find(tmp_path / "data", "pets"), "Cats & dogs")
    assert found.card.name == "cats-dogs"
    assert main(["evaluate", run]) == 0, "a run finds its pictures by what they are"
    assert main(["data", "remove", "cats-dogs"]) == 0
    assert main(["data", "show", "cats-dogs"]) == 2
    assert "none yet" in capsys.readouterr().err
    with pytest.raises(DatasetUnknown):
        registry.load("cats-dogs", "train")


def test_shapes_are_drawn_with_their_factors_as_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--data-dir", str(tmp_path)]
    assert main(["data", "draw", "shapes", "--count", "60", "--size", "16", "--grey", *where]) == 0
    assert "shapes: 60 pictures 16×16 grey, 3 classes" in capsys.readouterr().out
    split = registry.load("shapes", "all", tmp_path)
    assert {"shape", "size", "angle", "x", "y", "hue"} < split.columns.keys()
    assert split.labels is not None
    named = np.array(kept.find(tmp_path, "shapes").card.classes)[split.labels]
    assert np.array_equal(named, np.array(["square", "ellipse", "heart"])[split.columns["shape"].astype(int)])


def labelled(path: Path, labels: list[int]) -> Path:
    """The same six pictures, four of them to learn from, with other labels."""
    pictures = np.stack([picture(number, 8, 1) for number in range(6)])
    np.savez(path, x_train=pictures[:4], y_train=labels[:4], x_test=pictures[4:], y_test=labels[4:])
    return path


def test_the_same_pictures_with_other_labels_are_kept_beside_the_first(tmp_path: Path) -> None:
    root, ways = tmp_path / "data", ([0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 1], [0, 1, 2, 0, 1, 2])
    found = [labelled(tmp_path / f"{number}.npz", labels) for number, labels in enumerate(ways)]
    first, second, third = (adding.add(adding.find(path), path.stem, root) for path in found)
    assert (first.is_new, second.is_new, third.is_new) == (True, True, True)
    assert first.kept.card.digest == second.kept.card.digest == third.kept.card.digest == first.kept.id
    assert len({first.kept.id, second.kept.id, third.kept.id}) == 3
    for added, labels in zip((first, second, third), ways, strict=True):
        again = adding.add(adding.find(found[ways.index(labels)]), "again", root)
        assert (again.kept, again.is_new) == (added.kept, False)
        learnt_from = replace(added.kept.card, name="since-renamed")  # as a run keeps it
        assert registry.images_of(learnt_from, "all", root).labels.tolist() == labels


def test_what_was_kept_before_labels_had_a_digest_is_still_the_same(tmp_path: Path) -> None:
    root, path = tmp_path / "data", labelled(tmp_path / "x.npz", [0, 1, 0, 1, 0, 1])
    kept_then = adding.add(adding.find(path), "x", root).kept
    values = kept_then.card.as_json()
    del values["labels_digest"]
    (kept_then.directory / kept.CARD).write_text(json.dumps(values))
    again = adding.add(adding.find(path), "again", root)
    assert not again.is_new
    assert again.kept.card.as_json() == values
    other = adding.add(adding.find(labelled(tmp_path / "y.npz", [0, 0, 0, 1, 1, 1])), "y", root)
    assert other.is_new
    of_then = registry.images_of(parse_card(values, "data.json"), "all", root)
    assert of_then.labels.tolist() == [0, 1, 0, 1, 0, 1]
    kept.remove(kept_then)
    assert registry.images_of(other.kept.card, "all", root).labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_defaults_suit_the_pictures_of_the_folder_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--data-dir", str(tmp_path / "elsewhere")]
    assert main(["data", "draw", "shapes", "--count", "60", "--size", "8", *where]) == 0
    configs = []
    monkeypatch.setattr(commands, "_train", lambda writer, *_rest, **_more: configs.append(writer.config) or 0)
    before = os.environ["VAE_DATA_DIR"]
    assert main(["train", "--dataset", "shapes", "--hidden-sizes", "4", *where]) == 0
    assert configs[0].epochs == 1000, "as of few pictures, where a data set that nobody knows has 12"
    assert os.environ["VAE_DATA_DIR"] == before


def test_a_size_that_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], pets: Path) -> None:
    with pytest.raises(SystemExit):
        main(["data", "add", str(pets), "--size", "4000"])
    assert "expected 8 to 128" in capsys.readouterr().err
