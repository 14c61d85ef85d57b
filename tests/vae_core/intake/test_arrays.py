"""Arrays of every layout, range and key are the same pictures; what is unsafe or no picture is refused by name."""

import gzip
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.intake.pictures_for_tests import picture
from vae_core.data import registry
from vae_core.errors import DataRefused
from vae_core.intake import adding
from vae_core.intake.array.files import is_arrays
from vae_core.intake.array.finding import find_arrays
from vae_core.intake.found import Found
from vae_core.intake.pictures import Preparation

COUNT = 5
COLOURS = np.stack([picture(number) for number in range(COUNT)])  # (N, H, W, 3)
GREYS = COLOURS[..., 0]


def npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)
    return path


def npy(path: Path, array: np.ndarray) -> Path:
    np.save(path, array)
    return path


def pixels(found: Found, wanted: Preparation | None = None) -> np.ndarray:
    wanted = wanted or found.suggested
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "raw"
        found.pictures.write(target, wanted, lambda _done, _all: None)
        return np.fromfile(target, np.uint8).reshape(-1, *wanted.image_shape)


@pytest.mark.parametrize(
    "array",
    [
        COLOURS,
        COLOURS.transpose(0, 3, 1, 2),
        COLOURS.transpose(0, 3, 1, 2).reshape(COUNT, -1),
        np.asfortranarray(COLOURS),
    ],
    ids=["N H W C", "N C H W", "flat", "columns first"],
)
def test_channels_first_last_and_flat_are_the_same_pictures(array: np.ndarray, tmp_path: Path) -> None:
    found = find_arrays(npy(tmp_path / "x.npy", array))
    assert np.array_equal(pixels(found), COLOURS.transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    "array",
    [
        GREYS,
        GREYS / 255,
        (GREYS / 255).astype(np.float32),
        GREYS / 127.5 - 1,
        GREYS.astype(np.int64),
        GREYS.astype(np.float64),
        GREYS.astype(np.uint16) * 257,
    ],
    ids=["bytes", "0 to 1", "0 to 1 in single", "-1 to 1", "whole numbers", "0 to 255", "16 bits"],
)
def test_every_usual_range_is_found_and_said(array: np.ndarray, tmp_path: Path) -> None:
    found = find_arrays(npy(tmp_path / "x.npy", array))
    assert np.array_equal(pixels(found)[:, 0], GREYS)
    assert "were read as black to white" in found.notes[0]


def test_standardised_numbers_are_said_to_be_and_can_be_corrected(tmp_path: Path) -> None:
    path = npy(tmp_path / "x.npy", (GREYS / 255 - 0.3) / 0.1)
    found = find_arrays(path)
    assert "as if standardised" in found.notes[0]
    assert pixels(found).max() == 255
    assert found.extent == pytest.approx((((GREYS.min() / 255) - 0.3) / 0.1, ((GREYS.max() / 255) - 0.3) / 0.1))
    corrected = pixels(found, replace(found.suggested, value_range=(-3.0, 7.0)))
    assert np.abs(corrected[:, 0].astype(int) - GREYS).max() <= 1


def test_masks_of_0_and_1_are_black_and_white(tmp_path: Path) -> None:
    for array in (GREYS > 100, (GREYS > 100).astype(np.uint8)):
        assert set(np.unique(pixels(find_arrays(npy(tmp_path / "x.npy", array))))) == {0, 255}


def test_pixels_that_are_no_numbers_are_refused_with_the_images_name(tmp_path: Path) -> None:
    bad = GREYS / 255
    bad[3, 2, 2] = np.nan
    with pytest.raises(DataRefused, match=r"x\[3\] has pixels that are no numbers"):
        find_arrays(npy(tmp_path / "x.npy", bad))


def test_medmnists_keys_and_columns_of_labels_are_known(tmp_path: Path) -> None:
    sides = {f"{side}_images": GREYS for side in ("train", "val", "test")}
    labels = {f"{side}_labels": np.arange(COUNT)[:, None] for side in ("train", "val", "test")}
    found = find_arrays(npz(tmp_path / "x.npz", **sides, **labels))
    assert found.labels == ["0", "1", "2", "3", "4"] * 3
    assert found.sides == ["train"] * COUNT + ["held-out"] * 2 * COUNT


def test_several_labels_at_once_are_properties_that_each_picture_has_or_not(tmp_path: Path) -> None:
    several = (np.arange(COUNT * 14).reshape(COUNT, 14) % 3 == 0).astype(np.uint8)
    found = find_arrays(npz(tmp_path / "x.npz", train_images=GREYS, train_labels=several))
    assert (found.labels, len(found.properties)) == (None, 14)
    added = adding.add(found, "x", tmp_path / "data").kept
    assert (added.card.labels, added.card.classes) == ("several", found.properties)
    everything = registry.load("x", "all", tmp_path / "data")
    rows = np.argsort(everything.columns["file"])
    assert np.array_equal(np.stack([everything.columns[name][rows] for name in found.properties], axis=1), several)


