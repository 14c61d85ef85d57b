"""Tables of every kind are the same pictures, with their classes and what else is known; what is unsafe is refused."""

import csv
import gzip
import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import ROOT
from tests.vae_core.intake.pictures_for_tests import encoded, files, picture, tarred, write, zipped
from vae_core.data import registry
from vae_core.errors import DataRefused
from vae_core.intake import adding
from vae_core.intake.found import Found
from vae_core.intake.table import heads, process, running

IN_A_PROCESS = {
    "test_tables_of_a_folder_or_an_archive_are_one_data_set_with_sides",
    "test_a_page_that_unpacks_to_gigabytes_ends_at_the_limit_of_its_process",
    "test_extension_types_other_than_tensors_are_passed_over",
    "test_a_table_that_ends_its_process_is_a_sentence",
    "test_it_is_said_how_far_a_table_is_read_and_an_archive_unpacked",
}
"""Tests of the process that reads tables; the others do the same in their own, in a tenth of the time."""
COUNT, SIDE = 6, 8
COLOURS = np.stack([picture(number, SIDE) for number in range(COUNT)])  # (N, H, W, 3)
GREYS = np.ascontiguousarray(COLOURS[..., 0])
LABELS = ["cat", "dog", "cat", "owl", "dog", "cat"]
KINDS = [0, 1, 0, 2, 1, 0]


@pytest.fixture(autouse=True)
def _read_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.function.__name__ not in IN_A_PROCESS:
        monkeypatch.setattr(running, "ask", lambda question, _say: process.answer(question))


def pixels(found: Found, folder: Path) -> np.ndarray:
    target = folder / "raw"
    found.pictures.write(target, found.suggested, lambda _done, _all: None)
    return np.fromfile(target, np.uint8).reshape(-1, *found.suggested.image_shape)


def csv_file(path: Path, rows: list[list[Any]], header: list[str] | None = None, delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows] if header else rows)
    return path


def flat(values: np.ndarray = GREYS) -> list[list[Any]]:
    return values.reshape(len(values), -1).tolist()  # type: ignore[no-any-return]


def labelled(labels: list[Any] = KINDS, *, is_first: bool = True) -> list[list[Any]]:
    return [[label, *row] if is_first else [*row, label] for label, row in zip(labels, flat(), strict=True)]


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


PIXELS = [f"pixel{number}" for number in range(64)]
SORTED = sorted(PIXELS)
WAYS: dict[str, tuple[list[list[Any]], list[str] | None]] = {
    "label first": (labelled(), ["label", *PIXELS]),
    "label last": (labelled(is_first=False), [*(f"pixel{number}" for number in range(1, 65)), "class"]),
    "no names, label first": (labelled(), None),
    "no names, label last": (labelled(is_first=False), None),
    "no names, a word last": (labelled(LABELS, is_first=False), None),
    "counted names": (labelled(is_first=False), [*map(str, range(64)), "label"]),
    "counted names of all": (labelled(), [str(number) for number in range(65)]),
    "rows and columns": (labelled(), ["label", *(f"{y}x{x}" for y in range(1, 9) for x in range(1, 9))]),
    "names in the alphabet's order": (
        [[label, *(row[PIXELS.index(name)] for name in SORTED)] for label, row in zip(KINDS, flat(), strict=True)],
        ["label", *SORTED],
    ),
    "numbered rows": ([[n, *row] for n, row in enumerate(labelled())], ["", "label", *PIXELS]),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_csv_of_pixels_is_pictures_with_classes(way: str, tmp_path: Path) -> None:
    rows, header = WAYS[way]
    found = adding.find(csv_file(tmp_path / "x.csv", rows, header))
    assert np.array_equal(pixels(found, tmp_path)[:, 0], GREYS)
    assert found.labels == (LABELS if "word" in way else list(map(str, KINDS)))
    assert found.names[2] == "x.csv[2]"
    assert not found.columns


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_a_mark_of_unicode_and_packing_are_read(delimiter: str, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "x", labelled(), ["label", *PIXELS], delimiter)
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + path.read_bytes()))
    found = adding.find(path)
    assert np.array_equal(pixels(found, tmp_path)[:, 0], GREYS)
    assert found.labels == list(map(str, KINDS))


