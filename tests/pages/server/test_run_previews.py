"""What tells a run at a glance: the picture that its decoder makes, its curve and its verdict."""

import io
import json
import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.ui import routes
from pages.ui.server import class_examples, run_previews, urls
from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.config import parse_config
from vae_core.errors import RunMissing
from vae_core.runs import RunWriter
from vae_core.runs.listing import index


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def digits_by_hand(z: tuple[float, float]) -> np.ndarray:
    """The shipped decoder of Digits at a place, from its weights: 8×8 in [0, 1]."""
    weights = runs.open_run("digits").weights()
    x = np.array(z)
    for number in (0, 2, 4):
        x = weights[f"decoder.{number}.weight"] @ x + weights[f"decoder.{number}.bias"]
        x = x / (1 + np.exp(-x)) if number < 4 else 1 / (1 + np.exp(-x))
    return x.reshape(8, 8)


def test_the_lattice_is_what_the_decoder_makes_with_z2_upwards(client: TestClient) -> None:
    address = run_previews.lattice_address(runs.open_run("digits"))
    answer = client.get(address or "")
    assert answer.headers["content-type"] == "image/png"
    pixels = np.array(Image.open(io.BytesIO(answer.content))) / 255
    assert pixels.shape == (40, 40)
    reach = run_previews.REACH
    np.testing.assert_allclose(pixels[:8, :8], digits_by_hand((-reach, reach)), atol=0.003)
    np.testing.assert_allclose(pixels[:8, -8:], digits_by_hand((reach, reach)), atol=0.003)
    np.testing.assert_allclose(pixels[16:24, 16:24], digits_by_hand((0, 0)), atol=0.003)


def test_a_run_without_a_trained_model_has_no_lattice(client: TestClient) -> None:
    writer = RunWriter.create(parse_config({"dataset": "digits", "hidden_sizes": (3,)}))
    writer.update_status(state="running")
    assert run_previews.lattice_address(runs.open_run(writer.run_id)) is None
    answer = client.get(f"{urls.run_base(writer.run_id)}lattice.png")
    assert answer.status_code == 404
    assert "no trained model" in answer.json()["error"]


def glance_of(run_id: str) -> run_previews.Glance:
    return glance_at(runs.open_run(run_id))


def glance_at(run: runs.Run) -> run_previews.Glance:
    entry = index.read(run.directory)
    assert entry
    wait_until(lambda: run_previews.glance(entry))
    found = run_previews.glance(entry)
    assert found
    return found


def test_a_glance_has_the_losses_with_the_last_among_them_and_the_verdict() -> None:
    found = glance_of("mnist")
    losses = [
        row["reconstruction_nats"] + row["kl_nats"]
        for row in runs.open_run("mnist").metrics()[0]
        if row["split"] == "train"
    ]
    assert len(found.curve) <= run_previews.MOST_POINTS
    assert found.curve[-1] == losses[-1]
    assert set(found.curve) <= set(losses)
    assert found.verdict == "Healthy"


def copy_of_digits() -> runs.Run:
    run_id = runs.new_run_id()
    shutil.copytree(runs.open_run("digits").directory, runs.runs_root() / run_id)
    return runs.open_run(run_id)


def test_a_damaged_run_has_a_glance_that_is_kept_so_that_nobody_asks_for_ever() -> None:
    run = copy_of_digits()
    (run.directory / "evaluation.json").write_text("{")
    for _ in range(3):
        assert glance_at(run) is run_previews.DAMAGED


def test_rows_of_an_uploaded_run_that_are_not_figures_are_left_out_of_its_curve() -> None:
    run = copy_of_digits()
    usual = glance_of("digits").curve
    with (run.directory / "metrics.jsonl").open("a") as file:
        for row in ({"step": 1}, {"split": "train"}, {"split": "train", "step": 1, "reconstruction_nats": "no"}, [1]):
            file.write(json.dumps(row) + "\n")
    assert glance_at(run).curve == usual


def test_large_images_are_thinned_out_and_none_are_made_above_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.open_run("mnist")
    monkeypatch.setattr(class_examples, "_LONGEST_SIDE", 14)
    assert Image.open(io.BytesIO(run_previews._lattice(run))).size == (70, 70)
    monkeypatch.setattr(run_previews, "MOST_VALUES", 783)
    with pytest.raises(RunMissing, match="too large"):
        run_previews._lattice(run)


def test_runs_shows_each_with_its_picture_curve_and_verdict_and_does_not_wait_for_them(manager: IdleManager) -> None:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    app.switch_page("runs.py").run()
    listed = app.dataframe[0].value.set_index("Id")
    assert listed["Lattice"]["digits"] == run_previews.lattice_address(runs.open_run("digits"))
    for run_id in runs.SHIPPED:
        glance_of(run_id)
    listed = app.run().dataframe[0].value.set_index("Id")
    assert listed["Verdict"]["digits"] == "Healthy"
    assert list(listed["Loss"]["digits"]) == list(glance_of("digits").curve)


def test_the_lattice_of_one_dimension_shows_another_place_in_each_of_its_squares() -> None:
    places = run_previews._places(1)
    assert places.shape == (run_previews.SIDE**2, 1)
    assert len(np.unique(places)) == len(places)
    assert (places[0, 0], places[-1, 0]) == (-run_previews.REACH, run_previews.REACH)