def test_numbers_that_are_not_whole_are_a_label_of_their_own_kind(tmp_path: Path) -> None:
    found = find_arrays(npz(tmp_path / "x.npz", x=GREYS, y=np.arange(COUNT) / 4))
    assert found.labels is None
    added = adding.add(found, "x", tmp_path / "data").kept
    assert (added.card.labels, added.card.classes) == ("number", None)
    assert sorted(registry.load("x", "all", tmp_path / "data").columns["label"].tolist()) == [0, 0.25, 0.5, 0.75, 1]


def test_classes_have_their_names_and_other_arrays_are_columns(tmp_path: Path) -> None:
    sides = {
        "x_train": GREYS,
        "x_test": COLOURS[..., 1],
        "y_train": np.arange(COUNT) % 2,
        "y_test": np.arange(COUNT) % 2,
    }
    columns = {"column_y_train": np.arange(COUNT), "column_y_test": np.arange(COUNT) + 9, "weights": np.ones(3)}
    found = find_arrays(npz(tmp_path / "x.npz", **sides, **columns, classes=np.array(["cat", "dog"])))
    assert found.labels == ["cat", "dog", "cat", "dog", "cat"] * 2
    assert {name: values.tolist() for name, values in found.columns.items()} == {
        "y": [*range(COUNT), *range(9, 9 + COUNT)]
    }


def test_kerass_keys_and_one_hot_labels_are_known(tmp_path: Path) -> None:
    one_hot = np.eye(COUNT)
    found = find_arrays(npz(tmp_path / "x.npz", x_train=GREYS, y_train=one_hot, x_test=GREYS, y_test=one_hot))
    assert found.labels == ["0", "1", "2", "3", "4"] * 2
    assert set(found.sides or ()) == {"train", "held-out"}


def test_one_array_without_a_name_is_the_pictures(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", GREYS)
    assert np.array_equal(pixels(find_arrays(tmp_path / "x.npz"))[:, 0], GREYS)


def test_keys_that_say_nothing_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="foo, bar; expected images"):
        find_arrays(npz(tmp_path / "x.npz", foo=GREYS, bar=GREYS))


def test_arrays_of_different_shapes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="different shapes"):
        find_arrays(npz(tmp_path / "x.npz", x_train=GREYS, x_test=GREYS[:, 2:]))


@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_python_objects_are_never_loaded(name: str, tmp_path: Path) -> None:
    objects = np.array([{"a": 1}, None], dtype=object)
    (np.save if name == "x.npy" else np.savez)(tmp_path / name, objects)  # type: ignore[operator]
    with pytest.raises(DataRefused, match=r"Python objects|allow_pickle|Object arrays"):
        find_arrays(tmp_path / name)


def test_a_head_that_promises_more_than_there_is_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    head = {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**6)}
    np.lib.format.write_array_header_1_0(buffer, head)
    (tmp_path / "x.npy").write_bytes(buffer.getvalue() + bytes(100))
    with pytest.raises(DataRefused, match=r"x\.npy"):
        find_arrays(tmp_path / "x.npy")
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("images.npy", buffer.getvalue() + bytes(100))
    with pytest.raises(DataRefused, match="at most 64 GiB"):
        find_arrays(tmp_path / "x.npz")


@pytest.mark.parametrize("shape", [(5,), (5, 7), (5, 3, 12, 12, 2), (5, 12, 12, 7)])
def test_what_is_no_picture_is_refused_with_its_shape(shape: tuple[int, ...], tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=str(shape).replace("(", r"\(").replace(")", r"\)")):
        find_arrays(npy(tmp_path / "x.npy", np.zeros(shape, np.uint8)))


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_are_read_packed_or_not(packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "train-images.idx3-ubyte"
    path.write_bytes(gzip.compress(idx(GREYS)) if packed else idx(GREYS))
    assert is_arrays(path)
    assert np.array_equal(pixels(find_arrays(path))[:, 0], GREYS)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [(lambda data: data + b"x", "has more"), (lambda data: data[:-1], "has fewer")],
)
def test_idx_files_of_wrong_length_are_refused(change: object, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(change(idx(GREYS)))  # type: ignore[operator]
    with pytest.raises(DataRefused, match=sentence):
        find_arrays(tmp_path / "x")


def test_pictures_in_arrays_are_resized_and_turned_grey_as_files_are(tmp_path: Path) -> None:
    found = find_arrays(npy(tmp_path / "x.npy", COLOURS))
    grey = pixels(found, Preparation((8, 16), colour=False, fit="stretch", inverted=True))
    assert grey.shape == (COUNT, 1, 8, 16)