def test_pixels_alone_colours_and_other_ranges_are_read(tmp_path: Path) -> None:
    planes = COLOURS.transpose(0, 3, 1, 2)
    for name, rows in (("bytes", flat(planes)), ("parts", flat(planes / 255)), ("signed", flat(planes / 127.5 - 1))):
        found = adding.find(csv_file(tmp_path / name, rows))
        assert np.array_equal(pixels(found, tmp_path), planes)
        assert found.labels is None


def test_pixels_in_one_text_are_read_with_the_sides_beside_them(tmp_path: Path) -> None:
    usage = ["Training"] * 4 + ["PublicTest", "PrivateTest"]
    rows = [[kind, " ".join(map(str, row)), use] for kind, row, use in zip(KINDS, flat(), usage, strict=True)]
    found = adding.find(csv_file(tmp_path / "fer.csv", rows, ["emotion", "pixels", "Usage"]))
    assert np.array_equal(pixels(found, tmp_path)[:, 0], GREYS)
    assert found.labels == list(map(str, KINDS))
    assert found.sides == ["train"] * 4 + ["held-out"] * 2


def test_a_parquet_of_pixels_is_pictures_with_classes(tmp_path: Path) -> None:
    columns = {name: GREYS.reshape(COUNT, -1)[:, index] for index, name in enumerate(PIXELS)}
    found = adding.find(parquet(tmp_path / "x.parquet", **columns, target=KINDS))
    assert np.array_equal(pixels(found, tmp_path)[:, 0], GREYS)
    assert found.labels == list(map(str, KINDS))


def lists(kind: str) -> Any:
    match kind:
        case "list":
            return pa.array(flat(), pa.list_(pa.uint8()))
        case "fixed-size list":
            return pa.array(flat(), pa.list_(pa.uint8(), 64))
        case "nested list":
            return pa.array(GREYS.tolist())
        case "tensor":
            return pa.FixedShapeTensorArray.from_numpy_ndarray(GREYS)
        case _:  # stored column by column, and said to be: read in storage order it would be transposed
            stored = np.ascontiguousarray(GREYS.transpose(0, 2, 1)).reshape(COUNT, -1)
            tensor = pa.fixed_shape_tensor(pa.uint8(), [SIDE, SIDE], permutation=[1, 0])
            return pa.ExtensionArray.from_storage(tensor, pa.array(stored.tolist(), pa.list_(pa.uint8(), 64)))


@pytest.mark.parametrize("kind", ["list", "fixed-size list", "nested list", "tensor", "permuted tensor"])
def test_lists_and_tensors_are_the_same_pictures_the_right_way_round(kind: str, tmp_path: Path) -> None:
    found = adding.find(parquet(tmp_path / "x", image=lists(kind), label=LABELS))
    assert np.array_equal(pixels(found, tmp_path)[:, 0], GREYS)
    assert found.labels == LABELS


