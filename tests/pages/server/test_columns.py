"""What a data set knows of each image besides its class: it colours the map, or is its second axis."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.ui import routes
from pages.ui.server import images, urls
from tests.pages.idle_manager import IdleManager
from tests.vae_core.any_data_sets import SIZES, known_here
from tests.vae_core.small_runs import trained
from vae_core import runs
from vae_core.config import parse_config
from vae_core.data import columns
from vae_core.data.registry import DATASETS
from vae_core.data.source import Split, SplitName

NAVIGATION = Path(__file__).parents[3] / "pages/navigation.py"


@pytest.fixture
def numbered() -> runs.Run:
    """A run of one dimension whose images have a number each."""
    settings = {"hidden_sizes": (4,), "epochs": 1, "batch_size": 65, "device": "cpu", "latent_dim": 1}
    with known_here("numbers"):
        return trained(parse_config({**settings, "dataset": "numbers"}), runs.runs_root())


def opened(file: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """A column file's header and codes, read by another way than the browser's."""
    length = int.from_bytes(file[:4], "little")
    header = json.loads(file[4 : 4 + length])
    return header, np.frombuffer(file[4 + length :], f"<u{header['bytes']}")


def numbers_in(file: bytes) -> list[float]:
    header, codes = opened(file)
    return [header["range"][0] + code * header["step"] for code in codes.tolist()]


def packed(values: np.ndarray, run: runs.Run, split: urls.Split = "all") -> tuple[dict[str, Any], np.ndarray]:
    """The file of a column of the run's data set, whose first values these are, the others its last one again."""
    source = known_source = DATASETS["numbers"]

    def load(split: SplitName, root: Path) -> Split:
        found = known_source.load(split, root)
        rows = np.arange(len(found.images)) + (0 if split == "train" else SIZES["train"])
        return replace(found, columns={"column": values[np.minimum(rows, len(values) - 1)]})

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(DATASETS, "numbers", replace(source, load=load))
        columns.columns_of.cache_clear()
        found = opened(images.column_file(run, "column", split))
    columns.columns_of.cache_clear()
    return found


def test_a_column_is_sent_in_the_order_of_the_images_of_its_split(numbered: runs.Run) -> None:
    with known_here("numbers") as source, TestClient(Starlette(routes=routes.routes())) as client:
        address = f"{urls.run_base(numbered.id)}column?name=label"
        held_out = numbers_in(client.get(address).content)
        everything = numbers_in(client.get(f"{address}&split=all").content)
        expected = [source.load(split, Path()).columns["label"].tolist() for split in ("train", "held-out")]
        assert held_out == pytest.approx(expected[1], abs=1e-4)
        assert everything == pytest.approx([*expected[0], *expected[1]], abs=1e-4)
        assert len(everything) == sum(SIZES.values())
        refused = client.get(f"{urls.run_base(numbered.id)}column?name=colour")
        assert (refused.status_code // 100, "no column 'colour'" in refused.text) == (4, True)


def test_where_the_images_are_not_no_column_is_offered(numbered: runs.Run) -> None:
    assert images.number_names(numbered) == []
    with known_here("numbers"), TestClient(Starlette(routes=routes.routes())) as client:
        listed = client.get(f"{urls.run_base(numbered.id)}columns").json()
    assert listed == {"columns": [{"name": "label", "kind": "number"}]}


def test_whole_numbers_travel_as_they_are_and_what_is_not_known_says_so(numbered: runs.Run) -> None:
    with known_here("numbers"):
        header, codes = packed(np.array([-3.0, 7, np.nan, np.inf, 0]), numbered)
        assert (header["bytes"], header["range"][0], header["step"]) == (1, -3, 1)
        assert codes[:5].tolist() == [0, 10, 255, 255, 3]
        held_out, own = packed(np.array([-3.0, 7, 0]), numbered, "held-out")
        assert (held_out["range"][0], own.tolist()) == (-3, [3] * SIZES["held-out"]), "the header is that of all images"


def test_other_numbers_are_as_exact_as_two_bytes_are(numbered: runs.Run) -> None:
    values = np.random.default_rng(0).normal(size=150)
    with known_here("numbers"):
        header, codes = packed(values, numbered)
    assert header["bytes"] == 2
    assert header["range"][0] + codes[:150] * header["step"] == pytest.approx(values, abs=header["step"])


def test_a_number_far_away_leaves_shades_and_steps_to_the_others(numbered: runs.Run) -> None:
    with known_here("numbers"):
        header, codes = packed(np.concatenate([[1e6], np.linspace(0, 1, 194)]), numbered)
        whole, own = packed(np.concatenate([[-1e9], np.arange(194) % 90]), numbered)
    assert header["range"] == pytest.approx([0, 1.5], abs=0.1)
    assert header["beyond"] == [False, True]
    assert (int(codes[0]), header["step"] < 1e-4) == (2**16 - 2, True)
    assert (whole["beyond"], whole["step"], whole["bytes"]) == ([True, False], 1, 1)
    assert (own[1:100] + whole["range"][0]).tolist() == (np.arange(99) % 90).tolist()


def test_texts_come_the_most_frequent_first(numbered: runs.Run) -> None:
    with known_here("numbers"):
        header, codes = packed(np.array(["rare", "", "often"]), numbered)
    assert header["values"][0] == "often"
    assert [header["values"][code] if code != 255 else None for code in codes[:3]] == ["rare", None, "often"]


def test_names_of_files_and_properties_of_each_image(numbered: runs.Run) -> None:
    card = numbered.card
    count = 195
    files = np.array([f"{row}.png" for row in range(count)])
    assert list(columns._single("file", files, card)) == [], "a name for each image colours nothing"
    several = dict(columns._single("has", np.eye(count, 3, dtype=np.bool_), card))
    assert list(several) == ["has: 1", "has: 2", "has: 3"]


def test_height_may_show_a_column_and_the_address_names_it(manager: IdleManager, numbered: runs.Run) -> None:
    with known_here("numbers"):
        app = AppTest.from_file(str(NAVIGATION), default_timeout=30)
        app.query_params["run"] = numbered.id
        app.query_params["height"] = "label"
        app.run()
    assert not app.exception
    (height,) = [group for group in app.button_group if group.label == "Height shows"]
    assert height.value == "label"
    assert height.options == ["how many", "label"]
