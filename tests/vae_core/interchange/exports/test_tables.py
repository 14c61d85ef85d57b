"""Embedding and curves as tables: the same numbers in each format, and all that is known of an image."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as read_csv
import pyarrow.parquet as read_parquet
import pytest

from vae_core import load, runs
from vae_core.data import registry
from vae_core.interchange.exports import tables
from vae_core.runs import Run

COLUMNS = {
    "mu_0": np.array([0.1, -2.5e-8, 3e8], dtype=np.float32),
    "label": np.array([1, 0, 2], dtype=np.uint32),
    "class": np.array(["plain", 'with "quotes", commas\nand lines', "=1+1"]),
}


def test_a_csv_has_every_word_and_number_again() -> None:
    table = read_csv.read_csv(
        io.BytesIO(tables.csv(COLUMNS)), parse_options=read_csv.ParseOptions(newlines_in_values=True)
    )
    np.testing.assert_array_equal(np.float32(table["mu_0"].to_numpy()), COLUMNS["mu_0"])
    assert table["class"].to_pylist() == COLUMNS["class"].tolist()


def test_parquet_and_npz_keep_kinds_and_values() -> None:
    table = read_parquet.read_table(io.BytesIO(tables.parquet(COLUMNS)))
    assert str(table.schema.field("mu_0").type) == "float"
    assert table.column_names == list(COLUMNS)
    with np.load(io.BytesIO(tables.npz(COLUMNS)), allow_pickle=False) as file:
        for name, values in COLUMNS.items():
            np.testing.assert_array_equal(file[name], values)
            assert table[name].to_pylist() == values.tolist()


def test_curves_have_a_column_for_each_dimension_and_gaps_where_nothing_was_measured() -> None:
    run = runs.open_run("digits")
    rows, _ = run.metrics()
    columns = tables.curves(run)
    assert {len(values) for values in columns.values()} == {len(rows)}
    assert columns["step"] == [row["step"] for row in rows]
    assert columns["kl_per_dim_nats.1"] == [(row.get("kl_per_dim_nats") or (None, None))[1] for row in rows]
    assert None in columns["images_per_s"]
    assert "data" not in columns
    assert len(tables.csv(columns).splitlines()) == len(rows) + 1


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    return tables.embedding(runs.open_run("digits"))


def test_an_embedding_has_all_images_each_by_the_digest_of_its_pixels(rows: dict[str, Any]) -> None:
    both = load("digits", "all")
    assert rows["digest"].tolist() == [hashlib.sha256(image.tobytes()).hexdigest() for image in both.images]
    assert rows["label"].tolist() == both.labels.tolist()  # type: ignore[union-attr]
    assert rows["class"].tolist() == [str(label) for label in both.labels]  # type: ignore[union-attr]
    assert rows["index"][rows["split"] == "held-out"].tolist() == list(
        range(registry.source("digits").card.held_out_size)
    )


def test_its_means_are_those_of_the_map_and_its_errors_add_up_to_what_was_measured(rows: dict[str, Any]) -> None:
    run = runs.open_run("digits")
    kept, is_held_out = run.embedding(), rows["split"] == "held-out"
    for dim in range(2):
        np.testing.assert_allclose(rows[f"mu_{dim}"][is_held_out][kept.index], kept.mu[:, dim], atol=1e-4)
        np.testing.assert_allclose(rows[f"logvar_{dim}"][is_held_out][kept.index], kept.logvar[:, dim], atol=1e-4)
    nats = rows["decoded_nats"][is_held_out].mean()
    drawn = run.evaluation().held_out.reconstruction_nats
    assert 0.8 * drawn < nats < drawn  # the mean is decoded better than draws around it
    assert 0 < rows["decoded_mse"].mean() < 0.1


def test_without_the_images_there_is_what_the_run_itself_keeps() -> None:
    run = runs.open_run("mnist")
    assert registry.why_no_images(run.card)
    columns = tables.embedding(run)
    assert list(columns) == ["split", "index", "mu_0", "mu_1", "logvar_0", "logvar_1", "label", "class"]
    assert len(columns["mu_0"]) == len(run.embedding().index)


def test_what_a_data_set_knows_of_its_images_goes_along(finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    images_of = registry.images_of

    def with_columns(*args: Any) -> Any:
        split = images_of(*args)
        count = len(split.images)
        found = {"weight": np.arange(count), "label": np.ones(count), "file": np.array(["a/b.png"] * count)}
        columns = {**found, "twice": np.ones((count, 2))}
        return type(split)(split.images, split.labels, columns)

    monkeypatch.setattr(registry, "images_of", with_columns)
    assert list(tables.embedding(finished))[-5:] == ["file", "weight", "data: label", "twice 0", "twice 1"]


def test_a_table_of_a_run_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    from vae_core.interchange.exports import formats

    (path,) = formats.write(runs.open_run("digits"), "curves-csv", tmp_path / "there/my curves.csv")
    assert path.read_bytes() == tables.csv(tables.curves(runs.open_run("digits")))