def hugging_face(path: Path, labels: list[int] = KINDS, **more: Any) -> Path:
    pictures = [{"bytes": encoded(image), "path": f"{number}.png"} for number, image in enumerate(COLOURS)]
    table = pa.table({"image": pictures, "label": labels, **more})
    features = {"label": {"names": ["cat", "dog", "owl"], "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    about = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(about), path, row_group_size=4)
    return path


def test_a_data_set_of_hugging_face_is_learnt_from_with_all_that_it_says(tmp_path: Path) -> None:
    more = {"age": [3, None, 5, 6, 7, 8], "text": [f"no. {n}" for n in range(COUNT)], "box": [[1, 2]] * COUNT}
    path = hugging_face(tmp_path / "x.parquet", [0, 1, 0, 2, 1, -1], **more)
    added = adding.add(adding.find(path), "pets", tmp_path / "data").kept
    assert added.card.classes == ("(none)", "cat", "dog", "owl")
    split = registry.load("pets", "all", tmp_path / "data")
    assert split.columns["age"].dtype == np.float32
    for image, name, age, text in zip(split.images, *(split.columns[c] for c in ("file", "age", "text")), strict=True):
        number = int(name.removesuffix(".png"))
        assert np.array_equal(image, COLOURS[number].transpose(2, 0, 1))
        assert text == f"no. {number}"
        assert np.isnan(age) if number == 1 else age == more["age"][number]
    assert "box" not in split.columns


def test_images_as_plain_bytes_are_read_and_what_is_none_is_named(tmp_path: Path) -> None:
    data = [*(encoded(image) for image in COLOURS), b"<html>", None]
    found = adding.find(parquet(tmp_path / "x.parquet", img=data, id=range(COUNT + 2)))
    added = adding.add(found, "x", tmp_path / "data").kept
    assert added.card.size("all") == COUNT
    assert added.report["skipped"].keys() == {"x.parquet[6]", "x.parquet[7]"}
    assert sorted(registry.load("x", "all", tmp_path / "data").columns["id"].tolist()) == list(range(COUNT))


def test_tables_of_a_folder_or_an_archive_are_one_data_set_with_sides(tmp_path: Path) -> None:
    train = hugging_face(tmp_path / "train.parquet").read_bytes()
    parts = {"data/train-00000-of-00001.parquet": train, "data/test-00000-of-00001.parquet": train, "README.md": b"x"}
    for path in (
        write(tmp_path / "in", parts), zipped(tmp_path / "x.zip", parts), tarred(tmp_path / "x.tgz", parts, "w:gz")
    ):  # fmt: skip
        found = adding.find(path)
        assert found.sides == ["held-out"] * COUNT + ["train"] * COUNT
        assert found.labels == LABELS * 2
        assert len(set(found.names)) == 2 * COUNT


# Beside pictures

NAMES = [f"{number}.png" for number in range(COUNT)]


def metadata(kind: str, path: Path) -> dict[str, bytes]:
    """Of all pictures but one, in another order, and one that is not there."""
    rows = [[NAMES[n], LABELS[n], n * 10, f"picture {n}"] for n in (4, 3, 2, 1, 0)] + [["gone.png", "cat", 1, "gone"]]
    header = ["file_name", "label", "size", "text"]
    match kind:
        case "csv":
            data = csv_file(path, rows, header).read_bytes()
        case "jsonl":
            data = "\n".join(json.dumps(dict(zip(header, row, strict=True)) | {"objects": {}}) for row in rows).encode()
        case _:
            columns = {name: [row[index] for row in rows] for index, name in enumerate(header)}
            data = parquet(path, **columns).read_bytes()
    return {f"metadata.{kind}": data}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_metadata_beside_pictures_gives_them_classes_and_columns(kind: str, tmp_path: Path) -> None:
    contents = files(NAMES) | metadata(kind, tmp_path / "x")
    for path in (write(tmp_path / "in", contents), zipped(tmp_path / "x.zip", contents)):
        found = adding.find(path)
        assert found.names == NAMES
        assert found.labels == [*LABELS[:5], ""]
        assert np.array_equal(found.columns["size"], np.array([0, 10, 20, 30, 40, np.nan], np.float32), equal_nan=True)
        assert found.columns["text"].tolist() == [*(f"picture {n}" for n in range(5)), ""]
        assert f"1 rows of metadata.{kind} name no picture" in " ".join(found.notes)
        assert not found.skipped


def test_metadata_of_each_side_counts_from_its_own_folder(tmp_path: Path) -> None:
    contents = files([f"{side}/{name}" for side in ("train", "test") for name in NAMES])
    for side, labels in (("train", LABELS), ("test", LABELS[::-1])):
        rows = [list(pair) for pair in zip(NAMES, labels, strict=True)]
        contents[f"{side}/metadata.csv"] = csv_file(tmp_path / "x", rows, ["file_name", "label"]).read_bytes()
    found = adding.find(write(tmp_path / "in", contents))
    assert found.labels == LABELS[::-1] + LABELS
    assert found.sides == ["held-out"] * COUNT + ["train"] * COUNT


@pytest.mark.parametrize("called", ["pictures/{}.png", "{}.png", "{}", "C:\\me\\{}.png"])
def test_a_table_names_its_pictures_by_path_or_name_with_or_without_their_end(called: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "in", files([f"pictures/p{number}.png" for number in range(COUNT)]))
    rows = [[called.format(f"p{n}"), LABELS[n]] for n in range(4)]
    path = csv_file(folder / "labels.csv", rows, ["id", "breed"])
    assert adding.find(folder).labels == [*LABELS[:4], "", ""]
    assert adding.find(path).labels == LABELS[:4], "named itself, it says which are taken"


def test_paths_never_lead_out_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path, files(["secret.png", "in/1.png"]))
    rows = [["../secret.png", "a"], [str(tmp_path / "secret.png"), "b"], ["1.png", "c"]]
    found = adding.find(csv_file(tmp_path / "in/labels.csv", rows, ["file_name", "label"]))
    assert found.names == ["1.png"]


def test_a_parquet_of_paths_alone_finds_the_pictures_beside_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", files(NAMES))
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    pictures = pa.array([{"bytes": None, "path": name} for name in NAMES], kind)
    assert adding.find(parquet(folder / "x.parquet", image=pictures, label=LABELS)).labels == LABELS


def test_a_table_beside_pictures_that_is_about_something_else_changes_nothing(tmp_path: Path) -> None:
    contents = files(["a/1.png", "b/2.png"]) | {"losses.csv": b"epoch,loss\n1,0.5\n2,0.25\n", "bad.parquet": b"PAR1"}
    found = adding.find(write(tmp_path / "in", contents))
    assert found.labels == ["a", "b"]
    assert found.skipped.keys() == {"losses.csv", "bad.parquet"}


# What goes along


def test_numbers_are_numbers_and_texts_that_look_like_them_stay(tmp_path: Path) -> None:
    header = ["label", "age", "weight", "code", "nothing", "file", *PIXELS]
    rows = [[LABELS[n], n, n / 4, f"0{n}", "", f"f{n}", *row] for n, row in enumerate(flat())]
    columns = adding.find(csv_file(tmp_path / "x.csv", rows, header)).columns
    assert {name: values.dtype.kind for name, values in columns.items()} == {
        "age": "i", "weight": "f", "code": "U", "file in the table": "U",
    }  # fmt: skip
    assert columns["weight"].dtype == np.float32
    assert columns["code"][3] == "03"


def test_labels_that_are_no_classes_are_a_column_of_numbers(tmp_path: Path) -> None:
    found = adding.find(csv_file(tmp_path / "x.csv", labelled([n / 4 for n in range(COUNT)]), ["label", *PIXELS]))
    assert found.labels is None
    assert found.columns["label"].tolist() == [n / 4 for n in range(COUNT)]


# What is refused


@pytest.mark.parametrize(
    ("rows", "header", "sentence"),
    [
        ([[1, 2, 3]] * 4, ["a", "b", "c"], "neither pixels nor images"),
        ([*labelled()[:3], [1, 2]], ["label", *PIXELS], "no readable table .*Expected 65 columns, got 2"),
        ([*labelled()[:3], [0, "?", *flat()[0][1:]]], ["label", *PIXELS], r"no readable table .*invalid value '\?'"),
        ([*labelled()[:3], [0, "", *flat()[0][1:]]], ["label", *PIXELS], r"x\.csv\[3\] has pixels that are no numbers"),
        ([], ["label", *PIXELS], "has no rows"),
    ],
    ids=["no pixels", "a short row", "a word", "nothing", "no rows"],
)
def test_a_csv_that_cannot_be_is_refused_in_a_sentence(
    rows: list[list[Any]], header: list[str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(DataRefused, match=sentence) as error:
        adding.find(csv_file(tmp_path / "x.csv", rows, header))
    assert "\n" not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_pictures_of_several_sizes_are_refused(tmp_path: Path) -> None:
    images = [np.zeros((size, size)).tolist() for size in (8, 9, 8)]
    with pytest.raises(DataRefused, match="different numbers of pixels"):
        adding.find(parquet(tmp_path / "x.parquet", image=images))


@pytest.mark.parametrize(
    "change", [lambda data: data[:-20], lambda data: data[:200], lambda data: data[:4] + data[-300:]]
)
def test_a_parquet_that_is_cut_is_refused(change: Any, tmp_path: Path) -> None:
    path = hugging_face(tmp_path / "x.parquet")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataRefused, match=r"x\.parquet"):
        adding.find(path)


def test_a_parquet_with_a_footer_of_its_own_choice_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with path.open("wb") as file:
        file.write(b"PAR1")
        file.truncate(200 * 2**20)  # a hole: it takes no room
        file.seek(0, 2)
        file.write(struct.pack("<L", 100 * 2**20) + b"PAR1")
    with pytest.raises(DataRefused, match="lists more than a table"):
        adding.find(path)


def test_what_a_first_look_refuses_costs_no_import_of_pyarrow(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1" + b"\xff\xff\xff\x7f" + b"PAR1")
    (tmp_path / "x.csv").write_bytes(b"0," * 5 * 2**20)
    code = (
        "import sys; from pathlib import Path; from vae_core.intake.table import process;"
        "told = [process.answer({'tables': [{'path': path, 'name': path}], 'folder': '.'}) for path in sys.argv[1:]];"
        "print(*(each['refused'] for each in told), 'pyarrow' in sys.modules, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "x.parquet", "x.csv"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    cut, long, has_pyarrow = done.stdout.splitlines()
    assert "cut short" in cut
    assert "line of more than" in long
    assert has_pyarrow == "False"


def test_more_rows_than_are_taken_are_refused_from_the_footer(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x.parquet", image=pa.array([b""] * 1_000_001, pa.binary()))
    with pytest.raises(DataRefused, match="1,000,001 rows; expected at most 1,000,000"):
        adding.find(path)


@pytest.mark.campaign
def test_a_page_that_unpacks_to_gigabytes_ends_at_the_limit_of_its_process(tmp_path: Path) -> None:
    """One value of half a GB that packs to almost nothing: the server's own memory is never asked for it."""
    making = (
        "import pyarrow as pa, pyarrow.parquet as pq, sys; value = pa.py_buffer(bytes(500_000_000));"
        "offsets = pa.array([0, 500_000_000], pa.int32()).buffers()[1];"
        "pq.write_table(pa.table({'image': pa.Array.from_buffers(pa.binary(), 1, [None, offsets, value])}),"
        "sys.argv[1], compression='zstd', use_dictionary=False, write_statistics=False)"
    )
    subprocess.run([sys.executable, "-c", making, tmp_path / "x.parquet"], check=True)
    assert (tmp_path / "x.parquet").stat().st_size < 2**20
    with pytest.raises(DataRefused, match=r"x\.parquet (takes more memory|ends the process|is no readable)"):
        adding.find(tmp_path / "x.parquet")


def test_it_is_said_how_far_a_table_is_read_and_an_archive_unpacked(tmp_path: Path) -> None:
    heard: list[str] = []
    adding.find(csv_file(tmp_path / "x.csv", labelled()), heard.append)
    adding.find(tarred(tmp_path / "x.tgz", files(["1.png", "2.png"]), "w:gz"), heard.append)
    assert f"{COUNT} rows" in heard
    assert any("MB unpacked" in each for each in heard)


def test_a_packed_csv_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "MOST_TABLE_BYTES", 2**21)
    with gzip.open(tmp_path / "x.csv.gz", "wb") as file:
        file.write((",".join(["0"] * 65) + "\n").encode() * 2**15)
    with pytest.raises(DataRefused, match="unpacks to far more than a table"):
        adding.find(tmp_path / "x.csv.gz")


def test_extension_types_other_than_tensors_are_passed_over(tmp_path: Path) -> None:
    """Such a type can name Python's pickle, which is never run."""
    storage = pa.array(range(COUNT), pa.int64())
    field = pa.field(
        "evil", storage.type, metadata={
            b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": b"cos\nabort\n.",
        },
    )  # fmt: skip
    uuid = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(16)] * COUNT, pa.binary(16)))
    fields = [
        field,
        pa.field("key", uuid.type),
        pa.field("image", pa.list_(pa.uint8())),
        pa.field("label", pa.string()),
    ]
    arrays = [storage, uuid, pa.array(flat(), pa.list_(pa.uint8())), pa.array(LABELS)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), tmp_path / "x.parquet")
    found = adding.find(tmp_path / "x.parquet")
    assert found.labels == LABELS
    assert "key" not in found.columns


def test_a_table_that_ends_its_process_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "COMMAND", (sys.executable, "-c", "import os; os.abort()"))
    with pytest.raises(DataRefused, match="ends the process that reads it"):
        adding.find(csv_file(tmp_path / "x.csv", labelled()))


def test_texts_that_are_no_tables_are_said_to_be_nothing_that_pictures_come_in(tmp_path: Path) -> None:
    for name, text in (("x.txt", "hello"), ("x.html", "<html><p>a, b</p></html>"), ("x.json", '{"a": 1')):
        (tmp_path / name).write_text(text)
        with pytest.raises(DataRefused, match="CSV or Parquet"):
            adding.find(tmp_path / name)
