"""What a data set knows of each image besides its class, as the second axis of a map of one dimension."""

from pathlib import Path

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

NAVIGATION = Path(__file__).parents[3] / "pages/navigation.py"


@pytest.fixture
def numbered() -> runs.Run:
    """A run of one dimension whose images have a number each."""
    settings = {"hidden_sizes": (4,), "epochs": 1, "batch_size": 65, "device": "cpu", "latent_dim": 1}
    with known_here("numbers"):
        return trained(parse_config({**settings, "dataset": "numbers"}), runs.runs_root())


def test_a_column_is_sent_in_the_order_of_the_images_of_its_split(numbered: runs.Run) -> None:
    with known_here("numbers") as source, TestClient(Starlette(routes=routes.routes())) as client:
        address = f"{urls.run_base(numbered.id)}column?name=label"
        held_out = np.frombuffer(client.get(address).content, np.float32)
        everything = np.frombuffer(client.get(f"{address}&split=all").content, np.float32)
        assert held_out.tolist() == source.load("held-out", Path()).columns["label"].tolist()
        assert everything.tolist() == [*source.load("train", Path()).columns["label"].tolist(), *held_out.tolist()]
        assert len(everything) == sum(SIZES.values())
        refused = client.get(f"{urls.run_base(numbered.id)}column?name=colour")
        assert (refused.status_code // 100, "no column 'colour'" in refused.text) == (4, True)


def test_where_the_images_are_not_no_column_is_offered(numbered: runs.Run) -> None:
    assert images.column_names(numbered) == []
    with known_here("numbers"):
        assert images.column_names(numbered) == ["label"]


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
