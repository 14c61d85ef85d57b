"""What the canvas fetches beside decoder and map: the encoder, snapshots, some real images, a layout."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import pytest
from safetensors.numpy import load as load_tensors
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.ui import layouts, routes, thumbnails
from tests.vae_core.small_runs import digits, trained
from vae_core import datasets, runs
from vae_core.onnx_export import decoder_onnx, encoder_onnx
from vae_core.runs import Run

BASE = routes.run_base("digits")


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def small_run(**settings: Any) -> Run:
    """A run of two epochs, in the place where the server looks."""
    return trained(digits(**settings), runs.runs_root())


def sentence(answer: Any) -> str:
    assert answer.status_code == 404
    return str(answer.json()["error"])


def test_the_encoder_of_a_finished_run_is_served(client: TestClient) -> None:
    run = runs.open_run("digits")
    expected = encoder_onnx(run.config, run.weights())
    assert client.get(f"{BASE}encoder/{run.step}").content == expected


def test_a_conditional_encoder_is_served_for_the_class_that_is_asked_for(client: TestClient) -> None:
    run = small_run(objective="cvae")
    base = routes.run_base(run.id)
    for label in (0, 7):
        expected = encoder_onnx(run.config, run.weights(), label)
        assert client.get(f"{base}encoder/{run.step}?label={label}").content == expected
    assert "class 12" in sentence(client.get(f"{base}encoder/{run.step}?label=12"))


def test_snapshots_are_listed_and_served_as_models_and_maps(client: TestClient) -> None:
    run = small_run()
    base = routes.run_base(run.id)
    listed = client.get(f"{base}snapshots").json()["snapshots"]
    assert listed == [{"epoch": each.epoch, "step": each.step} for each in run.snapshots()]
    assert listed
    weights, embedding = run.snapshot(1)
    assert client.get(f"{base}snapshots/1/decoder").content == decoder_onnx(run.config, weights)
    assert client.get(f"{base}snapshots/1/encoder").content == encoder_onnx(run.config, weights)
    tensors = load_tensors(client.get(f"{base}snapshots/1/embedding").content)
    np.testing.assert_array_equal(tensors["mu"], embedding.mu)


def test_a_snapshot_that_is_not_there_is_one_sentence(client: TestClient) -> None:
    base = routes.run_base(small_run().id)
    for what in ("decoder", "encoder", "embedding"):
        assert "99" in sentence(client.get(f"{base}snapshots/99/{what}"))


def test_real_images_are_served_for_the_rows_that_are_asked_for(client: TestClient) -> None:
    run = runs.open_run("digits")
    images = datasets.load("digits", "held-out").images
    answer = client.get(f"{BASE}thumbnails?rows=5,0,5")
    places = run.embedding().index[[5, 0, 5]]
    assert answer.content == images[places].tobytes()


def test_rows_of_the_whole_data_set_are_training_images_first(client: TestClient) -> None:
    train, held_out = (datasets.load("digits", split).images for split in ("train", "held-out"))
    answer = client.get(f"{BASE}thumbnails?rows={len(train)},3&split=all")
    assert answer.content == held_out[0].tobytes() + train[3].tobytes()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("rows=", "whole numbers"),
        ("rows=1,x", "whole numbers"),
        ("rows=-1", "whole numbers"),
        ("rows=1,,2", "whole numbers"),
        ("rows=297", "rows 0 to 296"),
        ("rows=9999999999", "whole numbers"),
        ("rows=1&split=secret", "held-out, all"),
        ("rows=" + ",".join(["0"] * (thumbnails.MOST_ROWS + 1)), "at most 1,024"),
    ],
)
def test_rows_that_cannot_be_are_one_sentence(client: TestClient, query: str, words: str) -> None:
    assert words in sentence(client.get(f"{BASE}thumbnails?{query}"))


def test_a_layout_is_computed_in_the_background_and_the_same_each_time(client: TestClient) -> None:
    run = small_run(latent_dim=3)
    address = f"{routes.run_base(run.id)}layout/tsne"
    assert client.get(address).json() == {"state": "computing"}
    deadline = time.monotonic() + 60
    while (answer := client.get(address)).headers["content-type"] == "application/json":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    tensors = load_tensors(answer.content)
    assert tensors["xy"].shape == (297, 2)
    assert np.isfinite(tensors["xy"]).all()
    np.testing.assert_array_equal(tensors["row"], np.arange(297))
    assert layouts.tsne_layout(run) == answer.content


def test_a_map_of_two_dimensions_needs_no_layout(client: TestClient) -> None:
    assert "two latent dimensions" in sentence(client.get(f"{BASE}layout/tsne"))


def test_what_is_served_as_a_model_is_one(client: TestClient) -> None:
    step = runs.open_run("digits").step
    for what in ("decoder", "encoder"):
        onnx.checker.check_model(onnx.load_from_string(client.get(f"{BASE}{what}/{step}").content))
